import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FetchPolicy, Zoo } from "zoo-runway"
import { StubZoo } from "zoo-runway/testing"
import { serve } from "../../examples/http-api.js"
import { asking, other, portOf } from "./host.js"

/** Zoo is asked every time, so that no test waits for an answer to grow old. */
const running = Effect.gen(function* () {
  const stub = yield* StubZoo.make({ accounts: [StubZoo.exampleAccount, other] })
  const zoo = Zoo.layerTest({ baseUrl: stub.baseUrl, policy: FetchPolicy.networkFirst() }).pipe(
    Layer.provide(FetchHttpClient.layer),
  )
  return { stub, ask: asking(yield* serve(zoo, 0)) }
})

describe("The API of examples/http-api", () => {
  it.scoped("answers each customer with the balance of the token that they bring, and nobody else's", () =>
    Effect.gen(function* () {
      const { ask } = yield* running
      const [one, two] = yield* Effect.all([ask("/balance", "example-token"), ask("/balance", "other-token")], {
        concurrency: 2,
      })
      expect(one).toMatchObject({ status: 200, body: { freshness: "Fresh", balance: { monthly: { value: "41.26" } } } })
      expect(two).toMatchObject({ status: 200, body: { freshness: "Fresh", balance: { monthly: { value: "7.50" } } } })
    }),
  )

  it.scoped("tells how long credits last", () =>
    Effect.gen(function* () {
      const { ask } = yield* running
      expect(yield* ask("/runway", "example-token")).toMatchObject({
        status: 200,
        body: { _tag: "NotEnoughHistory", why: expect.stringContaining("0 days") },
      })
    }),
  )

  it.scoped("answers 401 to a token that Zoo does not know, and to none, for which Zoo is not asked", () =>
    Effect.gen(function* () {
      const { ask, stub } = yield* running
      expect(yield* ask("/balance")).toMatchObject({ status: 401, body: { _tag: "Unauthorized" } })
      expect(stub.requests).toEqual([])
      expect(yield* ask("/runway", "wrong-token")).toMatchObject({ status: 401, body: { _tag: "Unauthorized" } })
    }),
  )

  it.scoped.each([
    { fault: { status: 403 }, status: 403, retryAfter: null },
    { fault: { status: 429, headers: { "retry-after": "7" } }, status: 429, retryAfter: "7" },
    { fault: { status: 503, headers: { "retry-after": "9" } }, status: 503, retryAfter: "9" },
    { fault: { status: 503 }, status: 503, retryAfter: "5" },
    { fault: { status: 404 }, status: 502, retryAfter: null },
    { fault: { status: 200, body: "<html>" }, status: 502, retryAfter: null },
    { fault: "close", status: 503, retryAfter: "5" },
  ] as const)("turns $fault of Zoo to $status", ({ fault, retryAfter, status }) =>
    Effect.gen(function* () {
      const { ask, stub } = yield* running
      stub.failNext(fault)
      expect(yield* ask("/balance", "example-token")).toMatchObject({ status, retryAfter })
    }),
  )

  it.scoped("hands out what is kept while Zoo is down, and says that it is stale", () =>
    Effect.gen(function* () {
      const { ask, stub } = yield* running
      yield* ask("/balance", "example-token")
      stub.failNext({ status: 503 })
      const kept = { status: 200, body: { freshness: "Stale", balance: { monthly: { value: "41.26" } } } }
      expect(yield* ask("/balance", "example-token")).toMatchObject(kept)
    }),
  )

  it.scoped("hands nothing that is kept to whoever Zoo refuses", () =>
    Effect.gen(function* () {
      const { ask, stub } = yield* running
      yield* ask("/balance", "example-token")
      stub.failNext({ status: 401 })
      expect(yield* ask("/balance", "example-token")).toMatchObject({ status: 401 })
    }),
  )

  it.scoped("knows no other paths", () =>
    Effect.gen(function* () {
      const { ask } = yield* running
      expect(yield* ask("/", "example-token")).toMatchObject({ status: 404 })
    }),
  )

  it.scoped("is not served where the history cannot be opened, or the port is taken", () =>
    Effect.gen(function* () {
      const broken = Zoo.layer({ database: "/dev/null/history.db" }).pipe(Layer.provide(FetchHttpClient.layer))
      expect(yield* Effect.flip(serve(broken, 0))).toMatchObject({ _tag: "StoreCannotOpen" })
      const zoo = Zoo.layerTest().pipe(Layer.provide(FetchHttpClient.layer))
      const port = portOf(yield* serve(zoo, 0))
      expect(yield* Effect.flip(serve(zoo, port))).toMatchObject({ code: "EADDRINUSE" })
    }),
  )
})
