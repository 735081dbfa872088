/**
 * Failures of the API that are remembered for a short time, apart from what is kept of balances: whoever asks meanwhile is told at once,
 * and the API is left alone.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { RecentMap } from "../../infra/Memo.js"
import { RateLimited, type ZooError } from "../../infra/zoo/ZooError.js"

/** A failure that is remembered. */
export interface Failure {
  readonly error: ZooError
  /** Until when it is told without asking, in milliseconds since 1970. */
  readonly until: number
  /** How often in a row it failed. */
  readonly streak: number
  /** Whether any of them in this row was a refusal, or found nobody. */
  readonly isRefused: boolean
}

/** How long a refusal is remembered: a token's rights change seldom, and another token is another key. */
const REFUSED_MILLIS = 60_000

/** How long a first failure for now is remembered; each further one in a row doubles it, up to the most. */
const FIRST_MILLIS = 1_000
const MOST_MILLIS = 30_000

/** The longest that a Retry-After is believed. */
const LONGEST_WAIT_MILLIS = 3_600_000

const grown = (streak: number): number => Math.min(MOST_MILLIS, FIRST_MILLIS * 2 ** (streak - 1))

const told = (wait: Option.Option<Duration.Duration>): number =>
  Option.match(wait, { onNone: () => 0, onSome: (span) => Math.min(LONGEST_WAIT_MILLIS, Duration.toMillis(span)) })

/**
 * How long a failure is told without asking again, in milliseconds: 0 where nothing was sent, so that asking again costs the API nothing.
 */
export const lifetimeOf = (error: ZooError, streak: number): number => {
  switch (error._tag) {
    case "Refused":
    case "NotFound":
      return REFUSED_MILLIS
    case "RateLimited":
      // Our own rate costs the API nothing; that its slot is far is known all the same.
      return error.by === "Client" ? told(error.retryAfter) : Math.max(told(error.retryAfter), grown(streak))
    case "Unavailable":
      return Math.max(told(error.retryAfter), grown(streak))
    case "UnexpectedBody":
    case "RequestRejected":
      return grown(streak)
    case "NoCredential":
    case "InvalidCredential":
    case "InvalidTarget":
      return 0
  }
}

/** Whether an error says that a credential is not to be answered. */
export const refuses = ({ _tag }: ZooError): boolean => _tag === "Refused" || _tag === "NotFound"

/** The failure after `previous`, which lies behind it in the same row. */
export const next = (previous: Failure | undefined, error: ZooError, now: number): Failure => {
  const streak = (previous?.streak ?? 0) + 1
  const isRefused = refuses(error) || (previous?.isRefused ?? false)
  return { error, streak, until: now + lifetimeOf(error, streak), isRefused }
}

/** The error that is told at `now`: a rate limit says how long is left of it. */
export const errorAt = ({ error, until }: Failure, now: number): ZooError =>
  error._tag === "RateLimited"
    ? new RateLimited({ ...error, retryAfter: Option.some(Duration.millis(until - now)) })
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

  /** Why a key was not answered last, however long ago; `undefined` where it was. */
  last(key: string): ZooError | undefined {
    return this.known.size === 0 ? undefined : this.known.get(key)?.error
  }

  /** Whether a key was refused and not answered since, however long ago: what it was answered before is not to be handed out. */
  isRefused(key: string): boolean {
    return this.known.get(key)?.isRefused ?? false
  }

  /** Notes a failure of a key at `now`. */
  note(key: string, error: ZooError, now: number): void {
    const failure = next(this.known.get(key), error, now)
    if (failure.until > now || failure.isRefused) this.known.set(key, failure)
  }

  /** Forgets the failures of a key, which was answered. */
  forget(key: string): void {
    this.known.delete(key)
  }
}
