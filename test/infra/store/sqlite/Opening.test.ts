import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SnapshotStore from "../../../../src/infra/SnapshotStore.js"
import { APPLICATION_ID } from "../../../../src/infra/store/sqlite/FileHeader.js"
import { VERSION } from "../../../../src/infra/store/sqlite/Migrations.js"
import { asNobody } from "../Nobody.js"
import * as Samples from "../Samples.js"
import { append, contents, exec, failure, mode, type Opened, on, raw, readAll, temp } from "../SqliteFile.js"

const { snapshot } = Samples

const foreign = "PRAGMA application_id = 42; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1);"
const unnamed = "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1);"
const newer = `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION + 1}; CREATE TABLE snapshot (a);`

/** Files that a store must not touch: how each is made, and the error of opening it. */
const untouchable: ReadonlyArray<{
  readonly title: string
  readonly make: (path: string) => void
  readonly error: object
}> = [
  {
    title: "a text",
    make: (path) => writeFileSync(path, "observed_at,balance\n"),
    error: { _tag: "StoreNotADatabase", reason: "NotSqlite" },
  },
  {
    title: "a long text",
    make: (path) => writeFileSync(path, "x".repeat(9000)),
    error: { _tag: "StoreNotADatabase", reason: "NotSqlite" },
  },
  {
    title: "the first bytes of a database",
    make: (path) => writeFileSync(path, "SQLite format 3\0"),
    error: { _tag: "StoreNotADatabase", reason: "NotSqlite" },
  },
  {
    title: "another application's database",
    make: (path) => exec(path, foreign),
    error: { _tag: "StoreNotADatabase", reason: "OtherApplication" },
  },
  {
    title: "another application's database with a write-ahead log",
    make: (path) => exec(path, `PRAGMA journal_mode = WAL; ${foreign}`),
    error: { _tag: "StoreNotADatabase", reason: "OtherApplication" },
  },
  {
    title: "a database that names no application",
    make: (path) => exec(path, unnamed),
    error: { _tag: "StoreNotADatabase", reason: "OtherApplication" },
  },
  {
    title: "a database of nothing but a version",
    make: (path) => exec(path, "PRAGMA user_version = 3"),
    error: { _tag: "StoreNotADatabase", reason: "OtherApplication" },
  },
  {
    title: "a history of a newer version",
    make: (path) => exec(path, newer),
    error: { _tag: "StoreNewerVersion", found: VERSION + 1, supported: VERSION },
  },
  {
    title: "a history of a version that does not exist",
    make: (path) => exec(path, `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = -1`),
    error: { _tag: "StoreCorrupt", table: "header", key: "user_version" },
  },
]

const both = (path: string): ReadonlyArray<readonly [string, Opened]> => [
  ["writing", SnapshotStore.layerSqlite({ path, createFolder: true })],
  ["reading", SnapshotStore.layerReadOnly({ path })],
]

