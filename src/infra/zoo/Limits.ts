/** How long a call may take, how often it is tried, and how many may go out. */
import * as Duration from "effect/Duration"

/** Limits as a host gives them. */
export interface Options {
  /** How long one attempt may take until its body is read, redirects included; 10 seconds by default. */
  readonly timeout?: Duration.DurationInput | undefined
  /** How long the headers of an answer may take, at most `timeout`; `timeout` by default. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** How long the body of an answer may take after its headers, at most what is left of `timeout`; `timeout` by default. */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /** How often a call is tried at most; 4 by default. Only what may help is tried again. */
  readonly attempts?: number | undefined
  /** How long a call may take in all, waits between attempts included; 30 seconds by default. */
  readonly deadline?: Duration.DurationInput | undefined
  /** How many calls go out a second with one token for one subject and route; 1 by default, `Infinity` for any number. The rest waits. */
  readonly callsPerSecond?: number | undefined
  /** How many attempts with one token are under way at once; 10 by default, `Infinity` for any number. The rest waits. */
  readonly concurrency?: number | undefined
  /** How many attempts are under way at once with all tokens; 256 by default, `Infinity` for any number. The rest waits. */
  readonly totalConcurrency?: number | undefined
}

/** Limits as they are kept; times in milliseconds. */
export interface Limits {
  readonly timeout: number
  readonly headersTimeout: number
  readonly bodyTimeout: number
  readonly attempts: number
  readonly deadline: number
  readonly callsPerSecond: number
  readonly concurrency: number
  readonly totalConcurrency: number
}

const checked = (name: keyof Options, value: number, isAllowed: boolean, allowed: string): number => {
  if (!isAllowed) throw new RangeError(`ZooClient: ${name} must be ${allowed}, found ${value}`)
  return value
}

const millis = (name: keyof Options, value: Duration.DurationInput): number => {
  const length = Duration.toMillis(value)
  return checked(name, length, length > 0, "longer than no time")
}

const count = (name: keyof Options, value: number): number =>
  checked(
    name,
    value,
    value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 1),
    "a whole number from 1 on, or Infinity",
  )

/**
 * The limits that options stand for.
 *
 * @throws RangeError where one is no time, count or rate: a mistake in the host's code.
 */
export const of = (options: Options): Limits => {
  const timeout = millis("timeout", options.timeout ?? "10 seconds")
  const { attempts = 4, callsPerSecond = 1, concurrency = 10, totalConcurrency = 256 } = options
  return {
    timeout,
    headersTimeout: millis("headersTimeout", options.headersTimeout ?? timeout),
    bodyTimeout: millis("bodyTimeout", options.bodyTimeout ?? timeout),
    attempts: count("attempts", attempts),
    deadline: millis("deadline", options.deadline ?? "30 seconds"),
    callsPerSecond: checked("callsPerSecond", callsPerSecond, callsPerSecond > 0, "more than 0, or Infinity"),
    concurrency: count("concurrency", concurrency),
    totalConcurrency: count("totalConcurrency", totalConcurrency),
  }
}

/** What is waited for. */
export type Phase = "headers" | "body"

/** How long may still be waited, and what is said when nothing has come by then. */
export interface Timeout {
  readonly millis: number
  readonly detail: string
}

const written = (millis: number): string => Duration.format(Duration.millis(Math.ceil(millis)))

/**
 * What limits a phase that begins at `now`; `undefined` where the deadline of the whole call does, which is kept elsewhere. Of limits that
 * run out together the wider one counts. Times are milliseconds of any one clock.
 */
export const timeoutOf = (
  phase: Phase,
  limits: Limits,
  at: { readonly startedAt: number; readonly now: number; readonly deadline: number },
): Timeout | undefined => {
  const whole = at.startedAt + limits.timeout - at.now
  const own = phase === "headers" ? limits.headersTimeout : limits.bodyTimeout
  const millis = Math.max(0, Math.min(whole, own))
  if (at.now + millis >= at.deadline) return undefined
  if (whole <= own) return { millis, detail: `no complete answer within ${written(limits.timeout)} (timeout)` }
  return phase === "headers"
    ? { millis, detail: `no headers within ${written(own)} (headersTimeout)` }
    : { millis, detail: `no complete body within ${written(own)} after its headers (bodyTimeout)` }
}

/** The deadline of a call in words. */
export const deadlineOf = (limits: Limits): string => `deadline of ${written(limits.deadline)}`
