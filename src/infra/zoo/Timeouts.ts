/** Which limit of time an attempt meets first. Pure; times are milliseconds of any one clock. */
import * as Duration from "effect/Duration"
import type { Limits } from "./Limits.js"

/** What is waited for. */
export type Phase = "headers" | "body"

/** How long may still be waited, and what is said when nothing has come by then. */
export interface Timeout {
  readonly millis: number
  readonly detail: string
}

/** A span of milliseconds in words: `1m 30s`. */
export const written = (millis: number): string => Duration.format(Duration.millis(Math.ceil(millis)))

/**
 * What limits a phase that begins at `now`; `undefined` where the deadline of the whole call does, which is kept elsewhere. Of limits that
 * run out together the wider one counts.
 */
export const of = (
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
