/** Loads on the client, in real time: `scripts/load.mjs` bundles and runs them. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
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
import { bundleChild } from "../support/BundleChild.js"

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

const PROCESSES = 8
const CUSTOMERS = 50
const UPSTREAM_MS = 30
const SHARED_WITHIN_MS = 3_000

/** Processes that share a history ask for the balances of the same customers at once: how long the slowest answer takes, and its 99th percentile. */
const sharedHistory = async (): Promise<ReadonlyArray<Result>> => {
  const folder = await mkdtemp(join(tmpdir(), "zoo-runway-load-"))
  const program = join(folder, "child.mjs")
  await bundleChild(fileURLToPath(new URL("Child.ts", import.meta.url)), program)
  let balances = 0
  const found = await against(
    ({ headers, url = "" }, response) => {
      const isBalance = url.includes("/balance")
      if (isBalance) balances++
      const id = headers.authorization?.replace("Bearer ", "")
      const body = isBalance ? exampleBody : JSON.stringify({ id })
      setTimeout(() => response.writeHead(url.includes("threshold") ? 404 : 200, HEADERS).end(body), UPSTREAM_MS)
    },
    async (baseUrl) => {
      const children = Array.from({ length: PROCESSES }, () => fork(program, [join(folder, "history.db"), baseUrl]))
      try {
        const burst = () =>
          Promise.all(
            children.map(async (child) => {
              child.send(CUSTOMERS)
              const [millis] = await once(child, "message")
              return millis as ReadonlyArray<number>
            }),
          )
        await Promise.all(children.map((child) => once(child, "message")))
        // Processes that have just begun spend their time on compiling.
        await burst()
        balances = 0
        return (await burst()).flat().toSorted((a, b) => a - b)
      } finally {
        for (const child of children) child.kill()
      }
    },
  ).finally(() => rm(folder, { recursive: true, force: true }))
  const what = `${PROCESSES} processes ask for ${CUSTOMERS} customers at once, API of ${UPSTREAM_MS} ms`
  const at = (share: number): number => Math.round(found[Math.ceil(share * found.length) - 1] ?? Number.NaN)
  // A lease is advice: who cannot reach it within 50 ms asks without one, so a call or two more may go out.
  return [
    { what: `${what}: calls for a balance`, found: balances, most: 1.2 * CUSTOMERS, unit: "calls" },
    { what: `${what}: the 99th percentile`, found: at(0.99), most: SHARED_WITHIN_MS, unit: "ms" },
    { what: `${what}: the slowest answer`, found: at(1), most: SHARED_WITHIN_MS, unit: "ms" },
  ]
}

/** Runs the loads, and prints what came of each. */
export const main = async (): Promise<void> => {
  for (const load of [sharedHistory, () => besideHanging(12), () => besideHanging(40), oneToken]) {
    const started = Date.now()
    const results = [await load()].flat()
    const took = ((Date.now() - started) / 1000).toFixed(0)
    for (const { found, most, unit, what } of results) {
      const isMet = found <= most
      if (!isMet) process.exitCode = 1
      console.log(`${isMet ? "met   " : "MISSED"}  ${what}: ${found} ${unit} (at most ${most}); took ${took} s`)
    }
  }
}
