/** What went wrong beside a good reading or report, one line each. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Account from "../../domain/history/Account.js"
import type * as OverdraftPolicy from "../../domain/runway/OverdraftPolicy.js"
import type * as Report from "../../domain/runway/Report.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type { Reading, Warning } from "../../services/Reading.js"
import * as Message from "../Message.js"
import * as DriftLines from "./DriftLines.js"
import * as Format from "./Format.js"

const freshness = (reading: Reading): ReadonlyArray<string> =>
  reading._tag === "Stale"
    ? [`the balance is ${Format.span(Duration.toMillis(reading.age))} old: ${Message.of(reading.cause)}`]
    : []

const warned = (warning: Warning): ReadonlyArray<string> => {
  switch (warning._tag) {
    case "NotKept":
      return [`the balance was not kept: ${Message.of(warning.cause)}`]
    case "NotRead":
      return [`what is kept could not be read: ${Message.of(warning.cause)}`]
    case "NotRefreshed":
      return [`a newer balance was asked for and not answered: ${Message.of(warning.cause)}`]
    case "NotResolved":
      return [`the history is kept under a label, as the account's id could not be asked: ${Message.of(warning.cause)}`]
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

/** The misdated snapshots that a history begins with, and the command that removes them. */
export const ofMisdated = (
  { baseUrl, owner }: Account.Account,
  times: ReadonlyArray<Timestamp.Timestamp>,
): ReadonlyArray<string> => {
  const [first, last] = [times[0], times.at(-1)]
  if (first === undefined || last === undefined) return []
  const [from, to] = [first, DateTime.add(last, { millis: 1 })].map(Timestamp.format)
  const url = baseUrl === Account.DEFAULT_BASE_URL ? "" : ` --base-url ${baseUrl}`
  const command = `zoo-runway forget --subject ${Account.formatOwner(owner)}${url} --from ${from} --to ${to}`
  const misdated = Format.count(times.length, "misdated snapshot")
  return [`the history begins with ${misdated}, from ${from} on, not counted; to remove, run ${command}`]
}

/** Warnings of a reading. */
export const lines = (reading: Reading): ReadonlyArray<string> => [
  ...freshness(reading),
  ...reading.warnings.flatMap(warned),
]
