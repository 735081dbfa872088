import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Due, DueHeap, NOWHERE } from "../../../src/services/poller/DueHeap.js"
import { settled } from "./settled.js"

interface Sleeper extends Due {
  readonly wake: () => void
}

/**
 * A clock that a test moves, for simulations of many thousand steps: unlike `TestClock` it does not wait for every fiber of the test between
 * two steps, but lets what is runnable run until nothing is.
 */
export class VirtualClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())
  private readonly sleepers = new DueHeap<Sleeper>()
  private now: number

  constructor(start: number) {
    this.now = start
  }

  unsafeCurrentTimeMillis(): number {
    return this.now
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.now) * 1_000_000n
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async((resume) => {
      const sleeper: Sleeper = { dueAt: 0, turn: 0, place: NOWHERE, wake: () => resume(Effect.void) }
      this.sleepers.put(sleeper, this.now + Duration.toMillis(duration))
      return Effect.sync(() => this.sleepers.remove(sleeper))
    })
  }

  /** Wakes all who sleep until then in their order, one moment after the other. */
  advance(duration: Duration.DurationInput): Effect.Effect<void> {
    const clock = this
    return Effect.gen(function* () {
      const end = clock.now + Duration.toMillis(duration)
      yield* settled
      for (let next = clock.sleepers.take(end); next !== undefined; next = clock.sleepers.take(end)) {
        clock.now = Math.max(clock.now, next.dueAt)
        for (let also: Sleeper | undefined = next; also !== undefined; also = clock.sleepers.take(clock.now))
          also.wake()
        yield* settled
      }
      clock.now = end
    })
  }

  /** Sets the time back by so much; as with timers, whoever sleeps wakes after the time that it had left. */
  setBack(duration: Duration.DurationInput): void {
    this.now -= Duration.toMillis(duration)
    this.sleepers.shift(-Duration.toMillis(duration))
  }
}
