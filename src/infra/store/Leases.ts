/**
 * Leases, so that among all processes that share a history only one at a time asks the API for something while the others wait.
 *
 * A lease is advice and not a lock: it expires when its holder stops renewing it, and a caller that cannot reach the leases proceeds without
 * one. So it can be held twice where clocks jump or a holder was frozen; the only consequence is one call more.
 *
 * Expiry goes by the wall clock, which the processes of one machine share. An expiry further away than {@link TIME_TO_LIVE_MS} is ignored, so a
 * clock that was set cannot block others for longer.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { StoreError } from "./StoreError.js"

/** Longest time that a lease which is not renewed blocks others. */
export const TIME_TO_LIVE_MS = 3000

/** Time until a lease expires after it is taken or renewed. The rest of {@link TIME_TO_LIVE_MS} allows for clocks that differ slightly. */
export const TERM_MS = 2500

/** Interval of renewals: two may be late before the lease expires. */
export const RENEW_INTERVAL_MS = 800

/** A lease that this caller holds. */
export interface Lease {
  /** Extends the lease; false where it was lost: it expired, and another caller took it. */
  readonly renew: Effect.Effect<boolean, StoreError>
  /** Gives it back; false where it was lost. Never removes another caller's lease. */
  readonly release: Effect.Effect<boolean, StoreError>
}

/** Whether a lease that expires at `expiresAt` (milliseconds since 1970) blocks others at `now`. */
export const isHeldAt = (expiresAt: number, now: number): boolean =>
  expiresAt > now && expiresAt <= now + TIME_TO_LIVE_MS

/** The port. */
export interface Service {
  /**
   * Tries once to take a lease; `None` while another caller holds it. `key` may be any text; it is stored as a digest under the store's
   * secret. On a store that is open for reading only it fails with `StoreReadOnly` if the lease is free.
   */
  readonly take: (key: string) => Effect.Effect<Option.Option<Lease>, StoreError>
  /** Whether a caller holds it. Costs about a microsecond while nothing is written to the history. */
  readonly isHeld: (key: string) => Effect.Effect<boolean, StoreError>
}

/** Leases among the processes that share a history. */
export class Leases extends Context.Tag("zoo-runway/Leases")<Leases, Service>() {}
