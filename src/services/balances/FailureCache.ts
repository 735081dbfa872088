/**
 * Failures of the API that are remembered for a short time, apart from what is kept of balances: whoever asks meanwhile is told at once,
 * and the API is left alone.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Backoff from "../../domain/time/Backoff.js"
import { RecentMap } from "../../infra/Memo.js"
import * as ZooError from "../../infra/zoo/ZooError.js"

/** A failure that is remembered. */
export interface Failure {
  readonly error: ZooError.ZooError
  /** When it happened, in milliseconds since 1970. */
  readonly at: number
  /** Until when it is told without asking, in milliseconds since 1970. */
  readonly until: number
  /** How often in a row it failed. */
  readonly streak: number
  /** Whether any of them in this row was a refusal, or found nobody. */
  readonly isRefused: boolean
}

/** How long a refusal is remembered: a token's rights change seldom, and another token is another key. */
const REFUSED_MILLIS = 60_000

/** How long failures that may pass are cached. */
const BACKOFF: Backoff.Limits = { first: 1_000, max: 30_000 }

/** The longest that a Retry-After is believed. */
const LONGEST_WAIT_MILLIS = 3_600_000

const askedMillis = (error: ZooError.ZooError): number =>
  Math.min(LONGEST_WAIT_MILLIS, ZooError.retryAfterMillis(error))

/**
 * How long a failure is told without asking again, in milliseconds: 0 where nothing was sent, so that asking again costs the API nothing.
 */
export const lifetimeOf = (error: ZooError.ZooError, streak: number): number => {
  switch (error._tag) {
    case "Refused":
    case "NotFound":
      return REFUSED_MILLIS
    case "RateLimited":
      // Our own rate costs the API nothing; that its slot is far is known all the same.
      return error.by === "Client" ? askedMillis(error) : Math.max(askedMillis(error), Backoff.delay(BACKOFF, streak))
    case "Unavailable":
      return Math.max(askedMillis(error), Backoff.delay(BACKOFF, streak))
    case "UnexpectedBody":
    case "RequestRejected":
      return Backoff.delay(BACKOFF, streak)
    case "NoCredential":
    case "InvalidCredential":
    case "InvalidTarget":
      return 0
  }
}

/** Whether an error says that a credential is not to be answered. */
export const refuses = ({ _tag }: ZooError.ZooError): boolean => _tag === "Refused" || _tag === "NotFound"

/** The failure after `previous`, which lies behind it in the same row. */
export const next = (previous: Failure | undefined, error: ZooError.ZooError, now: number): Failure => {
  const streak = (previous?.streak ?? 0) + 1
  const isRefused = refuses(error) || (previous?.isRefused ?? false)
  return { error, streak, at: now, until: now + lifetimeOf(error, streak), isRefused }
}

/** The error that is told at `now`: a rate limit says how long is left of it. */
export const errorAt = ({ error, until }: Failure, now: number): ZooError.ZooError =>
  error._tag === "RateLimited"
    ? new ZooError.RateLimited({ ...error, retryAfter: Option.some(Duration.millis(until - now)) })
    : error

/** Failures by key. */
export class Failures {
  private readonly known: RecentMap<Failure>

  constructor(capacity: number) {
    this.known = new RecentMap(capacity)
  }

  /** What is told of a key at `now`, where anything is. */
  at(key: string, now: number): Failure | undefined {
    const failure = this.known.get(key)
    // A clock that was set back makes no failure last longer than it would have from now on.
    const isOver =
      failure === undefined || now >= failure.until || failure.until - now > lifetimeOf(failure.error, failure.streak)
    return isOver ? undefined : failure
  }

  /** Why the API did not answer a key when it was asked after `observedAt`; `undefined` where it was not asked, or answered. */
  since(key: string, observedAt: number): ZooError.ZooError | undefined {
    if (this.known.size === 0) return undefined
    const failure = this.known.get(key)
    if (failure === undefined || failure.at < observedAt) return undefined
    return failure.error._tag === "RateLimited" && failure.error.by === "Client" ? undefined : failure.error
  }

  /** Whether a key was refused and not answered since, however long ago: what it was answered before is not to be handed out. */
  isRefused(key: string): boolean {
    return this.known.get(key)?.isRefused ?? false
  }

  /** Notes a failure of a key at `now`. */
  note(key: string, error: ZooError.ZooError, now: number): void {
    const failure = next(this.known.get(key), error, now)
    if (failure.until > now || failure.isRefused) this.known.set(key, failure)
  }

  /** Forgets the failures of a key, which was answered. */
  forget(key: string): void {
    this.known.delete(key)
  }
}
