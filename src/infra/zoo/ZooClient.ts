/**
 * The Zoo API as a service: balances, and the ids of whoever holds a token. One attempt a call: no retries and no cache, which are the
 * caller's.
 *
 * Redirects are not followed, so a token goes to the base URL only. Nothing of a call but its route is put on spans, and the host's
 * trace headers are not sent to the API.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import type * as Redacted from "effect/Redacted"
import * as Subject from "../../domain/balance/Subject.js"
import * as Account from "../../domain/history/Account.js"
import * as BearerToken from "./BearerToken.js"
import * as NetworkCause from "./NetworkCause.js"
import type * as ZooApi from "./ZooApi.js"
import * as ZooError from "./ZooError.js"
import * as ZooRequest from "./ZooRequest.js"
import * as ZooResponse from "./ZooResponse.js"

export type { InvalidBaseUrl } from "../../domain/history/Account.js"
export type { Organization, User } from "./ZooApi.js"
export type { ZooError } from "./ZooError.js"
export type { Balance } from "./ZooResponse.js"

/** In whose name a call is made. */
export interface CallOptions {
  /** The token of this call; without it the layer's. */
  readonly credential?: Redacted.Redacted | undefined
}

/** Whose balance. */
export interface BalanceOptions extends CallOptions {
  readonly subject: Subject.Subject
  /** Whether to ask for `total_due` too, which makes the call slower; false by default. */
  readonly includeTotalDue?: boolean | undefined
}

/** The Zoo API. */
export interface Service {
  /** The API's base URL in the form that accounts are compared by. */
  readonly baseUrl: string
  /** A customer balance with the drift of its body. `User` and `AnyOrg` need an employee's token. */
  readonly balance: (options: BalanceOptions) => Effect.Effect<ZooResponse.Balance, ZooError.ZooError>
  /** Who holds the token. */
  readonly user: (options?: CallOptions) => Effect.Effect<ZooApi.User, ZooError.ZooError>
  /** The organisation of whoever holds the token; `NotFound` where there is none. */
  readonly org: (options?: CallOptions) => Effect.Effect<ZooApi.Organization, ZooError.ZooError>
}

/** The Zoo API. */
export class ZooClient extends Context.Tag("zoo-runway/ZooClient")<ZooClient, Service>() {}

/** What the client asks of the host. */
export type Requirements = HttpClient.HttpClient

/** How to reach the API. */
export interface Options {
  /** `https://api.zoo.dev` by default; https, or http on loopback. */
  readonly baseUrl?: string | undefined
  /** The token of calls that bring none. */
  readonly token?: Redacted.Redacted | undefined
  /** How long one attempt may take until its body is read; 10 seconds by default. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Whether a balance whose body says more than the published contract (drift) fails as `UnexpectedBody`; false by default. */
  readonly strict?: boolean | undefined
}

const DEFAULT_TIMEOUT = Duration.seconds(10)

/**
 * Redirects in our hands, whatever else the host wants of fetch (a proxy, say). A client made by `FetchHttpClient.layer` lets the
 * context of a call hide the one of its layer, so the option is added where both are merged: as the last step before the request goes.
 * Other clients don't look at it, and follow no redirects. The context is given back where the call's span ends.
 */
const withoutRedirects = HttpClient.mapRequestEffect((request: HttpClientRequest.HttpClientRequest) =>
  Effect.as(
    FiberRef.update(FiberRef.currentContext, (context) =>
      Context.add(context, FetchHttpClient.RequestInit, {
        ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
        redirect: "manual",
      }),
    ),
    request,
  ),
)

const sendableToken = (
  context: ZooError.Context,
  token: Redacted.Redacted | undefined,
): Effect.Effect<Redacted.Redacted, ZooError.ZooError> => {
  if (token === undefined) return Effect.fail(new ZooError.NoCredential(context))
  const reason = BearerToken.flawOf(token)
  return reason === undefined
    ? Effect.succeed(token)
    : Effect.fail(new ZooError.InvalidCredential({ ...context, reason }))
}

const notSent = (context: ZooError.Context, error: ParseResult.ParseError): ZooError.InvalidTarget => {
  const [first] = ParseResult.ArrayFormatter.formatErrorSync(error)
  return new ZooError.InvalidTarget({ ...context, reason: first?.message ?? "it does not fit the API's description" })
}

const NOTHING_MORE = { status: Option.none(), retryAfter: Option.none() }

const broken = (context: ZooError.Context, token: Redacted.Redacted, error: HttpClientError.HttpClientError) => {
  const cause = NetworkCause.of(error.cause ?? new Error(error.reason), token)
  return new ZooError.Unavailable({
    ...context,
    ...NOTHING_MORE,
    apiCallId: error._tag === "ResponseError" ? ZooResponse.apiCallIdOf(error.response.headers, token) : Option.none(),
    reason: "Network",
    detail: NetworkCause.summary(cause),
    cause,
  })
}

const late = (context: ZooError.Context, timeout: Duration.Duration) => {
  const detail = `no complete answer within ${Duration.format(timeout)}`
  return new ZooError.Unavailable({ ...context, ...NOTHING_MORE, reason: "Timeout", detail })
}

