/**
 * When an attempt may go out: in the next slot of its key (`callsPerSecond`), and where fewer than `concurrency` are under way, in turn.
 * Whoever waits holds no place.
 */
import { createHmac, randomBytes } from "node:crypto"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as BearerToken from "./BearerToken.js"
import * as Elapsed from "./Elapsed.js"
import type { Limits } from "./Limits.js"
import * as Places from "./Places.js"
import { RateLimit } from "./RateLimit.js"

/** The next slot is not before the deadline, but `wait` milliseconds away. */
export class NoTurn extends Data.TaggedClass("NoTurn")<{ readonly wait: number }> {}

/** Turns of the attempts of one client. */
export interface Turns {
  /** What the slots of a token, a route and a target are kept under: neither can be read from it. */
  readonly keyOf: (token: BearerToken.BearerToken, route: string, target: string) => string
  /** When a call of a key that wants to go out at `at` may. */
  readonly next: (key: string, at: number) => number
  /** Runs an attempt in the next slot of its key, in a place of its own; fails at once where that slot is not before the deadline. */
  readonly inTurn: <A, E, R>(
    key: string,
    deadline: number,
    attempt: Effect.Effect<A, E, R>,
  ) => Effect.Effect<A, E | NoTurn, R>
  /** Runs an attempt in a place of its own, without waiting for a slot; the slots after it know of it. */
  readonly atOnce: <A, E, R>(key: string, attempt: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

const SECRET_BYTES = 32
const KEY_BYTES = 16

/** Turns within limits. The key that hides tokens comes from the system (`node:crypto`), so that no seed foretells it. */
export const make = (limits: Limits): Turns => {
  const secret = randomBytes(SECRET_BYTES)
  const rate = new RateLimit(limits.callsPerSecond)
  const places = Places.make(limits.concurrency)

  /** Runs in a place. Attempts that waited for one may come in close together: those that are too early for the rate go back and wait on. */
  const enter = <A, E, R>(
    key: string,
    deadline: number,
    attempt: Effect.Effect<A, E, R>,
  ): Effect.Effect<A, E | NoTurn, R> =>
    Effect.gen(function* () {
      const entered = yield* places.run(
        Effect.flatMap(Elapsed.now, (now): Effect.Effect<Either.Either<A, number>, E, R> => {
          const early = rate.pass(key, now)
          return early > 0 ? Effect.succeed(Either.left(early)) : Effect.map(attempt, Either.right)
        }),
      )
      if (Either.isRight(entered)) return entered.right
      if ((yield* Elapsed.now) + entered.left >= deadline) return yield* Effect.fail(new NoTurn({ wait: entered.left }))
      yield* Elapsed.wait(entered.left)
      return yield* enter(key, deadline, attempt)
    })

  return {
    keyOf: (token, route, target) =>
      createHmac("sha256", secret)
        .update(JSON.stringify([Redacted.value(token), route, target]))
        .digest("base64")
        .slice(0, KEY_BYTES),
    next: (key, at) => rate.next(key, at),
    inTurn: (key, deadline, attempt) =>
      Effect.flatMap(Elapsed.now, (now) => {
        const wait = rate.next(key, now) - now
        if (now + wait >= deadline) return Effect.fail(new NoTurn({ wait }))
        const slot = rate.take(key, now)
        let isUsed = false
        const used = Effect.sync(() => {
          isUsed = true
        })
        return Elapsed.wait(wait).pipe(
          Effect.zipRight(enter(key, deadline, Effect.zipRight(used, attempt))),
          Effect.ensuring(Effect.sync(() => isUsed || rate.giveBack(key, slot))),
        )
      }),
    atOnce: (key, attempt) =>
      places.run(
        Effect.flatMap(Elapsed.now, (now) => {
          rate.note(key, now)
          return attempt
        }),
      ),
  }
}
