/**
 * Polls many balances, each when something may have changed: `Poll.step` says when. One fiber keeps the time for all of them; at most
 * `concurrency` are polled at once, and the subject that has been due longest goes first.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Subject from "../domain/balance/Subject.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as Pacing from "../domain/polling/Pacing.js"
import * as Poll from "../domain/polling/Poll.js"
import type * as OverdraftPolicy from "../domain/runway/OverdraftPolicy.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import * as Elapsed from "../infra/Elapsed.js"
import * as BearerToken from "../infra/zoo/BearerToken.js"
import { Balances } from "./Balances.js"
import * as FetchPolicy from "./FetchPolicy.js"
import { failureOf, PollAborted, PollError } from "./polling/PollError.js"
import { type Entry, PollQueue } from "./polling/PollQueue.js"
import * as Reading from "./Reading.js"

export { PollAborted, PollError } from "./polling/PollError.js"

/** A balance that is polled. */
export interface Watched {
  readonly subject: Subject.Subject
  /** The token of its polls; without it that of `Balances`. */
  readonly credential?: Redacted.Redacted | undefined
  /** The time between polls that nothing draws nearer or puts off; the poller's by default. Never nearer than the poller's `soonest`. */
  readonly every?: Duration.DurationInput | undefined
  /** What happens once the credits are gone, where that is known: without credits and with service stopped, polls are few. */
  readonly overdraft?: OverdraftPolicy.OverdraftPolicy | undefined
}

interface About {
  readonly subject: Subject.Subject
  /** The token that it is watched with, where it has one of its own: it tells one `me` from another. */
  readonly credential: Redacted.Redacted | undefined
  /** When it is polled next. */
  readonly next: Timestamp.Timestamp
}

/**
 * - `Polled`: a balance was read; `reason` is why the next poll comes when it does;
 * - `Failed`: it could not be;
 * - `Missed`: the reader was too slow, and the oldest `count` events that it had not read are lost.
 */
export type PollerEvent = Data.TaggedEnum<{
  Polled: About & { readonly reading: Reading.Reading; readonly reason: Pacing.Reason }
  Failed: About & { readonly error: PollError }
  Missed: { readonly count: number }
}>

/** Constructors and matcher of events. */
export const PollerEvent = Data.taggedEnum<PollerEvent>()

const about = { subject: Subject.Subject, next: Timestamp.FromText }

/** What an event encodes to: everything but the token. */
const Encodable = Schema.Union(
  Schema.TaggedStruct("Polled", { ...about, reading: Reading.FromJson, reason: Pacing.Reason }),
  Schema.TaggedStruct("Failed", { ...about, error: PollError }),
  Schema.TaggedStruct("Missed", { count: Schema.NonNegativeInt }),
)

/** An event as JSON, without its token. */
export const encodeEvent: (event: PollerEvent) => typeof Encodable.Encoded = Schema.encodeSync(Encodable)

/** How a poller is doing. */
export interface Status {
  /** Subjects that are watched, each with its credential. */
  readonly watched: number
  /** Polls that are under way. */
  readonly running: number
  /** Subjects that are due and wait for their turn. */
  readonly overdue: number
  /** How long the one that waits longest is overdue; zero where none is. Where it grows, more is watched than can be polled. */
  readonly longestOverdue: Duration.Duration
}

/** A poller. */
export interface Service {
  /**
   * Watches a subject until the scope closes. The first one, while no other is watched, is polled at once, others within the time between
   * polls. A subject that several watch with one credential is polled for all of them, as often as the one wants it who wants it most.
   */
  readonly watch: (watched: Watched) => Effect.Effect<void, never, Scope.Scope>
  /**
   * What happens while the stream runs. A reader never holds up the poller: of events that it does not read the newest
   * {@link EVENT_CAPACITY} are kept, and how many were lost is told as `Missed`. Ends when the poller stops.
   */
  readonly events: Stream.Stream<PollerEvent>
  readonly status: Effect.Effect<Status>
}

/** A poller. */
export class Poller extends Context.Tag("zoo-runway/Poller")<Poller, Service>() {}

/** What a poller is made of. */
export interface Options {
  /** Polls at once, at most: 1 or more. 10 by default. */
  readonly concurrency?: number | undefined
  /** The time between polls that nothing draws nearer or puts off. 15 minutes by default. */
  readonly every?: Duration.DurationInput | undefined
  /** The shortest time between polls of one subject, but for the poll right after a refresh. 1 minute by default. */
  readonly soonest?: Duration.DurationInput | undefined
  /** The longest time between polls of one subject. 6 hours by default. */
  readonly latest?: Duration.DurationInput | undefined
  /** How long polls that are under way may go on once the poller stops. 10 seconds by default. */
  readonly grace?: Duration.DurationInput | undefined
  /** When the credits of a balance are expected to reach zero, as `Crossing.fromRate` tells it. Unknown by default. */
  readonly crossing?: ((snapshot: Snapshot.Snapshot) => Effect.Effect<Option.Option<Timestamp.Timestamp>>) | undefined
}

