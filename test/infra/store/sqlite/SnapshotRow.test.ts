import { readFileSync, writeFileSync } from "node:fs"
import { crc32 } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Account from "../../../../src/domain/history/Account.js"
import * as Credits from "../../../../src/domain/money/Credits.js"
import * as Usd from "../../../../src/domain/money/Usd.js"
import * as SnapshotStore from "../../../../src/infra/SnapshotStore.js"
import { FileCare } from "../../../../src/infra/store/FileCare.js"
import * as Checksum from "../../../../src/infra/store/sqlite/Checksum.js"
import * as SnapshotRow from "../../../../src/infra/store/sqlite/SnapshotRow.js"
import * as Samples from "../Samples.js"
import { append, exec, on, raw, temp } from "../SqliteFile.js"
import * as StoredUsage from "../StoredUsage.js"

const { at, snapshot, texts, user } = Samples
const store = SnapshotStore.SnapshotStore

/** Snapshots with a value in every column, the first with prepaid credits. */
const full = [
  snapshot(0, "10.00", {
    stable: { _tag: "PrePaid", cash: Usd.unsafeFromText("3"), credits: Usd.unsafeFromText("4") },
    due: Samples.due("1.50"),
    refresh: { _tag: "RefreshAt", at: at(5000) },
  }),
  snapshot(1, "9.00", {
    stable: { _tag: "Granted", value: Usd.unsafeFromText("3"), credits: Credits.unsafeFromBigInt(Credits.MAX) },
    due: Samples.due("1.50"),
    refresh: { _tag: "RefreshAt", at: at(5000) },
  }),
  snapshot(2, "8.00", { monthly: { value: Usd.zero, credits: Option.none() } }),
]

const reading = Effect.flatMap(store, (port) => Stream.runCollect(port.stream(user))).pipe(Effect.map(texts))
const damage = Effect.gen(function* () {
  const port = yield* store
  const care = yield* FileCare
  return [...(yield* care.check), ...(yield* port.check(user)).damage]
})

/** The bytes of a file with the full snapshots, usage of their day, and one snapshot of another account. */
const template = Effect.runSync(
  Effect.cached(
    Effect.scoped(
      Effect.gen(function* () {
        const { path } = yield* temp
        yield* on(
          SnapshotStore.layerSqlite({ path }),
          Effect.gen(function* () {
            yield* append(...full)
            yield* append({ ...snapshot(9, "1.00"), account: Samples.organization })
            yield* StoredUsage.fill(user)
            expect(yield* damage).toEqual([])
          }),
        )
        return readFileSync(path)
      }),
    ),
  ),
)

/** A copy of that file. */
const file = Effect.gen(function* () {
  const { path } = yield* temp
  writeFileSync(path, yield* template)
  return { path, layer: SnapshotStore.layerSqlite({ path }) }
})

const flipped = (column: string, bit: number): string =>
  `${column} = (${column} | (1 << ${bit})) - (${column} & (1 << ${bit}))`

