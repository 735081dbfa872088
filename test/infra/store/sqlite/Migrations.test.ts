import { copyFileSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as CustomerBalance from "../../../../src/domain/balance/CustomerBalance.js"
import * as Subject from "../../../../src/domain/balance/Subject.js"
import * as Account from "../../../../src/domain/history/Account.js"
import * as Ledger from "../../../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../../src/domain/time/Timestamp.js"
import { AccountDirectory } from "../../../../src/infra/store/AccountDirectory.js"
import * as Leases from "../../../../src/infra/store/Leases.js"
import * as SnapshotStore from "../../../../src/infra/store/SnapshotStore.js"
import { StoreCare } from "../../../../src/infra/store/StoreCare.js"
import { READABLE_FROM, VERSION } from "../../../../src/infra/store/sqlite/Migrations.js"
import * as Model from "../Model.js"
import { contents, exec, failure, on, raw, temp } from "../SqliteFile.js"

const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/history/${name}`, import.meta.url))

/** Files as versions of the library wrote them that came before, each with what is in it, a line a snapshot. */
const EARLIER = [1, 2]

const linesOf = (version: number): ReadonlyArray<string> =>
  readFileSync(fixture(`version-${version}.jsonl`), "utf8")
    .trimEnd()
    .split("\n")

/** The label that a holder without a known id was given, who kept something. */
const labelOf = (version: number): string | undefined =>
  linesOf(version)
    .map((each) => (JSON.parse(each) as { readonly subject: string }).subject)
    .find((subject) => subject.startsWith("me:"))

const line = ({ account, balance, observedAt }: Snapshot.Snapshot): string =>
  JSON.stringify({
    subject: Account.formatOwner(account.owner),
    base_url: account.baseUrl,
    observed_at: Timestamp.format(observedAt),
    balance: CustomerBalance.encode(balance),
  })

const everything = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  const all: Array<Snapshot.Snapshot> = []
  for (const { account } of yield* store.accounts) all.push(...(yield* Stream.runCollect(store.stream(account))))
  return all
})

const damage = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  const care = yield* StoreCare
  const found = [...(yield* care.checkFile)]
  for (const { account } of yield* store.accounts) found.push(...(yield* care.checkAccount(account)).damage)
  return found
})

const sumsOf = (usage: ReadonlyArray<Omit<SnapshotStore.DayUsage, "assumes">>) =>
  usage.map(({ assumes: _, ...day }: Partial<SnapshotStore.DayUsage>) => JSON.stringify(day, bigints))

const bigints = (_: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}` : value)

