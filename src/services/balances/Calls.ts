/**
 * Calls of the API: one at a time for each key, in this process and among those that share the history, and none while a failure is cached.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Subject from "../../domain/balance/Subject.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type * as Leases from "../../infra/store/Leases.js"
import * as ZooError from "../../infra/zoo/ZooError.js"
import * as Logs from "../Logs.js"
import * as Metrics from "../Metrics.js"
import type { Warning } from "../Reading.js"
import type * as Slot from "./CacheEntry.js"
import type { Memory, Query } from "./CacheEntry.js"
import type { Listeners } from "./Changes.js"
import * as Failures from "./FailureCache.js"
import type * as Fetch from "./Fetch.js"
import * as Flights from "./Flights.js"
import * as SharedFlight from "./SharedFlight.js"

/** Result of a call. */
export interface Landed {
  readonly entry: Slot.Entry
  readonly warnings: ReadonlyArray<Warning>
}

/** Dependencies of calls. */
export interface Parts {
  readonly leases: Leases.Service
  readonly fetch: Fetch.Fetch
  readonly listeners: Listeners
  readonly directory: AccountDirectory.Service
  readonly memory: Memory
  readonly failures: Failures.Failures
}

/** Calls of the API. */
export interface Calls {
  /**
   * Asks the API, or waits for the call that is under way. Fails with the cached failure where there is one; under `Refresh` only with a rate
   * limit.
   */
  readonly ask: (query: Query, now: number) => Effect.Effect<Landed, ZooError.ZooError>
  /** Begins to ask the API, and waits for nothing. Fails with the cached failure where there is one. */
  readonly revalidate: (query: Query, now: number) => Effect.Effect<void, ZooError.ZooError>
}

/** Longest time that storing a refusal may take. */
const FORGET_TIMEOUT = "1 second"

/** How far a flight came in this process: it decides how its success is counted and whether its failure is new. */
type Course = "Waited" | "CachedFailure" | "Asked" | "Answered"

/** Creates calls that end with the scope. */
export const make = ({
  directory,
  failures,
  fetch,
  leases,
  listeners,
  memory,
}: Parts): Effect.Effect<Calls, never, Scope.Scope> =>
  Effect.map(Flights.make<Landed, ZooError.ZooError>(), (flights) => {
    /** Runs a call unless a failure is cached. Under `Refresh` only a rate limit is heeded. */
    const unlessFailed = <A>(
      { key, policy }: Query,
      now: number,
      call: Effect.Effect<A, ZooError.ZooError>,
    ): Effect.Effect<A, ZooError.ZooError> => {
      const failure = failures.at(key, now)
      const isHeeded = policy._tag !== "Refresh" || failure?.error._tag === "RateLimited"
      if (failure === undefined || !isHeeded) return call
      const error = Failures.errorAt(failure, now)
      const counted = Metrics.count(Metrics.failuresServed, "cause", Metrics.causeOf(error))
      return Effect.zipRight(counted, Effect.fail(error))
    }

    /** Stores that a credential was refused, so that no process returns it stored answers. */
    const forgetAnswer = (holder: AccountDirectory.Holder): Effect.Effect<void> =>
      // Where it cannot be stored, this process still has it in memory.
      directory.forgetAnswer(holder).pipe(Effect.timeout(FORGET_TIMEOUT), Effect.ignore)

    const failed = ({ holder, key }: Query, error: ZooError.ZooError): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        failures.note(key, error, now)
        if (failures.isRefused(key)) memory.forget(key)
        return Effect.zipRight(
          Metrics.count(Metrics.fetches, "outcome", Metrics.causeOf(error)),
          Failures.refuses(error) ? forgetAnswer(holder) : Effect.void,
        )
      })

    /** The key of a call that asks for the amount due: the prefix stands where no subject can have it. */
    const wholeKey = (key: string): string => `due ${key}`

    const flight = (query: Query): Effect.Effect<Landed, ZooError.ZooError> =>
      Effect.flatMap(Clock.currentTimeMillis, (since) => {
        const { holder, includeTotalDue, key } = query
        const { subject } = holder
        let course: Course = "Waited"
        const call = Effect.suspend(() => {
          course = "Asked"
          return fetch.ask(holder, includeTotalDue)
        })
        // Checked again: while this call waited for another process, another call of this process may have failed.
        const ask = Effect.flatMap(Clock.currentTimeMillis, (now) => {
          course = "CachedFailure"
          return unlessFailed(query, now, call)
        })
        const store = (answer: Fetch.Answer): Effect.Effect<Landed> =>
          Effect.flatMap(fetch.store(answer), (fetched) => {
            course = "Answered"
            failures.forget(key)
            return Effect.map(memory.land(query, fetched), (entry) => ({ entry, warnings: fetched.warnings }))
          })
        return SharedFlight.run<Fetch.Answer, Landed, ZooError.ZooError>(
          leases,
          includeTotalDue ? wholeKey(key) : key,
          {
            ask,
            store,
            stored: Effect.map(
              memory.storedSince(query, memory.before(query, since)),
              Option.map((entry) => ({ entry, warnings: [] })),
            ),
            isFinal: Failures.refuses,
            timedOut: () => {
              const limit = Duration.format(Duration.millis(SharedFlight.DEADLINE_MS))
              const context = ZooError.unanswered("Balances.get", Subject.format(subject))
              return ZooError.late(context, `no answer within ${limit}, waiting for other processes included`)
            },
          },
        ).pipe(
          Effect.tapBoth({
            onFailure: (error) => (course === "CachedFailure" ? Effect.void : failed(query, error)),
            onSuccess: () => {
              failures.forget(key)
              return Metrics.count(Metrics.fetches, "outcome", course === "Answered" ? "answered" : "other_process")
            },
          }),
          Effect.ensuring(listeners.tell(key)),
          Metrics.timed,
          Effect.annotateLogs(Logs.of("Balances")),
          Effect.withSpan("Balances.fetch", { captureStackTrace: false, attributes: { subject: subject._tag } }),
        )
      })

    /** A call that asks for the amount due answers callers that do not need it as well. */
    const flightKeys = ({ includeTotalDue, key }: Query): Flights.Keys =>
      includeTotalDue ? [wholeKey(key)] : [key, wholeKey(key)]

    return {
      ask: (query, now) => unlessFailed(query, now, flights.join(flightKeys(query), flight(query))),
      revalidate: (query, now) => unlessFailed(query, now, flights.begin(flightKeys(query), flight(query))),
    }
  })
