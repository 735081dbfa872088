/** Loads on the client, in real time: `scripts/load.mjs` bundles and runs them. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as ZooClient from "../../src/infra/zoo/ZooClient.js"
import { exampleBody } from "../../src/testing/exampleBody.js"

type Handle = (request: IncomingMessage, response: ServerResponse) => void

const HEADERS = { "content-type": "application/json", "x-api-call-id": "load" }

const answer = (response: ServerResponse): void => {
  response.writeHead(200, HEADERS).end(exampleBody)
}

/** Runs against a server that answers so, and closes it. */
const against = <A>(handle: Handle, use: (baseUrl: string) => Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const server = createServer(handle)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      use(`http://127.0.0.1:${port}`)
        .finally(() => {
          server.close()
          server.closeAllConnections()
        })
        .then(resolve, reject)
    })
  })

const run = <A, E>(effect: Effect.Effect<A, E, never>): Promise<A> => Effect.runPromise(effect)

const clientOf = (baseUrl: string, options: ZooClient.Options = {}) =>
  Effect.provide(ZooClient.make({ baseUrl, ...options }), FetchHttpClient.layer)

/** A measured value beside its limit. */
interface Result {
  readonly what: string
  readonly found: number
  readonly most: number
  readonly unit: string
}

const HEALTHY = 20
const ANSWERED_WITHIN_MS = 1_000

/** Healthy customers ask while others' calls hang: how long the slowest of them waits. */
const besideHanging = (hanging: number): Promise<Result> =>
  against(
    (request, response) => {
      if (!request.headers.authorization?.includes("hanging")) answer(response)
    },
    (baseUrl) =>
      run(
        Effect.gen(function* () {
          const zoo = yield* clientOf(baseUrl)
          const ask = (token: string) => zoo.balance({ subject: Subject.me, credential: Redacted.make(token) })
          const stuck = yield* Effect.forEach(Array.from({ length: hanging }), (_, nth) =>
            Effect.fork(ask(`hanging-${nth}`)),
          )
          yield* Effect.sleep("100 millis")
          const waits = yield* Effect.forEach(
            Array.from({ length: HEALTHY }),
            (_, nth) => Effect.map(Effect.timed(ask(`healthy-${nth}`)), ([took]) => Duration.toMillis(took)),
            { concurrency: "unbounded" },
          )
          yield* Effect.forEach(stuck, Fiber.interruptFork, { discard: true })
          return {
            what: `${HEALTHY} healthy customers beside ${hanging} whose calls hang: the slowest answer`,
            found: Math.round(Math.max(...waits)),
            most: ANSWERED_WITHIN_MS,
            unit: "ms",
          }
        }),
      ),
  )

const SUBJECTS = 1_500
const PER_SECOND = 20
const REFUSED_AT_MOST = 5

/** One token asks for many subjects until each is answered, of an API that takes so many calls a second. */
const oneToken = (): Promise<Result> => {
  let [second, taken, calls, refused] = [-1, 0, 0, 0]
  return against(
    (_, response) => {
      const now = Date.now()
      calls++
      if (Math.floor(now / 1000) !== second) [second, taken] = [Math.floor(now / 1000), 0]
      if (++taken <= PER_SECOND) return answer(response)
      refused++
      response.writeHead(429, { ...HEADERS, "retry-after": "1" }).end('{"message":"too many","request_id":"load"}')
    },
    (baseUrl) =>
      run(
        Effect.gen(function* () {
          const zoo = yield* clientOf(baseUrl)
          const credential = Redacted.make("employee")
          // Whoever is told that there is no turn before the deadline comes again then, as a poller does.
          const ask = (id: string): Effect.Effect<void> =>
            Effect.gen(function* () {
              const asked = yield* Effect.either(zoo.balance({ subject: Subject.user(id), credential }))
              if (Either.isRight(asked)) return
              yield* Effect.sleep(asked.left._tag === "RateLimited" ? "10 seconds" : "1 second")
              return yield* ask(id)
            })
          const exit = yield* Effect.exit(
            Effect.forEach(Array.from({ length: SUBJECTS }), (_, nth) => ask(`customer-${nth}`), {
              concurrency: "unbounded",
              discard: true,
            }),
          )
          if (Exit.isFailure(exit)) throw new Error("not every subject was answered")
          return {
            what: `${SUBJECTS} subjects of one token against ${PER_SECOND} calls a second: calls that run into 429`,
            found: Math.round((1000 * refused) / calls) / 10,
            most: REFUSED_AT_MOST,
            unit: "%",
          }
        }),
      ),
  )
}

/** Runs the loads, and prints what came of each. */
export const main = async (): Promise<void> => {
  for (const load of [() => besideHanging(12), () => besideHanging(40), oneToken]) {
    const started = Date.now()
    const { found, most, unit, what } = await load()
    const isMet = found <= most
    if (!isMet) process.exitCode = 1
    const took = ((Date.now() - started) / 1000).toFixed(0)
    console.log(`${isMet ? "met   " : "MISSED"}  ${what}: ${found} ${unit} (at most ${most}); took ${took} s`)
  }
}
