/** When to ask the API and when to hand out what is kept, as a value. Which of the two it comes to is decided by `Freshness.of`. */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type * as Freshness from "../domain/freshness/Freshness.js"
import * as Memo from "../infra/Memo.js"

/**
 * - `CacheFirst`: what is kept while it is fresh, else the API. Its terms are those of RFC 5861: for `staleWhileRevalidate` beyond its time
 *   an answer is handed out at once and asked for anew behind it, and for `staleIfError` beyond its time it is handed out where asking fails;
 * - `NetworkFirst`: the API; where that fails, what is kept for `staleIfError` beyond its time;
 * - `CacheOnly`: what is kept, whatever its age; the API is never asked;
 * - `Refresh`: the API, and nothing else.
 */
export type FetchPolicy = Data.TaggedEnum<{
  CacheFirst: {
    /** How long a balance that was asked for without its amount due counts as fresh. */
    readonly maxAge: Duration.Duration
    /** How long one with its amount due does, which costs the API more. */
    readonly maxAgeWithTotalDue: Duration.Duration
    readonly staleWhileRevalidate: Duration.Duration
    readonly staleIfError: Duration.Duration
    /** The share of the time, 0 to 1, that may be taken off at random, so that what was fetched together is not fetched together again. */
    readonly jitter: number
  }
  NetworkFirst: { readonly staleIfError: Duration.Duration }
  CacheOnly: {}
  Refresh: {}
}>

/** Constructors and matcher of policies. */
export const FetchPolicy = Data.taggedEnum<FetchPolicy>()

/** How long a balance without its amount due counts as fresh unless told otherwise. */
export const DEFAULT_MAX_AGE = Duration.minutes(1)

/** How long a balance with its amount due counts as fresh unless told otherwise. */
export const DEFAULT_MAX_AGE_WITH_TOTAL_DUE = Duration.minutes(5)

/** How much older than fresh a balance may be where the API cannot be asked, unless told otherwise. */
export const DEFAULT_STALE_IF_ERROR = Duration.days(1)

/** The share of its time that an answer may lose at random unless told otherwise. */
export const DEFAULT_JITTER = 0.1

/** What may be said of {@link cacheFirst}. */
export interface CacheFirstOptions {
  readonly maxAge?: Duration.DurationInput | undefined
  readonly maxAgeWithTotalDue?: Duration.DurationInput | undefined
  /** None unless told: who asks waits for the API. */
  readonly staleWhileRevalidate?: Duration.DurationInput | undefined
  readonly staleIfError?: Duration.DurationInput | undefined
  /** Clamped to 0 to 1. */
  readonly jitter?: number | undefined
}

const isSpan = (input: Duration.DurationInput | CacheFirstOptions): input is Duration.DurationInput =>
  typeof input !== "object" || Duration.isDuration(input) || Array.isArray(input)

const share = (jitter: number): number => (jitter >= 0 ? Math.min(1, jitter) : 0)

/**
 * What is kept while it is fresh, else the API. A span of time alone is how long any balance counts as fresh, exactly.
 *
 * @example
 * import { FetchPolicy } from "zoo-runway"
 *
 * FetchPolicy.cacheFirst() // a minute, five minutes with the amount due, up to a tenth less
 * FetchPolicy.cacheFirst("30 seconds") // thirty seconds, whatever was asked for
 * FetchPolicy.cacheFirst({ staleWhileRevalidate: "10 minutes" }) // never waits for what is at most ten minutes past its time
 */
export const cacheFirst = (options: Duration.DurationInput | CacheFirstOptions = {}): FetchPolicy => {
  const {
    maxAge,
    maxAgeWithTotalDue,
    staleWhileRevalidate = Duration.zero,
    staleIfError = DEFAULT_STALE_IF_ERROR,
    jitter = DEFAULT_JITTER,
  }: CacheFirstOptions = isSpan(options) ? { maxAge: options, maxAgeWithTotalDue: options, jitter: 0 } : options
  return FetchPolicy.CacheFirst({
    maxAge: Duration.decode(maxAge ?? DEFAULT_MAX_AGE),
    maxAgeWithTotalDue: Duration.decode(maxAgeWithTotalDue ?? maxAge ?? DEFAULT_MAX_AGE_WITH_TOTAL_DUE),
    staleWhileRevalidate: Duration.decode(staleWhileRevalidate),
    staleIfError: Duration.decode(staleIfError),
    jitter: share(jitter),
  })
}

/** The API; where that fails, what is kept, for a day unless told otherwise. */
export const networkFirst = (staleIfError: Duration.DurationInput = DEFAULT_STALE_IF_ERROR): FetchPolicy =>
  FetchPolicy.NetworkFirst({ staleIfError: Duration.decode(staleIfError) })

/** Never asks the API. */
export const cacheOnly: FetchPolicy = FetchPolicy.CacheOnly()

/** Always asks the API. */
export const refresh: FetchPolicy = FetchPolicy.Refresh()

const NEVER: Freshness.Limits = { timeToLive: 0, jitter: 0, staleWhileRevalidate: 0, staleIfError: -1 }
const ALWAYS: Freshness.Limits = {
  timeToLive: 0,
  jitter: 0,
  staleWhileRevalidate: 0,
  staleIfError: Number.POSITIVE_INFINITY,
}

const limitsOf = (policy: FetchPolicy, withTotalDue: boolean): Freshness.Limits => {
  switch (policy._tag) {
    case "CacheFirst":
      return {
        timeToLive: Duration.toMillis(withTotalDue ? policy.maxAgeWithTotalDue : policy.maxAge),
        jitter: policy.jitter,
        staleWhileRevalidate: Duration.toMillis(policy.staleWhileRevalidate),
        staleIfError: Duration.toMillis(policy.staleIfError),
      }
    case "NetworkFirst":
      return { ...NEVER, staleIfError: Duration.toMillis(policy.staleIfError) }
    case "CacheOnly":
      return ALWAYS
    case "Refresh":
      return NEVER
  }
}

interface Both {
  readonly whole: Freshness.Limits
  readonly cheap: Freshness.Limits
}

const bothOf = Memo.byObject(
  (policy: FetchPolicy): Both => ({ whole: limitsOf(policy, true), cheap: limitsOf(policy, false) }),
)

/** What a policy takes for fresh and for usable, in milliseconds. It is worked out once a policy. */
export const limits = (policy: FetchPolicy, withTotalDue: boolean): Freshness.Limits => {
  const both = bothOf(policy)
  return withTotalDue ? both.whole : both.cheap
}
