/** Files that are removed, renamed or replaced while they are open. */
import { fork } from "node:child_process"
import { once } from "node:events"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { vi } from "vitest"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { AccountDirectory } from "../../../src/infra/store/AccountDirectory.js"
import { Answers } from "../../../src/infra/store/Answers.js"
import { FileCare } from "../../../src/infra/store/FileCare.js"
import { Leases } from "../../../src/infra/store/Leases.js"
import { bundleChild } from "../../support/BundleChild.js"
import * as Samples from "./Samples.js"
import { append, exec, type Opened, on, raw, readAll, temp } from "./SqliteFile.js"

const { snapshot, texts, user } = Samples

/** An open store: its services, used one by one. */
const opened = (layer: Opened) =>
  Effect.map(Layer.build(layer), (context) => ({
    add: (...minutes: ReadonlyArray<number>) =>
      Effect.forEach(minutes, (minute) =>
        Context.get(context, SnapshotStore.SnapshotStore).append(snapshot(minute, "1.00")),
      ),
    read: Effect.provide(readAll, context),
    context,
  }))

const textsOf = (...minutes: ReadonlyArray<number>) => texts(minutes.map((minute) => snapshot(minute, "1.00")))

/** What a file holds by itself, opened by a copy of it alone, without its log. */
const whole = (path: string) =>
  Effect.gen(function* () {
    const { path: copy } = yield* temp
    copyFileSync(path, copy)
    const database = yield* raw(copy)
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok")
    database.close()
    return yield* on(SnapshotStore.layerReadOnly({ path: copy }), readAll)
  })

/** A history with snapshots of some minutes, closed. */
const history = (path: string, ...minutes: ReadonlyArray<number>) =>
  on(SnapshotStore.layerSqlite({ path }), append(...minutes.map((minute) => snapshot(minute, "1.00"))))

const files = (folder: string): ReadonlyArray<string> => readdirSync(folder).toSorted()

/** Sets the clock of reads forward, so that they look for the file again. */
const aSecondLater = (): void => {
  const now = performance.now() + 1000
  vi.spyOn(performance, "now").mockImplementation(() => now)
}

afterEach(() => vi.restoreAllMocks())

