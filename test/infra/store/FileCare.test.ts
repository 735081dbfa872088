import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import { vi } from "vitest"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { AccountDirectory } from "../../../src/infra/store/AccountDirectory.js"
import { FileCare } from "../../../src/infra/store/FileCare.js"
import { prototype } from "../../support/DriverPrototype.js"
import { leftoverIn } from "./KilledProcess.js"
import * as Samples from "./Samples.js"
import { append, exec, mode, on, raw, readAll, temp } from "./SqliteFile.js"

const { balance, snapshot, texts, user } = Samples

const check = Effect.flatMap(FileCare, (care) => care.check)

describe("a backup", () => {
  it.scoped("is a history of one moment, whole, made while others write, readable by its owner alone", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const copy = join(folder, "copy.db")
      const snapshots = Array.from({ length: 3000 }, (_, minute) => snapshot(minute, (minute / 100).toFixed(2)))
      yield* on(SnapshotStore.layerSqlite({ path }), Effect.void)
      const other = yield* raw(path)
      yield* on(
        SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" }),
        Effect.gen(function* () {
          const care = yield* FileCare
          expect(care.path).toBe(path)
          yield* append(...snapshots)
          let written = 0
          const progress: Array<number> = []
          const bytes = yield* care.backup(copy, {
            onProgress: (done, total) => {
              progress.push(done / total)
              other.exec(`INSERT INTO meta (key, value) VALUES ('other-${written++}', zeroblob(9000))`)
            },
          })
          expect(bytes).toBe(readFileSync(copy).length)
          expect(progress.length).toBeGreaterThan(0)
          yield* append(snapshot(9999, "1.00"))
        }),
      )
      expect(mode(copy)).toBe(0o600)
      const [stored, damage] = yield* on(SnapshotStore.layerReadOnly({ path: copy }), Effect.all([readAll, check]))
      expect(stored).toEqual(texts(snapshots))
      expect(damage).toEqual([])
      expect((yield* raw(copy)).prepare("SELECT count(*) FROM meta WHERE key LIKE 'other-%'").pluck().get()).toBe(0)
      expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([])
    }),
  )

  it.scoped(
    "never replaces a file, and leaves nothing where it cannot be made, not of a killed one before it either",
    () =>
      Effect.gen(function* () {
        const { folder, path } = yield* temp
        leftoverIn(folder)
        writeFileSync(join(folder, "there.db"), "mine")
        yield* on(
          SnapshotStore.layerSqlite({ path }),
          Effect.gen(function* () {
            const care = yield* FileCare
            yield* append(snapshot(0, "1.00"))
            const there = yield* Effect.flip(care.backup(join(folder, "there.db")))
            expect(there).toMatchObject({ _tag: "StoreCannotOpen", reason: "Exists" })
            const nowhere = yield* Effect.flip(care.backup(join(folder, "no", "copy.db")))
            expect(nowhere).toMatchObject({ _tag: "StoreCannotOpen", reason: "NoSuchFolder" })
          }),
        )
        expect(readFileSync(join(folder, "there.db"), "utf8")).toBe("mine")
        expect(existsSync(join(folder, "no"))).toBe(false)
        expect(readdirSync(folder).toSorted()).toEqual(["history.db", "there.db"])
      }),
  )

  it.scoped("that is interrupted leaves nothing", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const layer = SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" })
      yield* on(layer, append(...Array.from({ length: 9000 }, (_, minute) => snapshot(minute, `${9000 - minute}`))))
      const begun = yield* Deferred.make<void>()
      const runtime = yield* Effect.runtime()
      const onProgress = () => Runtime.runSync(runtime)(Deferred.succeed(begun, undefined))
      const backup = Effect.flatMap(FileCare, (care) => care.backup(join(folder, "copy.db"), { onProgress }))
      const copying = yield* Effect.fork(on(layer, backup))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(copying)
      expect(readdirSync(folder)).toEqual(["history.db"])
    }),
  )
})

describe("a checkpoint", () => {
  it.scoped("writes the log into the file and empties it, and the sizes say so", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const care = yield* FileCare
          yield* append(snapshot(0, "1.00"))
          const before = yield* care.sizes
          expect(before.logBytes).toBe(statSync(`${path}-wal`).size)
          expect(before.logBytes).toBeGreaterThan(0)
          yield* care.checkpoint
          const after = yield* care.sizes
          expect(after).toEqual({ fileBytes: statSync(path).size, freeBytes: 0, logBytes: 0 })
        }),
      )
    }),
  )

  it.scoped("is refused on a history that is open for reading only, whose sizes can be read", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "1.00")))
      yield* on(
        SnapshotStore.layerReadOnly({ path }),
        Effect.gen(function* () {
          const care = yield* FileCare
          const refused = { _tag: "StoreReadOnly", operation: "FileCare.checkpoint", path }
          expect(yield* Effect.flip(care.checkpoint)).toMatchObject(refused)
          expect((yield* care.sizes).fileBytes).toBe(statSync(path).size)
        }),
      )
    }),
  )
})

const holder = (token: string) => ({
  baseUrl: Account.DEFAULT_BASE_URL,
  credential: Redacted.make(token),
  subject: Subject.me,
})

