/**
 * How many calls of one key go out: at most so many a second, none of them saved up. Times are milliseconds of any one clock that never
 * goes back. A key is remembered only until its next slot is free.
 */

/** Most keys that are remembered at once; of more, the one that asked longest ago is forgotten. */
export const MOST_KEYS = 10_000

interface Times {
  /** When the next slot is that nobody holds. */
  readonly free: number
  /** When one went out last. */
  readonly last: number
}

const NEVER: Times = { free: Number.NEGATIVE_INFINITY, last: Number.NEGATIVE_INFINITY }

/** Slots of many keys. */
export class RateLimit {
  /** Milliseconds from one slot to the next; 0 where there is no limit. */
  readonly interval: number
  readonly #times = new Map<string, Times>()

  constructor(callsPerSecond: number) {
    this.interval = 1_000 / callsPerSecond
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#times.size
  }

  /** When a call that wants to go out at `at` may, where nobody asks before it. */
  next(key: string, at: number): number {
    return Math.max(at, this.#of(key).free)
  }

  /** Takes the next slot from `now` on. */
  take(key: string, now: number): number {
    const slot = this.next(key, now)
    this.#put(key, { free: slot + this.interval, last: this.#of(key).last }, now)
    return slot
  }

  /** Gives back a slot that was taken and will not be used; those behind it stay where they are. */
  giveBack(key: string, slot: number): void {
    const times = this.#of(key)
    if (times.free === slot + this.interval) this.#times.set(key, { ...times, free: slot })
  }

  /**
   * Lets a call out that has waited for its slot: 0, or the milliseconds that it has to wait on because another one was late, and has gone
   * out just now.
   */
  pass(key: string, now: number): number {
    const wait = this.#of(key).last + this.interval - now
    if (wait > 0) return wait
    this.note(key, now)
    return 0
  }

  /** A call goes out, in turn or not. */
  note(key: string, now: number): void {
    this.#put(key, { free: Math.max(this.#of(key).free, now + this.interval), last: now }, now)
  }

  #of(key: string): Times {
    return this.#times.get(key) ?? NEVER
  }

  /** Keys stand in the order in which they asked. */
  #put(key: string, times: Times, now: number): void {
    if (this.interval === 0) return
    this.#times.delete(key)
    this.#times.set(key, times)
    for (const [oldest, { free }] of this.#times) {
      if (free > now && this.#times.size <= MOST_KEYS) return
      this.#times.delete(oldest)
    }
  }
}
