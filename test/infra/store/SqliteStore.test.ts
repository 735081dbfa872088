import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { AccountDirectory, type Holder } from "../../../src/infra/store/AccountDirectory.js"
import { StoreCorrupt } from "../../../src/infra/store/StoreError.js"
import * as Connection from "../../../src/infra/store/sqlite/Connection.js"
import * as Driver from "../../../src/infra/store/sqlite/Driver.js"
import { APPLICATION_ID } from "../../../src/infra/store/sqlite/FileHeader.js"
import { VERSION } from "../../../src/infra/store/sqlite/Migrations.js"
import * as OpenFile from "../../../src/infra/store/sqlite/OpenFile.js"
import * as Samples from "./Samples.js"
import { append, contents, failure, mode, on, raw, readAll, temp } from "./SqliteFile.js"

const { snapshot, texts, user } = Samples

describe("a history file", () => {
  it.scoped("survives being closed and opened again", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const layer = SnapshotStore.layerSqlite({ path })
      const all = [snapshot(0, "10.00"), snapshot(1, "9.00")]
      yield* on(layer, append(...all))
      expect(yield* on(layer, readAll)).toEqual(texts(all))
      expect(yield* on(layer, append(snapshot(0, "10.00"), snapshot(2, "8.00")))).toEqual([
        { _tag: "Duplicate" },
        { _tag: "Appended" },
      ])
      expect(yield* on(SnapshotStore.layerReadOnly({ path }), readAll)).toEqual(texts([...all, snapshot(2, "8.00")]))
    }),
  )

  it.scoped("contains its write-ahead log when it is closed, and stands alone", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "10.00")))
      expect(readdirSync(folder)).toEqual(["history.db"])
    }),
  )

  it.scoped("stores labels and accounts, and never a token", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const token = "api-0123456789abcdef-secret"
      const holder: Holder = {
        baseUrl: Account.DEFAULT_BASE_URL,
        credential: Redacted.make(token),
        subject: Subject.me,
      }
      const layer = SnapshotStore.layerSqlite({ path })
      const [label, whileOpen] = yield* on(
        layer,
        Effect.gen(function* () {
          const directory = yield* AccountDirectory
          yield* append(snapshot(0, "10.00"))
          yield* directory.remember(holder, user)
          const label = yield* directory.label(holder)
          const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"))
          return [label, files.join()] as const
        }),
      )
      for (const bytes of [whileOpen, readFileSync(path, "latin1")]) {
        expect(bytes).toContain(Samples.UUID)
        expect(bytes).not.toContain(token)
        expect(bytes).not.toContain("secret-")
        expect(bytes).not.toContain(token.slice(4, 20))
      }
      for (const again of [layer, SnapshotStore.layerReadOnly({ path })]) {
        const directory = yield* on(
          again,
          Effect.flatMap(AccountDirectory, (each) => Effect.all([each.find(holder), each.label(holder)])),
        )
        expect(directory).toEqual([Option.some(user), label])
      }
    }),
  )

  it.scoped("is readable by its owner alone, like its log and the folder that was created for it", () =>
    Effect.gen(function* () {
      const { folder } = yield* temp
      const path = join(folder, "a", "b", "history.db")
      yield* on(
        SnapshotStore.layerSqlite({ path, createFolder: true }),
        Effect.gen(function* () {
          yield* append(snapshot(0, "10.00"))
          expect([path, `${path}-wal`, `${path}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600])
          expect([dirname(path), dirname(dirname(path))].map(mode)).toEqual([0o700, 0o700])
        }),
      )
    }),
  )

  it.scoped("has the application id and version of a history, and is sound for SQLite's own checks", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "10.00")))
      const database = yield* raw(path)
      expect(database.pragma("application_id", { simple: true })).toBe(APPLICATION_ID)
      expect(database.pragma("user_version", { simple: true })).toBe(VERSION)
      expect(database.pragma("journal_mode", { simple: true })).toBe("wal")
      expect(database.pragma("integrity_check", { simple: true })).toBe("ok")
      expect(database.pragma("foreign_key_check")).toEqual([])
    }),
  )

  it.scoped("is migrated once: opened again it has the same tables and the same secret", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const layer = SnapshotStore.layerSqlite({ path })
      const tablesAndSecret = () => {
        const database = Driver.open(path, { readonly: true })
        const tables = database.prepare("SELECT sql FROM sqlite_schema").all()
        const secret = database.prepare("SELECT value FROM meta WHERE key = 'secret'").pluck().get()
        database.close()
        return { tables, secret }
      }
      yield* on(layer, Effect.void)
      const first = tablesAndSecret()
      expect(first.secret).toHaveLength(32)
      yield* on(layer, Effect.void)
      expect(tablesAndSecret()).toEqual(first)
    }),
  )

  it.scoped("stores a plan once, however many snapshots have it", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const [plus, pro] = [{ subscriptionId: Option.some("sub_1") }, { subscriptionId: Option.some("sub_2") }]
      const layer = SnapshotStore.layerSqlite({ path })
      yield* on(layer, append(snapshot(0, "3", plus), snapshot(1, "2", pro), snapshot(2, "1", plus)))
      yield* on(layer, append(snapshot(3, "3", plus)))
      const database = yield* raw(path)
      expect(database.prepare("SELECT count(*) FROM plan").pluck().get()).toBe(2)
    }),
  )

  it.scoped("can begin as an empty file, and as a link to a file that is missing", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      writeFileSync(path, "")
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "10.00")))
      expect(yield* on(SnapshotStore.layerSqlite({ path }), readAll)).toHaveLength(1)
      const link = join(folder, "link.db")
      symlinkSync(join(folder, "target.db"), link)
      yield* on(SnapshotStore.layerSqlite({ path: link }), append(snapshot(0, "10.00")))
      expect(yield* on(SnapshotStore.layerSqlite({ path: join(folder, "target.db") }), readAll)).toHaveLength(1)
    }),
  )

  it.scoped("is left in order by a write that fails for lack of space, and takes the next one", () =>
    Effect.gen(function* () {
      const { connection, count, path, setMaxPages } = yield* opened
      const before = yield* count
      yield* setMaxPages(40)
      const failure = yield* Effect.flip(
        connection.write("test", (file) => [insert(file, "small", 100_000), insert(file, "large", 100_000)]),
      )
      expect(failure).toMatchObject({ _tag: "StoreFull", operation: "test", path })
      expect(yield* count).toBe(before)
      yield* setMaxPages(1_000_000)
      yield* connection.write("test", (file) => insert(file, "large", 100_000))
      expect(yield* count).toBe(before + 1)
    }),
  )
})

/** A connection to a new file that counts the rows of the table `meta`. */
const opened = Effect.gen(function* () {
  const { path } = yield* temp
  const connection = yield* Connection.open(
    { mode: "ReadWrite", path, createFolder: false, synchronous: "FULL" },
    OpenFile.make,
  )
  const count = connection.read("test", ({ database }) =>
    Number(database.prepare("SELECT count(*) FROM meta").pluck().get()),
  )
  const setMaxPages = (pages: number) =>
    connection.alone("test", ({ database }) => database.pragma(`max_page_count = ${pages}`))
  return { path, connection, count, setMaxPages }
})

const insert = ({ database }: OpenFile.OpenFile, key: string, bytes: number): unknown =>
  database.prepare("INSERT INTO meta (key, value) VALUES (?, zeroblob(?))").run(key, bytes)

describe("a transaction", () => {
  it.scoped("that fails leaves nothing, by an error or by a defect, and the next one succeeds", () =>
    Effect.gen(function* () {
      const { path, connection, count } = yield* opened
      const error = new StoreCorrupt({ path, table: "meta", key: "test" })
      const defect = new Error("a bug")
      const before = yield* count
      for (const cause of [error, defect]) {
        const exit = yield* Effect.exit(
          connection.write("test", (file) => {
            insert(file, "a", 1)
            throw cause
          }),
        )
        expect(exit).toEqual(cause === error ? Exit.fail(error) : Exit.die(defect))
        expect(yield* count).toBe(before)
      }
      yield* connection.write("test", (file) => insert(file, "a", 1))
      expect(yield* count).toBe(before + 1)
    }),
  )

  it.scoped("that writes holds the lock from its beginning, so that it never fails half way for lack of it", () =>
    Effect.gen(function* () {
      const { path, connection } = yield* opened
      const other = yield* raw(path)
      yield* connection.write("test", () => expect(() => other.exec("BEGIN IMMEDIATE")).toThrow("locked"))
      other.exec("BEGIN IMMEDIATE; COMMIT")
    }),
  )

  it.scoped("that is rolled back forgets what was learned from it", () =>
    Effect.gen(function* () {
      const { connection } = yield* opened
      const rolledBack = Effect.exit(
        connection.write("test", (file) => {
          file.writer.append("test", snapshot(0, "1.00"), undefined)
          throw new Error("a bug")
        }),
      )
      yield* rolledBack
      const outcome = yield* connection.write("test", ({ writer }) =>
        writer.append("test", snapshot(0, "1.00"), undefined),
      )
      expect(outcome).toEqual({ _tag: "Appended" })
      const rows = yield* connection.read("test", ({ database }) =>
        database
          .prepare(
            "SELECT count(*) FROM snapshot JOIN account ON account.id = account_id JOIN plan ON plan.id = plan_id",
          )
          .pluck()
          .get(),
      )
      expect(rows).toBe(1)
    }),
  )
})

describe("a history file with other connections", () => {
  it.scoped("takes the writes of two connections and shows each to the other", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const open = Effect.map(Layer.build(SnapshotStore.layerSqlite({ path })), (context) => Effect.provide(context))
      const [one, two] = [yield* open, yield* open]
      yield* Effect.forEach(
        Array.from({ length: 20 }, (_, minute) => minute),
        (minute) => (minute % 2 === 0 ? one : two)(append(snapshot(minute, "1.00"))),
        { concurrency: "unbounded" },
      )
      expect(yield* two(append(snapshot(0, "1.00")))).toEqual([{ _tag: "Duplicate" }])
      const wanted = texts(Array.from({ length: 20 }, (_, minute) => snapshot(minute, "1.00")))
      expect(yield* one(readAll)).toEqual(wanted)
      expect(yield* two(readAll)).toEqual(wanted)
    }),
  )

  it.scoped("waits for another writer without stopping the event loop, and then writes", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const context = yield* Layer.build(SnapshotStore.layerSqlite({ path }))
      const other = yield* raw(path)
      other.exec("BEGIN IMMEDIATE")
      const fiber = yield* Effect.fork(Effect.provide(append(snapshot(0, "10.00")), context))
      yield* TestClock.adjust("2 seconds")
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
      // Readers don't wait at all.
      expect(yield* Effect.provide(readAll, context)).toEqual([])
      other.exec("COMMIT")
      yield* TestClock.adjust("100 millis")
      expect(yield* Fiber.join(fiber)).toEqual([{ _tag: "Appended" }])
    }),
  )

  it.scoped("gives up after ten seconds and not before, with nothing written", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const context = yield* Layer.build(SnapshotStore.layerSqlite({ path }))
      const other = yield* raw(path)
      other.exec("BEGIN IMMEDIATE")
      const fiber = yield* Effect.fork(Effect.provide(append(snapshot(0, "10.00")), context))
      yield* TestClock.adjust("9900 millis")
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
      yield* TestClock.adjust("200 millis")
      const failure = yield* Effect.flip(Fiber.join(fiber))
      expect(failure).toMatchObject({ _tag: "StoreBusy", path, operation: "SnapshotStore.appendAll" })
      other.exec("COMMIT")
      expect(yield* Effect.provide(readAll, context)).toEqual([])
    }),
  )

  it.scoped("is waited for while it is opened, and the wait can be interrupted", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const other = yield* raw(path)
      other.exec("BEGIN EXCLUSIVE; CREATE TABLE t (a)")
      const open = on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "10.00")))
      const waiting = yield* Effect.fork(open)
      yield* TestClock.adjust("1 second")
      expect(Option.isNone(yield* Fiber.poll(waiting))).toBe(true)
      expect(Exit.isInterrupted(yield* Fiber.interrupt(waiting))).toBe(true)
      const impatient = yield* Effect.fork(Effect.flip(open))
      yield* TestClock.adjust("10100 millis")
      expect(yield* Fiber.join(impatient)).toMatchObject({ _tag: "StoreBusy", path, operation: "open" })
      const patient = yield* Effect.fork(open)
      yield* TestClock.adjust("1 second")
      other.exec("ROLLBACK")
      yield* TestClock.adjust("100 millis")
      expect(yield* Fiber.join(patient)).toEqual([{ _tag: "Appended" }])
    }),
  )

  it.scoped("can be created by two connections at once", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const layer = SnapshotStore.layerSqlite({ path })
      yield* Effect.all([on(layer, append(snapshot(0, "1.00"))), on(layer, append(snapshot(1, "1.00")))], {
        concurrency: "unbounded",
      })
      expect(yield* on(layer, readAll)).toHaveLength(2)
    }),
  )
})

describe("a history opened for reading only", () => {
  it.scoped("reads what is stored and refuses to write", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const holder: Holder = {
        baseUrl: Account.DEFAULT_BASE_URL,
        credential: Redacted.make("token"),
        subject: Subject.me,
      }
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "10.00")))
      const before = contents(folder)
      yield* on(
        SnapshotStore.layerReadOnly({ path }),
        Effect.gen(function* () {
          const store = yield* SnapshotStore.SnapshotStore
          const directory = yield* AccountDirectory
          expect(yield* readAll).toEqual(texts([snapshot(0, "10.00")]))
          expect(yield* directory.find(holder)).toEqual(Option.none())
          const refused = (operation: string) => ({ _tag: "StoreReadOnly", operation, path })
          expect(yield* Effect.flip(store.append(snapshot(1, "9.00")))).toMatchObject(refused("SnapshotStore.append"))
          expect(yield* Effect.flip(store.appendAll([snapshot(1, "9.00")]))).toMatchObject(
            refused("SnapshotStore.appendAll"),
          )
          expect(yield* Effect.flip(directory.remember(holder, user))).toMatchObject(
            refused("AccountDirectory.remember"),
          )
          expect(yield* Effect.flip(directory.label(holder))).toMatchObject(refused("AccountDirectory.label"))
        }),
      )
      expect(contents(folder)["history.db"]).toBe(before["history.db"])
    }),
  )

  it.scoped("sees what another connection writes meanwhile", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const writer = yield* Layer.build(SnapshotStore.layerSqlite({ path }))
      const reader = yield* Layer.build(SnapshotStore.layerReadOnly({ path }))
      yield* Effect.provide(append(snapshot(0, "10.00")), writer)
      expect(yield* Effect.provide(readAll, reader)).toEqual(texts([snapshot(0, "10.00")]))
    }),
  )

  it.scoped("that is still an empty file is StoreOlderVersion", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      writeFileSync(path, "")
      const older = { _tag: "StoreOlderVersion", found: 0, supported: VERSION }
      expect(yield* failure(SnapshotStore.layerReadOnly({ path }))).toMatchObject(older)
      expect(readFileSync(path)).toHaveLength(0)
    }),
  )
})
