/** What went wrong beside a good reading, one line each. */
import * as Duration from "effect/Duration"
import type { Reading, Warning } from "../../services/Reading.js"
import * as Format from "./Format.js"

const MOST_DRIFT = 5

const freshness = (reading: Reading): ReadonlyArray<string> =>
  reading._tag === "Stale"
    ? [`the balance is ${Format.span(Duration.toMillis(reading.age))} old: ${reading.cause.message}`]
    : []

const warned = (warning: Warning): ReadonlyArray<string> => {
  switch (warning._tag) {
    case "NotKept":
      return [`the balance was not kept: ${warning.cause.message}`]
    case "NotResolved":
      return [`the history is kept under a label, as the account's id could not be asked: ${warning.cause.message}`]
    case "Drifted":
      return warning.drift
        .slice(0, MOST_DRIFT)
        .map((drift) => `the body says something new at ${drift.path} (${drift.kind}): ${drift.found}`)
  }
}

/** Warnings of a reading. */
export const lines = (reading: Reading): ReadonlyArray<string> => [
  ...freshness(reading),
  ...reading.warnings.flatMap(warned),
]
