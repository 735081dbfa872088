/**
 * When an attempt may go out: in the next slot of its token, route and target (`callsPerSecond`), no faster than the API lets its token, and where
 * fewer than `concurrency` calls of its token and `totalConcurrency` of all tokens are under way. A call that waits for its slot, or for its token's
 * limit, does not count towards the total.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Elapsed from "../Elapsed.js"
import * as Fingerprint from "../Fingerprint.js"
import type * as BearerToken from "./BearerToken.js"
import type { Limits } from "./Limits.js"
import { RateLimit } from "./RateLimit.js"
import { Throttle } from "./Throttle.js"
import * as ZooError from "./ZooError.js"

/** The next slot is not before the deadline, but `wait` milliseconds away. */
export class NoTurn extends Data.TaggedClass("NoTurn")<{ readonly wait: number }> {}

/** The keys under which a token and its slots are stored. No token can be read from them. */
export interface Key {
  readonly token: string
  readonly slot: string
}

/** Holds back the attempts of one client. */
export interface RateLimiter {
  readonly keyOf: (token: BearerToken.BearerToken, route: string, target: string) => Key
  /** When a call of a key that wants to go out at `at` may. */
  readonly next: (key: Key, at: number) => number
  /** Runs an attempt in the next slot of its key, once a permit is free; fails at once where that slot is not before the deadline. */
  readonly run: <A>(
    key: Key,
    deadline: number,
    attempt: Effect.Effect<A, ZooError.ZooError>,
  ) => Effect.Effect<A, ZooError.ZooError | NoTurn>
}

/** What is known of one token while calls with it are under way or slowed down. */
interface Caller {
  readonly permits: Effect.Semaphore
  readonly throttle: Throttle
  /** Calls that are held back go out one after the other, in the order in which they came. */
  readonly gate: Effect.Semaphore
  waiting: number
  calls: number
}

/** Most tokens whose pace is remembered while no call with them is under way. */
const MAX_CALLERS = 10_000

/** Makes a limiter that has held back nothing yet. */
export const make = (limits: Limits): RateLimiter => {
  const fingerprintOf = Fingerprint.ofTokens(Fingerprint.newSecret())
  const rate = new RateLimit(limits.callsPerSecond)
  const all = Effect.unsafeMakeSemaphore(limits.totalConcurrency)
  const callers = new Map<string, Caller>()

  const callerOf = (token: string): Caller => {
    const known = callers.get(token)
    if (known !== undefined) return known
    const caller: Caller = {
      permits: Effect.unsafeMakeSemaphore(limits.concurrency),
      throttle: new Throttle(),
      gate: Effect.unsafeMakeSemaphore(1),
      waiting: 0,
      calls: 0,
    }
    callers.set(token, caller)
    return caller
  }

  /** Removes the state of tokens without a call under way and without a reduced pace. */
  const left = (token: string, now: number): void => {
    const caller = callers.get(token)
    if (caller !== undefined && --caller.calls === 0 && caller.throttle.isIdle(now)) callers.delete(token)
    for (const [other, { calls }] of callers) {
      if (callers.size <= MAX_CALLERS) return
      if (calls === 0) callers.delete(other)
    }
  }

  const withCaller = <A, E>({ token }: Key, use: (caller: Caller) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const caller = callerOf(token)
        caller.calls++
        return caller
      }),
      use,
      () => Effect.map(Elapsed.now, (now) => left(token, now)),
    )

  const withPermit = <A, E>({ permits }: Caller, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    permits.withPermits(1)(all.withPermits(1)(effect))

  /** Sends an attempt, and lets the pace of its token know how the API took it. */
  const send = <A>({ throttle }: Caller, now: number, attempt: Effect.Effect<A, ZooError.ZooError>) => {
    const ended = (error?: ZooError.ZooError) =>
      Effect.map(Elapsed.now, (at) => {
        if (error?._tag === "RateLimited") throttle.limited(at, ZooError.retryAfterMillis(error))
        else throttle.answered(at)
      })
    throttle.note(now)
    return Effect.tapBoth(attempt, { onFailure: ended, onSuccess: () => ended() })
  }

  /** Waits as long as the pace of the token, by the time that it is this call's turn, asks for. */
  const passed = (throttle: Throttle): Effect.Effect<void> =>
    Effect.flatMap(Elapsed.now, (now) => {
      const next = throttle.next(now)
      if (next > now)
        return Effect.zipRight(
          Elapsed.wait(next - now),
          Effect.suspend(() => passed(throttle)),
        )
      throttle.take(now)
      return Effect.void
    })

  /** Holds a call back where the API said that there are too many; fails at once where its turn is not before the deadline. */
  const held = (caller: Caller, deadline: number): Effect.Effect<void, NoTurn> =>
    Effect.flatMap(Elapsed.now, (now) => {
      const next = caller.throttle.next(now, caller.waiting)
      if (next >= deadline) return Effect.fail(new NoTurn({ wait: next - now }))
      if (next <= now && caller.waiting === 0) {
        caller.throttle.take(now)
        return Effect.void
      }
      return Effect.acquireUseRelease(
        Effect.sync(() => caller.waiting++),
        () => caller.gate.withPermits(1)(passed(caller.throttle)),
        () => Effect.sync(() => caller.waiting--),
      )
    })

  /**
   * Runs with a permit. Attempts that waited for one may come close together, or after the API asked for a wait: those that are too early go back
   * and wait on.
   */
  const enter = <A>(
    caller: Caller,
    key: Key,
    deadline: number,
    attempt: Effect.Effect<A, ZooError.ZooError>,
  ): Effect.Effect<A, ZooError.ZooError | NoTurn> =>
    Effect.gen(function* () {
      yield* held(caller, deadline)
      const entered = yield* withPermit(
        caller,
        Effect.flatMap(Elapsed.now, (now): Effect.Effect<Either.Either<A, number>, ZooError.ZooError> => {
          const early = Math.max(0, caller.throttle.paused - now) || rate.pass(key.slot, now)
          return early > 0 ? Effect.succeed(Either.left(early)) : Effect.map(send(caller, now, attempt), Either.right)
        }),
      )
      if (Either.isRight(entered)) return entered.right
      const now = yield* Elapsed.now
      if (now + entered.left >= deadline) return yield* Effect.fail(new NoTurn({ wait: entered.left }))
      yield* Elapsed.wait(entered.left)
      return yield* enter(caller, key, deadline, attempt)
    })

  return {
    keyOf: (token, route, target) => {
      const fingerprint = fingerprintOf(token).toString("hex")
      return { token: fingerprint, slot: JSON.stringify([fingerprint, route, target]) }
    },
    next: ({ slot, token }, at) => Math.max(rate.next(slot, at), callers.get(token)?.throttle.next(at) ?? at),
    run: (key, deadline, attempt) =>
      withCaller(key, (caller) =>
        Effect.flatMap(Elapsed.now, (now) => {
          const wait = Math.max(rate.next(key.slot, now), caller.throttle.next(now, caller.waiting)) - now
          if (now + wait >= deadline) return Effect.fail(new NoTurn({ wait }))
          const slot = rate.take(key.slot, now)
          let isUsed = false
          const used = Effect.sync(() => {
            isUsed = true
          })
          return Elapsed.wait(slot - now).pipe(
            Effect.zipRight(enter(caller, key, deadline, Effect.zipRight(used, attempt))),
            Effect.ensuring(Effect.sync(() => isUsed || rate.giveBack(key.slot, slot))),
          )
        }),
      ),
  }
}
