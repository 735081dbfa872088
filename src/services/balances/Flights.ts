/**
 * One call at a time a key within a process: whoever asks meanwhile waits for the call that is under way.
 *
 * A flight has a fiber of its own. Who waits may leave; the flight goes on, so that what the API was asked for is kept, until the layer
 * closes, which interrupts it.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"

/** The key of a flight, and of others that will do as well where they are under way. */
export type Keys = readonly [own: string, ...others: ReadonlyArray<string>]

/** The calls that are under way. */
export interface Flights<A, E> {
  /** Joins a flight, or begins one. */
  readonly join: (keys: Keys, work: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Begins a flight unless there is one, and waits for nothing. */
  readonly begin: (keys: Keys, work: Effect.Effect<A, E>) => Effect.Effect<void>
  /** Whether the flight of a key is under way. */
  readonly isUnderWay: (key: string) => boolean
}

/**
 * Flights that end with the scope. They run in the context of the scope, below the span of whoever begins them: what else the first who asks
 * has in its context (an option of its HTTP calls, say) is not for those who wait with it.
 */
export const make = <A, E>(): Effect.Effect<Flights<A, E>, never, Scope.Scope> =>
  Effect.map(Effect.context<Scope.Scope>(), (own) => {
    const scope = Context.get(own, Scope.Scope)
    const inOwnContext = (work: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.contextWithEffect((theirs: Context.Context<never>) =>
        Effect.locally(
          work,
          FiberRef.currentContext,
          Option.match(Context.getOption(theirs, Tracer.ParentSpan), {
            onNone: () => Context.omit(Tracer.ParentSpan)(own),
            onSome: (span) => Context.add(own, Tracer.ParentSpan, span),
          }),
        ),
      )
    const flying = new Map<string, Deferred.Deferred<A, E>>()

    /** Uninterruptible from the look into the map on: a flight that is in it has a fiber that lands it. */
    const flightOf = (keys: Keys, work: Effect.Effect<A, E>): Effect.Effect<Deferred.Deferred<A, E>> =>
      Effect.uninterruptible(
        Effect.suspend(() => {
          const [key] = keys
          const known = keys.map((each) => flying.get(each)).find((each) => each !== undefined)
          if (known !== undefined) return Effect.succeed(known)
          return Effect.flatMap(Deferred.make<A, E>(), (landed) => {
            flying.set(key, landed)
            // The fiber itself ends well whatever comes of the work: who waits is told, and nobody else.
            const land = Effect.flatMap(Effect.exit(Effect.interruptible(inOwnContext(work))), (exit) => {
              flying.delete(key)
              return Deferred.done(landed, exit)
            })
            return Effect.as(Effect.forkIn(land, scope), landed)
          })
        }),
      )

    return {
      join: (keys, work) => Effect.flatMap(flightOf(keys, work), Deferred.await),
      begin: (keys, work) => Effect.asVoid(flightOf(keys, work)),
      isUnderWay: (key) => flying.has(key),
    }
  })
