/**
 * Single flight among the processes that share a history: the holder of a lease asks upstream, the others wait for the answer that it stores.
 *
 * Leases are advice. A caller that cannot reach them soon asks without one, and no failure of a lease is a failure of a flight.
 *
 * A lease can be lost while its holder still runs, because the process was frozen or a clock was set. A caller that may have lost it looks for an
 * answer that others have stored since its flight began, before it asks and again before it stores its own, and uses that answer instead.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Leases from "../../infra/store/Leases.js"
import * as Logs from "../Logs.js"

/** Longest time that one operation on leases may delay a flight. */
export const LEASE_TIMEOUT_MS = 50

/** Longest time that a flight takes once it has to wait for others, its own call included: a little more than one call of an API that is down. */
export const DEADLINE_MS = 35_000

/** Pauses of a caller that waits, between its looks at the history: the first one, the longest one, and the factor between two. */
const [FIRST_PAUSE_MS, MAX_PAUSE_MS, PAUSE_GROWTH] = [2, 50, 1.5]

/** How often a caller that waits reads the history although the lease is held. */
const READ_INTERVAL_MS = 200

/** Work that is done once: asking for an `Answer`, and storing it as an `A`. */
export interface Work<Answer, A, E> {
  /** Asks upstream. */
  readonly ask: Effect.Effect<Answer, E>
  /** Stores what was asked for. The lease is released afterwards, so that callers that wait find the answer before they ask. */
  readonly store: (answer: Answer) => Effect.Effect<A>
  /** The answer that any process has stored since this flight began. Run often, so it should cost little where nothing was written. */
  readonly stored: Effect.Effect<Option.Option<A>>
  /** Whether a failure stands although another caller stored an answer meanwhile. */
  readonly isFinal: (error: E) => boolean
  /** The failure of a flight that waited until {@link DEADLINE_MS}. */
  readonly timedOut: () => E
}

/** A lease, and when it was last taken or renewed: `NaN` once it is known to be lost. */
interface Held {
  readonly lease: Leases.Lease
  renewedAt: number
}

type Attempt = Held | "HeldByOther" | "OutOfReach"

/** An operation on leases; `None` where it fails, breaks or takes too long. */
const soon = <A>(operation: Effect.Effect<A, unknown>): Effect.Effect<Option.Option<A>> =>
  Effect.interruptible(operation).pipe(
    Effect.timeoutOption(LEASE_TIMEOUT_MS),
    Effect.catchAllCause((cause) =>
      Effect.logDebug("leases are out of reach", cause).pipe(
        Effect.annotateLogs(Logs.of("SharedFlight")),
        Effect.as(Option.none()),
      ),
    ),
  )

/** Tries to take the lease. Must run uninterruptibly: a lease that is taken must also be released. */
const take = (leases: Leases.Service, key: string): Effect.Effect<Attempt> =>
  Effect.flatMap(Clock.currentTimeMillis, (renewedAt) => {
    let attempt: Attempt = "OutOfReach"
    const taking = Effect.suspend(() =>
      Effect.map(leases.take(key), (lease) => {
        attempt = Option.isSome(lease) ? { lease: lease.value, renewedAt } : "HeldByOther"
      }),
    )
    // Not the result of `soon`: the lease may be taken at the very moment of the timeout.
    return Effect.map(soon(taking), () => attempt)
  })

/** Renews a lease; `None` where that cannot be told. */
const renew = (held: Held): Effect.Effect<Option.Option<boolean>> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.tap(soon(Effect.suspend(() => held.lease.renew)), (isHeld) =>
      Effect.sync(() => {
        if (Option.isSome(isHeld)) held.renewedAt = isHeld.value ? now : Number.NaN
      }),
    ),
  )

/** Renews a lease until it is lost. A renewal that fails is followed by the next one. */
const keepAlive = (held: Held): Effect.Effect<void> =>
  renew(held).pipe(
    Effect.delay(Leases.RENEW_INTERVAL_MS),
    Effect.repeat({ until: Option.contains(false) }),
    Effect.asVoid,
  )

/** Whether the lease cannot have expired since it was last taken or renewed. */
const isSurelyHeld = (held: Held): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => now >= held.renewedAt && now < held.renewedAt + Leases.TERM_MS)