describe("a history file that is removed while it is open", () => {
  it.scoped("is created again by the next append, which is acknowledged when it is in the new file", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0, 1)
      unlinkSync(path)
      expect(yield* host.add(2)).toEqual(["Appended"])
      expect(yield* on(SnapshotStore.layerReadOnly({ path }), readAll)).toEqual(textsOf(2))
      expect(yield* host.read).toEqual(textsOf(2))
      yield* host.add(3)
      expect(yield* on(SnapshotStore.layerReadOnly({ path }), readAll)).toEqual(textsOf(2, 3))
      expect(files(folder)).toEqual(["history.db", "history.db-shm", "history.db-wal"])
    }),
  )

  it.scoped("with its log and index is created again, too", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0)
      for (const name of readdirSync(folder)) unlinkSync(join(folder, name))
      expect(yield* host.add(1)).toEqual(["Appended"])
      expect(yield* on(SnapshotStore.layerReadOnly({ path }), readAll)).toEqual(textsOf(1))
    }),
  )

  it.scoped("with its folder is created again where the folder may be created, and is NoSuchFolder elsewhere", () =>
    Effect.gen(function* () {
      const { folder } = yield* temp
      const paths = ["a", "b"].map((name) => join(folder, name, "history.db")) as [string, string]
      const creating = yield* opened(SnapshotStore.layerSqlite({ path: paths[0] }))
      mkdirSync(join(folder, "b"))
      const strict = yield* opened(SnapshotStore.layerSqlite({ path: paths[1], createFolder: false }))
      yield* creating.add(0)
      yield* strict.add(0)
      for (const name of ["a", "b"]) rmSync(join(folder, name), { recursive: true })
      expect(yield* creating.add(1)).toEqual(["Appended"])
      const missing = { _tag: "StoreCannotOpen", reason: "NoSuchFolder", path: paths[1] }
      expect(yield* Effect.flip(strict.add(1))).toMatchObject(missing)
      expect(yield* Effect.flip(strict.read)).toMatchObject(missing)
      expect(existsSync(join(folder, "b"))).toBe(false)
      mkdirSync(join(folder, "b"))
      expect(yield* strict.add(1)).toEqual(["Appended"])
    }),
  )

  it.scoped("is NoSuchFile for reading only, until there is a file again", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      yield* history(path, 0)
      const reader = yield* opened(SnapshotStore.layerReadOnly({ path }))
      expect(yield* reader.read).toEqual(textsOf(0))
      unlinkSync(path)
      aSecondLater()
      const missing = { _tag: "StoreCannotOpen", reason: "NoSuchFile", path }
      expect(yield* Effect.flip(reader.read)).toMatchObject(missing)
      expect(Context.get(reader.context, Answers).version()).toBeNaN()
      yield* history(path, 7)
      expect(yield* reader.read).toEqual(textsOf(7))
    }),
  )

  it.scoped("is not mixed with one that another connection creates meanwhile", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0, 1, 2)
      unlinkSync(path)
      const other = yield* opened(SnapshotStore.layerSqlite({ path }))
      expect(yield* other.read).toEqual([])
      yield* other.add(10)
      expect(yield* host.add(11)).toEqual(["Extended"])
      yield* other.add(12)
      for (const each of [host, other]) expect(yield* each.read).toEqual(textsOf(10, 11, 12))
      expect(yield* Context.get(other.context, FileCare).check).toEqual([])
    }),
  )

  it.scoped("takes the answer to a credential along with the snapshot, and leases", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const { context } = yield* opened(SnapshotStore.layerSqlite({ path }))
      const holder = { baseUrl: Account.DEFAULT_BASE_URL, credential: Redacted.make("token"), subject: Subject.me }
      const [directory, answers] = [Context.get(context, AccountDirectory), Context.get(context, Answers)]
      const store = Context.get(context, SnapshotStore.SnapshotStore)
      const leases = Context.get(context, Leases)
      yield* directory.remember(holder, user)
      yield* store.append(snapshot(0, "1.00"), { answered: holder })
      const lease = yield* leases.take("key")
      const [version, fingerprint] = [answers.version(), answers.fingerprint(holder.credential)]
      expect(answers.peek(holder)).toMatchObject({ agreedSince: Samples.at(0).epochMillis })
      unlinkSync(path)
      yield* store.append(snapshot(1, "1.00"), { answered: holder })
      expect(yield* directory.lastAnswered(holder)).toEqual(Option.some(Samples.at(1)))
      expect(yield* directory.find(holder)).toEqual(Option.none())
      expect(yield* leases.isHeld("key")).toBe(false)
      expect(Option.isSome(lease) && (yield* lease.value.renew)).toBe(false)
      expect(answers.version()).not.toBe(version)
      expect(answers.fingerprint(holder.credential)).toBe(fingerprint)
      yield* directory.remember(holder, user)
      expect(answers.peek(holder)).toMatchObject({ agreedSince: Samples.at(1).epochMillis })
    }),
  )
})

