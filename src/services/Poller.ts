/**
 * Looks at many balances from time to time, each when something may have changed: `Pacing.next` says when. One fiber keeps the time for all
 * of them; at most `concurrency` are looked at at once, and whoever waits longest goes first.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as Subject from "../domain/balance/Subject.js"
import * as Pacing from "../domain/freshness/Pacing.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import type * as OverdraftPolicy from "../domain/runway/OverdraftPolicy.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import { Balances } from "./Balances.js"
import * as FetchPolicy from "./FetchPolicy.js"
import * as Backoff from "./poller/Backoff.js"
import * as EventHub from "./poller/EventHub.js"
import { PollAborted, type PollError } from "./poller/PollError.js"
import * as Watchlist from "./poller/Watchlist.js"
import type { Reading } from "./Reading.js"

export { PollAborted, type PollError } from "./poller/PollError.js"

/** Whose balance is looked at. */
export interface Watched {
  readonly subject: Subject.Subject
  /** The token of its looks; without it that of `Balances`. */
  readonly credential?: Redacted.Redacted | undefined
  /** The time between looks that nothing draws nearer or puts off; the poller's by default. Never nearer than the poller's `soonest`. */
  readonly every?: Duration.DurationInput | undefined
  /** What happens once the credits are gone, where that is known: without credits and with service stopped, looks are few. */
  readonly overdraft?: OverdraftPolicy.OverdraftPolicy | undefined
}

interface Told {
  readonly subject: Subject.Subject
  /** The token that it is watched with, where it has one of its own: it tells one `me` from another. */
  readonly credential: Redacted.Redacted | undefined
  /** When it will be looked at next. */
  readonly next: Timestamp.Timestamp
}

/**
 * - `Polled`: a balance was looked at; `reason` is why the next look comes when it does;
 * - `Failed`: it could not be;
 * - `Missed`: the reader was too slow, and the oldest `count` events that it had not read are lost.
 */
export type PollerEvent = Data.TaggedEnum<{
  Polled: Told & { readonly reading: Reading; readonly reason: Pacing.Reason }
  Failed: Told & { readonly error: PollError }
  Missed: { readonly count: number }
}>

/** Constructors and matcher of events. */
export const PollerEvent = Data.taggedEnum<PollerEvent>()

/** How a poller is doing. */
export interface Status {
  /** Subjects that are watched, each with its credential. */
  readonly watched: number
  /** Looks that are under way. */
  readonly running: number
  /** Subjects that are due and wait for their turn. */
  readonly overdue: number
  /** How long the one that waits longest is overdue; zero where none is. Where it grows, more is watched than can be looked at. */
  readonly longestOverdue: Duration.Duration
}

/** A poller. */
export interface Service {
  /**
   * Watches a subject until the scope closes. Whoever is watched when nobody else is is looked at at once, others within the time between
   * looks. A subject that several watch with one credential is looked at for all of them, as often as the one wants it who wants it most.
   */
  readonly watch: (watched: Watched) => Effect.Effect<void, never, Scope.Scope>
  /**
   * What happens while the stream runs. A reader never holds up the poller: of events that it does not read the newest
   * {@link EVENTS_KEPT} are kept, and how many were lost is told as `Missed`. Ends when the poller stops.
   */
  readonly events: Stream.Stream<PollerEvent>
  readonly status: Effect.Effect<Status>
}

/** A poller. */
export class Poller extends Context.Tag("zoo-runway/Poller")<Poller, Service>() {}

/** What a poller is made of. */
export interface Options {
  /** Looks at once, at most: 1 or more. 10 by default. */
  readonly concurrency?: number | undefined
  /** The time between looks that nothing draws nearer or puts off. 15 minutes by default. */
  readonly every?: Duration.DurationInput | undefined
  /** The least time between looks at one subject, but for the look right after a refresh. 1 minute by default. */
  readonly soonest?: Duration.DurationInput | undefined
  /** The most time between looks at one subject. 6 hours by default. */
  readonly latest?: Duration.DurationInput | undefined
  /** How long looks that are under way may go on once the poller stops. 10 seconds by default. */
  readonly grace?: Duration.DurationInput | undefined
  /** When the credits of a balance are expected to reach zero, as `Crossing.fromRate` tells it. Unknown by default. */
  readonly crossing?: ((snapshot: Snapshot.Snapshot) => Effect.Effect<Option.Option<Timestamp.Timestamp>>) | undefined
}

