/** Plays a row: a server that does what it says, a call, and what came of it. */
import { isDeepStrictEqual } from "node:util"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Account from "../../src/domain/history/Account.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as Credentials from "../../src/infra/zoo/Credentials.js"
import * as ZooClient from "../../src/infra/zoo/ZooClient.js"
import * as Balances from "../../src/services/Balances.js"
import * as FetchPolicy from "../../src/services/FetchPolicy.js"
import type { Reading } from "../../src/services/Reading.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import { exampleBody } from "../../src/testing/exampleBody.js"
import * as Loopback from "./Loopback.js"
import { LIMITS, type Row, SHARE, type Stage } from "./Row.js"

/** An error, as a row tells of it. */
export interface Failure {
  readonly _tag: string
  readonly reason: string | undefined
  readonly attempts: number | undefined
  readonly message: string
}

/** What came of a call, beside its outcome. */
interface Measured {
  /** Requests that reached the server. */
  readonly calls: number
  readonly millis: number
  /** By how many milliseconds the second call came before the time that it was told to wait for; 0 where it did not. */
  readonly early: number
  /** Bytes that the server got rid of. */
  readonly sent: number
  /** Connections to another origin. */
  readonly elsewhere: number
  /** Whether the server was given a token otherwise than in a request of http. */
  readonly leaked: boolean
}

/** What came of `ZooClient.balance`. */
export interface Called extends Measured {
  /** The kinds of drift of an answer, or the error. */
  readonly outcome: Either.Either<ReadonlyArray<string>, Failure>
}

/** What came of `Balances.get` where a good reading is kept. */
export interface Got extends Measured {
  readonly outcome: Either.Either<
    { readonly reading: Reading["_tag"]; readonly cause: Failure | undefined; readonly isKept: boolean },
    Failure
  >
  /** Snapshots that the history has more. */
  readonly added: number
  /** Whether what it had is as it was. */
  readonly isUnchanged: boolean
}

const DEFAULT_TOKENS = ["faults-token-of-today"]

const EXAMPLE: unknown = JSON.parse(exampleBody)

const ID = "0b7f6c1e-3c5d-4a8e-9f10-5d2c3b4a5968"
const subject = Subject.user(ID)

const failureOf = (error: { readonly _tag: string; readonly message: string }): Failure => ({
  _tag: error._tag,
  reason: "reason" in error && typeof error.reason === "string" ? error.reason : undefined,
  attempts: "attempts" in error && typeof error.attempts === "number" ? error.attempts : undefined,
  message: error.message,
})

/** Tokens that are read one after the other. */
const credentialsOf = (tokens: ReadonlyArray<string>): Effect.Effect<Credentials.Credentials> => {
  let reads = 0
  return Credentials.make(
    Effect.sync(() => Option.map(Option.fromNullable(tokens[Math.min(reads++, tokens.length - 1)]), Redacted.make)),
  )
}

const baseUrlOf = ({ at }: Row, port: number): Effect.Effect<string> => {
  switch (at) {
    case "https":
      return Effect.succeed(`https://127.0.0.1:${port}`)
    case "closed port":
      return Effect.map(Loopback.closedPort, (closed) => `http://127.0.0.1:${closed}`)
    case "unknown name":
      return Effect.succeed("https://zoo-runway.invalid")
    case undefined:
      return Effect.succeed(`http://127.0.0.1:${port}`)
  }
}

interface Side {
  readonly baseUrl: string
  readonly credentials: Credentials.Credentials
}

