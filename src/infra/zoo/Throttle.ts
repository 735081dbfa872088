/**
 * How fast calls with one token go out once the API has answered 429: none before the end of its `Retry-After`, and then so far apart as the
 * calls went through before it. Each further 429 slows them down, and each answer speeds them up a little. Pure: times are milliseconds of any one
 * clock that never goes back.
 */

/** Calls of this long before a 429 tell how many went through. */
const WINDOW_MS = 1_000
/** After this long without a 429 calls go out as if there had been none. */
const FORGOTTEN_MS = 300_000
/** The longest wait that is kept for the calls of a token: what asks for more is taken at its word by the call alone. */
const MAX_PAUSE_MS = 3_600_000
/** The longest time from one call to the next. */
const MAX_INTERVAL_MS = 10_000
/** How much longer the interval gets with a 429, and shorter with an answer. */
const SLOWER = 1.25
const FASTER = 0.998

/** The pace of one token. */
export class Throttle {
  private interval = 0
  private free = Number.NEGATIVE_INFINITY
  private pausedUntil = Number.NEGATIVE_INFINITY
  private limitedAt = Number.NEGATIVE_INFINITY
  /** When calls of the last window went out. */
  private sent: Array<number> = []

  /** When a call may go out that wants to now, with so many before it. */
  next(now: number, before = 0): number {
    return Math.max(now, this.pausedUntil, this.interval > 0 ? this.free : now) + before * this.interval
  }

  /** Lets a call out at `next`. */
  take(now: number): void {
    this.free = this.next(now) + this.interval
  }

  /** Until when no call goes out, because the API asked for it. */
  get paused(): number {
    return this.pausedUntil
  }

  /** A call goes out. */
  note(now: number): void {
    this.sent = this.sent.filter((at) => at > now - WINDOW_MS)
    this.sent.push(now)
  }

  /** The API answered that there are too many calls, and asked for a wait. */
  limited(now: number, retryAfter: number): void {
    // Calls that were under way together are answered so together: they are one event.
    const isNew = now > this.limitedAt + WINDOW_MS && now > this.pausedUntil
    this.pausedUntil = Math.max(this.pausedUntil, now + Math.min(MAX_PAUSE_MS, retryAfter))
    if (!isNew) return
    this.limitedAt = now
    const through = this.sent.filter((at) => at > now - WINDOW_MS).length
    const interval = this.interval === 0 ? WINDOW_MS / Math.max(1, through) : this.interval
    this.interval = Math.min(MAX_INTERVAL_MS, interval * SLOWER)
    this.free = Math.max(this.free, this.pausedUntil)
  }

  /** A call was answered. */
  answered(now: number): void {
    this.interval = now > this.limitedAt + FORGOTTEN_MS ? 0 : this.interval * FASTER
  }

  /** Whether nothing is to be remembered. */
  isIdle(now: number): boolean {
    return now > this.limitedAt + FORGOTTEN_MS && now >= this.pausedUntil
  }
}
