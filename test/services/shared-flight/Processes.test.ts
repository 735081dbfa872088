import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { TIME_TO_LIVE_MS } from "../../../src/infra/store/Leases.js"
import * as Samples from "../../infra/store/Samples.js"
import { raw } from "../../infra/store/SqliteFile.js"
import * as Processes from "./Processes.js"

const folder = mkdtempSync(join(tmpdir(), "zoo-runway-flights-"))
let program = ""
beforeAll(async () => {
  program = await Processes.bundle(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const begin = <Count extends number>(count: Count) =>
  Effect.gen(function* () {
    const api = yield* Processes.api
    const { all, path } = yield* Processes.sharers(program, api.url, count)
    return { api, all, path }
  })

const three = Effect.gen(function* () {
  const { all, ...rest } = yield* begin(3)
  const [first, second, third] = all
  if (first === undefined || second === undefined || third === undefined) return yield* Effect.dieMessage("too few")
  return { ...rest, first, second, third }
})

describe.concurrent("processes that share a history", () => {
  it.scopedLive("call once when four of them come together, and all have the answer", () =>
    Effect.gen(function* () {
      const { all, api } = yield* begin(4)
      yield* Effect.forEach(all, ({ ask }) => ask)
      const call = yield* api.next
      yield* Effect.forEach(all, ({ hear }) => hear("calling", "following"), { concurrency: "unbounded" })
      call.answer("12.50")
      const done = yield* Effect.forEach(all, ({ hear }) => hear("done"), { concurrency: "unbounded" })
      expect(done.map(({ answer }) => answer)).toEqual(Array.from(all, () => "12.50"))
      expect(api.calls).toHaveLength(1)
    }),
  )

  it.scopedLive("call one after another when four of them come together and the API is down", () =>
    Effect.gen(function* () {
      const { all, api } = yield* begin(4)
      yield* Effect.forEach(all, ({ ask }) => ask)
      for (let nth = 1; nth <= all.length; nth++) {
        const call = yield* api.next
        expect(api.calls).toHaveLength(nth)
        call.answer("down", 503)
      }
      const done = yield* Effect.forEach(all, ({ hear }) => hear("done"), { concurrency: "unbounded" })
      expect(done.map(({ answer }) => answer)).toEqual(Array.from(all, () => "failed: down"))
    }),
  )

  it.scopedLive("call in the place of one that is killed, soon, and nobody fails", () =>
    Effect.gen(function* () {
      const { api, first, second, third } = yield* three
      yield* first.ask
      yield* api.next
      yield* Effect.forEach([second, third], ({ ask, hear }) => Effect.zipRight(ask, hear("following")))
      const killed = Date.now()
      yield* first.signal("SIGKILL")
      const call = yield* api.next
      expect(Date.now() - killed).toBeLessThan(TIME_TO_LIVE_MS + 3000)
      call.answer("7.25")
      for (const { hear } of [second, third]) expect((yield* hear("done")).answer).toBe("7.25")
      expect(api.calls).toHaveLength(2)
    }),
  )

  it.scopedLive("call in the place of one that is frozen, which takes nothing from them when it wakes", () =>
    Effect.gen(function* () {
      const { api, first, second, third } = yield* three
      yield* first.ask
      const slow = yield* api.next
      yield* Effect.zipRight(second.ask, second.hear("following"))
      yield* first.signal("SIGSTOP")
      const call = yield* api.next
      yield* first.signal("SIGCONT")
      slow.answer("1.00")
      expect((yield* first.hear("done")).answer).toBe("1.00")
      yield* Effect.zipRight(third.ask, third.hear("following"))
      call.answer("2.00")
      expect((yield* third.hear("done")).answer).toBe("2.00")
      expect(api.calls).toHaveLength(2)
    }),
  )

  for (const [how, body, status] of [
    ["is answered", "1.00", 200],
    ["fails", "down", 503],
  ] as const) {
    it.scopedLive(`use what another one stored while they were frozen, where their own call ${how}`, () =>
      Effect.gen(function* () {
        const { api, first, path, second } = yield* three
        yield* first.ask
        const slow = yield* api.next
        yield* Effect.zipRight(second.ask, second.hear("following"))
        yield* first.signal("SIGSTOP")
        const call = yield* api.next
        call.answer("2.00")
        expect((yield* second.hear("done")).answer).toBe("2.00")
        slow.answer(body, status)
        yield* first.signal("SIGCONT")
        expect((yield* first.hear("done")).answer).toBe("2.00")
        expect(api.calls).toHaveLength(2)
        const stored = yield* Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.count(Samples.user)).pipe(
          Effect.provide(SnapshotStore.layerReadOnly({ path })),
        )
        expect(stored).toBe(1)
      }),
    )
  }

  it.scopedLive("call without a lease while another one writes for long", () =>
    Effect.gen(function* () {
      const { api, first, path } = yield* three
      const writer = yield* raw(path)
      writer.exec("BEGIN IMMEDIATE")
      yield* first.ask
      expect((yield* first.hear("calling")).after).toBeLessThan(1000)
      const call = yield* api.next
      writer.exec("ROLLBACK")
      call.answer("3.00")
      expect((yield* first.hear("done")).answer).toBe("3.00")
    }),
  )
})
