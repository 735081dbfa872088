/** Following a balance in this process: its readings as they come, whoever asked for them. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Pacing from "../../domain/polling/Pacing.js"
import * as Poll from "../../domain/polling/Poll.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Elapsed from "../../infra/Elapsed.js"
import * as FetchPolicy from "../FetchPolicy.js"
import { failureOf } from "../polling/PollError.js"
import type { Reading } from "../Reading.js"
import type { ExpectedCrossing } from "../TodaysRate.js"
import type { GetError } from "./CacheEntry.js"

/** Listeners by key. */
export interface Listeners {
  /** A queue that gets one element when something is new, however often it happened since the last was taken, until the scope closes. */
  readonly listen: (key: string) => Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope>
  /** Tells those who listen to a key. */
  readonly tell: (key: string) => Effect.Effect<void>
}

/** Makes listeners: none listens yet. */
export const makeListeners = (): Listeners => {
  const byKey = new Map<string, Set<Queue.Queue<void>>>()
  const leave = (key: string, queue: Queue.Queue<void>): void => {
    const queues = byKey.get(key)
    queues?.delete(queue)
    if (queues?.size === 0) byKey.delete(key)
  }
  return {
    listen: (key) =>
      Effect.acquireRelease(
        Effect.map(Queue.sliding<void>(1), (queue) => {
          const queues = byKey.get(key) ?? new Set()
          byKey.set(key, queues.add(queue))
          return queue
        }),
        (queue) =>
          Effect.zipRight(
            Effect.sync(() => leave(key, queue)),
            Queue.shutdown(queue),
          ),
      ),
    tell: (key) =>
      Effect.sync(() => {
        // At once: an offer to a queue that shuts down meanwhile would interrupt whoever tells.
        for (const queue of byKey.get(key) ?? []) Queue.unsafeOffer(queue, undefined)
      }),
  }
}

/** How a subject is followed. */
export interface Parts {
  /** A reading under a policy. */
  readonly get: (policy: FetchPolicy.FetchPolicy) => Effect.Effect<Reading, GetError>
  /** The policy of the first reading; how stale later ones may be is taken from it as well. */
  readonly policy: FetchPolicy.FetchPolicy
  /** A queue that tells when something new is known. */
  readonly listen: Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope>
  readonly crossing: ExpectedCrossing
  readonly limits: Pacing.Limits
}

const observedAt = ({ snapshot }: Reading): number => snapshot.observedAt.epochMillis

/** Whether a reading says something that the last one did not. */
const isNews = (reading: Reading, last: Reading): boolean =>
  observedAt(reading) !== observedAt(last) ||
  reading._tag !== last._tag ||
  reading.isProvisional !== last.isProvisional ||
  (reading._tag === "Stale" && last._tag === "Stale" && reading.cause._tag !== last.cause._tag)

/** Where a follower stands: the last reading that it emitted, what is known of the polls, and when the next one is due by the follower's timer. */
interface Position {
  readonly last: Reading | undefined
  readonly state: Poll.State
  readonly due: number
}

/**
 * The readings of a subject: first what a get returns, then each that says more than the one before, whoever asked for it. Asks the API when
 * `Poll.step` says so, unless somebody else has meanwhile. Waits out what may pass; fails where asking again would not help.
 */
export const make = ({ crossing, get, limits, listen, policy }: Parts): Stream.Stream<Reading, GetError> => {
  const staleIfError =
    policy._tag === "CacheFirst" || policy._tag === "NetworkFirst"
      ? policy.staleIfError
      : FetchPolicy.DEFAULT_STALE_IF_ERROR

  /** A reading newer than the last one will do; else the API is asked. */
  const read = (last: Reading | undefined): Effect.Effect<Reading, GetError> =>
    last === undefined
      ? get(policy)
      : Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const maxAge = Duration.millis(Math.max(0, now - observedAt(last)))
          return get(FetchPolicy.cacheFirst({ maxAge, staleIfError, jitter: 0 }))
        })

  /** What somebody else has stored since the last reading. News of a failure are none: the API is not asked for them. */
  const newer = (last: Reading): Effect.Effect<Option.Option<Reading>, GetError> =>
    get(FetchPolicy.cacheOnly).pipe(
      // A clock that was set back makes what is newer look older.
      Effect.map((reading) => observedAt(reading) !== observedAt(last)),
      Effect.orElseSucceed(() => false),
      Effect.flatMap((isNewer) => Effect.when(get(FetchPolicy.cacheFirst(Duration.infinity)), () => isNewer)),
    )

  const failed = (error: GetError): Effect.Effect<Poll.Outcome> =>
    Effect.map(Random.next, (draw) => Poll.Outcome.Failed({ failure: failureOf(error), draw }))

  const observed = (reading: Reading): Effect.Effect<Poll.Outcome> => {
    const { isProvisional, snapshot } = reading
    return reading._tag === "Stale" && reading.cause._tag !== "Revalidating"
      ? failed(reading.cause)
      : Effect.map(crossing(snapshot), (expected) =>
          Poll.Outcome.Observed({ snapshot, isProvisional, crossing: expected }),
        )
  }

  return Stream.unwrapScoped(
    Effect.map(Effect.all([listen, Elapsed.timer]), ([news, timer]) => {
      /** After a poll: the state, and when the next one is due. */
      const after = (state: Poll.State, outcome: Effect.Effect<Poll.Outcome>): Effect.Effect<Omit<Position, "last">> =>
        Effect.zipWith(outcome, timer.read, (brought, { now, passed }) => {
          const next = Poll.step(state, brought, Timestamp.fromMillis(now))
          return { state: next.state, due: passed + next.nextAt.epochMillis - now }
        })

      /** What comes first: something new of others, or a poll when it is due. `None`: the news say nothing new. */
      const next = ({ due, last }: Position): Effect.Effect<Option.Option<Reading>, GetError> => {
        const poll = Effect.as(Elapsed.waitUntil(timer, due), Effect.asSome(read(last)))
        return Effect.flatten(
          last === undefined ? poll : Effect.raceFirst(Effect.as(Queue.take(news), newer(last)), poll),
        )
      }

      /** Goes on until there is a reading that says more than the last one. */
      const advance = (position: Position): Effect.Effect<readonly [Reading, Position], GetError> =>
        Effect.matchEffect(next(position), {
          onFailure: (error) =>
            failureOf(error).kind === "Lasting"
              ? Effect.fail(error)
              : Effect.flatMap(after(position.state, failed(error)), (following) =>
                  advance({ ...position, ...following }),
                ),
          onSuccess: Option.match({
            onNone: () => advance(position),
            onSome: (reading) =>
              Effect.flatMap(after(position.state, observed(reading)), (following) => {
                const { last } = position
                return last === undefined || isNews(reading, last)
                  ? Effect.succeed([reading, { ...following, last: reading }] as const)
                  : advance({ ...following, last })
              }),
          }),
        })

      return Stream.unfoldEffect<Position, Reading, GetError, never>(
        { last: undefined, state: Poll.start(limits), due: 0 },
        (position) => Effect.asSome(advance(position)),
      )
    }),
  )
}
