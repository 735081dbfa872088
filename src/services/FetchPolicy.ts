/** When to ask the API and when to hand out what is kept, as a value; and the one pure function that decides. */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * - `CacheFirst`: what is kept while it is younger than `maxAge`, else the API;
 * - `CacheOnly`: what is kept, whatever its age; the API is never asked;
 * - `Refresh`: the API.
 */
export type FetchPolicy = Data.TaggedEnum<{
  CacheFirst: { readonly maxAge: Duration.Duration }
  CacheOnly: {}
  Refresh: {}
}>

/** Constructors and matcher of policies. */
export const FetchPolicy = Data.taggedEnum<FetchPolicy>()

/** How long a kept balance counts as fresh unless told otherwise: five minutes, as every balance is asked for with its amount due. */
export const DEFAULT_MAX_AGE = Duration.minutes(5)

/** The default policy. */
export const cacheFirst = (maxAge: Duration.DurationInput = DEFAULT_MAX_AGE): FetchPolicy =>
  FetchPolicy.CacheFirst({ maxAge: Duration.decode(maxAge) })

/** Never asks the API. */
export const cacheOnly: FetchPolicy = FetchPolicy.CacheOnly()

/** Always asks the API. */
export const refresh: FetchPolicy = FetchPolicy.Refresh()

/** Whether what is kept will do, given its age (`None`: nothing is kept, or nothing whose age is known). */
export const decide = (policy: FetchPolicy, age: Option.Option<Duration.Duration>): "Fetch" | "UseKept" => {
  switch (policy._tag) {
    case "CacheOnly":
      return "UseKept"
    case "Refresh":
      return "Fetch"
    case "CacheFirst":
      return Option.exists(age, (kept) => Duration.lessThan(kept, policy.maxAge)) ? "UseKept" : "Fetch"
  }
}
