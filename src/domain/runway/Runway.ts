/** How long credits last. */
import * as Schema from "effect/Schema"
import * as Block from "../balance/Block.js"
import * as Timestamp from "../time/Timestamp.js"

/** The API has stopped service, whatever is left. */
export const Blocked = Schema.TaggedStruct("Blocked", {
  /** Why, as the API names it. */
  reason: Block.Reason.schema,
  /** The API's own words to the customer. */
  message: Schema.OptionFromNullOr(Schema.String),
})

/** Nothing is left now. */
export const Empty = Schema.TaggedStruct("Empty", {})

/** The credits run out, at `at` by the median, never before now. */
export const RunsOut = Schema.TaggedStruct("RunsOut", {
  at: Timestamp.FromText,
  /** The outcome lies between `earliest` and `latest` with probability `level`; null where that side lies beyond what is forecast. */
  earliest: Schema.NullOr(Timestamp.FromText),
  latest: Schema.NullOr(Timestamp.FromText),
  /** Above 0 and below 1. */
  level: Schema.Number,
  /** The probability that they run out before the next refresh, where one is known, else before the end of the projection. */
  chance: Schema.Number,
})

/** More likely than not, the credits last to the end of the cycle. */
export const LastsCycle = Schema.TaggedStruct("LastsCycle", {
  until: Timestamp.FromText,
  /** The probability that they run out before. */
  chance: Schema.Number,
})

/** More likely than not, the credits last for as long as is forecast: 400 days. */
export const LastsBeyond = Schema.TaggedStruct("LastsBeyond", {
  /** At most `now` plus the covered length of the history, at least the next refresh: no further than the history bears out. */
  until: Timestamp.FromText,
  /** The probability that they run out before `until`. */
  chance: Schema.Number,
  /** They run out no earlier, but for the upper tail of usage beyond the level of the projection; null where that is not within 400 days. */
  earliest: Schema.NullOr(Timestamp.FromText),
})

/** No usage was observed. */
export const NoUse = Schema.TaggedStruct("NoUse", {})

/** Too little history for an answer. */
export const NotEnoughHistory = Schema.TaggedStruct("NotEnoughHistory", {
  /** What is missing. */
  why: Schema.String,
})

/** The newest balance is older than the history allows. JSON: milliseconds. */
export const TooOld = Schema.TaggedStruct("TooOld", {
  /** From the observation of the newest balance to now. */
  age: Schema.DurationFromMillis,
  /** The covered length of the history, at least 7 and at most 62 days. */
  limit: Schema.DurationFromMillis,
})

/** `Blocked | Empty | RunsOut | LastsCycle | LastsBeyond | NoUse | NotEnoughHistory | TooOld`; `Blocked` goes before all others. */
export const Runway = Schema.Union(
  Blocked,
  Empty,
  RunsOut,
  LastsCycle,
  LastsBeyond,
  NoUse,
  NotEnoughHistory,
  TooOld,
).annotations({ identifier: "Runway" })
/** How long credits last. */
export type Runway = typeof Runway.Type

/** The runway of an account whose service the API has stopped. */
export const blocked = ({ message, reason }: Block.Block): Runway => ({ _tag: "Blocked", reason, message })