/** The service over the host's `HttpClient`; fails before anything is sent when a token must not travel to the base URL. */
export const make = (options: Options): Effect.Effect<Service, Account.InvalidBaseUrl, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const baseUrl = yield* Account.parseBaseUrl(options.baseUrl ?? Account.DEFAULT_BASE_URL)
    const timeout = Duration.decode(options.timeout ?? DEFAULT_TIMEOUT)
    const { strict } = options
    const client = (yield* HttpClient.HttpClient).pipe(
      HttpClient.withTracerDisabledWhen(() => true),
      withoutRedirects,
    )

    const call = <A>(
      method: string,
      target: string,
      credential: Redacted.Redacted | undefined,
      operation: ZooRequest.Operation,
      decode: (call: ZooResponse.Call, answer: ZooResponse.Answer) => Either.Either<A, ZooError.ZooError>,
    ): Effect.Effect<A, ZooError.ZooError> =>
      Effect.gen(function* () {
        const context = ZooError.unanswered(method, target)
        const token = yield* sendableToken(context, credential ?? options.token)
        const request = yield* Effect.mapError(operation.request({ baseUrl, token }), (error) =>
          notSent(context, error),
        )
        const answer = yield* client.execute(request).pipe(
          // A host's client may have turned statuses into errors: the answer is inside.
          Effect.catchTag("ResponseError", (error) =>
            error.reason === "StatusCode" ? Effect.succeed(error.response) : Effect.fail(error),
          ),
          Effect.flatMap(ZooResponse.read),
          Effect.mapError((error) => broken(context, token, error)),
          Effect.timeoutFail({ duration: timeout, onTimeout: () => late(context, timeout) }),
        )
        yield* Effect.annotateCurrentSpan("http.response.status_code", answer.status)
        return yield* decode({ method, target, token, now: yield* DateTime.now }, answer)
      }).pipe(
        Effect.withSpan(method, {
          kind: "client",
          captureStackTrace: false,
          attributes: { "http.request.method": "GET", "http.route": operation.route, "server.address": baseUrl },
        }),
      )

    return {
      baseUrl,
      balance: ({ subject, credential, includeTotalDue = false }) =>
        call(
          "ZooClient.balance",
          Subject.format(subject),
          credential,
          ZooRequest.balance(subject, includeTotalDue),
          (answered, answer) => ZooResponse.balance(answered, answer, { strict }),
        ),
      user: ({ credential } = {}) => call("ZooClient.user", "me", credential, ZooRequest.user, ZooResponse.user),
      org: ({ credential } = {}) => call("ZooClient.org", "org", credential, ZooRequest.org, ZooResponse.org),
    }
  })

/**
 * The API with one token for calls that bring none.
 *
 * @example
 * import { Subject, ZooClient } from "zoo-runway"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const program = Effect.gen(function* () {
 *   const zoo = yield* ZooClient.ZooClient
 *   return yield* zoo.balance({ subject: Subject.me, includeTotalDue: true })
 * }).pipe(Effect.provide(ZooClient.layer({ token: Redacted.make("…") })))
 */
export const layer = (options: Options): Layer.Layer<ZooClient, Account.InvalidBaseUrl, HttpClient.HttpClient> =>
  Layer.effect(ZooClient, make(options))

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i

const present = (name: string) => Config.redacted(Config.nonEmptyString(name))

const ON = ["true", "yes", "on", "1"]
const OFF = ["false", "no", "off", "0"]

/** What `Config.boolean` takes; off where it is absent or, which that refuses, empty. */
const flag = (name: string) =>
  Config.primitive("a flag", (text): Either.Either<boolean, ConfigError.ConfigError> => {
    if (ON.includes(text)) return Either.right(true)
    return text === "" || OFF.includes(text)
      ? Either.right(false)
      : Either.left(ConfigError.InvalidData([], `expected true or false, found ${JSON.stringify(text)}`))
  }).pipe(Config.nested(name), Config.withDefault(false))

/**
 * `ZOO_HOST` (a base URL, or a host that is meant with https), `ZOO_API_TOKEN` or the older `ZOO_TOKEN`, and `ZOO_RUNWAY_STRICT` (`true` or
 * `false`). All may be absent or empty.
 */
export const config: Config.Config<Options> = Config.all({
  baseUrl: Config.nonEmptyString("ZOO_HOST").pipe(
    Config.map((host) => (SCHEME.test(host) ? host : `https://${host}`)),
    Config.option,
    Config.map(Option.getOrUndefined),
  ),
  token: present("ZOO_API_TOKEN").pipe(
    Config.orElse(() => present("ZOO_TOKEN")),
    Config.option,
    Config.map(Option.getOrUndefined),
  ),
  strict: flag("ZOO_RUNWAY_STRICT"),
})

/** The API as {@link config} describes it. */
export const layerConfig: Layer.Layer<
  ZooClient,
  Account.InvalidBaseUrl | ConfigError.ConfigError,
  HttpClient.HttpClient
> = Layer.effect(ZooClient, Effect.flatMap(config, make))