/** A call of `ask` against the server of a row, and what came of it. */
const play = <A>(
  row: Row,
  ask: (side: Side) => Effect.Effect<Effect.Effect<A>, never, Scope.Scope>,
): Effect.Effect<Measured & { readonly outcome: A }> =>
  Effect.gen(function* () {
    let earliest = 0
    const elsewhere = yield* Loopback.listen({ called: ({ socket }) => socket.end() })
    const server = yield* Loopback.listen({
      connected: row.connected,
      called: (call) =>
        row.answer(call, {
          elsewhere,
          origin: `http://127.0.0.1:${server.port}`,
          notBefore: (at) => {
            earliest = at
          },
        } satisfies Stage),
    })
    const tokens = row.tokens ?? DEFAULT_TOKENS
    const call = yield* ask({
      baseUrl: yield* baseUrlOf(row, server.port),
      credentials: yield* credentialsOf(tokens),
    })
    const startedAt = performance.now()
    const outcome = yield* call
    return {
      outcome,
      millis: performance.now() - startedAt,
      calls: server.calls.length,
      early: Math.max(0, earliest - (server.calls[1]?.at ?? earliest)),
      sent: server.sent(),
      elsewhere: elsewhere.connections(),
      leaked: server.calls.length === 0 && tokens.some(server.heard),
    }
  }).pipe(Effect.scoped, Effect.withRandom(Random.fixed([SHARE])))

const network = ({ through }: Row): Layer.Layer<HttpClient.HttpClient> =>
  through === undefined
    ? FetchHttpClient.layer
    : Layer.provide(
        Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, through)),
        FetchHttpClient.layer,
      )

/** `ZooClient.balance`. */
export const balance = (row: Row): Effect.Effect<Called> =>
  play(row, ({ baseUrl, credentials }) =>
    Effect.map(
      ZooClient.make({ ...LIMITS, ...row.limits, baseUrl, token: credentials }).pipe(
        Effect.provide(network(row)),
        Effect.orDie,
      ),
      (zoo) =>
        Effect.either(
          Effect.mapBoth(zoo.balance({ subject }), {
            onSuccess: ({ drift }) => drift.map(({ kind }) => kind),
            onFailure: failureOf,
          }),
        ),
    ),
  )

/** An API that answers as it should, whatever the base URL. */
const goodDays = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, Response.json(EXAMPLE)))),
)

/** `Balances.get` by a process that finds a good reading of another one in the history. */
export const get = (row: Row): Effect.Effect<Got> =>
  play(row, ({ baseUrl, credentials }) =>
    Effect.gen(function* () {
      const store = yield* Layer.build(SnapshotStore.layerMemory)
      const over = (http: Layer.Layer<HttpClient.HttpClient>) =>
        Layer.build(
          Balances.layer({ token: credentials, policy: FetchPolicy.networkFirst() }).pipe(
            Layer.provide(ZooClient.layer({ ...LIMITS, ...row.limits, baseUrl })),
            Layer.provide(UsageSeries.layer),
            Layer.provide(Layer.succeedContext(store)),
            Layer.provide(http),
          ),
        )
      const ask = Effect.flatMap(Balances.Balances, (balances) => balances.get(subject))
      const account = Account.user(baseUrl, ID)
      const looks = Effect.flatMap(SnapshotStore.SnapshotStore, (history) => history.page(account)).pipe(
        Effect.provide(store),
        Effect.map(({ snapshots }) => snapshots),
      )
      const { snapshot: kept } = yield* Effect.flatMap(over(goodDays), (earlier) => Effect.provide(ask, earlier))
      const before = yield* looks
      const later = yield* over(network(row))
      return Effect.gen(function* () {
        const outcome = yield* ask.pipe(
          Effect.provide(later),
          Effect.mapBoth({
            onSuccess: (reading) => ({
              reading: reading._tag,
              cause: reading._tag === "Stale" ? failureOf(reading.cause) : undefined,
              isKept: isDeepStrictEqual(reading.snapshot.balance, kept.balance),
            }),
            onFailure: failureOf,
          }),
          Effect.either,
        )
        const after = yield* looks
        return {
          outcome,
          added: after.length - before.length,
          isUnchanged: isDeepStrictEqual(after.slice(0, before.length), before),
        }
      })
    }).pipe(Effect.orDie, Effect.map(Effect.orDie)),
  ).pipe(Effect.map(({ outcome, ...measured }) => ({ ...measured, ...outcome })))
