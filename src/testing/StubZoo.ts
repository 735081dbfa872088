/**
 * A stub of the Zoo API: a real HTTP server on loopback that serves the nine operations which this library calls, from the same
 * description that the client is made of.
 *
 * A token stands for one account. It may ask for its own user and organisation; an employee's may ask for all. Unknown tokens get 401,
 * others' balances and `GET /org` of a member 403, unknown ids 404. Every answer carries `x-api-call-id`, every error a `request_id`; both are counted, so that a
 * run can be repeated.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Fault from "./stub/Fault.js"
import * as StubAccount from "./stub/StubAccount.js"

export { exampleBody, exampleBodyWithoutTotalDue } from "./exampleBody.js"
export type { Fault, FaultyAnswer } from "./stub/Fault.js"
export { type InRevisionOptions, inRevision } from "./stub/InRevision.js"
export { exampleAccount, type StubAccount, type StubBlock } from "./stub/StubAccount.js"

/** A request that came in. */
export interface RecordedRequest {
  readonly method: string
  /** Path and query as they were sent, nothing decoded. */
  readonly url: string
  /** The bearer token, where there was one. */
  readonly token: string | undefined
  /** The value of the query's `include_total_due`, where there was one. */
  readonly includeTotalDue: string | undefined
  readonly headers: IncomingHttpHeaders
  /** The client's port, which tells connections apart. */
  readonly remotePort: number | undefined
  /** When it came, by the stub's clock: milliseconds since 1970. */
  readonly at: number
}

/** How to make a stub. */
export interface Options {
  /** {@link exampleAccount} alone by default. */
  readonly accounts?: ReadonlyArray<StubAccount.StubAccount> | undefined
  /** Where the stub's clock stands still, in milliseconds since 1970; without it, it is Effect's clock. */
  readonly now?: number | undefined
}

/** A stub that is running. */
export interface Service {
  /** `http://127.0.0.1:PORT`. */
  readonly baseUrl: string
  readonly accounts: ReadonlyArray<StubAccount.StubAccount>
  /** What came in, oldest first. */
  readonly requests: ReadonlyArray<RecordedRequest>
  /** The stub's clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Stops the stub's clock at a time; `undefined` lets it go on with Effect's clock. */
  readonly setNow: (now: number | undefined) => void
  /** What is done with the next requests, one fault each, after the faults that still wait. */
  readonly failNext: (...faults: ReadonlyArray<Fault.Fault>) => void
}

/** A stub that is running. */
export class StubZoo extends Context.Tag("zoo-runway/StubZoo")<StubZoo, Service>() {}

/** The server, loaded when a stub is made: it needs the server modules of the platform, which take long to load. */
const loadServer = Effect.promise(() => Promise.all([import("./stub/Handlers.js"), import("./stub/Listener.js")]))

/** A UUID that counts. */
const countedId = (kind: string, count: number): string =>
  `${kind}-0000-4000-8000-${count.toString(16).padStart(12, "0")}`

const BEARER = /^Bearer (.+)$/

const recorded = (request: IncomingMessage, at: number): RecordedRequest => {
  const url = request.url ?? "/"
  const query = url.indexOf("?") === -1 ? "" : url.slice(url.indexOf("?"))
  return {
    method: request.method ?? "GET",
    url,
    token: BEARER.exec(request.headers.authorization ?? "")?.[1],
    includeTotalDue: new URLSearchParams(query).get("include_total_due") ?? undefined,
    headers: request.headers,
    remotePort: request.socket.remotePort,
    at,
  }
}

/**
 * A stub of the Zoo API, until the scope closes.
 *
 * @example
 * import { StubZoo } from "zoo-runway/testing"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const stub = yield* StubZoo.make()
 *   stub.failNext({ status: 429, headers: { "retry-after": "7" } })
 *   return stub.baseUrl
 * }).pipe(Effect.scoped)
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const [Handlers, Listener] = yield* loadServer
    const clock = yield* Effect.clock
    const accounts = options.accounts ?? [StubAccount.exampleAccount]
    const requests: Array<RecordedRequest> = []
    const faults: Array<Fault.Fault> = []
    let stoppedAt = options.now
    const now = () => stoppedAt ?? clock.unsafeCurrentTimeMillis()
    const answer = yield* Handlers.make({ accounts: StubAccount.directory(accounts), now })

    const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const count = requests.push(recorded(request, now()))
      const requestId = countedId("4e90e575", count)
      response.setHeader("x-api-call-id", countedId("ca11ca11", count))
      const fault = faults.shift()
      if (fault !== undefined) return Fault.apply(fault, response, requestId)
      const web = Listener.toWeb(request, baseUrl, { [Handlers.REQUEST_ID]: requestId })
      return Listener.write(await answer(web), response)
    }

    const { baseUrl } = yield* Listener.listen((request, response) => {
      handle(request, response).catch(() => response.destroy())
    })

    return {
      baseUrl,
      accounts,
      requests,
      now,
      setNow: (time) => {
        stoppedAt = time
      },
      failNext: (...more) => {
        faults.push(...more)
      },
    }
  })

/** A stub of the Zoo API as a layer. */
export const layer = (options: Options = {}): Layer.Layer<StubZoo> => Layer.scoped(StubZoo, make(options))
