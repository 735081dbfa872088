/**
 * One call upstream among the processes that share a history: whoever takes the lease calls, the others wait for the answer that it keeps.
 *
 * Leases are advice: whoever cannot get at them soon calls for himself, and nothing that goes wrong with them is ever a failure of the call.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Leases from "../infra/store/Leases.js"

/** How long, in milliseconds, leases may keep a call waiting by themselves: behind a long writer it begins without one. */
export const PATIENCE = 50

/** How long, in milliseconds, a call waits for others in all: past the 30 seconds that a call may take. Then it begins whoever else calls. */
export const LONGEST_WAIT = 35_000

/** Pauses between looks at what others do, in milliseconds: at first, at last, and how they grow. */
const [FIRST_PAUSE, LONGEST_PAUSE, GROWTH] = [2, 50, 1.5]

/** What is to be done once. */
export interface Work<A, E> {
  /** The call; it keeps its answer before it succeeds. */
  readonly fetch: Effect.Effect<A, E>
  /** An answer that was kept since this flight began, by whomever. It is asked for often while others call: where nothing is new, it should cost little. */
  readonly kept: Effect.Effect<Option.Option<A>>
  /** What those are told who wait, where the call fails: a short text without secrets; `None` where there is nothing to share. */
  readonly failureText: (error: E) => Option.Option<string>
  /** And back; `None` where it does not read, so that one of those who wait calls. */
  readonly failureOf: (text: string) => Option.Option<E>
}

type Attempt = { readonly _tag: "Taken"; readonly lease: Leases.Lease } | { readonly _tag: "Held" | "OutOfReach" }

const OUT_OF_REACH = { _tag: "OutOfReach" } as const

const noteFailure = (cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logDebug("leases are out of reach", cause), {
    package: "zoo-runway",
    module: "SharedFlight",
  })

/** What leases say, where they say it soon; defects too are theirs alone. */
const soon = <A>(work: Effect.Effect<A, unknown>): Effect.Effect<Option.Option<A>> =>
  Effect.interruptible(work).pipe(
    Effect.timeoutOption(PATIENCE),
    Effect.catchAllCause((cause) => Effect.as(noteFailure(cause), Option.none())),
  )

/** Tries to take the lease. To be called where it cannot be interrupted, so that none is taken that nobody gives back. */
const take = (leases: Leases.Service, key: string): Effect.Effect<Attempt> =>
  Effect.suspend(() => {
    let attempt: Attempt = OUT_OF_REACH
    const trying = Effect.map(leases.take(key), (lease) => {
      attempt = Option.isSome(lease) ? { _tag: "Taken", lease: lease.value } : { _tag: "Held" }
    })
    // It may have been taken at the very moment at which patience ended.
    return Effect.map(soon(Effect.suspend(() => trying)), () => attempt)
  })

/** Renews the lease until it is lost; what a renewal fails with, the next one may overcome. */
const keepAlive = (lease: Leases.Lease): Effect.Effect<void> =>
  lease.renew.pipe(
    Effect.catchAllCause((cause) => Effect.as(noteFailure(cause), true)),
    Effect.delay(Leases.RENEW_EVERY),
    Effect.repeat({ while: (isHeld) => isHeld }),
    Effect.asVoid,
  )

/** Calls under the lease, and gives it back whatever comes of the call. Others may have kept an answer before it was taken. */
const lead = <A, E>(
  lease: Leases.Lease,
  work: Work<A, E>,
  restore: (call: Effect.Effect<A, E>) => Effect.Effect<A, E>,
): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const renewing = yield* Effect.fork(Effect.interruptible(keepAlive(lease)))
    const call = Effect.flatMap(work.kept, Option.match({ onNone: () => work.fetch, onSome: Effect.succeed }))
    const exit = yield* Effect.exit(restore(call))
    yield* Fiber.interrupt(renewing)
    const failure = Exit.isFailure(exit) ? Cause.failureOption(exit.cause) : Option.none()
    yield* soon(Effect.suspend(() => lease.release(Option.flatMap(failure, work.failureText))))
    return yield* exit
  })

/**
 * Fetches what `key` stands for, or waits for another process, or another caller of this one, that does: for the answer that it keeps, or the
 * failure that it tells. Where it goes away without either, the call is taken over. Whoever waited for {@link LONGEST_WAIT}, and whoever
 * cannot get at the leases, fetches.
 */
export const run = <A, E>(leases: Leases.Service, key: string, work: Work<A, E>): Effect.Effect<A, E> => {
  /** `None`: another one holds the lease. */
  const tryLeading: Effect.Effect<Option.Option<A>, E> = Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(take(leases, key), (attempt) => {
      switch (attempt._tag) {
        case "Held":
          return Effect.succeedNone
        case "OutOfReach":
          return Effect.asSome(restore(work.fetch))
        case "Taken":
          return Effect.asSome(lead(attempt.lease, work, restore))
      }
    }),
  )

  /** `None`: nothing has come of it yet. */
  const look: Effect.Effect<Option.Option<A>, E> = Effect.gen(function* () {
    const kept = yield* work.kept
    if (Option.isSome(kept)) return kept
    const state = Option.getOrNull(yield* soon(Effect.suspend(() => leases.look(key))))
    if (state === null) return Option.some(yield* work.fetch)
    if (state._tag === "Held") return Option.none()
    const failure = state._tag === "Failed" ? work.failureOf(state.text) : Option.none()
    return Option.isSome(failure) ? yield* Effect.fail(failure.value) : yield* tryLeading
  })

  const follow = (waited: number, pause: number): Effect.Effect<A, E> =>
    waited >= LONGEST_WAIT
      ? work.fetch
      : Effect.flatMap(
          Effect.zipRight(Effect.sleep(pause), look),
          Option.match({
            onNone: () => follow(waited + pause, Math.min(LONGEST_PAUSE, Math.ceil(pause * GROWTH))),
            onSome: Effect.succeed,
          }),
        )

  return Effect.flatMap(tryLeading, Option.match({ onNone: () => follow(0, FIRST_PAUSE), onSome: Effect.succeed }))
}