describe("a history of an earlier version", () => {
  it("has a fixture for every version that there was", () => {
    expect(EARLIER).toEqual(Array.from({ length: VERSION - 1 }, (_, index) => index + 1))
  })

  for (const version of EARLIER) {
    const copy = Effect.map(temp, ({ folder, path }) => {
      copyFileSync(fixture(`version-${version}.db`), path)
      return { folder, path, layer: SnapshotStore.layerSqlite({ path }) }
    })

    it.scoped(`of version ${version} comes up to date with all that is in it, and its sums are explained`, () =>
      Effect.gen(function* () {
        const { layer, path } = yield* copy
        const wanted = linesOf(version)
        const snapshots = yield* on(layer, everything)
        expect(snapshots.map(line)).toEqual(wanted)
        const store = yield* on(layer, SnapshotStore.SnapshotStore.pipe(Effect.flatMap((each) => each.statistics)))
        expect(store.snapshots).toBe(wanted.length)
        expect(store.rows).toBeLessThan(wanted.length)
        for (const { account } of yield* on(
          layer,
          Effect.flatMap(SnapshotStore.SnapshotStore, (each) => each.accounts),
        )) {
          const own = snapshots.filter((each) => Account.equals(each.account, account))
          const days = yield* on(
            layer,
            Effect.flatMap(SnapshotStore.SnapshotStore, (each) => Effect.either(each.usageByDay(account))),
          )
          // The organisation's amounts go through the whole range, so that their sums pass it.
          if (account.owner._tag === "Organization") expect(days).toMatchObject({ left: { _tag: "StoreOutOfRange" } })
          else expect(sumsOf(Either.getOrThrow(days))).toEqual(sumsOf(Model.usageByDay(own)))
        }
        expect(yield* on(layer, damage)).toEqual([])
        expect(yield* on(SnapshotStore.layerReadOnly({ path }), damage)).toEqual([])
        expect((yield* raw(path)).pragma("user_version", { simple: true })).toBe(VERSION)
      }),
    )

    it.scoped(`of version ${version} takes what it holds for what it is, and whoever was known still is`, () =>
      Effect.gen(function* () {
        const { layer } = yield* copy
        const holder = (token: string) => ({
          baseUrl: Account.DEFAULT_BASE_URL,
          credential: Redacted.make(token),
          subject: Subject.me,
        })
        yield* on(
          layer,
          Effect.gen(function* () {
            const store = yield* SnapshotStore.SnapshotStore
            const directory = yield* AccountDirectory
            const again = yield* store.appendAll(yield* everything)
            expect(new Set(again.map(({ _tag }) => _tag))).toEqual(new Set(["Duplicate"]))
            const known = yield* directory.find(holder("first"))
            expect(Option.map(known, ({ owner }) => owner._tag)).toEqual(Option.some("User"))
            expect(Account.formatOwner((yield* directory.label(holder("second"))).owner)).toBe(labelOf(version))
          }),
        )
      }),
    )

    if (version < READABLE_FROM) {
      it.scoped(`of version ${version} is refused for reading only, and left as it was`, () =>
        Effect.gen(function* () {
          const { folder, path } = yield* copy
          const before = contents(folder)
          expect(yield* failure(SnapshotStore.layerReadOnly({ path }))).toMatchObject({
            _tag: "StoreOlderVersion",
            found: version,
            supported: VERSION,
          })
          expect(contents(folder)).toEqual(before)
        }),
      )
    } else {
      it.scoped(`of version ${version} is read as it is where nothing may be written`, () =>
        Effect.gen(function* () {
          const { folder, path } = yield* copy
          const before = contents(folder)
          const reading = SnapshotStore.layerReadOnly({ path })
          expect((yield* on(reading, everything)).map(line)).toEqual(linesOf(version))
          expect(yield* on(reading, damage)).toEqual([])
          const leases = yield* Effect.map(Layer.build(reading), (context) => Context.get(context, Leases.Leases))
          expect(yield* leases.look("key")).toEqual(Leases.State.Free())
          expect(yield* Effect.flip(leases.take("key"))).toMatchObject({ _tag: "StoreReadOnly" })
          expect(contents(folder)["history.db"]).toBe(before["history.db"])
        }),
      )
    }
  }

  it.scoped("that is read as it is has its rows in order", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      copyFileSync(fixture("version-2.db"), path)
      exec(path, "UPDATE day SET pending = 2")
      expect(yield* failure(SnapshotStore.layerReadOnly({ path }))).toMatchObject({
        _tag: "StoreOlderVersion",
        found: 1,
      })
    }),
  )
})

describe("sums of another version of the ledger", () => {
  const stale = Effect.map(temp, ({ path }) => {
    copyFileSync(fixture("version-1.db"), path)
    return { path, layer: SnapshotStore.layerSqlite({ path }) }
  })
  const days = Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const [first] = yield* store.accounts
    return first === undefined ? [] : yield* store.usageByDay(first.account)
  })

  it.scoped("are worked out anew when they are older, to the same as from the beginning", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* stale
      const before = yield* on(layer, days)
      expect(before.length).toBeGreaterThan(0)
      exec(
        path,
        `UPDATE meta SET value = CAST('${Ledger.VERSION - 1}' AS BLOB) WHERE key = 'ledger';
         UPDATE look SET credits_lower = 1; UPDATE day SET credits_lower = 1`,
      )
      expect(yield* on(layer, days)).toEqual(before)
      expect(yield* on(layer, damage)).toEqual([])
    }),
  )

  it.scoped("are asked for in vain where nothing may be written, while looks are read", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* stale
      const all = yield* on(layer, everything)
      exec(path, `UPDATE meta SET value = CAST('${Ledger.VERSION - 1}' AS BLOB) WHERE key = 'ledger'`)
      const reading = SnapshotStore.layerReadOnly({ path })
      expect((yield* on(reading, everything)).length).toBe(all.length)
      expect(yield* Effect.flip(on(reading, days))).toMatchObject({ _tag: "StoreReadOnly", isBehind: true })
    }),
  )

  it.scoped("that are newer are left alone", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* stale
      yield* on(layer, Effect.void)
      exec(path, `UPDATE meta SET value = CAST('${Ledger.VERSION + 1}' AS BLOB) WHERE key = 'ledger'`)
      for (const opened of [layer, SnapshotStore.layerReadOnly({ path })]) {
        expect(yield* failure(opened)).toMatchObject({ _tag: "StoreNewerVersion", part: "Ledger" })
      }
    }),
  )
})