/** How long a poll may take until it is given up, so that one that hangs does not hold its permit for ever. */
export const DEADLINE = Duration.minutes(2)

/** How long a poll waits for the expected crossing. */
const CROSSING_TIMEOUT = "10 seconds"

/** Events that are kept for a reader who has not read them. */
export const EVENT_CAPACITY = 1024

/** What is published: an event with its number, or the end. */
type Published = { readonly number: number; readonly event: PollerEvent } | "End"

/** Events for any number of readers, none of whom makes the others or the poller wait: a slow one loses the oldest, and is told how many. */
const makeEvents = Effect.map(PubSub.sliding<Published>(EVENT_CAPACITY), (hub) => {
  let count = 0
  let isOver = false
  const read = (queue: Stream.Stream<Published>, from: number): Stream.Stream<PollerEvent> =>
    queue.pipe(
      Stream.takeUntil((published) => published === "End"),
      Stream.mapAccum(from, (expected, published): [number, ReadonlyArray<PollerEvent>] => {
        if (published === "End") return [expected, []]
        const { event, number } = published
        const missed = number > expected ? [PollerEvent.Missed({ count: number - expected })] : []
        return [number + 1, [...missed, event]]
      }),
      Stream.mapConcat((events) => events),
    )
  return {
    publish: (event: PollerEvent) => Effect.suspend(() => PubSub.publish(hub, { number: count++, event })),
    end: Effect.suspend(() => {
      isOver = true
      return PubSub.publish(hub, "End")
    }),
    stream: Stream.unwrapScoped(
      Effect.map(PubSub.subscribe(hub), (queue) => (isOver ? Stream.empty : read(Stream.fromQueue(queue), count))),
    ),
  }
})

