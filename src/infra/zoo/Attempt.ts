/** One attempt of a call: a request, its redirects, and an answer with its body, within the limits of time. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Elapsed from "../Elapsed.js"
import * as BearerToken from "./BearerToken.js"
import * as Limits from "./Limits.js"
import * as ZooError from "./ZooError.js"
import * as ZooRequest from "./ZooRequest.js"
import * as ZooResponse from "./ZooResponse.js"

/** A client whose requests end with their scope. */
export type Client = HttpClient.HttpClient.With<HttpClientError.HttpClientError, Scope.Scope>

/** Ends a request with the scope that it is noted in; the answer is nobody's. */
const noted = HttpClient.withScope(
  HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response()))),
)

/**
 * Redirects in our hands, whatever else the host wants of fetch (a proxy, say). A client made by `FetchHttpClient.layer` lets the
 * context of a call hide the one of its layer, so the option is added where both are merged: as the last step before the request goes.
 * Other clients don't look at it, and follow no redirects. The context is given back where the call's span ends.
 *
 * For the same reason a request is noted in the scope of its attempt there: `HttpClient.withScope` around the host's client would have
 * that last step come before the merge.
 */
const inOurHands = HttpClient.mapRequestEffect((request: HttpClientRequest.HttpClientRequest) =>
  noted.execute(request).pipe(
    Effect.zipRight(
      FiberRef.update(FiberRef.currentContext, (context) =>
        Context.add(context, FetchHttpClient.RequestInit, {
          ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
          redirect: "manual",
        }),
      ),
    ),
    Effect.as(request),
  ),
)

/** The host's client as attempts use it: it follows no redirects, sends no trace headers, and closes what a scope leaves open. */
export const clientOf = (host: HttpClient.HttpClient): Client =>
  host.pipe(
    HttpClient.withTracerDisabledWhen(() => true),
    inOurHands,
  )

/** What is asked, in whose name, and how long it may take. */
export interface Ask {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly token: BearerToken.BearerToken
  readonly context: ZooError.Context
  /** When the call has to have ended, by {@link Elapsed.now}. */
  readonly deadline: number
}

/** What the innermost cause says, in a few words. */
export const summaryOf = (error: Error): string => {
  if (error.cause instanceof Error) return summaryOf(error.cause)
  return error.message === "" ? (BearerToken.codeOf(error) ?? error.name) : error.message
}

const broken = (context: ZooError.Context, token: BearerToken.BearerToken, error: HttpClientError.HttpClientError) => {
  const cause = BearerToken.errorOf(error.cause ?? new Error(error.reason), token)
  const apiCallId =
    error._tag === "ResponseError" ? ZooResponse.apiCallIdOf(error.response.headers, token) : Option.none()
  return ZooError.network({ ...context, apiCallId }, summaryOf(cause), cause)
}

/** Most redirects that are followed one after the other. */
export const MAX_REDIRECTS = 3

const MAX_PLACE_CHARACTERS = 100

/** What an answer calls for. */
export type Step = Data.TaggedEnum<{
  /** It is no redirect. */
  Answered: {}
  /** The same request, at another URL of the same origin. */
  Follow: { readonly url: string }
  /** A redirect that is not followed: what it is, in a few words. */
  Refuse: { readonly redirect: string }
}>

/** What an answer calls for. */
export const Step = Data.taggedEnum<Step>()

const refuse = (redirect: string): Step => Step.Refuse({ redirect })

/** The statuses that name another place for the same GET. A platform that hides its redirects gives 0. */
const STATUSES: ReadonlySet<number> = new Set([0, 301, 302, 303, 307, 308])

const parse = (location: string, from: string): URL | undefined => {
  try {
    return new URL(location, from)
  } catch {
    return undefined
  }
}

/** Scheme, host and port, safe to show. */
const shown = ({ origin, protocol }: URL, token: BearerToken.BearerToken): string =>
  BearerToken.quote(origin === "null" ? protocol : origin, token, MAX_PLACE_CHARACTERS)

/** What an answer to a request for `from` calls for, after `hops` redirects. */
export const redirect = (
  answer: { readonly status: number; readonly headers: Headers.Headers },
  from: string,
  hops: number,
  token: BearerToken.BearerToken,
): Step => {
  if (!STATUSES.has(answer.status)) return Step.Answered()
  if (answer.status === 0) return refuse("a redirect whose Location the platform hides")
  const location = answer.headers["location"]
  if (location === undefined || location === "") return refuse("a redirect without a Location")
  const [to, here] = [parse(location, from), new URL(from)]
  if (to === undefined) return refuse("a redirect whose Location is no URL")
  if (to.username !== "" || to.password !== "") return refuse("a redirect whose Location has a user name or password")
  if (here.protocol === "https:" && to.protocol === "http:") {
    return refuse(`a redirect from https to plain http, to ${shown(to, token)},`)
  }
  if (to.origin !== here.origin) return refuse(`a redirect to another origin, ${shown(to, token)},`)
  if (hops >= MAX_REDIRECTS) return refuse(`a redirect after ${MAX_REDIRECTS} others, to ${shown(to, token)},`)
  to.hash = ""
  return Step.Follow({ url: to.href })
}

const urlOf = ({ hash, url, urlParams }: HttpClientRequest.HttpClientRequest): string =>
  Either.match(UrlParams.makeUrl(url, urlParams, hash), { onLeft: () => url, onRight: ({ href }) => href })

/**
 * Asks once. Redirects within the origin are followed; of any other, the answer says why it is not. The deadline of the call is not kept
 * here.
 */
export const run = (
  client: Client,
  limits: Limits.Limits,
  ask: Ask,
): Effect.Effect<ZooResponse.Answer, ZooError.ZooError> =>
  Effect.gen(function* () {
    const { context, deadline, token } = ask
    const startedAt = yield* Elapsed.now

    const within =
      (phase: Limits.Phase) =>
      <A, R>(effect: Effect.Effect<A, HttpClientError.HttpClientError, R>) =>
        Effect.flatMap(Elapsed.now, (now) => {
          const answered = Effect.mapError(effect, (error) => broken(context, token, error))
          const timeout = Limits.timeoutOf(phase, limits, { startedAt, now, deadline })
          return timeout === undefined
            ? answered
            : Effect.timeoutFail(answered, {
                duration: timeout.millis,
                onTimeout: () => ZooError.late(context, timeout.detail),
              })
        })

    const exchange = (request: HttpClientRequest.HttpClientRequest) =>
      client.execute(request).pipe(
        // A host's client may have turned statuses into errors: the answer is inside.
        Effect.catchTag("ResponseError", (error) =>
          error.reason === "StatusCode" ? Effect.succeed(error.response) : Effect.fail(error),
        ),
        within("headers"),
        Effect.flatMap((response) => within("body")(ZooResponse.read(response))),
        Effect.scoped,
      )

    let request = ask.request
    for (let hops = 0; ; hops++) {
      const answer = yield* exchange(request)
      const step = redirect(answer, urlOf(request), hops, token)
      if (step._tag === "Answered") return answer
      if (step._tag === "Refuse") return { ...answer, redirect: step.redirect }
      request = ZooRequest.at(step.url, token)
    }
  })
