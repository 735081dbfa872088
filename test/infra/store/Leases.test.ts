import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Leases from "../../../src/infra/store/Leases.js"
import * as SnapshotStore from "../../../src/infra/store/SnapshotStore.js"
import * as Connection from "../../../src/infra/store/sqlite/Connection.js"
import * as OpenFile from "../../../src/infra/store/sqlite/OpenFile.js"
import * as SqliteLeases from "../../../src/infra/store/sqlite/SqliteLeases.js"
import { raw, temp } from "./SqliteFile.js"

const { Failed, Free, Held } = Leases.State

/** Takes a lease that nobody holds. */
const taken = (leases: Leases.Service, key: string) =>
  Effect.flatMap(
    leases.take(key),
    Option.match({ onNone: () => Effect.dieMessage(`${key} is held`), onSome: Effect.succeed }),
  )

const build = (layer: Layer.Layer<Leases.Leases, unknown>) =>
  Effect.map(Layer.build(layer), (context) => Context.get(context, Leases.Leases))

/** The leases of two connections to one new file. */
const connections = Effect.gen(function* () {
  const { folder, path } = yield* temp
  const layer = SnapshotStore.layerSqlite({ path })
  return { folder, path, leases: yield* build(layer), other: yield* build(layer) }
})

const time = FastCheck.integer({ min: -1e15, max: 1e15 })
const failure = FastCheck.option(FastCheck.string())

describe("who holds a lease at a time", () => {
  it.prop("keeps nobody waiting for longer than the time to live, whatever its end", [time, time, failure], (all) => {
    const [endsAt, now, text] = all
    const entry = { endsAt, failure: text }
    if (Leases.stateAt(entry, now)._tag !== "Free") {
      expect(Leases.stateAt(entry, now + Leases.TIME_TO_LIVE)).toEqual(Free())
    }
  })

  it.prop("is its holder for a term, and nobody from then on", [time, FastCheck.nat({ max: 6000 })], ([at, later]) => {
    const entry = { endsAt: Leases.endFrom(at), failure: null }
    expect(Leases.stateAt(entry, at + later)).toEqual(later < Leases.TERM ? Held() : Free())
  })

  it.prop(
    "is its holder for whoever's clock is a little behind, and nobody where it is far behind",
    [time, FastCheck.nat({ max: 2000 })],
    ([at, behind]) => {
      const entry = { endsAt: Leases.endFrom(at), failure: null }
      const isNear = behind <= Leases.TIME_TO_LIVE - Leases.TERM
      expect(Leases.stateAt(entry, at - behind)).toEqual(isNear ? Held() : Free())
    },
  )

  it("leaves room for two renewals that come too late", () => {
    expect(Leases.RENEW_EVERY * 3).toBeLessThan(Leases.TERM)
    expect(Leases.TERM).toBeLessThan(Leases.TIME_TO_LIVE)
  })
})

const file = Layer.unwrapScoped(Effect.map(temp, ({ path }) => SnapshotStore.layerSqlite({ path })))

for (const [name, layer] of [
  ["a file", file],
  ["memory", SnapshotStore.layerMemory],
] as const) {
  const test = (title: string, body: (leases: Leases.Service) => Effect.Effect<void, unknown>) =>
    it.effect(title, () => Effect.provide(Effect.flatMap(Leases.Leases, body), layer))

  describe(`leases of ${name}`, () => {
    test("are free, held by one caller, and free again when he gives them back", (leases) =>
      Effect.gen(function* () {
        expect(yield* leases.look("key")).toEqual(Free())
        const lease = yield* taken(leases, "key")
        expect(yield* leases.look("key")).toEqual(Held())
        expect(yield* leases.take("key")).toEqual(Option.none())
        yield* lease.release(Option.none())
        expect(yield* leases.look("key")).toEqual(Free())
        yield* taken(leases, "key")
      }))

    test("are taken once by callers of one process that come together", (leases) =>
      Effect.gen(function* () {
        const all = yield* Effect.all(Effect.replicate(leases.take("key"), 20), { concurrency: "unbounded" })
        expect(all.filter(Option.isSome)).toHaveLength(1)
      }))

    test("are apart by key", (leases) =>
      Effect.gen(function* () {
        yield* taken(leases, "key")
        yield* taken(leases, "")
        yield* taken(leases, "kez")
      }))

    test("run out where their holder does not renew them, and then somebody else's", (leases) =>
      Effect.gen(function* () {
        const lost = yield* taken(leases, "key")
        yield* TestClock.adjust(Leases.TERM - 1)
        expect(yield* leases.look("key")).toEqual(Held())
        yield* TestClock.adjust(1)
        expect(yield* leases.look("key")).toEqual(Free())
        const lease = yield* taken(leases, "key")
        expect(yield* lost.renew).toBe(false)
        yield* lost.release(Option.none())
        yield* lost.release(Option.some("too late"))
        expect(yield* leases.look("key")).toEqual(Held())
        expect(yield* lease.renew).toBe(true)
      }))

    test("last as long as they are renewed, and one that nobody took meanwhile is renewed late", (leases) =>
      Effect.gen(function* () {
        const lease = yield* taken(leases, "key")
        for (let count = 0; count < 10; count++) {
          yield* TestClock.adjust(Leases.RENEW_EVERY)
          expect(yield* lease.renew).toBe(true)
          expect(yield* leases.take("key")).toEqual(Option.none())
        }
        yield* TestClock.adjust("1 hour")
        expect(yield* lease.renew).toBe(true)
        expect(yield* leases.look("key")).toEqual(Held())
      }))

    test("tell for a while that their holder gave them back with a failure, and are free to take", (leases) =>
      Effect.gen(function* () {
        const lease = yield* taken(leases, "key")
        yield* lease.release(Option.some("it failed"))
        expect(yield* leases.look("key")).toEqual(Failed({ text: "it failed" }))
        expect(yield* lease.renew).toBe(false)
        yield* TestClock.adjust(Leases.TIME_TO_LIVE)
        expect(yield* leases.look("key")).toEqual(Free())
        yield* (yield* taken(leases, "key")).release(Option.some(""))
        expect(yield* leases.look("key")).toEqual(Failed({ text: "" }))
        yield* taken(leases, "key")
        expect(yield* leases.look("key")).toEqual(Held())
      }))

    test("keep no more of a failure than a short text", (leases) =>
      Effect.gen(function* () {
        yield* (yield* taken(leases, "key")).release(Option.some("x".repeat(1_000_000)))
        expect(yield* leases.look("key")).toEqual(Failed({ text: "x".repeat(Leases.MOST_OF_A_FAILURE) }))
      }))

    test("go by a clock that tells parts of milliseconds", (leases) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1e12 + 0.75)
        const lease = yield* taken(leases, "key")
        expect(yield* lease.renew).toBe(true)
        yield* lease.release(Option.some("failed"))
        expect(yield* leases.look("key")).toEqual(Failed({ text: "failed" }))
      }))

    test("outlast no clock that is set back", (leases) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1e12)
        yield* taken(leases, "key")
        yield* TestClock.setTime(1e12 - 3_600_000)
        expect(yield* leases.look("key")).toEqual(Free())
        yield* taken(leases, "key")
      }))
  })
}