describe("a history file that is renamed while it is open", () => {
  it.scoped("is whole without its log, and the next append is in a new file at the path", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0, 1, 2)
      const renamed = join(folder, "renamed.db")
      renameSync(path, renamed)
      expect(yield* host.add(3)).toEqual(["Appended"])
      // The snapshot that was not acknowledged yet may be in the old file, too.
      expect((yield* whole(renamed)).slice(0, 3)).toEqual(textsOf(0, 1, 2))
      expect(yield* host.read).toEqual(textsOf(3))
      expect(files(folder)).toEqual(["history.db", "history.db-shm", "history.db-wal", "renamed.db"])
    }),
  )

  it.scoped("is whole when the store closes, and nothing stays at the path", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const renamed = join(folder, "renamed.db")
      for (const bulk of [false, true]) {
        yield* on(
          SnapshotStore.layerSqlite({ path, bulk }),
          Effect.gen(function* () {
            yield* append(snapshot(0, "1.00"), snapshot(1, "1.00"))
            renameSync(path, renamed)
          }),
        )
        expect(yield* whole(renamed)).toEqual(textsOf(0, 1))
        expect(files(folder)).toEqual(["renamed.db"])
        unlinkSync(renamed)
      }
    }),
  )

  it.scoped("with its folder is whole, and its log stays where the folder is", () =>
    Effect.gen(function* () {
      const { folder } = yield* temp
      const path = join(folder, "a", "history.db")
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0, 1)
      renameSync(join(folder, "a"), join(folder, "b"))
      expect(yield* host.add(2)).toEqual(["Appended"])
      expect((yield* whole(join(folder, "b", "history.db"))).slice(0, 2)).toEqual(textsOf(0, 1))
      expect(yield* host.read).toEqual(textsOf(2))
    }),
  )

  it.scoped("is left when a reader of an older state ends, and is whole then", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0)
      const reader = yield* raw(path)
      reader.exec("BEGIN; SELECT count(*) FROM snapshot")
      yield* host.add(1)
      const renamed = join(folder, "renamed.db")
      renameSync(path, renamed)
      const adding = yield* Effect.fork(host.add(2))
      yield* TestClock.adjust("1 second")
      expect(Option.isNone(yield* Fiber.poll(adding))).toBe(true)
      expect(existsSync(path)).toBe(false)
      reader.exec("COMMIT")
      yield* TestClock.adjust("100 millis")
      expect(yield* Fiber.join(adding)).toEqual(["Appended"])
      expect((yield* whole(renamed)).slice(0, 2)).toEqual(textsOf(0, 1))
      expect(yield* host.read).toEqual(textsOf(2))
    }),
  )

  it.scoped("is StoreBusy after ten seconds of such a reader, and nothing is acknowledged", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0)
      const reader = yield* raw(path)
      reader.exec("BEGIN; SELECT count(*) FROM snapshot")
      yield* host.add(1)
      renameSync(path, join(folder, "renamed.db"))
      const adding = yield* Effect.fork(Effect.flip(host.add(2)))
      yield* TestClock.adjust("11 seconds")
      expect(yield* Fiber.join(adding)).toMatchObject({ _tag: "StoreBusy", operation: "SnapshotStore.append", path })
      expect(existsSync(path)).toBe(false)
    }),
  )
})

