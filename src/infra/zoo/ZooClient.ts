/**
 * The Zoo API as a service: balances, and the ids and collection thresholds of whoever holds a token. No cache, which is the caller's.
 *
 * A call is tried again where that may help (no answer, a broken one, 408, 425, 429, 5xx), after waits that grow and are no shorter than
 * the API asks for, until its attempts or its deadline run out. With a token that the API no longer knows, the layer's credentials are
 * read anew. What would go out too soon, or beside too many others, waits for its turn.
 *
 * Redirects are followed within the origin of the base URL only, so a token goes nowhere else. Nothing of a call but its route is put on
 * spans, and the host's trace headers are not sent to the API.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import type * as Redacted from "effect/Redacted"
import type * as CollectionThreshold from "../../domain/balance/CollectionThreshold.js"
import * as Subject from "../../domain/balance/Subject.js"
import * as Account from "../../domain/history/Account.js"
import * as Credentials from "./Credentials.js"
import * as Limits from "./Limits.js"
import type * as Retry from "./Retry.js"
import type * as ZooApi from "./ZooApi.js"
import * as ZooError from "./ZooError.js"
import type * as ZooRequest from "./ZooRequest.js"
import type * as ZooResponse from "./ZooResponse.js"

export type { InvalidBaseUrl } from "../../domain/history/Account.js"
export type { Organization, User } from "./ZooApi.js"
export type { ZooError } from "./ZooError.js"
export type { Balance } from "./ZooResponse.js"

/** In whose name a call is made. */
export interface CallOptions {
  /** The token of this call, which is never renewed; without it the layer's. */
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
  /**
   * The organisation of the user who holds the token, by `GET /user/org`, which any member may ask; where that is not there or not for this
   * token, by `GET /org`, which administrators may ask. `NotFound` where there is none.
   */
  readonly org: (options?: CallOptions) => Effect.Effect<ZooApi.Organization, ZooError.ZooError>
  /** The collection threshold of the user who holds the token. */
  readonly userThreshold: (
    options?: CallOptions,
  ) => Effect.Effect<CollectionThreshold.CollectionThreshold, ZooError.ZooError>
  /** The collection threshold of that user's organisation. */
  readonly orgThreshold: (
    options?: CallOptions,
  ) => Effect.Effect<CollectionThreshold.CollectionThreshold, ZooError.ZooError>
}

/** The Zoo API. */
export class ZooClient extends Context.Tag("zoo-runway/ZooClient")<ZooClient, Service>() {}

/** What the client asks of the host. */
export type Requirements = HttpClient.HttpClient

/** How to reach the API, and within which limits. */
export interface Options extends Limits.Options {
  /** `https://api.zoo.dev` by default; https, or http on loopback. */
  readonly baseUrl?: string | undefined
  /** The token of calls that bring none, or where it comes from: then it is read anew where the API no longer knows it (401). */
  readonly token?: Redacted.Redacted | Credentials.Credentials | undefined
  /** Whether a balance that says more than the published contract (drift) fails as `UnexpectedBody`; false by default. */
  readonly strict?: boolean | undefined
}

const notSent = (context: ZooError.Context, error: ParseResult.ParseError): ZooError.InvalidTarget => {
  const [first] = ParseResult.ArrayFormatter.formatErrorSync(error)
  return new ZooError.InvalidTarget({ ...context, reason: first?.message ?? "it does not fit the API's description" })
}

/** Whether an operation is not there, or not for this token, so that another one may answer. */
const isUnanswered = (error: ZooError.ZooError): boolean =>
  error._tag === "NotFound" ||
  error._tag === "RequestRejected" ||
  (error._tag === "Refused" && error.reason === "Forbidden")

/** Where the API is, as attributes of spans. */
const serverOf = (baseUrl: string): Readonly<Record<string, string | number>> => {
  const { hostname, port, protocol } = new URL(baseUrl)
  return { "server.address": hostname, "server.port": Number(port) || (protocol === "https:" ? 443 : 80) }
}

/** What makes the calls, loaded when a client is made: importing the library does not load the platform's HTTP modules. */
const loadCalls = Effect.promise(() =>
  Promise.all([
    import("@effect/platform/HttpClient"),
    import("./Attempt.js"),
    import("./RateLimiter.js"),
    import("./Retry.js"),
    import("./ZooRequest.js"),
    import("./ZooResponse.js"),
  ]),
)

/**
 * The service over the host's `HttpClient`; fails before anything is sent when a token must not travel to the base URL. A limit that is
 * none (no time, a count below 1) is a defect.
 */