describe("a file that is not a history", () => {
  for (const { title, make, error } of untouchable) {
    it.scoped(`${title} is refused and left byte for byte as it was`, () =>
      Effect.gen(function* () {
        const { folder, path } = yield* temp
        make(path)
        const before = contents(folder)
        for (const [how, layer] of both(path)) {
          expect(yield* failure(layer), how).toMatchObject({ ...error, path })
          expect(contents(folder), how).toEqual(before)
          expect(readdirSync(folder), how).toEqual(["history.db"])
        }
      }),
    )
  }

  for (const [title, sql, error] of [
    ["another application", foreign, { _tag: "StoreNotADatabase", reason: "OtherApplication" }],
    ["a newer version", newer, { _tag: "StoreNewerVersion", found: VERSION + 1 }],
  ] as const) {
    it.scoped(`what ${title} has written only to its log is read, and left as it is`, () =>
      Effect.gen(function* () {
        const { folder, path } = yield* temp
        const other = yield* raw(path)
        other.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${sql}`)
        const before = contents(folder)
        expect(Object.keys(before)).toEqual(["history.db", "history.db-wal"])
        for (const [how, layer] of both(path)) {
          expect(yield* failure(layer), how).toMatchObject(error)
          expect(contents(folder), how).toEqual(before)
        }
      }),
    )
  }
})

describe("a path that cannot be opened", () => {
  const cannot = (reason: string) => ({ _tag: "StoreCannotOpen", reason })

  it.scoped("a missing folder is created, and an error where it is not to be created", () =>
    Effect.gen(function* () {
      const { folder } = yield* temp
      const path = join(folder, "new", "history.db")
      const strict = SnapshotStore.layerSqlite({ path, createFolder: false })
      expect(yield* failure(strict)).toMatchObject({ ...cannot("NoSuchFolder"), path })
      expect(existsSync(dirname(path))).toBe(false)
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "1.00")))
      expect(mode(dirname(path))).toBe(0o700)
      expect(yield* on(SnapshotStore.layerSqlite({ path }), readAll)).toHaveLength(1)
    }),
  )

  it.scoped("reading a missing file is an error, and creates nothing", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      expect(yield* failure(SnapshotStore.layerReadOnly({ path }))).toMatchObject(cannot("NoSuchFile"))
      expect(yield* failure(SnapshotStore.layerReadOnly({ path: join(folder, "no", "x.db") }))).toMatchObject(
        cannot("NoSuchFile"),
      )
      expect(readdirSync(folder)).toEqual([])
    }),
  )

  it.scoped("a folder is not a file, and neither is a path below a file", () =>
    Effect.gen(function* () {
      const { folder } = yield* temp
      mkdirSync(join(folder, "sub"))
      writeFileSync(join(folder, "file"), "text")
      for (const [how, layer] of both(join(folder, "sub"))) {
        expect(yield* failure(layer), how).toMatchObject(cannot("NotAFile"))
      }
      for (const [how, layer] of both(join(folder, "file", "history.db"))) {
        expect(yield* failure(layer), how).toMatchObject(cannot("NoSuchFolder"))
      }
      for (const path of ["", "/dev/null"]) {
        for (const [how, layer] of both(path)) expect(yield* failure(layer), how).toMatchObject(cannot("NotAFile"))
      }
      expect(readFileSync(join(folder, "file"), "utf8")).toBe("text")
    }),
  )

  it.scoped("names that SQLite would read as something else are refused, or are plain files", () =>
    Effect.gen(function* () {
      const { folder } = yield* temp
      expect(yield* failure(SnapshotStore.layerSqlite({ path: join(folder, "blank.db ") }))).toMatchObject(
        cannot("Other"),
      )
      expect(yield* failure(SnapshotStore.layerSqlite({ path: join(folder, "nul\u0000.db") }))).toMatchObject(
        cannot("Other"),
      )
      expect(readdirSync(folder)).toEqual([])
      const path = join(folder, "file:x?mode=memory")
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "1.00")))
      expect(readdirSync(folder)).toEqual(["file:x?mode=memory"])
    }),
  )

  it.scoped("a folder in which the system creates no files is a typed error", () =>
    Effect.gen(function* () {
      expect(yield* failure(SnapshotStore.layerSqlite({ path: "/proc/history.db" }))).toMatchObject({
        _tag: "StoreCannotOpen",
      })
    }),
  )
})

describe("a path without the rights", () => {
  const denied = { _tag: "StoreCannotOpen", reason: "PermissionDenied" }
  const guarded = Effect.gen(function* () {
    const { folder, path } = yield* temp
    yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "10.00")))
    const allow = (ofFile: number) => {
      chmodSync(path, ofFile)
      chmodSync(folder, 0o555)
    }
    yield* Effect.addFinalizer(() => Effect.sync(() => chmodSync(folder, 0o700)))
    return { folder, path, allow }
  })

  it.scoped("a file that may not be read is PermissionDenied", () =>
    Effect.gen(function* () {
      const { path, allow } = yield* guarded
      allow(0o000)
      for (const [how, layer] of both(path)) expect(yield* asNobody(failure(layer)), how).toMatchObject(denied)
    }),
  )

  it.scoped("a file that may be read but not written is not opened for writing", () =>
    Effect.gen(function* () {
      const { folder, path, allow } = yield* guarded
      allow(0o444)
      const before = contents(folder)
      expect(yield* asNobody(failure(SnapshotStore.layerSqlite({ path })))).toMatchObject(denied)
      expect(contents(folder)).toEqual(before)
    }),
  )

  it.scopedLive("a folder that takes no log beside the file is PermissionDenied for writing, and can be read", () =>
    Effect.gen(function* () {
      const { folder, path, allow } = yield* guarded
      allow(0o666)
      const before = contents(folder)
      expect(yield* asNobody(failure(SnapshotStore.layerSqlite({ path })))).toMatchObject(denied)
      expect(yield* asNobody(on(SnapshotStore.layerReadOnly({ path }), readAll))).toHaveLength(1)
      expect(contents(folder)).toEqual(before)
      expect(readdirSync(folder)).toEqual(["history.db"])
    }),
  )

  it.scoped("a folder that takes no file and no folder is PermissionDenied", () =>
    Effect.gen(function* () {
      const { folder, allow } = yield* guarded
      allow(0o600)
      for (const path of [join(folder, "new.db"), join(folder, "new", "history.db")]) {
        const layer = SnapshotStore.layerSqlite({ path, createFolder: true })
        expect(yield* asNobody(failure(layer))).toMatchObject({ ...denied, path })
      }
      expect(readdirSync(folder)).toEqual(["history.db"])
    }),
  )
})

describe("a damaged history", () => {
  const damage = (sql: string) =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const layer = SnapshotStore.layerSqlite({ path })
      yield* on(layer, append(snapshot(0, "10.00"), snapshot(1, "9.00"), snapshot(2, "8.00")))
      exec(path, `PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; ${sql}`)
      return { path, layer }
    })
  const second = Samples.at(1).epochMillis

  for (const [title, sql, error] of [
    [
      "an amount out of range",
      `UPDATE snapshot SET monthly_usd = 9210000000000000000 WHERE observed_at = ${second}`,
      { table: "snapshot" },
    ],
    ["a time that does not exist", "UPDATE snapshot SET refresh_at = 8640000000000001", { table: "snapshot" }],
    [
      "a stable pool of neither model",
      `UPDATE snapshot SET granted_credits = NULL WHERE observed_at = ${second}`,
      { table: "snapshot" },
    ],
    ["a plan that is not a plan", "UPDATE plan SET json = '{}'", { table: "plan", key: "1" }],
    ["a plan that is not JSON", "UPDATE plan SET json = '{'", { table: "plan", key: "1" }],
    ["a plan that is missing", "DELETE FROM plan", { table: "plan", key: "1" }],
    [
      "an account of another owner",
      "UPDATE account SET base_url = base_url, checksum = checksum + 1",
      { table: "account" },
    ],
  ] as const) {
    it.scoped(`${title} is an error with its table and key, and is never skipped`, () =>
      Effect.gen(function* () {
        const { path, layer } = yield* damage(sql)
        for (const [how, opened] of [
          ["writing", layer] as const,
          ["reading", SnapshotStore.layerReadOnly({ path })] as const,
        ]) {
          const failure = yield* Effect.flip(on(opened, readAll))
          expect(failure, how).toMatchObject({ _tag: "StoreCorrupt", path, ...error })
        }
      }),
    )
  }

  it.scoped("an owner of no kind is an error of the list of accounts", () =>
    Effect.gen(function* () {
      const { layer } = yield* damage("UPDATE account SET owner = 'somebody'")
      const accounts = Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.listAccounts)
      expect(yield* Effect.flip(on(layer, accounts))).toMatchObject({
        _tag: "StoreCorrupt",
        table: "account",
        key: "1",
      })
    }),
  )

  for (const [title, sql, error] of [
    ["a table that is missing", "DROP TABLE snapshot", { table: "sqlite_schema" }],
    ["a secret that is missing", "DELETE FROM meta WHERE key = 'secret'", { table: "meta", key: "secret" }],
    ["a secret that is cut", "UPDATE meta SET value = x'00' WHERE key = 'secret'", { table: "meta", key: "secret" }],
  ] as const) {
    it.scoped(`${title} is an error of opening the file`, () =>
      Effect.gen(function* () {
        const { layer } = yield* damage(sql)
        expect(yield* failure(layer)).toMatchObject({ _tag: "StoreCorrupt", ...error })
      }),
    )
  }

  it.scoped("pages that were overwritten are damage, not a defect", () =>
    Effect.gen(function* () {
      const { path, layer } = yield* damage("SELECT 1")
      const bytes = readFileSync(path)
      bytes.fill(0xa5, 4096)
      writeFileSync(path, bytes)
      const failure = yield* Effect.flip(on(layer, readAll))
      expect(failure).toMatchObject({ _tag: "StoreCorrupt", table: "database" })
      expect(readFileSync(path).equals(bytes)).toBe(true)
    }),
  )
})
