import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { exampleBody } from "../../../src/testing/exampleBody.js"
import * as Processes from "./Processes.js"

const folder = mkdtempSync(join(tmpdir(), "zoo-runway-backends-"))
let program = ""
beforeAll(async () => {
  program = await Processes.bundle(folder, "Backend.ts")
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const begin = (count: number) =>
  Effect.gen(function* () {
    const api = yield* Processes.api
    const { all } = yield* Processes.sharers(program, api.url, count)
    return { api, all }
  })

const bodyOf = (usd: string) => exampleBody.replace('"41.26"', `"${usd}"`)

/** What each says in the end. */
const answers = (all: ReadonlyArray<Processes.Sharer>) =>
  Effect.map(
    Effect.forEach(all, ({ hear }) => hear("done"), { concurrency: "unbounded" }),
    (done) => done.map(({ answer }) => answer),
  )

describe.concurrent("Backends that share a history", () => {
  it.scopedLive(
    "make one call when four of them want one customer's balance at once, and keep its answer for all",
    () =>
      Effect.gen(function* () {
        const { all, api } = yield* begin(4)
        yield* Effect.forEach(all, ({ askAs }) => askAs("a-token-of-all"))
        const call = yield* api.next
        call.answer(bodyOf("12.50"))
        expect(yield* answers(all)).toEqual(all.map(() => "Fresh 12.50"))
        // And whoever asks then finds it in the file.
        yield* Effect.forEach(all, ({ askAs }) => askAs("a-token-of-all"))
        expect(yield* answers(all)).toEqual(all.map(() => "Fresh 12.50"))
        expect(api.calls).toHaveLength(1)
      }),
  )

  it.scopedLive("make a call for each token, and hand each its own answer", () =>
    Effect.gen(function* () {
      const { all, api } = yield* begin(4)
      const tokenOf = (nth: number) => (nth % 2 === 0 ? "an-even-token" : "an-odd-token")
      yield* Effect.forEach(all, ({ askAs }, nth) => askAs(tokenOf(nth)))
      for (const call of [yield* api.next, yield* api.next]) {
        call.answer(bodyOf(call.headers.authorization === "Bearer an-even-token" ? "2.00" : "1.00"))
      }
      expect(yield* answers(all)).toEqual(all.map((_, nth) => `Fresh ${nth % 2 === 0 ? "2" : "1"}.00`))
      expect(api.calls).toHaveLength(2)
    }),
  )

  it.scopedLive("go on without the one that is killed while it asks for all of them, and nobody fails", () =>
    Effect.gen(function* () {
      const { all, api } = yield* begin(4)
      yield* Effect.forEach(all, ({ askAs }) => askAs("a-token-of-all"))
      const leader = Number((yield* api.next).headers["x-nth"])
      const killed = all[leader]
      if (killed === undefined) return yield* Effect.dieMessage("nobody asked")
      yield* killed.signal("SIGKILL")
      const call = yield* api.next
      expect(Number(call.headers["x-nth"])).not.toBe(leader)
      call.answer(bodyOf("7.25"))
      const others = all.filter((each) => each !== killed)
      expect(yield* answers(others)).toEqual(others.map(() => "Fresh 7.25"))
      expect(api.calls).toHaveLength(2)
    }),
  )

  it.scopedLive("use the balance that another one stored while they were frozen, and never their own older one", () =>
    Effect.gen(function* () {
      const { all, api } = yield* begin(2)
      const [first, second] = all
      if (first === undefined || second === undefined) return yield* Effect.dieMessage("too few")
      yield* first.askAs("a-token-of-all")
      const slow = yield* api.next
      yield* first.signal("SIGSTOP")
      yield* second.askAs("a-token-of-all")
      const call = yield* api.next
      call.answer(bodyOf("2.00"))
      expect(yield* answers([second])).toEqual(["Fresh 2.00"])
      slow.answer(bodyOf("1.00"))
      yield* first.signal("SIGCONT")
      expect(yield* answers([first])).toEqual(["Fresh 2.00"])
      // Both read what is stored.
      for (const each of all) {
        yield* each.askAs("a-token-of-all")
        expect(yield* answers([each])).toEqual(["Fresh 2.00"])
      }
      expect(api.calls).toHaveLength(2)
    }),
  )
})
