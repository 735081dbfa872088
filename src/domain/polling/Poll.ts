/**
 * Following a balance: what one poll brought, and when the next one is due. {@link step} is all of it, without a clock, a random source or an API, and
 * its state encodes to JSON, so that one process, or many machines in turn, can follow a balance.
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Snapshot from "../history/Snapshot.js"
import type * as OverdraftPolicy from "../runway/OverdraftPolicy.js"
import * as Backoff from "../time/Backoff.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Pacing from "./Pacing.js"

/** Why a poll failed, as far as it matters for the next one. */
export const Failure = Schema.Struct({
  /** The `_tag` of the error. */
  error: Schema.String,
  /** `Transient`: it may pass by itself. `Lasting`: somebody has to do something first. */
  kind: Schema.Literal("Transient", "Lasting"),
  /** How long the API asks to wait, in milliseconds; 0 where it does not. */
  retryAfterMillis: Schema.NonNegativeInt,
})
/** Why a poll failed, as far as it matters for the next one. */
export type Failure = typeof Failure.Type

/** What is known of a balance that is followed. */
export const State = Schema.Struct({
  limits: Pacing.Limits,
  /** Failures in a row. */
  failures: Schema.NonNegativeInt,
  /** The last of them. */
  failure: Schema.OptionFromNullOr(Failure),
})
/** What is known of a balance that is followed. */
export type State = typeof State.Type

/** Before the first poll. */
export const start = (limits: Pacing.Limits): State => ({ limits, failures: 0, failure: Option.none() })

/** What a poll brought: a snapshot with what is known beside it, or a failure with a `draw` from 0 to 1, at random, that spreads the next polls. */
export type Outcome = Data.TaggedEnum<{
  Observed: {
    readonly snapshot: Snapshot.Snapshot
    /** Whether the snapshot may miss work that was just done: `Provisional.isProvisional`. */
    readonly isProvisional: boolean
    /** When the credits are expected to reach zero: `Crossing.fromRate`. */
    readonly crossing: Option.Option<Timestamp.Timestamp>
    /** What happens once the credits are gone, where that is known. */
    readonly overdraft?: OverdraftPolicy.OverdraftPolicy | undefined
  }
  Failed: { readonly failure: Failure; readonly draw: number }
}>
/** Constructors and matcher of outcomes. */
export const Outcome = Data.taggedEnum<Outcome>()

/** What a poll means: the balance was read, after `failures` failures in a row, or it failed for the `failures`th time in a row. */
export type Event = Data.TaggedEnum<{
  Observed: { readonly failures: number }
  Failed: { readonly failure: Failure; readonly failures: number }
}>
/** Constructors and matcher of events. */
export const Event = Data.taggedEnum<Event>()

/** What follows a poll. */
export interface Step {
  readonly state: State
  /** When the next poll is due. */
  readonly nextAt: Timestamp.Timestamp
  /** Why it is due then. */
  readonly reason: Pacing.Reason
  readonly event: Event
}

/** The share of a wait after a failure, at most, that is added at random, so that what failed together is not polled together again. */
export const SPREAD = 0.2

/**
 * Milliseconds until the next poll after so many failures in a row.
 *
 * What may pass by itself is polled after `soonest`, then twice as long each time, up to `every`: once it may have come back, a subject that failed
 * is polled as often as one that did not. What lasts until somebody does something is polled after `every`, then up to `latest`. Never sooner than
 * the API asks for, and never later than `latest`.
 */
const waitAfter = (
  { kind, retryAfterMillis }: Failure,
  failures: number,
  draw: number,
  limits: Pacing.Limits,
): number => {
  const { every, latest, soonest } = limits
  const backoff = kind === "Lasting" ? { first: every, max: latest } : { first: soonest, max: every }
  const wanted = Math.max(soonest, Backoff.delay(backoff, failures), retryAfterMillis) * (1 + SPREAD * draw)
  return Math.ceil(Math.min(wanted, latest))
}

/** What follows a poll that brought `outcome` at `now`. */
export const step = (state: State, outcome: Outcome, now: Timestamp.Timestamp): Step => {
  const { failures: before, limits } = state
  if (outcome._tag === "Observed") {
    const { at, reason } = Pacing.next({ ...outcome, now: now.epochMillis }, limits)
    const event = Event.Observed({ failures: before })
    return { state: start(limits), nextAt: Timestamp.fromMillis(at), reason, event }
  }
  const { draw, failure } = outcome
  const failures = before + 1
  return {
    state: { limits, failures, failure: Option.some(failure) },
    nextAt: Timestamp.fromMillis(now.epochMillis + waitAfter(failure, failures, draw, limits)),
    reason: "Retry",
    event: Event.Failed({ failure, failures }),
  }
}
