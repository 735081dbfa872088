/** Reading a history in a folder that takes no files: from a private copy, which leaves nothing behind. */
import { spawn } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { vi } from "vitest"
import * as SnapshotStore from "../../../../src/infra/SnapshotStore.js"
import * as Driver from "../../../../src/infra/store/sqlite/Driver.js"
import { APPLICATION_ID } from "../../../../src/infra/store/sqlite/FileHeader.js"
import { VERSION } from "../../../../src/infra/store/sqlite/Migrations.js"
import * as ReadOnlyCopy from "../../../../src/infra/store/sqlite/ReadOnlyCopy.js"
import { leftoverIn } from "../KilledProcess.js"
import { asNobody } from "../Nobody.js"
import * as Samples from "../Samples.js"
import { append, contents, exec, failure, on, raw, readAll, temp } from "../SqliteFile.js"
import * as TempFolder from "../TempFolder.js"

const { snapshot, texts } = Samples

// Node passes TMPDIR over where the effective user is another one, as it is in these tests.
vi.mock("node:os", async (original) => {
  const os = await original<typeof import("node:os")>()
  return { ...os, tmpdir: () => process.env["TMPDIR"] ?? os.tmpdir() }
})

/** What another process does while a file is copied. */
let meanwhile: (file: string) => void = () => {}

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>()
  const copy: typeof fs.copyFileSync = (source, target, mode) => {
    if (fs.statSync(source).size > 2 ** 40) throw new Error("it would have filled the disk")
    fs.copyFileSync(source, target, mode)
    meanwhile(String(source))
  }
  return { ...fs, copyFileSync: copy }
})

/** A temporary folder for this test alone, so that leftovers show. */
const temporary: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* TempFolder.make
  chmodSync(folder, 0o777)
  const before = process.env["TMPDIR"]
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      process.env["TMPDIR"] = folder
    }),
    () =>
      Effect.sync(() => {
        if (before === undefined) delete process.env["TMPDIR"]
        else process.env["TMPDIR"] = before
      }),
  )
  return folder
})

/** Lets everybody read and nobody write. */
const close = (folder: string): void => {
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444)
  chmodSync(folder, 0o555)
}

/** A history of two snapshots in a folder that takes no files, changed by `make`. */
const closed = (make: (path: string) => void = () => {}) =>
  Effect.gen(function* () {
    const { folder, path } = yield* temp
    const tmp = yield* temporary
    yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "10.00"), snapshot(1, "9.00")))
    make(path)
    close(folder)
    yield* Effect.addFinalizer(() => Effect.sync(() => chmodSync(folder, 0o700)))
    return { folder, path, tmp, layer: SnapshotStore.layerReadOnly({ path }) }
  })

