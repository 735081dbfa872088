/** The readings of a subject as they come. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Pacing from "../../domain/freshness/Pacing.js"
import * as FetchPolicy from "../FetchPolicy.js"
import type { Reading } from "../Reading.js"
import type { ExpectedCrossing } from "../TodaysRate.js"
import * as Failures from "./Failures.js"
import type { Listeners } from "./Listeners.js"
import type { GetError } from "./Query.js"

/** How a subject is followed. */
export interface Parts {
  /** A reading under a policy. */
  readonly get: (policy: FetchPolicy.FetchPolicy) => Effect.Effect<Reading, GetError>
  /** The policy of the first reading; how stale later ones may be is taken from it as well. */
  readonly policy: FetchPolicy.FetchPolicy
  /** What tells when something new is known. */
  readonly listen: ReturnType<Listeners["listen"]>
  readonly crossing: ExpectedCrossing
  readonly limits: Pacing.Limits
}

const observedAt = ({ snapshot }: Reading): number => snapshot.observedAt.epochMillis

/** How long to wait after an error, in milliseconds; `undefined` where asking again does not help. */
const waitAfter = (error: GetError, streak: number): number | undefined => {
  switch (error._tag) {
    case "Unavailable":
    case "RateLimited":
      return Math.max(1000, Failures.lifetimeOf(error, streak))
    case "StoreBusy":
      return 1000
    default:
      return undefined
  }
}

const patiently = (self: Effect.Effect<Reading, GetError>, streak = 1): Effect.Effect<Reading, GetError> =>
  Effect.catchAll(self, (error) => {
    const wait = waitAfter(error, streak)
    return wait === undefined
      ? Effect.fail(error)
      : Effect.zipRight(Effect.sleep(Duration.millis(wait)), patiently(self, streak + 1))
  })

const tellsMore = (reading: Reading, last: Reading): boolean =>
  observedAt(reading) !== observedAt(last) ||
  reading._tag !== last._tag ||
  reading.isProvisional !== last.isProvisional ||
  (reading._tag === "Stale" && last._tag === "Stale" && reading.cause._tag !== last.cause._tag)

/**
 * The readings of a subject: first what a get gives, then each that tells more than the one before, however it came to be known. Asks the
 * API when `Pacing` says so, unless somebody else has meanwhile. What may pass is waited out; fails where asking again would not help.
 */
export const make = ({ crossing, get, limits, listen, policy }: Parts): Stream.Stream<Reading, GetError> => {
  const staleIfError =
    policy._tag === "CacheFirst" || policy._tag === "NetworkFirst"
      ? policy.staleIfError
      : FetchPolicy.DEFAULT_STALE_IF_ERROR

  const nextLook = (reading: Reading): Effect.Effect<number> =>
    Effect.gen(function* () {
      const { isProvisional, snapshot } = reading
      const expected = yield* crossing(snapshot)
      const now = yield* Clock.currentTimeMillis
      return Pacing.next({ now, snapshot, isProvisional, crossing: expected }, limits).at
    })

  /** Whether something newer is kept. News of a failure are none: the API is not asked for them. */
  const isNewerThan = (last: Reading): Effect.Effect<boolean> =>
    get(FetchPolicy.cacheOnly).pipe(
      Effect.map((reading) => observedAt(reading) > observedAt(last)),
      Effect.orElseSucceed(() => false),
    )

  /** Anything newer than the last reading will do; else the API. */
  const newerThan = (last: Reading): Effect.Effect<Reading, GetError> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      get(
        FetchPolicy.cacheFirst({
          maxAge: Duration.millis(Math.max(0, now - observedAt(last))),
          staleIfError,
          jitter: 0,
        }),
      ),
    )

  return Stream.unwrapScoped(
    Effect.map(listen, (news) => {
      /** What follows a reading: what somebody else has fetched by then, or what there is when it is time to look. */
      const following = (last: Reading, at: number): Effect.Effect<Reading, GetError> =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.raceFirst(
            Effect.as(Queue.take(news), true),
            Effect.as(Effect.sleep(Duration.millis(Math.max(0, at - now))), false),
          ),
        ).pipe(
          Effect.flatMap((isNews) =>
            isNews
              ? Effect.if(isNewerThan(last), {
                  onTrue: () => get(FetchPolicy.cacheFirst(Duration.infinity)),
                  onFalse: () => following(last, at),
                })
              : Effect.flatMap(newerThan(last), (reading) =>
                  tellsMore(reading, last)
                    ? Effect.succeed(reading)
                    : Effect.flatMap(nextLook(last), (later) => following(last, later)),
                ),
          ),
        )

      return Stream.unfoldEffect(Option.none<Reading>(), (last) =>
        patiently(
          Option.match(last, {
            onNone: () => get(policy),
            onSome: (reading) => Effect.flatMap(nextLook(reading), (at) => following(reading, at)),
          }),
        ).pipe(Effect.map((reading) => Option.some([reading, Option.some(reading)] as const))),
      )
    }),
  )
}
