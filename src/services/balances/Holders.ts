/** Who holds a token, and which organisation is a token's: asked for once, and remembered for ten minutes. What the API does not tell is asked for again. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { RecentMap } from "../../infra/store/RecentMap.js"
import type * as ZooClient from "../../infra/zoo/ZooClient.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import * as Flights from "./Flights.js"

const CAPACITY = 1000
const TIME_TO_LIVE_MILLIS = 600_000

/** The holders of tokens. Whoever leaves while the API is asked takes nothing from the others who wait. */
export interface Holders {
  readonly user: (credential: Redacted.Redacted) => Effect.Effect<ZooClient.User, ZooError>
  readonly org: (credential: Redacted.Redacted) => Effect.Effect<ZooClient.Organization, ZooError>
}

interface Known<A> {
  readonly value: A
  readonly at: number
}

/** Asks for something of a token, unless it was told in the last ten minutes. */
const remembering = <A>(
  fingerprint: (credential: Redacted.Redacted) => string,
  ask: (credential: Redacted.Redacted) => Effect.Effect<A, ZooError>,
): Effect.Effect<(credential: Redacted.Redacted) => Effect.Effect<A, ZooError>, never, Scope.Scope> =>
  Effect.map(Flights.make<A, ZooError>(), (flights) => {
    const known = new RecentMap<Known<A>>(CAPACITY)
    return (credential) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const key = fingerprint(credential)
        const told = known.get(key)
        if (told !== undefined && now >= told.at && now - told.at < TIME_TO_LIVE_MILLIS)
          return Effect.succeed(told.value)
        const asking = Effect.tap(ask(credential), (value) => Effect.sync(() => known.set(key, { value, at: now })))
        return flights.join([key], asking)
      })
  })

/** Nobody is known yet. */
export const make = (
  client: ZooClient.Service,
  fingerprint: (credential: Redacted.Redacted) => string,
): Effect.Effect<Holders, never, Scope.Scope> =>
  Effect.all({
    user: remembering(fingerprint, (credential) => client.user({ credential })),
    org: remembering(fingerprint, (credential) => client.org({ credential })),
  })
