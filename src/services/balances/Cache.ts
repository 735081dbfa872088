/**
 * Balances of one base URL from memory, the history and the API, in this order. Memory is checked against the history's version at every
 * read, so it never tells what another process has replaced.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Subject from "../../domain/balance/Subject.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type * as Answers from "../../infra/store/Answers.js"
import type * as Leases from "../../infra/store/Leases.js"
import { RecentMap } from "../../infra/store/RecentMap.js"
import type { StoreError } from "../../infra/store/StoreError.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import * as Accounts from "../Accounts.js"
import * as FetchPolicy from "../FetchPolicy.js"
import * as Logs from "../Logs.js"
import * as Metrics from "../Metrics.js"
import { type Reading, Revalidating, Warning } from "../Reading.js"
import * as SharedFlight from "../SharedFlight.js"
import * as Failures from "./Failures.js"
import * as FailureText from "./FailureText.js"
import type * as Fetch from "./Fetch.js"
import * as Flights from "./Flights.js"
import type * as Listeners from "./Listeners.js"
import * as Slot from "./Slot.js"

/** Why a balance cannot be had. */
export type GetError = ZooError | Accounts.NothingCached | StoreError

/** What a cache works with. */
export interface Parts {
  readonly baseUrl: string
  readonly answers: Answers.Service
  readonly leases: Leases.Service
  readonly fetch: Fetch.Fetch
  readonly listeners: Listeners.Listeners
  /** The most keys that are remembered in memory. */
  readonly capacity: number
}

/** Who asks for what, and how. */
export interface Request {
  readonly subject: Subject.Subject
  readonly credential: Redacted.Redacted
  readonly policy: FetchPolicy.FetchPolicy
  readonly includeTotalDue: boolean
  /** The name under which gauges tell of this subject, where it has one. */
  readonly observed: string | undefined
}

/** Balances by base URL, subject and credential. */
export interface Cache {
  /** What tells keys apart: never to be written anywhere. */
  readonly keyOf: (subject: Subject.Subject, credential: Redacted.Redacted) => string
  readonly get: (request: Request) => Effect.Effect<Reading, GetError>
}

/** What a flight brings home. */
interface Landed {
  readonly entry: Slot.Entry
  readonly warnings: ReadonlyArray<Warning>
}

/** Whether a failure says nothing about the credential's rights, so that what it was answered before may still be handed out. */
const mayServeStale = ({ _tag }: ZooError): boolean =>
  _tag === "Unavailable" || _tag === "RateLimited" || _tag === "UnexpectedBody"

const METHOD = "Balances.get"