/** Leaves a history as a process does that is killed: with a log, and without the index of the log. */
const leaveLog =
  (sql: string) =>
  (path: string): void => {
    const source = Driver.open(path)
    source.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${sql}`)
    for (const ending of ["", "-wal"]) copyFileSync(`${path}${ending}`, `${path}.kept${ending}`)
    source.close()
    for (const ending of ["", "-wal"]) renameSync(`${path}.kept${ending}`, `${path}${ending}`)
  }

const count = Effect.map(readAll, (all) => all.length)

describe("a history in a folder that takes no files", () => {
  it.scopedLive("is read as it is, and leaves nothing of the copy", () =>
    Effect.gen(function* () {
      const { folder, layer, tmp } = yield* closed()
      const before = contents(folder)
      expect(yield* asNobody(on(layer, readAll))).toEqual(texts([snapshot(0, "10.00"), snapshot(1, "9.00")]))
      expect(contents(folder)).toEqual(before)
      expect(readdirSync(folder)).toEqual(["history.db"])
      expect(readdirSync(tmp)).toEqual([])
    }),
  )

  it.scopedLive("is read after a reader that was killed, and what that left is removed", () =>
    Effect.gen(function* () {
      const { layer, tmp } = yield* closed()
      yield* asNobody(Effect.sync(() => leftoverIn(tmp)))
      expect(yield* asNobody(on(layer, count))).toBe(2)
      expect(readdirSync(tmp)).toEqual([])
    }),
  )

  it.scopedLive("is read with what its log alone holds, and with none of what was not committed", () =>
    Effect.gen(function* () {
      const { folder, layer, tmp } = yield* closed((path) => {
        leaveLog("DELETE FROM snapshot WHERE observed_at = (SELECT max(observed_at) FROM snapshot)")(path)
        // What a writer appends before it commits.
        appendFileSync(`${path}-wal`, Buffer.alloc(5000, 7))
      })
      expect(readdirSync(folder)).toEqual(["history.db", "history.db-wal"])
      const before = contents(folder)
      expect(yield* asNobody(on(layer, count))).toBe(1)
      expect(contents(folder)).toEqual(before)
      expect(readdirSync(tmp)).toEqual([])
    }),
  )

  it.scopedLive("is read without a write that did not end, which its journal undoes", () =>
    Effect.gen(function* () {
      const { layer, tmp } = yield* closed((path) => {
        const source = Driver.open(path)
        source.exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
        source.exec("DELETE FROM snapshot; CREATE TABLE filler AS SELECT randomblob(100000)")
        for (const ending of ["", "-journal"]) copyFileSync(`${path}${ending}`, `${path}.kept${ending}`)
        source.exec("ROLLBACK; PRAGMA journal_mode = WAL")
        source.close()
        for (const ending of ["", "-journal"]) renameSync(`${path}.kept${ending}`, `${path}${ending}`)
      })
      expect(yield* asNobody(on(layer, count))).toBe(2)
      expect(readdirSync(tmp)).toEqual([])
    }),
  )

  it.scopedLive("does not show what is written later until it is opened again", () =>
    Effect.gen(function* () {
      const { folder, layer, path } = yield* closed()
      const scope = yield* Scope.make()
      const context = yield* asNobody(Layer.buildWithScope(layer, scope))
      chmodSync(folder, 0o700)
      chmodSync(path, 0o644)
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(2, "8.00")))
      close(folder)
      expect(yield* asNobody(Effect.provide(count, context))).toBe(2)
      yield* Scope.close(scope, Exit.void)
      expect(yield* asNobody(on(layer, count))).toBe(3)
    }),
  )

  it.scopedLive("is read where it lies while a process that writes to it keeps the index of the log there", () =>
    Effect.gen(function* () {
      const { folder, layer, path, tmp } = yield* closed()
      chmodSync(folder, 0o755)
      chmodSync(path, 0o644)
      const writer = yield* raw(path)
      writer.exec("DELETE FROM snapshot WHERE observed_at = (SELECT max(observed_at) FROM snapshot)")
      chmodSync(folder, 0o555)
      chmodSync(tmp, 0o500)
      expect(yield* asNobody(on(layer, count))).toBe(1)
    }),
  )

  it.skipIf(process.platform !== "linux")(
    "is copied to a file for its owner alone that has no name any more (Linux only)",
    () =>
      Effect.gen(function* () {
        const { layer } = yield* closed()
        yield* asNobody(
          on(
            layer,
            Effect.sync(() => {
              const own = readdirSync("/proc/self/fd").flatMap((descriptor) => {
                const file = `/proc/self/fd/${descriptor}`
                try {
                  return readlinkSync(file).includes("/history.db") ? [file] : []
                } catch {
                  return []
                }
              })
              expect(own).toHaveLength(1)
              for (const file of own) {
                expect(readlinkSync(file)).toMatch(/\.zoo-runway-[\w-]+\.tmp\/history\.db \(deleted\)$/)
                expect(statSync(file).mode & 0o777).toBe(0o600)
                expect(statSync(file).uid).toBe(process.geteuid?.())
              }
            }),
          ),
        )
      }).pipe(Effect.scoped, Effect.runPromise),
  )
})

describe("a copy that cannot be made", () => {
  const newer = `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION + 1}`

  it.scopedLive("because the history has a newer version is refused with the path of the history", () =>
    Effect.gen(function* () {
      const { layer, path, tmp } = yield* closed(leaveLog(newer))
      expect(yield* asNobody(failure(layer))).toMatchObject({ _tag: "StoreNewerVersion", path, found: VERSION + 1 })
      expect(readdirSync(tmp)).toEqual([])
    }),
  )

  it.scopedLive("because the history is damaged is an error with the path of the history", () =>
    Effect.gen(function* () {
      const { layer, path, tmp } = yield* closed((path) => {
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.fill(0xa5, 200, 4096))
      })
      expect(yield* asNobody(failure(layer))).toMatchObject({ _tag: "StoreCorrupt", path })
      expect(readdirSync(tmp)).toEqual([])
    }),
  )

  it.scopedLive("because the log may not be read is an error with the path of the history", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* closed(leaveLog("DELETE FROM snapshot"))
      chmodSync(`${path}-wal`, 0o000)
      expect(yield* asNobody(failure(layer))).toMatchObject({
        _tag: "StoreCannotOpen",
        reason: "PermissionDenied",
        path,
      })
    }),
  )

  it.scopedLive("for lack of space names the temporary folder, before it fills it", () =>
    Effect.gen(function* () {
      const { layer, path, tmp } = yield* closed((path) => truncateSync(path, 2 ** 43))
      const error = yield* asNobody(failure(layer))
      expect(error).toMatchObject({ _tag: "StoreFull", path })
      expect(error.message).toBe(`copy to ${tmp} (TMPDIR names another folder): no space left for the history ${path}`)
      expect(readdirSync(tmp)).toEqual([])
    }),
  )

  it.scopedLive("because the temporary folder is missing or closed is an I/O failure", () =>
    Effect.gen(function* () {
      const { layer, path, tmp } = yield* closed()
      chmodSync(tmp, 0o555)
      expect(yield* asNobody(failure(layer))).toMatchObject({ _tag: "StoreIoFailed", path, code: "EACCES" })
      process.env["TMPDIR"] = join(tmp, "none")
      expect(yield* asNobody(failure(layer))).toMatchObject({ _tag: "StoreIoFailed", path, code: "ENOENT" })
    }),
  )
})

/**
 * A process that writes in bursts of random length, with random pauses. Each transaction moves an amount from one row to another, over many
 * pages, so that all rows add up to 0.
 */
const WRITER = `
  const database = new (require(process.argv[1]))(process.argv[2])
  const move = database.transaction(() => {
    const by = Math.floor(Math.random() * 1000)
    const [from, to] = [Math.random(), Math.random()].map((each) => Math.floor(each * 500))
    database.prepare("UPDATE balance SET amount = amount - ? WHERE id = ?").run(by, from)
    database.prepare("UPDATE balance SET amount = amount + ? WHERE id = ?").run(by, to)
  })
  const burst = () => {
    for (let index = 0; index < 300; index++) move()
    if (Math.random() < 0.3) database.pragma("wal_checkpoint(TRUNCATE)")
    setTimeout(burst, Math.random() * 120)
  }
  burst()`

describe("a copy that is made while another process writes", () => {
  const busy = { code: "SQLITE_BUSY" }
  const open = (path: string) =>
    Effect.try({ try: () => ReadOnlyCopy.open(path), catch: (cause) => cause }).pipe(Effect.map((copy) => copy.close()))

  /** A database and its log, and a clock that is set to a time after they were written. */
  const settled = Effect.gen(function* () {
    const { path } = yield* temp
    const tmp = yield* temporary
    leaveLog("CREATE TABLE a (b); INSERT INTO a VALUES (1)")(path)
    const now = vi.spyOn(Date, "now")
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        meanwhile = () => {}
        now.mockRestore()
      }),
    )
    const setAge = (millis: number) => {
      const changed = ["", "-wal"].map((ending) => statSync(`${path}${ending}`).ctimeMs)
      now.mockReturnValue(Math.trunc(Math.max(...changed)) + millis)
    }
    setAge(60_000)
    return { path, tmp, setAge }
  })

  for (const [title, change] of [
    ["the file is written", (path: string) => appendFileSync(path, Buffer.alloc(4096))],
    ["the log grows", (path: string) => appendFileSync(`${path}-wal`, Buffer.alloc(24))],
    [
      "the log is written over",
      (path: string) => writeFileSync(`${path}-wal`, readFileSync(`${path}-wal`).fill(1, 0, 32)),
    ],
    ["the log is removed", (path: string) => renameSync(`${path}-wal`, `${path}.was`)],
  ] as const) {
    it.scoped(`is given up when ${title} meanwhile`, () =>
      Effect.gen(function* () {
        const { path, tmp } = yield* settled
        yield* open(path)
        meanwhile = (file) => {
          meanwhile = () => {}
          if (!file.endsWith("-wal")) change(path)
        }
        expect(yield* Effect.flip(open(path))).toMatchObject(busy)
        expect(readdirSync(tmp)).toEqual([])
      }),
    )
  }

  it.scoped("waits for a file whose next write might not show", () =>
    Effect.gen(function* () {
      const { setAge, path } = yield* settled
      setAge(20)
      expect(yield* Effect.flip(open(path))).toMatchObject(busy)
      setAge(60)
      yield* open(path)
      // A file system that keeps whole seconds.
      utimesSync(path, 1_700_000_000, 1_700_000_000)
      setAge(1500)
      expect(yield* Effect.flip(open(path))).toMatchObject(busy)
      setAge(2100)
      yield* open(path)
    }),
  )

  it.scopedLive("is of one moment, or is tried again", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const tmp = yield* temporary
      exec(
        path,
        `PRAGMA journal_mode = WAL; CREATE TABLE balance (id INTEGER PRIMARY KEY, amount INTEGER, filler BLOB);
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 499)
         INSERT INTO balance SELECT i, 0, randomblob(2000) FROM n`,
      )
      const driver = createRequire(import.meta.url).resolve(Driver.load().name)
      const writer = spawn(process.execPath, ["-e", WRITER, driver, path], { stdio: "ignore" })
      yield* Effect.addFinalizer(() => Effect.sync(() => writer.kill()))
      const copy = Effect.try({ try: () => ReadOnlyCopy.open(path), catch: (cause) => cause })
      const sums = new Set<unknown>()
      let refused = 0
      while (sums.size < 6 || refused === 0) {
        const opened = yield* Effect.either(copy)
        if (opened._tag === "Left") {
          expect(opened.left).toMatchObject({ code: "SQLITE_BUSY" })
          refused++
        } else {
          expect(opened.right.database.pragma("integrity_check", { simple: true })).toBe("ok")
          expect(opened.right.database.prepare("SELECT sum(amount) FROM balance").pluck().get()).toBe(0)
          sums.add(opened.right.database.prepare("SELECT sum(amount * id) FROM balance").pluck().get())
          opened.right.close()
        }
        yield* Effect.yieldNow()
      }
      expect(readdirSync(tmp)).toEqual([])
    }),
  )
})

describe("a history in a folder that takes files", () => {
  it.scopedLive("keeps its bytes and its time when it is read; an empty log and its index may stay beside it", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const tmp = yield* temporary
      yield* on(SnapshotStore.layerSqlite({ path }), append(snapshot(0, "10.00")))
      const [before, { mtimeMs }] = [readFileSync(path), statSync(path)]
      expect(yield* on(SnapshotStore.layerReadOnly({ path }), count)).toBe(1)
      expect(readFileSync(path).equals(before)).toBe(true)
      expect(statSync(path).mtimeMs).toBe(mtimeMs)
      expect(contents(folder)).toEqual({ "history.db": before.toString("base64"), "history.db-wal": "" })
      expect(readdirSync(tmp)).toEqual([])
    }),
  )
})