describe("leases of connections to one file", () => {
  it.scoped("exclude each other, and each sees what the other did", () =>
    Effect.gen(function* () {
      const { leases, other: second } = yield* connections
      for (const [one, other] of [
        [leases, second],
        [second, leases],
      ] as const) {
        const lease = yield* taken(one, "key")
        expect(yield* other.look("key")).toEqual(Held())
        expect(yield* other.take("key")).toEqual(Option.none())
        yield* lease.release(Option.some("failed"))
        expect(yield* other.look("key")).toEqual(Failed({ text: "failed" }))
        yield* (yield* taken(other, "key")).release(Option.none())
        expect(yield* one.look("key")).toEqual(Free())
      }
    }),
  )

  it.scoped("are looked at, and refused where they are held, while another one writes", () =>
    Effect.gen(function* () {
      const { leases, other, path } = yield* connections
      yield* taken(leases, "held")
      ;(yield* raw(path)).exec("BEGIN IMMEDIATE")
      expect(yield* other.look("held")).toEqual(Held())
      expect(yield* other.take("held")).toEqual(Option.none())
      expect(yield* other.look("free")).toEqual(Free())
    }),
  )

  it.scoped("are waited for in vain no longer than somebody cares to wait", () =>
    Effect.gen(function* () {
      const { leases, path } = yield* connections
      const writer = yield* raw(path)
      writer.exec("BEGIN IMMEDIATE")
      const waiting = yield* Effect.fork(leases.take("key"))
      yield* TestClock.adjust(100)
      expect(yield* Fiber.poll(waiting)).toEqual(Option.none())
      yield* Fiber.interrupt(waiting)
      writer.exec("ROLLBACK")
      expect(yield* leases.look("key")).toEqual(Free())
    }),
  )

  it.scoped("are kept without what they are of", () =>
    Effect.gen(function* () {
      const { folder, leases } = yield* connections
      const key = "https://api.zoo.dev user:somebody@example.com 0123456789abcdef"
      yield* (yield* taken(leases, key)).release(Option.some("what everybody may read"))
      const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"))
      expect(bytes.some((each) => each.includes("what everybody may read"))).toBe(true)
      for (const part of [...key.split(" "), "somebody", Buffer.from("0123456789abcdef", "hex").toString("latin1")]) {
        expect(bytes.some((each) => each.includes(part))).toBe(false)
      }
    }),
  )

  it.scoped("are read where nothing may be written, and not taken", () =>
    Effect.gen(function* () {
      const { leases, path } = yield* connections
      const reader = yield* build(SnapshotStore.layerReadOnly({ path }))
      const refused = { _tag: "StoreReadOnly", operation: "Leases.take" }
      expect(yield* Effect.flip(reader.take("key"))).toMatchObject(refused)
      yield* taken(leases, "key")
      expect(yield* reader.look("key")).toEqual(Held())
      expect(yield* reader.take("key")).toEqual(Option.none())
    }),
  )

  it.scoped("leave the connection as careful of the disk as it was, also where they cannot be written", () =>
    Effect.gen(function* () {
      for (const [synchronous, level] of [
        ["FULL", 2],
        ["NORMAL", 1],
      ] as const) {
        const { path } = yield* temp
        const connection = yield* Connection.open({ mode: "ReadWrite", path, createFolder: true, synchronous })
        const opened = yield* connection.prepare((database) => OpenFile.prepare(connection, database))
        const leases = SqliteLeases.make(connection, opened)
        const levelNow = () => opened.database.pragma("synchronous", { simple: true })
        yield* (yield* taken(leases, "key")).release(Option.some("failed"))
        expect(levelNow()).toBe(level)
        const writer = yield* raw(path)
        writer.exec("BEGIN IMMEDIATE")
        const waiting = yield* Effect.fork(leases.take("key"))
        yield* TestClock.adjust(20)
        yield* Fiber.interrupt(waiting)
        expect(levelNow()).toBe(level)
        writer.exec("COMMIT; DROP TABLE lease")
        expect((yield* Effect.exit(leases.take("key")))._tag).toBe("Failure")
        expect(levelNow()).toBe(level)
      }
    }),
  )
})