export const make = (options: Options): Effect.Effect<Service, Account.InvalidBaseUrl, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const baseUrl = yield* Account.parseBaseUrl(options.baseUrl ?? Account.DEFAULT_BASE_URL)
    const limits = yield* Effect.sync(() => Limits.of(options))
    const [{ HttpClient }, Attempt, RateLimiter, Retry, ZooRequest, ZooResponse] = yield* loadCalls
    const { strict } = options
    const server = serverOf(baseUrl)
    const credentials = Credentials.of(options.token)
    const client = Attempt.clientOf(yield* HttpClient)
    const limiter = RateLimiter.make(limits)

    const call = <A>(
      method: string,
      target: string,
      credential: Redacted.Redacted | undefined,
      operation: ZooRequest.Operation,
      decode: (call: ZooResponse.Call, answer: ZooResponse.Answer) => Either.Either<A, ZooError.ZooError>,
    ): Effect.Effect<A, ZooError.ZooError> => {
      const attempt = ({ context, deadline, token }: Retry.Attempt) =>
        Effect.gen(function* () {
          const { attempts = 1 } = context
          if (attempts > 1) yield* Effect.annotateCurrentSpan("http.request.resend_count", attempts - 1)
          const request = yield* Effect.mapError(operation.request({ baseUrl, token }), (error) =>
            notSent(ZooError.unanswered(method, target), error),
          )
          const answer = yield* Attempt.run(client, limits, { request, token, context, deadline })
          yield* Effect.annotateCurrentSpan("http.response.status_code", answer.status)
          return yield* decode({ method, target, attempts, token, now: yield* DateTime.now }, answer)
        })
      const { route } = operation
      const from = credential === undefined ? credentials : Credentials.fixed(credential)
      return Retry.run({ method, target, route, credentials: from, attempt }, limits, limiter).pipe(
        Effect.withSpan(method, {
          kind: "client",
          captureStackTrace: false,
          attributes: { "http.request.method": "GET", "http.route": route, ...server },
        }),
      )
    }

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
      org: ({ credential } = {}) => {
        const ask = (operation: ZooRequest.Operation) =>
          call("ZooClient.org", "org", credential, operation, ZooResponse.org)
        return Effect.catchIf(ask(ZooRequest.userOrg), isUnanswered, (first) =>
          // Of two failures the one that tells more.
          Effect.mapError(ask(ZooRequest.org), (second) => (first._tag === "NotFound" ? second : first)),
        )
      },
      userThreshold: ({ credential } = {}) =>
        call("ZooClient.userThreshold", "me", credential, ZooRequest.userThreshold, ZooResponse.threshold),
      orgThreshold: ({ credential } = {}) =>
        call("ZooClient.orgThreshold", "org", credential, ZooRequest.orgThreshold, ZooResponse.threshold),
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

const TOKENS = ["ZOO_API_TOKEN", "ZOO_TOKEN", "KITTYCAD_API_TOKEN", "KITTYCAD_TOKEN"] as const

/** The first of {@link TOKENS} that is there and not empty. */
const token: Config.Config<Option.Option<Redacted.Redacted>> = Config.option(
  TOKENS.map(present).reduce((one, other) => Config.orElse(one, () => other)),
)

const fixedConfig = Config.all({
  baseUrl: Config.option(Config.nonEmptyString("ZOO_HOST")).pipe(
    Config.map(Option.map((host) => (SCHEME.test(host) ? host : `https://${host}`))),
    Config.map(Option.getOrUndefined),
  ),
  strict: flag("ZOO_RUNWAY_STRICT"),
})

/**
 * `ZOO_HOST` (a base URL, or a host that is meant with https), the first of `ZOO_API_TOKEN`, `ZOO_TOKEN`, `KITTYCAD_API_TOKEN` and
 * `KITTYCAD_TOKEN` that is there, and `ZOO_RUNWAY_STRICT` (`true` or `false`). All may be absent or empty. The token is looked up anew, in
 * the same configuration, where the API no longer knows it.
 */
export const config: Effect.Effect<Options, ConfigError.ConfigError> = Effect.all([
  fixedConfig,
  Credentials.make(token),
]).pipe(Effect.map(([fixed, credentials]) => ({ ...fixed, token: credentials })))

/** The API as {@link config} describes it. */
export const layerConfig: Layer.Layer<
  ZooClient,
  Account.InvalidBaseUrl | ConfigError.ConfigError,
  HttpClient.HttpClient
> = Layer.effect(ZooClient, Effect.flatMap(config, make))