/** How long a look may take until it is given up, so that one that hangs does not hold its place for ever. */
export const DEADLINE = Duration.minutes(2)

/** Events that are kept for a reader who has not read them. */
export const EVENTS_KEPT = 1024

/** How long the clock is not looked at, at most: a machine that slept, or whose clock was set, is noticed by then. */
const LONGEST_SLEEP = 60_000

/** Longer spans than a year are taken for a year: no time of a next look is out of bounds then. */
const LONGEST_SPAN = 365 * 86_400_000

const millisOf = (span: Duration.DurationInput): number => Math.min(Math.ceil(Duration.toMillis(span)), LONGEST_SPAN)

const limitsFrom = ({
  every: usual = "15 minutes",
  latest = "6 hours",
  soonest: least = "1 minute",
}: Options): Pacing.Limits => {
  // Never 0: a subject that is due again at once would leave no turn to others.
  const soonest = Math.max(1, millisOf(least))
  const every = Math.max(soonest, millisOf(usual))
  return { soonest, every, latest: Math.max(every, millisOf(latest)) }
}

/** A poller; it stops when the scope closes. */
export const make = (options: Options = {}): Effect.Effect<Service, never, Balances | Scope.Scope> =>
  Effect.gen(function* () {
    const balances = yield* Balances
    const random = yield* Effect.random
    const { crossing, grace = "10 seconds" } = options
    const concurrency = Math.max(1, Math.floor(options.concurrency ?? 10))
    const watchlist = new Watchlist.Watchlist(limitsFrom(options))
    const hub = EventHub.make<PollerEvent>(EVENTS_KEPT, (count) => PollerEvent.Missed({ count }))
    const wake = yield* Effect.makeLatch()
    const polls = yield* FiberSet.make<void>()
    let running = 0
    let alarm: { readonly at: number; readonly fiber: Fiber.RuntimeFiber<void> } | undefined

    /** The expected crossing, where it is told in time; without it looks go on, only not as well. */
    const crossingOf = (snapshot: Snapshot.Snapshot): Effect.Effect<Option.Option<Timestamp.Timestamp>> =>
      crossing === undefined
        ? Effect.succeedNone
        : Effect.suspend(() => crossing(snapshot)).pipe(
            Effect.timeoutTo({ duration: DEADLINE, onTimeout: Option.none, onSuccess: (at) => at }),
            Effect.catchAllCause((cause) =>
              Effect.as(Effect.logError("the expected end of credits could not be told", cause), Option.none()),
            ),
          )

    const aborted = (subject: Subject.Subject, cause: Cause.Cause<PollError>): Effect.Effect<never, PollError> =>
      Option.match(Cause.failureOption(cause), {
        onSome: Effect.fail,
        onNone: () =>
          Effect.zipRight(
            Effect.logError("a poll broke", cause),
            Effect.fail(new PollAborted({ subject, reason: "Defect", cause: Cause.squash(cause) })),
          ),
      })

    const look = ({ credential, subject }: Watchlist.Entry): Effect.Effect<Reading, PollError> =>
      Effect.suspend(() => balances.get(subject, { policy: FetchPolicy.refresh, credential })).pipe(
        Effect.timeoutFail({
          duration: DEADLINE,
          onTimeout: () => new PollAborted({ subject, reason: "Deadline" }),
        }),
        Effect.withSpan("Poller.poll", { root: true, attributes: { subject: subject._tag }, captureStackTrace: false }),
      )

    const settle = (entry: Watchlist.Entry, at: number, now: number, event: (told: Told) => PollerEvent): void => {
      const { credential, subject } = entry
      if (watchlist.settle(entry, at, now)) hub.publish(event({ subject, credential, next: Timestamp.fromMillis(at) }))
    }

    const polled = (entry: Watchlist.Entry, reading: Reading): Effect.Effect<void> =>
      Effect.gen(function* () {
        const { isProvisional, snapshot } = reading
        const expected = yield* crossingOf(snapshot)
        const now = yield* Clock.currentTimeMillis
        const overdraft = watchlist.overdraftOf(entry)
        const input: Pacing.Input = { now, snapshot, isProvisional, crossing: expected, overdraft }
        const { at, reason } = Pacing.next(input, watchlist.limitsOf(entry))
        entry.failures = 0
        settle(entry, at, now, (told) => PollerEvent.Polled({ ...told, reading, reason }))
      })

    const failed = (entry: Watchlist.Entry, error: PollError): Effect.Effect<void> =>
      Effect.gen(function* () {
        const draw = yield* random.next
        const now = yield* Clock.currentTimeMillis
        entry.failures++
        const wait = Backoff.wait(error, entry.failures, watchlist.limitsOf(entry), draw)
        settle(entry, now + wait, now, (told) => PollerEvent.Failed({ ...told, error }))
        yield* Effect.logDebug(
          `a poll of ${entry.subject._tag} failed (${error._tag}), and is tried again in ${wait} ms`,
        )
      })

    const poll = (entry: Watchlist.Entry): Effect.Effect<void> =>
      look(entry).pipe(
        Effect.flatMap((reading) => polled(entry, reading)),
        Effect.catchAllCause((cause) => aborted(entry.subject, cause)),
        Effect.catchAll((error) => failed(entry, error)),
        Effect.ensuring(
          Effect.sync(() => {
            running--
            wake.unsafeOpen()
          }),
        ),
      )

    const startDue = (now: number): Effect.Effect<void> =>
      Effect.whileLoop({
        while: () => running < concurrency && watchlist.nextDue <= now,
        body: () => {
          const entry = watchlist.takeDue(now)
          if (entry === undefined) return Effect.void
          running++
          return FiberSet.run(polls, Effect.interruptible(poll(entry)))
        },
        step: () => undefined,
      })

    /** Wakes the scheduler when the next one is due, unless it will be woken before. Where nobody waits, no clock is looked at. */
    const setAlarm = (now: number): Effect.Effect<void> =>
      Effect.gen(function* () {
        const due = watchlist.nextDue
        if (due === Number.POSITIVE_INFINITY) return
        const at = Math.min(due, now + LONGEST_SLEEP)
        if (alarm !== undefined && alarm.at <= at) return
        if (alarm !== undefined) yield* Fiber.interrupt(alarm.fiber)
        const ring = Effect.sync(() => {
          alarm = undefined
          wake.unsafeOpen()
        })
        alarm = { at, fiber: yield* Effect.fork(Effect.zipRight(Effect.sleep(at - now), ring)) }
      })

    const turn = Effect.gen(function* () {
      yield* wake.close
      const now = yield* Clock.currentTimeMillis
      watchlist.tick(now)
      yield* startDue(now)
      // With every place taken, the next look to end wakes the scheduler.
      if (running < concurrency) yield* setAlarm(now)
      yield* wake.await
    })

    const annotated = Effect.annotateLogs({ package: "zoo-runway", module: "Poller" })
    const scheduler = yield* Effect.forever(turn).pipe(annotated, Effect.interruptible, Effect.forkScoped)

    // Runs before the set's own finalizer, which interrupts what is still under way.
    yield* Effect.addFinalizer(() =>
      Fiber.interrupt(scheduler).pipe(
        Effect.zipRight(Effect.timeoutOption(Effect.interruptible(FiberSet.awaitEmpty(polls)), grace)),
        Effect.zipRight(Effect.sync(hub.end)),
      ),
    )

    const add = ({ credential, every, overdraft, subject }: Watched) =>
      Effect.gen(function* () {
        const millis = every === undefined ? undefined : millisOf(every)
        const draw = yield* random.next
        const now = yield* Clock.currentTimeMillis
        const remove = watchlist.add({ subject, credential, every: millis, overdraft }, now, draw)
        wake.unsafeOpen()
        return remove
      })

    return {
      watch: (watched) => Effect.asVoid(Effect.acquireRelease(add(watched), (remove) => Effect.sync(remove))),
      events: hub.stream,
      status: Effect.map(Clock.currentTimeMillis, (now) => {
        const { longestOverdue, overdue, watched } = watchlist.count(now)
        return { watched, running, overdue, longestOverdue: Duration.millis(longestOverdue) }
      }),
    }
  })

/** A poller over `Balances`. It stops when the layer's scope closes. */
export const layer = (options: Options = {}): Layer.Layer<Poller, never, Balances> =>
  Layer.scoped(Poller, make(options))