/**
 * Asks and stores the answer; where others may have asked meanwhile and have stored theirs, returns that one. The own answer may be older: it may
 * have arrived before the process was frozen.
 */
const ask = <Answer, A, E>(work: Work<Answer, A, E>, isAlone: Effect.Effect<boolean>): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const answer = yield* work.ask
    const stored = (yield* isAlone) ? Option.none() : yield* work.stored
    return Option.isSome(stored) ? stored.value : yield* work.store(answer)
  })

/**
 * Asks under a lease, unless the answer is stored already: others may have stored it before the lease was taken, or while this process was
 * frozen. `None`: the lease was lost before anything was asked.
 */
const askUnder = <Answer, A, E>(held: Held, work: Work<Answer, A, E>): Effect.Effect<Option.Option<A>, E> =>
  Effect.gen(function* () {
    for (;;) {
      const stored = yield* work.stored
      if (Option.isSome(stored)) return stored
      if (yield* isSurelyHeld(held)) break
      const isHeld = yield* renew(held)
      if (Option.isNone(isHeld)) break
      if (!isHeld.value) return Option.none()
    }
    return Option.some(yield* ask(work, isSurelyHeld(held)))
  })

/** Renews a lease while `use` runs, and releases it however that ends. Must run uninterruptibly but for `use`. */
const whileRenewed = <A, E>(held: Held, use: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const renewing = yield* Effect.fork(Effect.interruptible(keepAlive(held)))
    const exit = yield* Effect.exit(use)
    yield* Fiber.interrupt(renewing)
    yield* soon(Effect.suspend(() => held.lease.release))
    return yield* exit
  })

/**
 * Asks for what `key` stands for, or waits while another process, or another caller of this one, asks for it.
 *
 * A caller that waits returns the answer as soon as it is stored. Where the lease is free without an answer, because its holder failed or is
 * gone, one of those who wait takes it and asks: one after another, each within its own {@link DEADLINE_MS}. A failure gives way to an answer
 * that others have stored since the flight began, unless the failure is final.
 */
export const run = <Answer, A, E>(
  leases: Leases.Service,
  key: string,
  work: Work<Answer, A, E>,
): Effect.Effect<A, E> => {
  const withoutLease = ask(work, Effect.succeed(false))

  /** `None`: another caller holds the lease. */
  const lead: Effect.Effect<Option.Option<A>, E> = Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(take(leases, key), (attempt) => {
      if (attempt === "HeldByOther") return Effect.succeedNone
      if (attempt === "OutOfReach") return Effect.asSome(restore(withoutLease))
      return whileRenewed(attempt, restore(askUnder(attempt, work)))
    }),
  )

  /**
   * `None`: another caller holds the lease. It stores its answer before it releases the lease, so the history is read only once the lease is free, and from
   * time to time for a holder that was frozen in between: a lease is cheaper to look up than an answer, and many callers may wait.
   */
  const look = (waited: number): Effect.Effect<Option.Option<A>, E> =>
    Effect.gen(function* () {
      const isHeld = yield* soon(Effect.suspend(() => leases.isHeld(key)))
      if (Option.isNone(isHeld)) return Option.some(yield* withoutLease)
      const isToRead =
        !isHeld.value || Math.floor(waited / READ_INTERVAL_MS) > Math.floor((waited - MAX_PAUSE_MS) / READ_INTERVAL_MS)
      const stored = isToRead ? yield* work.stored : Option.none()
      return Option.isNone(stored) && !isHeld.value ? yield* lead : stored
    })

  const follow = (pause: number, waited: number): Effect.Effect<A, E> =>
    Effect.flatMap(
      Effect.delay(look(waited + pause), pause),
      Option.match({
        onNone: () => follow(Math.min(MAX_PAUSE_MS, Math.ceil(pause * PAUSE_GROWTH)), waited + pause),
        onSome: Effect.succeed,
      }),
    )

  const wait = Effect.timeoutFail(follow(FIRST_PAUSE_MS, 0), { duration: DEADLINE_MS, onTimeout: work.timedOut })

  return Effect.flatMap(lead, Option.match({ onNone: () => wait, onSome: Effect.succeed })).pipe(
    Effect.catchAll((error) =>
      work.isFinal(error)
        ? Effect.fail(error)
        : Effect.flatMap(work.stored, Option.match({ onNone: () => Effect.fail(error), onSome: Effect.succeed })),
    ),
  )
}
