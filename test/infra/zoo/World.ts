/** What tests of the client work on: a stub over loopback, or a server of their own. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { InvalidBaseUrl } from "../../../src/domain/history/Account.js"
import * as ZooClient from "../../../src/infra/zoo/ZooClient.js"
import * as StubZoo from "../../../src/testing/StubZoo.js"

/** The token of the stub's one account. */
export const TOKEN = "example-token"

export interface World {
  readonly stub: StubZoo.Service
  readonly zoo: ZooClient.Service
}

export interface Options {
  readonly stub?: StubZoo.Options
  readonly client?: ZooClient.Options
}

/** A test against a stub over loopback, with the stub's one token in the layer, and the limits of the options or else the default ones. */
export const withLimits = <A, E>(
  test: (world: World) => Effect.Effect<A, E, HttpClient.HttpClient | Scope.Scope>,
  options: Options = {},
): Effect.Effect<A, E | InvalidBaseUrl> =>
  Effect.gen(function* () {
    const stub = yield* StubZoo.make(options.stub)
    const zoo = yield* ZooClient.make({ baseUrl: stub.baseUrl, token: Redacted.make(TOKEN), ...options.client })
    return yield* test({ stub, zoo })
  }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))

/** One attempt a call, and any number of calls. */
export const ONCE: ZooClient.Options = { attempts: 1, callsPerSecond: Number.POSITIVE_INFINITY }

/** {@link withLimits} where every call is one attempt that waits for nothing. */
export const withStub = <A, E>(
  test: (world: World) => Effect.Effect<A, E, HttpClient.HttpClient | Scope.Scope>,
  options: Options = {},
): Effect.Effect<A, E | InvalidBaseUrl> => withLimits(test, { ...options, client: { ...ONCE, ...options.client } })

/** Lets the network work. */
export const breathe = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Lets the network work until `condition` holds. */
export const until = (condition: () => boolean): Effect.Effect<void> => Effect.repeat(breathe, { until: condition })

/** Lets the network work for so many turns, in which whatever was going to happen without the clock has happened. */
export const settle = Effect.repeatN(breathe, 50)

/** A server of a test's own, until the scope closes. */
export const serve = (
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Effect.Effect<{ readonly baseUrl: string; readonly server: Server }, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Server>((resume) => {
      const server = createServer(handle)
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }),
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      return { baseUrl: `http://127.0.0.1:${port}`, server }
    }),
  )

/** Lets the network work until something sleeps until that time, in milliseconds by the test's clock. */
export const asleepUntil = (millis: number): Effect.Effect<void> =>
  Effect.zipRight(breathe, TestClock.sleeps()).pipe(
    Effect.repeat({ until: (wakes) => Chunk.contains(wakes, millis) }),
    Effect.asVoid,
  )

/** Runs an effect by a clock that counts who sleeps; a sleep that is interrupted is none any more. */
export const countingSleepers = <A, E, R>(
  test: (asleep: () => number) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock) => {
    let asleep = 0
    const change = (by: number) =>
      Effect.sync(() => {
        asleep += by
      })
    const counting: Clock.Clock = {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      currentTimeMillis: clock.currentTimeMillis,
      currentTimeNanos: clock.currentTimeNanos,
      unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
      unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
      sleep: (duration) =>
        Effect.acquireUseRelease(
          change(1),
          () => clock.sleep(duration),
          () => change(-1),
        ),
    }
    return Effect.withClock(
      test(() => asleep),
      counting,
    )
  })
