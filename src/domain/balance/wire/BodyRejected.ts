/** A body that is no customer balance, with what was expected and what was found. */
import * as Schema from "effect/Schema"

/** One thing wrong: where (`$.total_due`), what belongs there, and the type and length of what stands there. */
export const Issue = Schema.Struct({ path: Schema.String, expected: Schema.String, found: Schema.String })
/** One thing wrong with a body. */
export type Issue = typeof Issue.Type

/**
 * - `NotJson`: no JSON text, or bytes that are no UTF-8.
 * - `Html`: a page, as a proxy answers.
 * - `ApiError`: the API's own error body.
 * - `Invalid`: JSON that is no balance.
 * - `TooLarge`, `TooDeep`: beyond what is read (1 MiB and 10,000 values; 64 levels).
 * - `OutOfRange`: an amount of 9.2e9 dollars or more.
 */
export const Kind = Schema.Literal("NotJson", "Html", "ApiError", "Invalid", "TooLarge", "TooDeep", "OutOfRange")
/** Why a body was rejected. */
export type Kind = typeof Kind.Type

/** Most issues that are listed. */
export const MOST_ISSUES = 10

const summary = (kind: Kind, issues: ReadonlyArray<Issue>, count: number): string => {
  const [first] = issues
  if (first === undefined) return `the body is no customer balance (${kind})`
  const more = count > 1 ? ` (and ${count - 1} more)` : ""
  return `the body is no customer balance: at ${first.path} expected ${first.expected}, found ${first.found}${more}`
}

/** A body that is no customer balance. The message is one line and names the first issue; up to ten are listed. */
export class BodyRejected extends Schema.TaggedError<BodyRejected>("zoo-runway/BodyRejected")("BodyRejected", {
  message: Schema.String,
  kind: Kind,
  issues: Schema.Array(Issue),
}) {
  /** `count` is how many issues there are where `issues` does not have them all. */
  static of(kind: Kind, issues: ReadonlyArray<Issue>, count = issues.length): BodyRejected {
    // Checking what has just been put together would take longer than reading a body.
    return new BodyRejected({ message: summary(kind, issues, count), kind, issues: issues.slice(0, MOST_ISSUES) }, true)
  }
}
