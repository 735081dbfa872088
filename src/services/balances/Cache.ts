/** Balances of one base URL from memory, the history and the API, in this order. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Subject from "../../domain/balance/Subject.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type * as Answers from "../../infra/store/Answers.js"
import type * as Leases from "../../infra/store/Leases.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import * as Accounts from "../Accounts.js"
import * as FetchPolicy from "../FetchPolicy.js"
import * as Metrics from "../Metrics.js"
import { type Reading, Revalidating, Warning } from "../Reading.js"
import * as Slot from "./CacheEntry.js"
import { type GetError, Memory, type Query, type Request } from "./CacheEntry.js"
import * as Calls from "./Calls.js"
import type { Listeners } from "./Changes.js"
import * as Failures from "./FailureCache.js"
import type * as Fetch from "./Fetch.js"

/** What a cache works with. */
export interface Parts {
  readonly baseUrl: string
  readonly answers: Answers.Service
  readonly leases: Leases.Service
  readonly directory: AccountDirectory.Service
  readonly fetch: Fetch.Fetch
  readonly listeners: Listeners
  /** The most keys that are remembered in memory. */
  readonly capacity: number
}

/** Balances by base URL, subject and credential. */
export interface Cache {
  /** What tells keys apart: never to be written anywhere. */
  readonly keyOf: (subject: Subject.Subject, credential: Redacted.Redacted) => string
  readonly get: (request: Request) => Effect.Effect<Reading, GetError>
}

/** Whether a failure says nothing about the credential's rights, so that what it was answered before may still be handed out. */
const mayServeStale = ({ _tag }: ZooError): boolean =>
  _tag === "Unavailable" || _tag === "RateLimited" || _tag === "UnexpectedBody" || _tag === "RequestRejected"

const NO_WARNINGS: ReadonlyArray<Warning> = []

/** An empty cache; what is under way ends with the scope. */
export const make = (parts: Parts): Effect.Effect<Cache, never, Scope.Scope> => {
  const { answers, baseUrl, capacity } = parts
  const failures = new Failures.Failures(capacity)
  const memory = new Memory(answers, failures, capacity)
  return Effect.map(Calls.make({ ...parts, memory, failures }), (calls) => {
    const keyOf: Cache["keyOf"] = (subject, credential) =>
      `${answers.fingerprint(credential)} ${baseUrl} ${Subject.format(subject)}`

    const handOutStale = (
      entry: Slot.Entry,
      cause: ZooError | Revalidating,
      warnings: ReadonlyArray<Warning>,
    ): Effect.Effect<Reading> => {
      const told = cause._tag === "Revalidating" ? "revalidating" : Metrics.causeOf(cause)
      return Effect.zipRight(
        Metrics.count(Metrics.stale, "cause", told),
        Effect.map(Clock.currentTimeMillis, (now) => Slot.stale(entry, cause, warnings, now)),
      )
    }

    /** What the API tells; where it cannot be asked, what there is to fall back on. */
    const missed = (
      query: Query,
      fallback: Slot.Entry | undefined,
      warnings: ReadonlyArray<Warning>,
      now: number,
    ): Effect.Effect<Reading, ZooError> =>
      Metrics.increment(Metrics.misses).pipe(
        Effect.zipRight(calls.ask(query, now)),
        Effect.matchEffect({
          onSuccess: (landed) =>
            Effect.map(Clock.currentTimeMillis, (later) =>
              Slot.fetched(landed.entry, [...warnings, ...landed.warnings], later),
            ),
          onFailure: (cause) =>
            fallback !== undefined && mayServeStale(cause) && !failures.isRefused(query.key)
              ? handOutStale(fallback, cause, warnings)
              : Effect.fail(cause),
        }),
      )

    const decide = (
      query: Query,
      slot: Slot.Slot | undefined,
      warnings: ReadonlyArray<Warning>,
      now: number,
    ): Effect.Effect<Reading, GetError> => {
      const { holder, includeTotalDue, key, policy } = query
      if (policy._tag === "CacheOnly") {
        if (slot === undefined || failures.isRefused(key)) return Effect.fail(Accounts.nothingCached(holder.subject))
        Metrics.countHit("file")
        return Effect.succeed(Slot.offline(slot.newest, now))
      }
      if (slot === undefined || policy._tag === "Refresh" || failures.isRefused(key)) {
        return missed(query, undefined, warnings, now)
      }
      const limits = FetchPolicy.limits(policy, includeTotalDue)
      const { entry, freshness } = Slot.candidate(slot, includeTotalDue, limits, now)
      switch (freshness) {
        case "Fresh":
          Metrics.countHit("file")
          return Effect.succeed(Slot.fresh(entry, now, failures.since(key, entry.observedAt)))
        case "Revalidate":
          return Effect.matchEffect(calls.revalidate(query, now), {
            onSuccess: () => handOutStale(entry, new Revalidating(), warnings),
            onFailure: (cause) => handOutStale(entry, cause, warnings),
          })
        case "Fallback":
          return missed(query, entry, warnings, now)
        case "Unusable":
          return missed(query, undefined, warnings, now)
      }
    }

    /** A history that cannot be read is as good as an empty one, as long as the API may be asked. */
    const looked = (query: Query): Effect.Effect<Reading, GetError> =>
      Effect.matchEffect(memory.verify(query), {
        onSuccess: (slot) => Effect.flatMap(Clock.currentTimeMillis, (now) => decide(query, slot, NO_WARNINGS, now)),
        onFailure: (cause) =>
          query.policy._tag === "CacheOnly"
            ? Effect.fail(cause)
            : Effect.flatMap(Clock.currentTimeMillis, (now) =>
                decide(query, memory.get(query.key), [Warning.NotRead({ cause })], now),
              ),
      }).pipe(
        Effect.withSpan("Balances.get", {
          captureStackTrace: false,
          attributes: { subject: query.holder.subject._tag },
        }),
      )

    /** What is at hand and fresh. It is the path of most reads, so it opens no span. */
    const atHand = (query: Query, now: number): Reading | undefined => {
      if (query.policy._tag !== "CacheFirst") return undefined
      const found = memory.atHand(query)
      if (found === undefined) return undefined
      const limits = FetchPolicy.limits(query.policy, query.includeTotalDue)
      const { entry, freshness } = Slot.candidate(found.slot, query.includeTotalDue, limits, now)
      if (freshness !== "Fresh") return undefined
      Metrics.countHit(found.from)
      return Slot.fresh(entry, now, failures.since(query.key, entry.observedAt))
    }

    const get = ({ credential, includeTotalDue, policy, subject }: Request): Effect.Effect<Reading, GetError> =>
      Effect.clockWith((clock) => {
        const holder = { baseUrl, credential, subject }
        const query: Query = { key: keyOf(subject, credential), holder, policy, includeTotalDue }
        const reading = atHand(query, clock.unsafeCurrentTimeMillis())
        return reading === undefined ? looked(query) : Effect.succeed(reading)
      })

    return {
      keyOf,
      get: (request) => {
        const { observed } = request
        return observed === undefined
          ? get(request)
          : Effect.tap(get(request), ({ snapshot }) =>
              Effect.flatMap(Clock.currentTimeMillis, (now) => Metrics.observe(observed, snapshot, now)),
            )
      },
    }
  })
}
