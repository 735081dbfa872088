import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { FetchPolicy, Zoo } from "zoo-runway"
import { StubZoo } from "zoo-runway/testing"
import { start } from "../../examples/node-server.js"
import { asking, other } from "./host.js"

const serving = (accounts: ReadonlyArray<StubZoo.StubAccount>) =>
  Effect.gen(function* () {
    const stub = yield* StubZoo.make({ accounts })
    const zoo = Zoo.layerTest({ baseUrl: stub.baseUrl, policy: FetchPolicy.networkFirst() }).pipe(
      Layer.provide(FetchHttpClient.layer),
      Layer.provideMerge(Logger.remove(Logger.defaultLogger)),
    )
    const { server, stop } = yield* Effect.acquireRelease(
      Effect.promise(() => start(zoo, 0)),
      ({ stop }) => Effect.promise(stop),
    )
    return { stub, ask: asking(server), server, stop }
  })

const running = serving([StubZoo.exampleAccount, other])

describe("The server of examples/node-server", () => {
  it.scoped("answers each customer with the balance of the token that they bring", () =>
    Effect.gen(function* () {
      const { ask } = yield* running
      expect(yield* ask("/", "example-token")).toMatchObject({
        status: 200,
        body: { monthly: "41.26", isStale: false },
      })
      expect(yield* ask("/", "other-token")).toMatchObject({ status: 200, body: { monthly: "7.50", isStale: false } })
    }),
  )

  it.scoped("hands out what is kept while Zoo is down, and says that it is stale", () =>
    Effect.gen(function* () {
      const { ask, stub } = yield* running
      const { body } = yield* ask("/", "example-token")
      stub.failNext("close")
      const down = yield* ask("/", "example-token")
      expect(down).toMatchObject({ status: 200, body: { ...(body as object), isStale: true } })
    }),
  )

  it.scoped.each([
    { fault: { status: 401 }, status: 401, retryAfter: null },
    { fault: { status: 403 }, status: 403, retryAfter: null },
    { fault: { status: 429, headers: { "retry-after": "7" } }, status: 429, retryAfter: "7" },
    { fault: { status: 500 }, status: 503, retryAfter: "5" },
    { fault: { status: 200, body: "{}" }, status: 502, retryAfter: null },
  ] as const)("turns $fault of Zoo to $status", ({ fault, retryAfter, status }) =>
    Effect.gen(function* () {
      const { ask, stub } = yield* running
      stub.failNext(fault)
      expect(yield* ask("/", "example-token")).toMatchObject({ status, retryAfter })
    }),
  )

  it.scoped("answers 401 where no token is brought", () =>
    Effect.gen(function* () {
      const { ask, stub } = yield* running
      expect(yield* ask("/")).toMatchObject({ status: 401 })
      expect(stub.requests).toEqual([])
    }),
  )

  it.scoped("answers who is under way when it stops, and takes nobody else", () =>
    Effect.gen(function* () {
      let stopped = Promise.resolve()
      let stop = () => Promise.resolve()
      const leaving = {
        ...other,
        bodyAt: () => {
          stopped = stop()
          return other.bodyAt()
        },
      }
      const running = yield* serving([leaving])
      stop = running.stop
      expect(yield* running.ask("/", "other-token")).toMatchObject({ status: 200, body: { monthly: "7.50" } })
      expect(running.server.listening).toBe(false)
      yield* Effect.promise(() => stopped)
    }),
  )

  it("does not start where the history cannot be opened", async () => {
    const broken = Zoo.layer({ database: "/dev/null/history.db" }).pipe(Layer.provide(FetchHttpClient.layer))
    await expect(start(broken, 0)).rejects.toThrow(/cannot open the history/)
  })
})