/** A history of two accounts with a plan, a holder of each, and usage of a day. */
const history = Effect.gen(function* () {
  const { path } = yield* temp
  const layer = SnapshotStore.layerSqlite({ path })
  yield* on(
    layer,
    Effect.gen(function* () {
      const directory = yield* AccountDirectory
      const store = yield* SnapshotStore.SnapshotStore
      yield* directory.remember(holder("one"), user)
      yield* directory.remember(holder("two"), Samples.organization)
      yield* directory.label(holder("one"))
      yield* store.append(snapshot(0, "1.00"), { answered: holder("one") })
      yield* store.append(Snapshot.make(Samples.organization, Samples.at(0), balance("2.00")))
      expect(yield* check).toEqual([])
    }),
  )
  return { path, layer }
})

describe("a check of a file", () => {
  const changes: ReadonlyArray<readonly [string, string, object]> = [
    ["the account of a holder", "UPDATE holder SET account_id = 3 - account_id", { table: "holder" }],
    ["the label of a holder", "UPDATE holder SET label = 'x' || label WHERE label NOT NULL", { table: "holder" }],
    ["the time of an answer", "UPDATE holder SET answered_at = answered_at + 1", { table: "holder" }],
    ["the subject of a holder", "UPDATE holder SET subject = 'ne'", { table: "holder", key: "https://api.zoo.dev ne" }],
    ["the base URL of a holder", "UPDATE holder SET base_url = 'https://api.zoo.def'", { table: "holder" }],
    [
      "the fingerprint of a holder",
      "UPDATE holder SET fingerprint = zeroblob(16) WHERE account_id = 1",
      { table: "holder" },
    ],
    ["the owner of an account", "UPDATE account SET owner = 'user:eve' WHERE id = 1", { table: "account", key: "1" }],
    [
      "the base URL of an account",
      "UPDATE account SET base_url = base_url || 'x' WHERE id = 2",
      { table: "account", key: "2" },
    ],
    ["the seal of an account", "UPDATE account SET sealed_before = 1 WHERE id = 2", { table: "account", key: "2" }],
    ["a plan", "UPDATE plan SET json = json || ' '", { table: "plan", key: "1" }],
    [
      "the account of a snapshot",
      "UPDATE snapshot SET account_id = 9 WHERE account_id = 2",
      { table: "snapshot", key: "9" },
    ],
    ["the account of a holder to a missing one", "UPDATE holder SET account_id = 9", { table: "holder" }],
    ["an account to none", "DELETE FROM account WHERE id = 2", { table: "snapshot", key: "2" }],
  ]
  for (const [title, sql, damage] of changes) {
    it.scoped(`finds that ${title} changed`, () =>
      Effect.gen(function* () {
        const { layer, path } = yield* history
        exec(path, `PRAGMA foreign_keys = OFF; ${sql}`)
        const found = yield* on(layer, check)
        expect(found.length).toBeGreaterThan(0)
        expect(found).toEqual(expect.arrayContaining([expect.objectContaining(damage)]))
      }),
    )
  }

  it.scoped("reads the pages of a large file in a thread of its own, so that the event loop goes on", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* history
      exec(path, "INSERT INTO meta (key, value) VALUES ('large', zeroblob(2000000))")
      const prepare = vi.spyOn(prototype, "prepare")
      yield* Effect.addFinalizer(() => Effect.sync(() => prepare.mockRestore()))
      expect(yield* on(layer, check)).toEqual([])
      const statements = prepare.mock.calls.map(([sql]) => sql)
      expect(statements).toContainEqual(expect.stringContaining("account"))
      expect(statements).not.toContainEqual(expect.stringContaining("integrity_check"))
      exec(path, "PRAGMA foreign_keys = OFF; UPDATE holder SET account_id = 9")
      expect(yield* on(layer, check)).toContainEqual(
        expect.objectContaining({ what: "it refers to a row that is missing" }),
      )
    }),
  )

  it.scoped("finds references to rows that are missing", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* history
      exec(path, "PRAGMA foreign_keys = OFF; UPDATE holder SET account_id = 9")
      const found = yield* on(layer, check)
      expect(found).toEqual(
        expect.arrayContaining([expect.objectContaining({ what: "it refers to a row that is missing" })]),
      )
    }),
  )

  it.scoped("finds pages that were overwritten", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* history
      const database = yield* raw(path)
      const page = Number(database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'lease'").pluck().get())
      database.close()
      const bytes = readFileSync(path)
      bytes.fill(0xa5, (page - 1) * 4096, page * 4096)
      writeFileSync(path, bytes)
      const found = yield* on(layer, check)
      expect(found[0]).toMatchObject({ table: "database" })
    }),
  )

  it.scoped("reports at most 100 damages", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* history
      exec(
        path,
        `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)
         INSERT INTO holder SELECT randomblob(16), 'x', i, NULL, NULL, NULL, 0 FROM n`,
      )
      expect(yield* on(layer, check)).toHaveLength(100)
    }),
  )

  it.scoped("never hands out an account by a holder that changed", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* history
      exec(path, "UPDATE holder SET account_id = 3 - account_id")
      yield* on(
        layer,
        Effect.gen(function* () {
          const directory = yield* AccountDirectory
          const corrupt = { _tag: "StoreCorrupt", table: "holder", path }
          expect(yield* Effect.flip(directory.find(holder("one")))).toMatchObject(corrupt)
          expect(yield* Effect.flip(directory.lastAnswered(holder("one")))).toMatchObject(corrupt)
          expect(yield* Effect.flip(directory.label(holder("one")))).toMatchObject(corrupt)
        }),
      )
    }),
  )
})
