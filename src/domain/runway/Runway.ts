/** How long credits last. */
import * as Schema from "effect/Schema"
import * as Timestamp from "../time/Timestamp.js"

/** Nothing is left now. */
export const Empty = Schema.TaggedStruct("Empty", {})

/**
 * The credits run out, at `at` by the median. The outcome lies between `earliest` and `latest` with probability `level`; null where that
 * side reaches past what is forecast. `chance` is the probability that they run out before the next refresh, where one is known, else
 * before the end of the projection.
 */
export const RunsOut = Schema.TaggedStruct("RunsOut", {
  at: Timestamp.FromText,
  earliest: Schema.NullOr(Timestamp.FromText),
  latest: Schema.NullOr(Timestamp.FromText),
  level: Schema.Number,
  chance: Schema.Number,
})

/** More likely than not, the credits last to the end of the cycle; `chance` is the probability that they do not. */
export const LastsCycle = Schema.TaggedStruct("LastsCycle", { until: Timestamp.FromText, chance: Schema.Number })

/** More likely than not, the credits last beyond everything that is forecast: at least until `until`. */
export const LastsBeyond = Schema.TaggedStruct("LastsBeyond", { until: Timestamp.FromText })

/** No use was seen. */
export const NoUse = Schema.TaggedStruct("NoUse", {})

/** Too little history for an answer. `why` says what is missing. */
export const NotEnoughHistory = Schema.TaggedStruct("NotEnoughHistory", { why: Schema.String })

/** `Empty | RunsOut | LastsCycle | LastsBeyond | NoUse | NotEnoughHistory`. */
export const Runway = Schema.Union(Empty, RunsOut, LastsCycle, LastsBeyond, NoUse, NotEnoughHistory).annotations({
  identifier: "Runway",
})
/** How long credits last. */
export type Runway = typeof Runway.Type
