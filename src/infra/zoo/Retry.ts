/** Whether a failed attempt is followed by another, and after which wait. Pure: time is milliseconds of any one clock, randomness an argument. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { ZooError } from "./ZooError.js"

/** The most that the first wait takes, in milliseconds; each wait after it may take twice as long as the one before. */
export const BASE = 500

/** The most that any wait takes where the API asks for none, in milliseconds. */
export const CAP = 8_000

/** Whether the same call may be answered when it is tried again. */
export const isTransient = (error: ZooError): boolean =>
  error._tag === "Unavailable" || (error._tag === "RateLimited" && error.by === "Api")

const asked = (error: ZooError): number =>
  error._tag === "Unavailable" || error._tag === "RateLimited"
    ? Option.match(error.retryAfter, { onNone: () => 0, onSome: Duration.toMillis })
    : 0

/** Full jitter: any whole number of milliseconds up to a bound that doubles with every failure; `random` is in [0, 1). */
export const backoff = (failures: number, random: number): number =>
  Math.floor(random * Math.min(CAP, BASE * 2 ** (failures - 1)))

/** Where a call stands after an attempt that failed. */
export interface Standing {
  /** Attempts made, the failed one included: 1 or more. */
  readonly made: number
  /** Attempts at most. */
  readonly most: number
  /** When this is. */
  readonly now: number
  /** When the call has to have ended. */
  readonly deadline: number
  /** In [0, 1). */
  readonly random: number
}

/**
 * Milliseconds to wait before the next attempt, no fewer than the API asks for. `None`: there is none, because trying again does not
 * help, or no attempt is left, or the wait would not end before the deadline.
 */
export const waitAfter = (error: ZooError, standing: Standing): Option.Option<number> => {
  const { deadline, made, most, now, random } = standing
  if (!isTransient(error) || made >= most) return Option.none()
  const wait = Math.max(backoff(made, random), asked(error))
  return now + wait < deadline ? Option.some(wait) : Option.none()
}
