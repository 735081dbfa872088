import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as RedBlackTree from "effect/RedBlackTree"
import { settled } from "./settled.js"

interface Sleep {
  readonly until: number
  readonly turn: number
}

/**
 * A clock that a test moves, for simulations of many thousand steps: unlike `TestClock` it does not wait for every fiber of the test between
 * two steps, but lets what is runnable run until nothing is. Its time of day can be set; its elapsed time, and those who sleep, are as they were.
 */
export class VirtualClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())
  private sleepers = RedBlackTree.empty<Sleep, () => void>((a, b) =>
    a.until < b.until || (a.until === b.until && a.turn < b.turn) ? -1 : a.turn === b.turn ? 0 : 1,
  )
  private turns = 0
  private elapsed = 0
  private start: number

  constructor(start: number) {
    this.start = start
  }

  unsafeCurrentTimeMillis(): number {
    return this.start + this.elapsed
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.elapsed) * 1_000_000n
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async((resume) => {
      const sleep = { until: this.elapsed + Duration.toMillis(duration), turn: this.turns++ }
      this.sleepers = RedBlackTree.insert(this.sleepers, sleep, () => resume(Effect.void))
      return Effect.sync(() => {
        this.sleepers = RedBlackTree.removeFirst(this.sleepers, sleep)
      })
    })
  }

  private wakeUntil(end: number): number | undefined {
    const first = Option.getOrUndefined(RedBlackTree.first(this.sleepers))
    if (first === undefined || first[0].until > end) return undefined
    const [sleep, wake] = first
    this.sleepers = RedBlackTree.removeFirst(this.sleepers, sleep)
    this.elapsed = Math.max(this.elapsed, sleep.until)
    wake()
    return this.elapsed
  }

  /** Wakes all who sleep until then in their order, one moment after the other. */
  advance(duration: Duration.DurationInput): Effect.Effect<void> {
    const clock = this
    return Effect.gen(function* () {
      const end = clock.elapsed + Duration.toMillis(duration)
      yield* settled
      for (let woken = clock.wakeUntil(end); woken !== undefined; woken = clock.wakeUntil(end)) {
        while (clock.wakeUntil(woken) !== undefined);
        yield* settled
      }
      clock.elapsed = end
    })
  }

  /** Sets the time of day back by so much; a negative span sets it ahead, as when the machine slept. */
  setBack(duration: Duration.DurationInput | number): void {
    this.start -= typeof duration === "number" ? duration : Duration.toMillis(duration)
  }
}