describe("a row of a snapshot", () => {
  it.scoped("names in its list of columns every column of the table, in order", () =>
    Effect.gen(function* () {
      const { path } = yield* file
      const columns = (yield* raw(path))
        .prepare<[], { name: string; notnull: number }>("SELECT * FROM pragma_table_info('snapshot')")
        .all()
      expect(SnapshotRow.COLUMNS.map(({ isNullable, name }) => [name, isNullable])).toEqual(
        columns.map(({ name, notnull }) => [name, notnull === 0]),
      )
    }),
  )

  for (const { isNullable, name } of SnapshotRow.COLUMNS) {
    const changes = [
      flipped(name, 0),
      flipped(name, 40),
      flipped(name, 62),
      `${name} = -${name} - 1`,
      ...(isNullable && !name.endsWith("credits") && name !== "prepaid_credits_usd" ? [`${name} = NULL`] : []),
    ]
    for (const change of changes) {
      it.scoped(`that is not what was written is found by a check and never returned: ${change}`, () =>
        Effect.gen(function* () {
          const { layer, path } = yield* file
          const wanted = texts(full)
          exec(
            path,
            `UPDATE snapshot SET ${change} WHERE account_id = 1 AND (observed_at, updated_at) IN (
               SELECT observed_at, updated_at FROM snapshot WHERE account_id = 1 AND ${name} IS NOT NULL ORDER BY observed_at LIMIT 1)`,
          )
          yield* on(
            layer,
            Effect.gen(function* () {
              expect(yield* damage).not.toEqual([])
              const read = yield* Effect.either(reading)
              // A row whose account is another one is missing from this one, which the check of the file or of the other account finds.
              if (read._tag === "Right") {
                expect(name).toBe("account_id")
                expect(wanted).toEqual(expect.arrayContaining([...read.right]))
              } else expect(read.left).toMatchObject({ _tag: "StoreCorrupt", table: "snapshot", path })
              const latest = yield* Effect.either((yield* store).latest(user))
              if (latest._tag === "Left") expect(latest.left._tag).toBe("StoreCorrupt")
              else expect(wanted).toContain(Option.getOrThrow(Option.map(latest.right, Samples.text)))
            }),
          )
        }),
      )
    }
  }

  it.scoped("that is given to another account is found by the check of that account", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* file
      exec(path, "UPDATE snapshot SET account_id = 2 WHERE account_id = 1 AND monthly_usd = 9000000000")
      yield* on(
        layer,
        Effect.gen(function* () {
          const port = yield* store
          const { damage, snapshots } = yield* port.check(Samples.organization)
          expect(snapshots).toBe(2)
          expect(damage).toEqual([{ table: "snapshot", key: expect.stringMatching(/^2\//), what: expect.any(String) }])
        }),
      )
    }),
  )

  it("with values of other types than its columns' is not sound", () => {
    const row = SnapshotRow.seal(SnapshotRow.encode(1, 1, full[0] as (typeof full)[0]), 0)
    const raw = row.map((value) => (typeof value === "number" ? BigInt(value) : value))
    expect(SnapshotRow.isSound(raw)).toBe(true)
    expect(SnapshotRow.fromRaw(raw)).toEqual(row)
    for (const index of raw.keys()) {
      for (const other of ["1", 1.5, Buffer.from("1"), 1, undefined, raw[index] === null ? 0n : null]) {
        const changed: Array<unknown> = [...raw]
        changed[index] = other
        expect(SnapshotRow.isSound(changed as unknown as SnapshotRow.RawRow)).toBe(false)
      }
    }
  })

  it("has another checksum after every flip of one bit of a value", () => {
    for (const each of full) {
      const row = SnapshotRow.seal(SnapshotRow.encode(1, 1, each), 0)
      const raw = row.map((value) => (typeof value === "number" ? BigInt(value) : value))
      for (const [index, value] of raw.entries()) {
        if (value === null) continue
        for (let bit = 0n; bit < 64n; bit++) {
          const changed = raw.with(index, BigInt.asIntN(64, value ^ (1n << bit)))
          expect(SnapshotRow.isSound(changed)).toBe(false)
        }
      }
    }
  })
})

describe("damage to other rows", () => {
  const cases: ReadonlyArray<readonly [what: string, sql: string, table: string]> = [
    ["the id of an account", "PRAGMA foreign_keys = OFF; UPDATE account SET id = 7 WHERE id = 1", "account"],
    ["the owner of an account", "UPDATE account SET owner = 'user:eve' WHERE id = 1", "account"],
    ["the base URL of an account", "UPDATE account SET base_url = 'https://api.example.com' WHERE id = 1", "account"],
    ["the seal of an account", "UPDATE account SET sealed_before = 20000 WHERE id = 1", "account"],
    ["the checksum of an account", "UPDATE account SET checksum = checksum + 1 WHERE id = 1", "account"],
    ["the text of a plan", 'UPDATE plan SET json = replace(json, \'"id":null\', \'"id":"x"\')', "plan"],
    ["the digest of a plan", "UPDATE plan SET digest = x'00'", "plan"],
    ["the id of a plan", "UPDATE plan SET id = id + 7", "snapshot"],
    ["a plan that is missing", "DELETE FROM plan", "snapshot"],
    ["an account that is missing", "PRAGMA foreign_keys = OFF; DELETE FROM account WHERE id = 2", "snapshot"],
    ["the day of usage", "UPDATE usage_day SET day = day + 1", "usage_day"],
    ["the account of usage", "UPDATE usage_day SET account_id = 2", "usage_day"],
    ["the version of usage", "UPDATE usage_day SET version = version + 1", "usage_day"],
    ["the entries of usage", "UPDATE usage_day SET entries = entries || ' '", "usage_day"],
    ["the checkpoint of usage", "UPDATE usage_day SET checkpoint = 'x' || checkpoint", "usage_day"],
    [
      "the border of two texts of usage",
      "UPDATE usage_day SET entries = entries || 'c', checkpoint = substr(checkpoint, 2)",
      "usage_day",
    ],
    ["the checksum of usage", "UPDATE usage_day SET checksum = checksum + 1", "usage_day"],
  ]
  for (const [what, sql, table] of cases) {
    it.scoped(`is found by a check: ${what}`, () =>
      Effect.gen(function* () {
        const { layer, path } = yield* file
        exec(path, sql)
        const found = yield* on(
          layer,
          Effect.gen(function* () {
            const port = yield* store
            const care = yield* FileCare
            const all = [...(yield* care.check)]
            for (const account of [user, Samples.organization]) {
              const checked = yield* Effect.either(port.check(account))
              if (checked._tag === "Right") all.push(...checked.right.damage)
              else if (checked.left._tag === "StoreCorrupt") all.push({ ...checked.left, what: "not readable" })
            }
            return all
          }),
        )
        expect(found.map((each) => each.table)).toContain(table)
      }),
    )
  }

  it.scoped("is a typed error for reading and writing usage and snapshots of a damaged account", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* file
      exec(path, "UPDATE account SET sealed_before = 20000 WHERE id = 1")
      yield* on(
        layer,
        Effect.gen(function* () {
          const port = yield* store
          for (const each of [
            Effect.asVoid(port.append(snapshot(9, "1.00"))),
            Effect.asVoid(port.latest(user)),
            Effect.asVoid(port.accounts),
            Effect.asVoid(StoredUsage.days(user)),
            Effect.asVoid(port.forget(user)),
          ]) {
            expect(yield* Effect.flip(each)).toMatchObject({ _tag: "StoreCorrupt", table: "account", key: "1", path })
          }
        }),
      )
    }),
  )

  it.scoped("in stored usage is never returned", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* file
      exec(path, "UPDATE usage_day SET entries = replace(entries, 'entries', 'Entries')")
      const error = yield* Effect.flip(on(layer, StoredUsage.days(user)))
      expect(error).toMatchObject({ _tag: "StoreCorrupt", table: "usage_day" })
    }),
  )
})

