/**
 * The user who owns a token, and that user's organisation, each with its collection threshold: asked for once, and cached for ten minutes with the
 * time of the answer. A failure is not cached; a threshold that the API does not tell is.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as CollectionThreshold from "../../domain/balance/CollectionThreshold.js"
import { RecentMap } from "../../infra/Memo.js"
import type * as ZooClient from "../../infra/zoo/ZooClient.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import * as Flights from "./Flights.js"

const CAPACITY = 1000
const TIME_TO_LIVE_MS = 600_000

/** Longest time that an answer waits for the threshold beside it. */
const THRESHOLD_TIMEOUT = "1 second"

/** An answer of the API. */
export interface Told<out A> {
  readonly value: A
  /** `None` where the API did not tell it. */
  readonly threshold: Option.Option<CollectionThreshold.CollectionThreshold>
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number
}

/** The owners of tokens. A caller that leaves while the API is asked takes nothing from the others who wait. */
export interface TokenOwners {
  readonly user: (credential: Redacted.Redacted) => Effect.Effect<Told<ZooClient.User>, ZooError>
  readonly org: (credential: Redacted.Redacted) => Effect.Effect<Told<ZooClient.Organization>, ZooError>
}

/** Asks for something of a token, unless it was told in the last ten minutes. */
const cached = <A>(
  fingerprint: (credential: Redacted.Redacted) => string,
  ask: (credential: Redacted.Redacted) => Effect.Effect<A, ZooError>,
  askThreshold: (credential: Redacted.Redacted) => Effect.Effect<CollectionThreshold.CollectionThreshold, ZooError>,
): Effect.Effect<(credential: Redacted.Redacted) => Effect.Effect<Told<A>, ZooError>, never, Scope.Scope> =>
  Effect.map(Flights.make<Told<A>, ZooError>(), (flights) => {
    const known = new RecentMap<Told<A>>(CAPACITY)
    return (credential) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const key = fingerprint(credential)
        const told = known.get(key)
        if (told !== undefined && now >= told.at && now - told.at < TIME_TO_LIVE_MS) return Effect.succeed(told)
        const asking = Effect.gen(function* () {
          const value = yield* ask(credential)
          const threshold = yield* Effect.option(Effect.timeout(askThreshold(credential), THRESHOLD_TIMEOUT))
          const answer = { value, threshold, at: yield* Clock.currentTimeMillis }
          known.set(key, answer)
          return answer
        })
        return flights.join([key], asking)
      })
  })

/** Creates an empty cache; what is under way ends with the scope. */
export const make = (
  client: ZooClient.Service,
  fingerprint: (credential: Redacted.Redacted) => string,
): Effect.Effect<TokenOwners, never, Scope.Scope> =>
  Effect.all({
    user: cached(
      fingerprint,
      (credential) => client.user({ credential }),
      (credential) => client.userThreshold({ credential }),
    ),
    org: cached(
      fingerprint,
      (credential) => client.org({ credential }),
      (credential) => client.orgThreshold({ credential }),
    ),
  })
