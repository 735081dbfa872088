/** How long a subject whose polls fail is left alone. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type * as Pacing from "../../domain/freshness/Pacing.js"
import type { PollError } from "./PollError.js"

/** The share of a wait, at most, that is added to it at random, so that what failed together is not tried together again. */
export const SPREAD = 0.2

/** Whether somebody has to do something before another try can help. */
const isLasting = (error: PollError): boolean => {
  switch (error._tag) {
    case "Refused":
    case "NotFound":
    case "RequestRejected":
    case "UnexpectedBody":
    case "NoCredential":
    case "InvalidCredential":
    case "InvalidTarget":
    case "NothingCached":
      return true
    default:
      return false
  }
}

const toldWait = (error: PollError): number =>
  error._tag === "RateLimited" || error._tag === "Unavailable"
    ? Option.match(error.retryAfter, { onNone: () => 0, onSome: Duration.toMillis })
    : 0

/**
 * Milliseconds until the next try after `failures` (1 or more) failures in a row, the last of them `error`. `draw`, 0 to 1, is the part of
 * {@link SPREAD} that is added.
 *
 * What may pass by itself is tried after `soonest`, then twice as long each time, up to `every`: a subject that fails is never asked for more
 * seldom than one that does not, once it may have come back. What lasts until somebody does something is tried after `every`, up to `latest`.
 * Never sooner than the API says, and never later than `latest`.
 */
export const wait = (error: PollError, failures: number, limits: Pacing.Limits, draw: number): number => {
  const [first, most] = isLasting(error) ? [limits.every, limits.latest] : [limits.soonest, limits.every]
  const grown = Math.min(first * 2 ** (failures - 1), most)
  const wanted = Math.max(limits.soonest, grown, toldWait(error)) * (1 + SPREAD * draw)
  return Math.ceil(Math.min(wanted, limits.latest))
}