describe("a checksum", () => {
  it("of words is the CRC-32 of their bytes", () => {
    const words = new Int32Array(28).map((_, index) => Math.imul(index + 1, 0x9e3779b1))
    const bytes = Buffer.alloc(4 * words.length)
    for (const [index, word] of words.entries()) bytes.writeInt32LE(word, 4 * index)
    expect(Checksum.ofWords(words)).toBe(crc32(bytes) | 0)
    expect(Checksum.ofWords(new Int32Array(2))).toBe(crc32(Buffer.alloc(8)) | 0)
  })

  it("tells apart values that differ in type, in length, or in where one ends and the next begins", () => {
    const values = [
      ["ab", "c"],
      ["a", "bc"],
      ["abc"],
      ["abc", null],
      [Buffer.from("abc")],
      [0],
      [null],
      [""],
      [],
      [1, 0],
      [0, 1],
      ["0"],
      ["x".repeat(10_000)],
      ["x".repeat(10_001)],
      [`${"x".repeat(9999)}y`],
    ]
    const checksums = values.map((each) => Checksum.of(each))
    expect(new Set(checksums).size).toBe(values.length)
    expect(values.map((each) => Checksum.of(each))).toEqual(checksums)
    for (const checksum of checksums) expect(checksum).toBe(checksum | 0)
  })
})

describe("decoding", () => {
  it("shares the parts that neighbouring rows have in common", () => {
    const row = (nth: number) =>
      SnapshotRow.seal(SnapshotRow.encode(1, 1, full[nth] as (typeof full)[0]), 0).map((value) =>
        typeof value === "number" ? BigInt(value) : value,
      )
    const plan = { ...Samples.balance("0") }
    const decoder = new SnapshotRow.Decoder(undefined, Account.user("https://a", "b"), () => plan)
    const [one, two] = [decoder.decode(row(0)), decoder.decode(row(1))]
    expect(two.balance.refresh).toBe(one.balance.refresh)
    expect(two.balance.due).toBe(one.balance.due)
    expect(two.balance.createdAt).toBe(one.balance.createdAt)
    expect(two.balance.monthly).not.toBe(one.balance.monthly)
    expect(two.balance.stable).not.toEqual(one.balance.stable)
  })
})
