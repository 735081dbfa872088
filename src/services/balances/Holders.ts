/** Who holds a token: asked for once, and remembered for ten minutes. What the API does not tell is asked for again. */
import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Redacted from "effect/Redacted"
import type * as ZooClient from "../../infra/zoo/ZooClient.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"

const CAPACITY = 1000
const TIME_TO_LIVE = "10 minutes"

/** The holders of tokens. */
export interface Holders {
  readonly user: (credential: Redacted.Redacted) => Effect.Effect<ZooClient.User, ZooError>
}

/** Nobody is known yet. */
export const make = (client: ZooClient.Service): Effect.Effect<Holders> =>
  Effect.map(
    Cache.makeWith({
      capacity: CAPACITY,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? TIME_TO_LIVE : 0),
      lookup: (credential: Redacted.Redacted) => client.user({ credential }),
    }),
    (cache) => ({ user: (credential) => cache.get(credential) }),
  )
