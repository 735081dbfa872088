/**
 * A plain Node server, without any of Effect in its handlers: one `ManagedRuntime` holds the history and the client for as long as the
 * process lives, and every request runs one small effect on it.
 *
 *     ZOO_RUNWAY_DATABASE=history.db node node-server.js
 *     curl -H "Authorization: Bearer $ZOO_API_TOKEN" localhost:3000
 *
 * On SIGTERM it takes no more requests, answers those that are under way, and closes the history.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import { fileURLToPath } from "node:url"
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Exit, Layer, ManagedRuntime, Option, Redacted } from "effect"
import { AmountDue, Balances, CustomerBalance, Subject, Timestamp, Usd, Zoo } from "zoo-runway"

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

const failure = (status: number, error: string, retryAfter?: Option.Option<Duration.Duration>): Answer => {
  const seconds = Math.ceil(Duration.toSeconds(Option.getOrElse(retryAfter ?? Option.none(), () => "5 seconds")))
  return { status, body: { error }, ...(retryAfter && { headers: { "retry-after": `${Math.max(1, seconds)}` } }) }
}

/** The balance of whoever holds the token. What is kept stands in where Zoo cannot be asked, and says so. */
const answer = (token: string) =>
  Effect.gen(function* () {
    const balances = yield* Balances.Balances
    const reading = yield* balances.get(Subject.me, { credential: Redacted.make(token) })
    const { balance, observedAt } = reading.snapshot
    const due = Option.map(AmountDue.known(balance.due), Usd.format)
    const told: Answer = {
      status: 200,
      body: {
        monthly: Usd.format(balance.monthly.value),
        stable: Usd.format(CustomerBalance.stableValue(balance)),
        due: Option.getOrNull(due),
        observedAt: Timestamp.format(observedAt),
        isStale: reading._tag === "Stale",
      },
    }
    return told
  }).pipe(
    Effect.catchTags({
      InvalidCredential: () => Effect.succeed(failure(401, "a Zoo token is needed")),
      Refused: ({ reason }) => Effect.succeed(failure(reason === "Unauthorized" ? 401 : 403, "refused by Zoo")),
      RateLimited: ({ retryAfter }) => Effect.succeed(failure(429, "too many requests", retryAfter)),
      Unavailable: ({ retryAfter }) => Effect.succeed(failure(503, "Zoo cannot be asked now", retryAfter)),
    }),
    // Whatever else goes wrong is for the log, and none of the customer's business.
    Effect.catchAll((error) => Effect.as(Effect.logError(error), failure(502, "no usable answer"))),
  )

const tokenOf = ({ headers }: IncomingMessage): string => /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? ""

/** Listens once the history is open, and fails where it cannot be opened. */
export const start = async <E>(zoo: Layer.Layer<Zoo.Services, E>, port: number) => {
  const runtime = ManagedRuntime.make(zoo)
  await runtime.runtime()

  const server = createServer(async (request, response) => {
    // Who leaves is not waited for. What Zoo was asked for them is kept all the same.
    const left = new AbortController()
    response.once("close", () => left.abort())
    const exit = await runtime.runPromiseExit(answer(tokenOf(request)), { signal: left.signal })
    const { body, headers, status } = Exit.getOrElse(exit, (): Answer => failure(500, "something broke"))
    // A connection that is kept alive would keep a server that stops waiting.
    response.shouldKeepAlive = server.listening
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
  })
  await once(server.listen(port), "listening")

  const stop = async () => {
    await new Promise((closed) => server.close(closed))
    await runtime.dispose()
  }
  return { server, stop }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { server, stop } = await start(
    Zoo.layerConfig.pipe(Layer.provide(FetchHttpClient.layer)),
    Number(process.env["PORT"] ?? 3000),
  )
  process.once("SIGTERM", stop)
  console.log("listening on", server.address())
}