/** An empty cache; what is under way ends with the scope. */
export const make = (parts: Parts): Effect.Effect<Cache, never, Scope.Scope> =>
  Effect.map(Flights.make<Landed, ZooError>(), (flights) => {
    const { answers, baseUrl, fetch, leases, listeners } = parts
    const slots = new RecentMap<Slot.Slot>(parts.capacity)
    const failures = new Failures.Failures(parts.capacity)

    const keyOf: Cache["keyOf"] = (subject, credential) =>
      `${answers.fingerprint(credential)} ${baseUrl} ${Subject.format(subject)}`

    const holderOf = ({ credential, subject }: Request): AccountDirectory.Holder => ({ baseUrl, credential, subject })

    const remember = (key: string, slot: Slot.Slot | undefined): void => {
      if (slot === undefined) slots.delete(key)
      else slots.set(key, slot)
    }

    /** What the history knows. The version is asked for first: what is written meanwhile shows in the next one. */
    const verify = (key: string, request: Request): Effect.Effect<Slot.Slot | undefined, StoreError> =>
      Effect.suspend(() => {
        const version = answers.version()
        return Effect.map(answers.last(holderOf(request)), (found) => {
          const slot = Slot.verified(slots.get(key), Slot.fromHistory(found, key), version)
          // What memory has is handed out without another look at failures.
          remember(key, failures.isRefused(key) ? undefined : slot)
          return slot
        })
      })

    const told = (slot: Slot.Slot | undefined, { includeTotalDue }: Request): Slot.Entry | undefined =>
      includeTotalDue ? slot?.whole : slot?.newest

    /**
     * An answer to a key that another process has kept since `since`: another one than was known `before`, whatever the clock says. It is
     * asked for time and again, and looks at the history only where something was written.
     */
    const keptSince = (
      key: string,
      request: Request,
      { before, since }: { readonly before: Slot.Entry | undefined; readonly since: number },
    ): Effect.Effect<Option.Option<Landed>> => {
      let seen = Number.NaN
      return Effect.suspend(() => {
        const version = answers.version()
        if (version === seen) return Effect.succeedNone
        seen = version
        return Effect.map(
          Effect.orElseSucceed(verify(key, request), () => undefined),
          (slot) => {
            const entry = told(slot, request)
            const isNew = entry !== undefined && entry.observedAt >= since && entry.observedAt !== before?.observedAt
            return isNew ? Option.some({ entry, warnings: [] }) : Option.none()
          },
        )
      })
    }

    const land = (key: string, { isKept, snapshot, warnings }: Fetch.Fetched): Landed => {
      const slot = slots.get(key)
      const entry = Slot.entryOf({ snapshot, agreedSince: Slot.agreedSince(slot?.newest, snapshot) }, key, isKept)
      remember(key, Slot.withEntry(slot, entry))
      return { entry, warnings }
    }

    const refused = (key: string, error: ZooError): Effect.Effect<void> =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        failures.note(key, error, now)
        // Whoever is refused is handed nothing any more.
        if (Failures.refuses(error)) slots.delete(key)
      })

    /** The call of a key, alone among the processes that share the history. */
    const flight = (key: string, request: Request): Effect.Effect<Landed, ZooError> =>
      Effect.flatMap(Clock.currentTimeMillis, (since) => {
        const { includeTotalDue, subject } = request
        const before = told(slots.get(key), request)
        let isOurs = false
        const ours = Effect.suspend(() => {
          isOurs = true
          return fetch.run(holderOf(request), includeTotalDue)
        })
        return SharedFlight.run(leases, includeTotalDue ? `${key} due` : key, {
          fetch: Effect.map(ours, (fetched) => land(key, fetched)),
          kept: keptSince(key, request, { before, since }),
          failureText: FailureText.of,
          failureOf: (text) => FailureText.read(text, METHOD, Subject.format(subject)),
        }).pipe(
          Effect.tapBoth({
            onFailure: (error) =>
              Effect.zipRight(refused(key, error), Metrics.count(Metrics.fetches, "outcome", Metrics.causeOf(error))),
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
    const flightKey = (key: string, { includeTotalDue }: Request): string => {
      const whole = `${key} due`
      return includeTotalDue || flights.isUnderWay(whole) ? whole : key
    }

    /** Asks the API, unless it has just failed. `Refresh` does not heed a failure, but for one that told how long to wait. */
    const ask = (key: string, request: Request, now: number): Effect.Effect<Landed, ZooError> => {
      const failure = failures.at(key, now)
      const isHeeded = request.policy._tag !== "Refresh" || failure?.error._tag === "RateLimited"
      if (failure !== undefined && isHeeded) {
        const error = Failures.errorAt(failure, now)
        return Effect.zipRight(
          Metrics.count(Metrics.failuresServed, "cause", Metrics.causeOf(error)),
          Effect.fail(error),
        )
      }
      return flights.join(flightKey(key, request), flight(key, request))
    }

    const revalidate = (key: string, request: Request, now: number): Effect.Effect<void> =>
      failures.at(key, now) === undefined ? flights.begin(flightKey(key, request), flight(key, request)) : Effect.void

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

    const missed = (
      key: string,
      request: Request,
      fallback: Slot.Entry | undefined,
      warnings: ReadonlyArray<Warning>,
      now: number,
    ): Effect.Effect<Reading, ZooError> =>
      Metrics.increment(Metrics.misses).pipe(
        Effect.zipRight(ask(key, request, now)),
        Effect.matchEffect({
          onSuccess: (landed) =>
            Effect.map(Clock.currentTimeMillis, (later) =>
              Slot.fetched(landed.entry, [...warnings, ...landed.warnings], later),
            ),
          onFailure: (cause) =>
            fallback !== undefined && mayServeStale(cause)
              ? handOutStale(fallback, cause, warnings)
              : Effect.fail(cause),
        }),
      )

    const decide = (
      key: string,
      request: Request,
      slot: Slot.Slot | undefined,
      warnings: ReadonlyArray<Warning>,
      now: number,
    ): Effect.Effect<Reading, GetError> => {
      const { includeTotalDue, policy, subject } = request
      if (policy._tag === "CacheOnly") {
        if (slot === undefined) return Effect.fail(Accounts.nothingCached(subject))
        Metrics.countHit("file")
        return Effect.succeed(Slot.offline(slot.newest, now))
      }
      if (slot === undefined || policy._tag === "Refresh" || failures.isRefused(key)) {
        return missed(key, request, undefined, warnings, now)
      }
      const limits = FetchPolicy.limits(policy, includeTotalDue)
      const { entry, freshness } = Slot.candidate(slot, includeTotalDue, limits, now)
      switch (freshness) {
        case "Fresh":
          Metrics.countHit("file")
          return Effect.succeed(Slot.fresh(entry, now))
        case "Revalidate":
          return Effect.zipRight(revalidate(key, request, now), handOutStale(entry, new Revalidating(), warnings))
        case "Fallback":
          return missed(key, request, entry, warnings, now)
        case "Unusable":
          return missed(key, request, undefined, warnings, now)
      }
    }

    /** A history that cannot be read is as good as an empty one, as long as the API may be asked. */
    const looked = (key: string, request: Request): Effect.Effect<Reading, GetError> =>
      Effect.matchEffect(verify(key, request), {
        onSuccess: (slot) => Effect.flatMap(Clock.currentTimeMillis, (now) => decide(key, request, slot, [], now)),
        onFailure: (cause) =>
          request.policy._tag === "CacheOnly"
            ? Effect.fail(cause)
            : Effect.flatMap(Clock.currentTimeMillis, (now) =>
                decide(key, request, slots.get(key), [Warning.NotRead({ cause })], now),
              ),
      }).pipe(Effect.withSpan(METHOD, { captureStackTrace: false, attributes: { subject: request.subject._tag } }))

    /** What is fresh of a slot. */
    const freshOf = (slot: Slot.Slot, { includeTotalDue, policy }: Request, now: number): Reading | undefined => {
      const limits = FetchPolicy.limits(policy, includeTotalDue)
      const { entry, freshness } = Slot.candidate(slot, includeTotalDue, limits, now)
      return freshness === "Fresh" ? Slot.fresh(entry, now) : undefined
    }

    /**
     * What memory has where the history is as it was, else what the history has, at once: where that is fresh. It is the path of most
     * reads, so it opens no span.
     */
    const atHand = (key: string, request: Request, now: number): Reading | undefined => {
      if (request.policy._tag !== "CacheFirst") return undefined
      const [slot, version] = [slots.get(key), answers.version()]
      if (slot?.version === version) {
        const reading = freshOf(slot, request, now)
        if (reading !== undefined) Metrics.countHit("memory")
        return reading
      }
      const found = failures.isRefused(key) ? undefined : answers.peek(holderOf(request))
      if (found === undefined) return undefined
      const current = Slot.verified(slot, Slot.entryOf(found, key, true), version)
      remember(key, current)
      const reading = current && freshOf(current, request, now)
      if (reading !== undefined) Metrics.countHit("file")
      return reading
    }

    const get: Cache["get"] = (request) =>
      Effect.clockWith((clock) => {
        const key = keyOf(request.subject, request.credential)
        const reading = atHand(key, request, clock.unsafeCurrentTimeMillis())
        return reading === undefined ? looked(key, request) : Effect.succeed(reading)
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
