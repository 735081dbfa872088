/**
 * Leases, so that among all processes that share a history one alone asks the API for something while the others wait for its answer.
 *
 * A lease is advice, not a lock: it runs out when its holder stops renewing it, and whoever cannot get at the leases asks for himself. So
 * it may be held twice where clocks jump or a holder was frozen, and nothing may be wrong then but that one call more was made.
 *
 * Ends are told by the wall clock, which the processes of one machine share. A clock that is set back or forward ends leases early, or lets
 * them last for {@link TIME_TO_LIVE} once more, and no longer: an end further away than that is not believed.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { StoreError } from "./StoreError.js"

/** The longest, in milliseconds, that a lease which nobody renews keeps others waiting, and that a failure is told. */
export const TIME_TO_LIVE = 3000

/** How far away, in milliseconds, a holder puts the end. What it leaves of {@link TIME_TO_LIVE} is for clocks that do not quite agree. */
export const TERM = 2500

/** How often, in milliseconds, a holder is to renew its lease: two renewals may come too late before it runs out. */
export const RENEW_EVERY = 800

/** The most characters of a failure that are kept; what is longer is cut. */
export const MOST_OF_A_FAILURE = 2000

/** A lease that this process holds. */
export interface Lease {
  /** Puts its end off; false where it was lost (it ran out, and somebody else took it). */
  readonly renew: Effect.Effect<boolean, StoreError>
  /**
   * Gives it back; `failure` is a short text for those who wait (what their call would have met), without secrets, of which
   * {@link MOST_OF_A_FAILURE} characters are kept. Never throws away another's lease.
   */
  readonly release: (failure: Option.Option<string>) => Effect.Effect<void, StoreError>
}

/**
 * How a lease stands.
 *
 * - `Free`: nobody holds it.
 * - `Held`: by this process or another one.
 * - `Failed`: nobody holds it, and the last holder gave it back with a failure, less than {@link TIME_TO_LIVE} ago.
 */
export type State = Data.TaggedEnum<{
  Free: object
  Held: object
  Failed: { readonly text: string }
}>
export const State = Data.taggedEnum<State>()

/** What is kept of a lease: when it ends, in milliseconds since 1970, and the failure that it was given back with. */
export interface Entry {
  readonly endsAt: number
  readonly failure: string | null
}

/** The end of what is taken, renewed, or given back with a failure at `now`. */
export const endFrom = (now: number): number => now + TERM

/** The ends that are believed at `now`: those after `after`, up to `upTo`. */
export const believed = (now: number): { readonly after: number; readonly upTo: number } => ({
  after: now,
  upTo: now + TIME_TO_LIVE,
})

/** How a lease stands at `now`, in milliseconds since 1970, of which `entry` is kept. */
export const stateAt = (entry: Entry | undefined, now: number): State => {
  const { after, upTo } = believed(now)
  if (entry === undefined || entry.endsAt <= after || entry.endsAt > upTo) return State.Free()
  return entry.failure === null ? State.Held() : State.Failed({ text: entry.failure })
}

/** The port. */
export interface Service {
  /**
   * One try: `None` while another process (or another caller) holds it. `key` may be any text; it is kept as a digest under the file's
   * secret. A history that is open for reading only gives no lease, and fails with `StoreReadOnly` where nobody else holds it: what is
   * fetched there is not kept, so that waiting for it would help nobody.
   */
  readonly take: (key: string) => Effect.Effect<Option.Option<Lease>, StoreError>
  /** How it stands. Asked again while nothing is written to the history, it costs about a microsecond. */
  readonly look: (key: string) => Effect.Effect<State, StoreError>
}

/** Leases of calls among the processes that share a history. */
export class Leases extends Context.Tag("zoo-runway/Leases")<Leases, Service>() {}
