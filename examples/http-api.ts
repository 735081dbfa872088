/**
 * An HTTP API of one's own, described with Effect's `HttpApi`: `GET /balance` and `GET /runway`, where every customer asks with a Zoo
 * token of their own. One layer serves them all, and none is ever told of another's money.
 *
 *     ZOO_RUNWAY_DATABASE=history.db node http-api.js
 *     curl -H "Authorization: Bearer $ZOO_API_TOKEN" localhost:3000/balance
 */
import { createServer, type IncomingMessage } from "node:http"
import { fileURLToPath } from "node:url"
import {
  FetchHttpClient,
  HttpApi,
  HttpApiBuilder,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema,
  HttpApiSecurity,
  HttpApp,
  HttpServer,
  HttpServerResponse,
} from "@effect/platform"
import { Context, Duration, Effect, Layer, Option, type Redacted, Schema } from "effect"
import { Balances, CustomerBalance, Runway, RunwayAnalysis, Subject, Timestamp, Zoo } from "zoo-runway"

const Answer = Schema.Struct({
  freshness: Schema.Literal("Fresh", "Stale", "Offline"),
  observedAt: Timestamp.FromText,
  balance: CustomerBalance.CustomerBalance,
})

const failure = <Tag extends string>(tag: Tag, status: number) =>
  Schema.TaggedStruct(tag, { message: Schema.String }).annotations(HttpApiSchema.annotations({ status }))

const Failure = Schema.Union(
  failure("Unauthorized", 401),
  failure("Forbidden", 403),
  failure("TooManyRequests", 429),
  failure("Failed", 500),
  failure("BadGateway", 502),
  failure("Unavailable", 503),
)

/** The Zoo token of whoever asks. */
class Token extends Context.Tag("Token")<Token, Redacted.Redacted>() {}

class Authorization extends HttpApiMiddleware.Tag<Authorization>()("Authorization", {
  provides: Token,
  security: { zoo: HttpApiSecurity.bearer },
}) {}

/** What this program serves, for clients and OpenAPI descriptions as well. */
export const Api = HttpApi.make("backend").add(
  HttpApiGroup.make("credits")
    .add(HttpApiEndpoint.get("balance", "/balance").addSuccess(Answer))
    .add(HttpApiEndpoint.get("runway", "/runway").addSuccess(Runway.Runway))
    .addError(Failure)
    .middleware(Authorization),
)

const fail = (_tag: (typeof Failure.Type)["_tag"], message: string) => Effect.fail({ _tag, message })

const retryAfter = (told: Option.Option<Duration.Duration>) => {
  const seconds = Math.max(1, Math.ceil(Duration.toSeconds(Option.getOrElse(told, () => "5 seconds"))))
  return HttpApp.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", `${seconds}`)),
  )
}

/** Each error gets the status that tells who can do something about it, in words that are fit for a customer. */
const told = (error: RunwayAnalysis.ReportError) => {
  switch (error._tag) {
    case "NoCredential":
    case "InvalidCredential":
      return fail("Unauthorized", "say who asks: Authorization: Bearer ZOO_TOKEN")
    case "Refused":
      return error.reason === "Unauthorized"
        ? fail("Unauthorized", "Zoo does not know this token")
        : fail("Forbidden", "this token may not ask for its balance")
    case "RateLimited":
      return Effect.zipRight(retryAfter(error.retryAfter), fail("TooManyRequests", "Zoo was asked too often"))
    case "Unavailable":
      return Effect.zipRight(retryAfter(error.retryAfter), fail("Unavailable", "Zoo cannot be asked now"))
    case "UnexpectedBody":
    case "RequestRejected":
    case "NotFound":
      return fail("BadGateway", "Zoo gave an answer that makes no sense here")
    default:
      return Effect.zipRight(Effect.logError(error), fail("Failed", "something is wrong on our side"))
  }
}

const balance = Effect.gen(function* () {
  const balances = yield* Balances.Balances
  const { _tag, snapshot } = yield* balances.get(Subject.me, { credential: yield* Token })
  return { freshness: _tag, observedAt: snapshot.observedAt, balance: snapshot.balance }
})

const runway = Effect.gen(function* () {
  const analysis = yield* RunwayAnalysis.RunwayAnalysis
  return (yield* analysis.report(Subject.me, { credential: yield* Token })).runway
})

const credits = HttpApiBuilder.group(Api, "credits", (handlers) =>
  handlers
    .handle("balance", () => Effect.catchAll(balance, told))
    .handle("runway", () => Effect.catchAll(runway, told)),
)

/** Any token will do: it is Zoo who knows it, or does not. */
const authorization = Layer.succeed(Authorization, { zoo: Effect.succeed })

const toWeb = ({ headersDistinct, method = "GET", url = "/" }: IncomingMessage): Request => {
  const headers = Object.entries(headersDistinct).map(([name, values = []]): [string, string] => [name, values.join()])
  return new Request(new URL(url, "http://localhost"), { method, headers })
}

/** Serves the API until the scope closes. The history is opened first: where that fails, so does this. */
export const serve = <E>(zoo: Layer.Layer<Zoo.Services, E>, port: number) =>
  Effect.gen(function* () {
    const services = yield* Layer.build(zoo)
    const api = HttpApiBuilder.api(Api).pipe(
      Layer.provide(credits),
      Layer.provide(authorization),
      Layer.provide(Layer.succeedContext(services)),
    )
    const { dispose, handler } = HttpApiBuilder.toWebHandler(Layer.merge(api, HttpServer.layerContext))
    yield* Effect.addFinalizer(() => Effect.promise(dispose))
    const server = createServer(async (incoming, outgoing) => {
      const answer = await handler(toWeb(incoming)).catch(() => new Response(null, { status: 400 }))
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
    })
    yield* Effect.addFinalizer(() => Effect.async<void>((closed) => void server.close(() => closed(Effect.void))))
    yield* Effect.async<void, Error>((resume) => {
      server.once("error", (error) => resume(Effect.fail(error))).listen(port, () => resume(Effect.void))
    })
    return server
  })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const zoo = Zoo.layerConfig.pipe(Layer.provide(FetchHttpClient.layer))
  await serve(zoo, Number(process.env["PORT"] ?? 3000)).pipe(
    Effect.zipRight(Effect.never),
    Effect.scoped,
    Effect.runPromise,
  )
}