describe("a history file that is replaced while it is open", () => {
  it.scoped("by a backup: what is acknowledged afterwards is in the backup, and the backup stays sound", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(...Array.from({ length: 50 }, (_, minute) => minute))
      const backup = join(folder, "backup.db")
      yield* history(backup, 100, 200, 300)
      renameSync(backup, path)
      expect(yield* host.add(250)).toEqual(["Late"])
      expect(yield* host.read).toEqual(textsOf(100, 200, 250, 300))
      expect(yield* Context.get(host.context, FileCare).check).toEqual([])
      expect(yield* on(SnapshotStore.layerReadOnly({ path }), readAll)).toEqual(textsOf(100, 200, 250, 300))
      yield* Context.get(host.context, FileCare).checkpoint
      expect(yield* whole(path)).toEqual(textsOf(100, 200, 250, 300))
    }),
  )

  it.scoped("by a backup is read a second later, with another version, whether it may be written or not", () =>
    Effect.gen(function* () {
      for (const layerOf of [SnapshotStore.layerSqlite, SnapshotStore.layerReadOnly]) {
        const { folder, path } = yield* temp
        yield* history(path, 0)
        const host = yield* opened(layerOf({ path }))
        const answers = Context.get(host.context, Answers)
        expect(yield* host.read).toEqual(textsOf(0))
        const before = answers.version()
        const backup = join(folder, "backup.db")
        yield* history(backup, 5)
        renameSync(backup, path)
        expect(answers.version()).toBe(before)
        aSecondLater()
        const after = answers.version()
        expect(after).not.toBeNaN()
        expect(after).not.toBe(before)
        expect(yield* host.read).toEqual(textsOf(5))
        expect(yield* host.read).toEqual(textsOf(5))
        vi.restoreAllMocks()
      }
    }),
  )

  it.scoped("by a file that is not a database fails typed, leaves that file as it is, and recovers", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0)
      const text = "observed_at,balance\n".repeat(400)
      writeFileSync(join(folder, "text"), text)
      renameSync(join(folder, "text"), path)
      const refused = { _tag: "StoreNotADatabase", reason: "NotSqlite", path }
      expect(yield* Effect.flip(host.add(1))).toMatchObject(refused)
      expect(yield* Effect.flip(host.read)).toMatchObject(refused)
      expect(Context.get(host.context, Answers).version()).toBeNaN()
      expect(readFileSync(path, "utf8")).toBe(text)
      expect(files(folder)).toEqual(["history.db"])
      unlinkSync(path)
      expect(yield* host.add(1)).toEqual(["Appended"])
    }),
  )

  it.scoped("by another application's database fails typed and leaves that one as it is", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0)
      const other = join(folder, "other.db")
      exec(other, "PRAGMA application_id = 42; CREATE TABLE theirs (a)")
      const bytes = readFileSync(other)
      renameSync(other, path)
      expect(yield* Effect.flip(host.add(1))).toMatchObject({ _tag: "StoreNotADatabase", reason: "OtherApplication" })
      expect(readFileSync(path).equals(bytes)).toBe(true)
    }),
  )

  it.scoped("by a folder is NotAFile, and recovers", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      yield* host.add(0)
      unlinkSync(path)
      mkdirSync(path)
      expect(yield* Effect.flip(host.add(1))).toMatchObject({ _tag: "StoreCannotOpen", reason: "NotAFile", path })
      rmdirSync(path)
      expect(yield* host.add(1)).toEqual(["Appended"])
    }),
  )

  it.scoped(
    "by setting its link to another file: each file has its own snapshots, and the log of the first stays",
    () =>
      Effect.gen(function* () {
        const { folder } = yield* temp
        const [link, first, second] = ["link.db", "first.db", "second.db"].map((name) => join(folder, name)) as [
          string,
          string,
          string,
        ]
        symlinkSync(first, link)
        const host = yield* opened(SnapshotStore.layerSqlite({ path: link }))
        yield* host.add(0)
        const other = yield* opened(SnapshotStore.layerSqlite({ path: first }))
        yield* history(second, 5)
        unlinkSync(link)
        symlinkSync(second, link)
        yield* host.add(6)
        expect(yield* host.read).toEqual(textsOf(5, 6))
        yield* other.add(1)
        expect((yield* on(SnapshotStore.layerReadOnly({ path: first }), readAll)).slice(0, 2)).toEqual(textsOf(0, 1))
      }),
  )

  it.scoped("is not read while the log of the old file, which only a writer can save, lies beside the new one", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      yield* history(path, 0)
      const writer = yield* raw(path)
      const reader = yield* opened(SnapshotStore.layerReadOnly({ path }))
      expect(yield* reader.read).toEqual(textsOf(0))
      writer.exec("INSERT INTO meta (key, value) VALUES ('test', x'00')")
      const backup = join(folder, "backup.db")
      yield* history(backup, 5)
      renameSync(backup, path)
      aSecondLater()
      const reading = yield* Effect.fork(reader.read)
      yield* TestClock.adjust("1 second")
      expect(Option.isNone(yield* Fiber.poll(reading))).toBe(true)
      writer.pragma("wal_checkpoint(TRUNCATE)")
      yield* TestClock.adjust("100 millis")
      expect(yield* Fiber.join(reading)).toEqual(textsOf(5))
    }),
  )
})

describe("a history file that several connections of a process have open", () => {
  it.scoped("is followed by each of them when it is replaced, and takes the snapshots of all", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const all = yield* Effect.forEach([0, 1, 2], () => opened(SnapshotStore.layerSqlite({ path })))
      for (const [minute, each] of all.entries()) yield* each.add(minute)
      const [backup, renamed] = [join(folder, "backup.db"), join(folder, "renamed.db")]
      yield* history(backup, 100)
      renameSync(path, renamed)
      renameSync(backup, path)
      for (const [minute, each] of all.entries()) yield* each.add(200 + minute)
      for (const each of all) expect(yield* each.read).toEqual(textsOf(100, 200, 201, 202))
      expect((yield* whole(renamed)).slice(0, 3)).toEqual(textsOf(0, 1, 2))
    }),
  )
})

