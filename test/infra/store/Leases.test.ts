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
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as Leases from "../../../src/infra/store/Leases.js"
import type { StoreError } from "../../../src/infra/store/StoreError.js"
import * as Connection from "../../../src/infra/store/sqlite/Connection.js"
import { makeLeases } from "../../../src/infra/store/sqlite/LeaseTable.js"
import * as OpenFile from "../../../src/infra/store/sqlite/OpenFile.js"
import { raw, temp } from "./SqliteFile.js"

/** Takes a lease that nobody holds. */
const taken = (leases: Leases.Service, key: string): Effect.Effect<Leases.Lease, StoreError> =>
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

describe("the time of a lease", () => {
  it.prop(
    "blocks others for no longer than the time to live, whatever the expiry",
    [time, time],
    ([expiresAt, now]) => {
      if (Leases.isHeldAt(expiresAt, now)) {
        expect(Leases.isHeldAt(expiresAt, now + 3_000)).toBe(false)
      }
    },
  )

  it.prop("is a term", [time, FastCheck.nat({ max: 6000 })], ([at, later]) => {
    expect(Leases.isHeldAt(at + 2_500, at + later)).toBe(later < 2_500)
  })

  it.prop(
    "holds for callers whose clock is a little behind, and not for those far behind",
    [time, FastCheck.nat({ max: 2000 })],
    ([at, behind]) => {
      const isNear = behind <= 3_000 - 2_500
      expect(Leases.isHeldAt(at + 2_500, at - behind)).toBe(isNear)
    },
  )

  it("leaves room for two renewals that are late", () => {
    expect(800 * 3).toBeLessThan(2_500)
    expect(2_500).toBeLessThan(3_000)
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
    test("are free, held by one caller, and free again when the caller gives them back", (leases) =>
      Effect.gen(function* () {
        expect(yield* leases.isHeld("key")).toBe(false)
        const lease = yield* taken(leases, "key")
        expect(yield* leases.isHeld("key")).toBe(true)
        expect(yield* leases.take("key")).toEqual(Option.none())
        expect(yield* lease.release).toBe(true)
        expect(yield* leases.isHeld("key")).toBe(false)
        expect(yield* lease.release).toBe(false)
        expect(yield* lease.renew).toBe(false)
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

    test("expire where their holder does not renew them, and then belong to the next caller", (leases) =>
      Effect.gen(function* () {
        const lost = yield* taken(leases, "key")
        yield* TestClock.adjust(2_500 - 1)
        expect(yield* leases.isHeld("key")).toBe(true)
        yield* TestClock.adjust(1)
        expect(yield* leases.isHeld("key")).toBe(false)
        const lease = yield* taken(leases, "key")
        expect(yield* lost.renew).toBe(false)
        expect(yield* lost.release).toBe(false)
        expect(yield* leases.isHeld("key")).toBe(true)
        expect(yield* lease.renew).toBe(true)
      }))

    test("last as long as they are renewed, and one that nobody took meanwhile is renewed late", (leases) =>
      Effect.gen(function* () {
        const lease = yield* taken(leases, "key")
        for (let count = 0; count < 10; count++) {
          yield* TestClock.adjust(800)
          expect(yield* lease.renew).toBe(true)
          expect(yield* leases.take("key")).toEqual(Option.none())
        }
        yield* TestClock.adjust("1 hour")
        expect(yield* leases.isHeld("key")).toBe(false)
        expect(yield* lease.renew).toBe(true)
        expect(yield* leases.isHeld("key")).toBe(true)
      }))

    test("go by a clock that tells parts of milliseconds", (leases) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1e12 + 0.75)
        const lease = yield* taken(leases, "key")
        expect(yield* lease.renew).toBe(true)
        expect(yield* lease.release).toBe(true)
        expect(yield* leases.isHeld("key")).toBe(false)
      }))

    test("do not outlast a clock that is set back", (leases) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1e12)
        yield* taken(leases, "key")
        yield* TestClock.setTime(1e12 - 3_600_000)
        expect(yield* leases.isHeld("key")).toBe(false)
        yield* taken(leases, "key")
      }))
  })
}

describe("leases of two connections to one file", () => {
  it.scoped("exclude each other, and each connection sees what the other did", () =>
    Effect.gen(function* () {
      const { leases, other: second } = yield* connections
      for (const [one, other] of [
        [leases, second],
        [second, leases],
      ] as const) {
        const lease = yield* taken(one, "key")
        expect(yield* other.isHeld("key")).toBe(true)
        expect(yield* other.take("key")).toEqual(Option.none())
        yield* lease.release
        expect(yield* other.isHeld("key")).toBe(false)
        yield* (yield* taken(other, "key")).release
        expect(yield* one.isHeld("key")).toBe(false)
      }
    }),
  )

  it.scoped("are read, and refused where they are held, while another connection writes", () =>
    Effect.gen(function* () {
      const { leases, other, path } = yield* connections
      yield* taken(leases, "held")
      ;(yield* raw(path)).exec("BEGIN IMMEDIATE")
      expect(yield* other.isHeld("held")).toBe(true)
      expect(yield* other.take("held")).toEqual(Option.none())
      expect(yield* other.isHeld("free")).toBe(false)
    }),
  )

  it.scoped("can be waited for with an interruption, which leaves them free", () =>
    Effect.gen(function* () {
      const { leases, path } = yield* connections
      const writer = yield* raw(path)
      writer.exec("BEGIN IMMEDIATE")
      const waiting = yield* Effect.fork(leases.take("key"))
      yield* TestClock.adjust(100)
      expect(yield* Fiber.poll(waiting)).toEqual(Option.none())
      yield* Fiber.interrupt(waiting)
      writer.exec("ROLLBACK")
      expect(yield* leases.isHeld("key")).toBe(false)
    }),
  )

  it.scoped("are stored without the text of their keys", () =>
    Effect.gen(function* () {
      const { folder, leases, path } = yield* connections
      const key = "https://api.zoo.dev user:somebody@example.com 0123456789abcdef"
      yield* taken(leases, key)
      expect((yield* raw(path)).prepare("SELECT count(*) FROM lease").pluck().get()).toBe(1)
      const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"))
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
      expect(yield* reader.isHeld("key")).toBe(true)
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
        const connection = yield* Connection.open(
          { mode: "ReadWrite", path, createFolder: true, synchronous },
          OpenFile.make,
        )
        const leases = makeLeases(connection)
        const levelNow = () => connection.readNow(({ database }) => database.pragma("synchronous", { simple: true }))
        yield* (yield* taken(leases, "key")).release
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
