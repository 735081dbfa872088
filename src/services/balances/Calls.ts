/**
 * Calls of the API: one at a time a key, in this process and among those that share the history, and none while a failure is remembered.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Subject from "../../domain/balance/Subject.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type * as Leases from "../../infra/store/Leases.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import * as Logs from "../Logs.js"
import * as Metrics from "../Metrics.js"
import type { Warning } from "../Reading.js"
import * as SharedFlight from "../SharedFlight.js"
import * as Failures from "./Failures.js"
import * as FailureText from "./FailureText.js"
import type * as Fetch from "./Fetch.js"
import * as Flights from "./Flights.js"
import type * as Listeners from "./Listeners.js"
import type { Memory } from "./Memory.js"
import type { Query } from "./Query.js"
import type * as Slot from "./Slot.js"

/** What a call brings. */
export interface Landed {
  readonly entry: Slot.Entry
  readonly warnings: ReadonlyArray<Warning>
}

/** What calls work with. */
export interface Parts {
  readonly leases: Leases.Service
  readonly fetch: Fetch.Fetch
  readonly listeners: Listeners.Listeners
  readonly directory: AccountDirectory.Service
  readonly memory: Memory
  readonly failures: Failures.Failures
}

/** Calls of the API. */
export interface Calls {
  /**
   * Asks the API, or waits for who asks already, unless it has just failed. Under `Refresh` a failure is not heeded, but for one that told
   * how long to wait.
   */
  readonly ask: (query: Query, now: number) => Effect.Effect<Landed, ZooError>
  /** Asks the API, and waits for nothing. Where it has just failed it is not asked: the failure is what comes. */
  readonly revalidate: (query: Query, now: number) => Effect.Effect<void, ZooError>
}

/** How long it may take to keep a refusal. */
const PATIENCE = "1 second"

/** Calls that end with the scope. */
export const make = ({
  directory,
  failures,
  fetch,
  leases,
  listeners,
  memory,
}: Parts): Effect.Effect<Calls, never, Scope.Scope> =>
  Effect.map(Flights.make<Landed, ZooError>(), (flights) => {
    const failed = (key: string, error: ZooError): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        failures.note(key, error, now)
        // Whoever is refused is handed nothing any more.
        if (failures.isRefused(key)) memory.forget(key)
        return Metrics.count(Metrics.fetches, "outcome", Metrics.causeOf(error))
      })

    /** Nor in another process, or after this one: the history forgets that it was ever answered. */
    const forgetAnswer = (holder: AccountDirectory.Holder, error: ZooError): Effect.Effect<void> =>
      Failures.refuses(error)
        ? directory.forgetAnswer(holder).pipe(
            Effect.timeout(PATIENCE),
            // Where it cannot be kept, this process still knows it.
            Effect.ignore,
          )
        : Effect.void

    /** The key of a call that asks for the amount due: in front, where no subject can have it. */
    const wholeKey = (key: string): string => `due ${key}`

    const flight = (query: Query): Effect.Effect<Landed, ZooError> =>
      Effect.flatMap(Clock.currentTimeMillis, (since) => {
        const { holder, includeTotalDue, key } = query
        const { subject } = holder
        const before = memory.before(query, since)
        let isOurs = false
        const ours = Effect.suspend(() => {
          isOurs = true
          return fetch.run(holder, includeTotalDue)
        })
        return SharedFlight.run<Landed, ZooError>(leases, includeTotalDue ? wholeKey(key) : key, {
          fetch: Effect.map(ours, (fetched) => ({ entry: memory.land(key, fetched), warnings: fetched.warnings })),
          kept: Effect.map(
            memory.keptSince(query, before),
            Option.map((entry) => ({ entry, warnings: [] })),
          ),
          failureText: FailureText.of,
          failureOf: (text) => FailureText.read(text, "Balances.get", Subject.format(subject)),
        }).pipe(
          Effect.tapBoth({
            onFailure: (error) => Effect.zipRight(failed(key, error), forgetAnswer(holder, error)),
            onSuccess: () => {
              failures.forget(key)
              return Metrics.count(Metrics.fetches, "outcome", isOurs ? "answered" : "other_process")
            },
          }),
          Effect.ensuring(listeners.tell(key)),
          Metrics.timed,
          Effect.annotateLogs(Logs.of("Balances")),
          Effect.withSpan("Balances.fetch", { captureStackTrace: false, attributes: { subject: subject._tag } }),
        )
      })

    /** A call that asks for the amount due answers those who do not ask for it as well. */
    const flightKeys = ({ includeTotalDue, key }: Query): Flights.Keys =>
      includeTotalDue ? [wholeKey(key)] : [key, wholeKey(key)]

    /** Fails with what is remembered of a key. */
    const unlessFailed = ({ key, policy }: Query, now: number): Effect.Effect<void, ZooError> => {
      const failure = failures.at(key, now)
      const isHeeded = policy._tag !== "Refresh" || failure?.error._tag === "RateLimited"
      if (failure === undefined || !isHeeded) return Effect.void
      const error = Failures.errorAt(failure, now)
      const told = Metrics.count(Metrics.failuresServed, "cause", Metrics.causeOf(error))
      return Effect.zipRight(told, Effect.fail(error))
    }

    return {
      ask: (query, now) => Effect.zipRight(unlessFailed(query, now), flights.join(flightKeys(query), flight(query))),
      revalidate: (query, now) =>
        Effect.zipRight(unlessFailed(query, now), flights.begin(flightKeys(query), flight(query))),
    }
  })