describe("a history file that several processes have open", () => {
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-vanish-"))
  const program = join(folder, "child.mjs")
  beforeAll(() => bundleChild(fileURLToPath(new URL("VanishChild.ts", import.meta.url)), program))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const child = (path: string) =>
    Effect.gen(function* () {
      const process = yield* Effect.acquireRelease(
        Effect.sync(() => fork(program, [path])),
        (each) => Effect.sync(() => each.kill("SIGKILL")),
      )
      const heard = Effect.promise(async () => (await once(process, "message"))[0] as unknown)
      expect(yield* heard).toBe("ready")
      return {
        add: (...minutes: ReadonlyArray<number>) =>
          Effect.promise(async () => {
            const reply = once(process, "message")
            process.send(minutes)
            return (await reply)[0] as ReadonlyArray<string>
          }),
        close: Effect.promise(async () => {
          const exit = once(process, "exit")
          process.send("close")
          return (await exit)[0] as number
        }),
      }
    })

  it.scopedLive("is followed by each of them when it is renamed and created anew", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path }))
      const [first, second] = [yield* child(path), yield* child(path)]
      yield* host.add(0)
      yield* first.add(1)
      yield* second.add(2)
      const renamed = join(folder, "renamed.db")
      renameSync(path, renamed)
      expect(yield* first.add(3)).toEqual(["Appended"])
      expect(yield* host.add(4)).toEqual(["Extended"])
      expect(yield* second.add(5)).toEqual(["Extended"])
      expect(yield* first.add(6)).toEqual(["Extended"])
      expect(yield* host.read).toEqual(textsOf(3, 4, 5, 6))
      expect((yield* whole(renamed)).slice(0, 3)).toEqual(textsOf(0, 1, 2))
      expect(yield* Context.get(host.context, FileCare).check).toEqual([])
    }),
  )

  it.scopedLive("has every snapshot that was acknowledged since it was replaced, while all write at once", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const host = yield* opened(SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" }))
      const children = [yield* child(path), yield* child(path)]
      const minutesOf = (from: number) => Array.from({ length: 200 }, (_, index) => from + index)
      for (let round = 0; round < 4; round++) {
        const start = 10_000 * round
        const all = yield* Effect.fork(
          Effect.all(
            [
              host.add(...minutesOf(start)),
              ...children.map((each, nth) => each.add(...minutesOf(start + 1000 * (nth + 1)))),
            ],
            { concurrency: "unbounded" },
          ),
        )
        const backup = join(folder, "backup.db")
        yield* history(backup, -round - 1)
        renameSync(backup, path)
        const results = yield* Fiber.join(all)
        expect(new Set(results.flat())).not.toContain("StoreBusy")
        // Whatever is acknowledged from now on is in the file at the path.
        const later = [5000, 6000, 7000].map((minute) => start + minute) as [number, number, number]
        yield* host.add(later[0])
        yield* Effect.forEach(children, (each, nth) => each.add(later[nth + 1] as number))
        const stored = yield* on(SnapshotStore.layerReadOnly({ path }), readAll)
        expect(stored).toContain(textsOf(-round - 1)[0])
        for (const minute of later) expect(stored).toContain(textsOf(minute)[0])
        expect(yield* host.read).toEqual(stored)
        expect(yield* Context.get(host.context, FileCare).check).toEqual([])
      }
    }),
  )

  it.scopedLive(
    "keeps its log while one process has it open, also after that process opened and closed it once more",
    () =>
      Effect.gen(function* () {
        const { path } = yield* temp
        const host = yield* opened(SnapshotStore.layerSqlite({ path }))
        yield* host.add(0)
        const log = statSync(`${path}-wal`).ino
        yield* history(path, 1)
        yield* on(SnapshotStore.layerReadOnly({ path }), readAll)
        const other = yield* child(path)
        yield* other.add(2)
        expect(yield* other.close).toBe(0)
        expect(statSync(`${path}-wal`).ino).toBe(log)
        yield* host.add(3)
        expect(yield* on(SnapshotStore.layerReadOnly({ path }), readAll)).toEqual(textsOf(0, 1, 2, 3))
      }),
  )
})