/** A poller; it stops when the scope closes. */
export const make = (options: Options = {}): Effect.Effect<Service, never, Balances | Scope.Scope> =>
  Effect.gen(function* () {
    const balances = yield* Balances
    const random = yield* Effect.random
    const { crossing, every = "15 minutes", grace = "10 seconds", latest = "6 hours", soonest = "1 minute" } = options
    const concurrency = Math.max(1, Math.floor(options.concurrency ?? 10))
    const limits = Pacing.limitsOf({ soonest, every, latest })
    const queue = new PollQueue(limits)
    const timer = yield* Elapsed.timer
    const events = yield* makeEvents
    const wake = yield* Effect.makeLatch()
    const polls = yield* FiberSet.make<void>()
    let running = 0
    let alarm: { readonly at: number; readonly fiber: Fiber.RuntimeFiber<void> } | undefined

    /** The expected crossing, where it is told in time; without it polls go on, only not as well. */
    const crossingOf = (snapshot: Snapshot.Snapshot): Effect.Effect<Option.Option<Timestamp.Timestamp>> =>
      crossing === undefined
        ? Effect.succeedNone
        : Effect.suspend(() => crossing(snapshot)).pipe(
            Effect.timeoutTo({ duration: CROSSING_TIMEOUT, onTimeout: Option.none, onSuccess: (at) => at }),
            Effect.catchAllCause((cause) =>
              Effect.as(Effect.logError("the expected end of credits could not be told", cause), Option.none()),
            ),
          )

    const aborted = ({ credential, subject }: Entry, cause: Cause.Cause<PollError>): Effect.Effect<never, PollError> =>
      Option.match(Cause.failureOption(cause), {
        onSome: Effect.fail,
        onNone: () => {
          // Whatever a host's client throws may carry its request, with the token.
          const token = credential ?? Redacted.make("")
          const thrown = Cause.squash(cause)
          const error = BearerToken.errorOf(thrown, token)
          if (thrown instanceof Error && thrown.stack !== undefined) error.stack = BearerToken.hide(thrown.stack, token)
          return Effect.zipRight(
            Effect.logError("a poll broke", Cause.die(error)),
            Effect.fail(new PollAborted({ subject, reason: "Defect", cause: error })),
          )
        },
      })

    const read = (entry: Entry): Effect.Effect<Reading.Reading, PollError> => {
      const { credential, subject } = entry
      return Effect.suspend(() => balances.get(subject, { policy: FetchPolicy.refresh, credential })).pipe(
        Effect.catchAllCause((cause) => aborted(entry, cause)),
        Effect.timeoutFail({
          duration: DEADLINE,
          onTimeout: () => new PollAborted({ subject, reason: "Deadline" }),
        }),
        Effect.withSpan("Poller.poll", { root: true, attributes: { subject: subject._tag }, captureStackTrace: false }),
      )
    }

    /** Puts an entry back until its next poll, and tells what this one brought. Returns the wait in milliseconds. */
    const settle = (
      entry: Entry,
      outcome: Poll.Outcome,
      told: (about: About, reason: Pacing.Reason) => PollerEvent,
    ): Effect.Effect<number> =>
      Effect.flatMap(timer.read, ({ now, passed }) => {
        const { nextAt, reason, state } = Poll.step(entry.state, outcome, Timestamp.fromMillis(now))
        const wait = nextAt.epochMillis - now
        const { credential, subject } = entry
        return queue.settle(entry, state, passed + wait)
          ? Effect.as(events.publish(told({ subject, credential, next: nextAt }, reason)), wait)
          : Effect.succeed(wait)
      })

    const polled = (entry: Entry, reading: Reading.Reading): Effect.Effect<number> =>
      Effect.flatMap(crossingOf(reading.snapshot), (expected) => {
        const { isProvisional, snapshot } = reading
        const overdraft = PollQueue.overdraftOf(entry)
        return settle(
          entry,
          Poll.Outcome.Observed({ snapshot, isProvisional, crossing: expected, overdraft }),
          (about, reason) => PollerEvent.Polled({ ...about, reading, reason }),
        )
      })

    const failed = (entry: Entry, error: PollError): Effect.Effect<void> =>
      Effect.gen(function* () {
        const draw = yield* random.next
        const wait = yield* settle(entry, Poll.Outcome.Failed({ failure: failureOf(error), draw }), (about) =>
          PollerEvent.Failed({ ...about, error }),
        )
        yield* Effect.logDebug(
          `a poll of ${entry.subject._tag} failed (${error._tag}), and is tried again in ${wait} ms`,
        )
      })

    const poll = (entry: Entry): Effect.Effect<void> =>
      read(entry).pipe(
        Effect.flatMap((reading) => polled(entry, reading)),
        Effect.catchAllCause((cause) => aborted(entry, cause)),
        Effect.catchAll((error) => failed(entry, error)),
        Effect.asVoid,
        Effect.ensuring(
          Effect.sync(() => {
            running--
            wake.unsafeOpen()
          }),
        ),
      )

    const startDue = (now: number): Effect.Effect<void> =>
      Effect.whileLoop({
        while: () => running < concurrency && queue.nextDue <= now,
        body: () => {
          const entry = queue.takeDue(now)
          if (entry === undefined) return Effect.void
          running++
          return FiberSet.run(polls, Effect.interruptible(poll(entry)))
        },
        step: () => undefined,
      })

    /** Wakes the scheduler when the next one is due, unless it will be woken before. Where none waits, no clock is read. */
    const setAlarm = (now: number): Effect.Effect<void> =>
      Effect.gen(function* () {
        const due = queue.nextDue
        if (due === Number.POSITIVE_INFINITY) return
        const at = Math.min(due, now + Elapsed.LONGEST_SLEEP_MS)
        if (alarm !== undefined && alarm.at <= at) return
        if (alarm !== undefined) yield* Fiber.interrupt(alarm.fiber)
        const ring = Effect.sync(() => {
          alarm = undefined
          wake.unsafeOpen()
        })
        alarm = { at, fiber: yield* Effect.fork(Effect.zipRight(Elapsed.wait(at - now), ring)) }
      })

    const turn = Effect.gen(function* () {
      yield* wake.close
      const { passed } = yield* timer.read
      yield* startDue(passed)
      // With every permit taken, the next poll to end wakes the scheduler.
      if (running < concurrency) yield* setAlarm(passed)
      yield* wake.await
    })

    const annotated = Effect.annotateLogs({ package: "zoo-runway", module: "Poller" })
    const scheduler = yield* Effect.forever(turn).pipe(annotated, Effect.interruptible, Effect.forkScoped)

    // Runs before the set's own finalizer, which interrupts what is still under way.
    yield* Effect.addFinalizer(() =>
      Fiber.interrupt(scheduler).pipe(
        Effect.zipRight(Effect.timeoutOption(Effect.interruptible(FiberSet.awaitEmpty(polls)), grace)),
        Effect.zipRight(events.end),
      ),
    )

    const add = ({ credential, every: own, overdraft, subject }: Watched) =>
      Effect.gen(function* () {
        const millis = own === undefined ? undefined : Pacing.limitsOf({ soonest, every: own, latest }).every
        const draw = yield* random.next
        const { passed } = yield* timer.read
        const remove = queue.add({ subject, credential, every: millis, overdraft }, passed, draw)
        wake.unsafeOpen()
        return remove
      })

    return {
      watch: (watched) => Effect.asVoid(Effect.acquireRelease(add(watched), (remove) => Effect.sync(remove))),
      events: events.stream,
      status: Effect.map(timer.read, ({ passed }) => {
        const { longestOverdue, overdue, watched } = queue.count(passed)
        return { watched, running, overdue, longestOverdue: Duration.millis(longestOverdue) }
      }),
    }
  })

/** A poller over `Balances`. It stops when the layer's scope closes. */
export const layer = (options: Options = {}): Layer.Layer<Poller, never, Balances> =>
  Layer.scoped(Poller, make(options))
