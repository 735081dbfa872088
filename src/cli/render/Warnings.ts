/** What went wrong beside a good reading or report, one line each. */
import * as Duration from "effect/Duration"
import type * as OverdraftPolicy from "../../domain/runway/OverdraftPolicy.js"
import type * as Report from "../../domain/runway/Report.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type { Reading, Warning } from "../../services/Reading.js"
import * as DriftLines from "./DriftLines.js"
import * as Format from "./Format.js"

const freshness = (reading: Reading): ReadonlyArray<string> =>
  reading._tag === "Stale"
    ? [`the balance is ${Format.span(Duration.toMillis(reading.age))} old: ${reading.cause.message}`]
    : []

const warned = (warning: Warning): ReadonlyArray<string> => {
  switch (warning._tag) {
    case "NotKept":
      return [`the balance was not kept: ${warning.cause.message}`]
    case "NotRead":
      return [`what is kept could not be read: ${warning.cause.message}`]
    case "NotResolved":
      return [`the history is kept under a label, as the account's id could not be asked: ${warning.cause.message}`]
    case "Drifted":
      return DriftLines.byKind(warning.drift).map(
        (line) => `the body says more than the contract: ${line}: upgrade zoo-runway, or report it`,
      )
  }
}

const isOn = ({ _tag }: OverdraftPolicy.OverdraftPolicy): boolean => _tag === "PayAsYouGo"

/** Warnings of a report. */
export const ofReport = ({ overdraft: { overruled } }: Pick<Report.Report, "overdraft">): ReadonlyArray<string> => {
  if (overruled === undefined) return []
  const [given, shown] = isOn(overruled.policy) ? ["on", "off"] : ["off", "on"]
  const at = Timestamp.format(overruled.at)
  return [`the history since ${at} shows that pay as you go is ${shown}, although it was given as ${given} then`]
}

/** Warnings of a reading. */
export const lines = (reading: Reading): ReadonlyArray<string> => [
  ...freshness(reading),
  ...reading.warnings.flatMap(warned),
]
