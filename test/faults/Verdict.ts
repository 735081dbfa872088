/** Holds what came of a row against what has to. */
import * as Either from "effect/Either"
import type { Called, Failure, Got } from "./Play.js"
import { type Expected, keptOf, LIMITS, type Row } from "./Row.js"

/** What the machine may take beyond the bounds that limits promise, in milliseconds: other work may keep it busy. */
const SLACK = 2_000

/** A wait may end that much before its time by another clock. */
const GRAIN = 25

/** The most milliseconds that the limits of a row promise. */
export const mostOf = (row: Row): number => {
  const { deadline, timeout } = { ...LIMITS, ...row.limits }
  return row.isAtOnce === true ? timeout : deadline
}

/** The reasons that a row may have; none where an error has none. */
const reasonsOf = (expected: Expected): ReadonlyArray<string | undefined> => {
  const reason = "reason" in expected ? expected.reason : undefined
  return typeof reason === "string" || reason === undefined ? [reason] : reason
}

const failure = (row: Row, { _tag, attempts, message, reason }: Failure): ReadonlyArray<string> => {
  const { expected } = row
  if (expected._tag === "Answered") return [`failed: ${message}`]
  const tried = row.tried ?? row.calls
  return [
    expected._tag === _tag ? "" : `failed as ${_tag}, not as ${expected._tag}: ${message}`,
    expected._tag !== _tag || reasonsOf(expected).includes(reason) ? "" : `failed for ${reason}: ${message}`,
    expected.says.split("|").some((part) => message.includes(part)) ? "" : `says ${JSON.stringify(message)}`,
    attempts === tried ? "" : `tells of ${attempts} attempts, not of ${tried}`,
    /[\r\n]/.test(message) ? "says more than one line" : "",
  ]
}

const measured = (row: Row, { calls, early, elsewhere, leaked, millis, sent }: Called | Got): ReadonlyArray<string> => {
  const { least = 0, mostSent = Number.POSITIVE_INFINITY } = row
  return [
    calls === row.calls ? "" : `${calls} calls, not ${row.calls}`,
    millis >= least - GRAIN ? "" : `took ${millis} ms, less than ${least}`,
    millis <= mostOf(row) + SLACK ? "" : `took ${millis} ms, more than ${mostOf(row)}`,
    early <= GRAIN ? "" : `asked again ${early} ms too early`,
    sent <= mostSent ? "" : `took ${sent} bytes`,
    elsewhere === 0 ? "" : "another origin was asked",
    leaked ? "the token travelled outside of a request" : "",
  ]
}

const told = (flaws: ReadonlyArray<string>): ReadonlyArray<string> => flaws.filter((flaw) => flaw !== "")

/** What is wrong with what came of `ZooClient.balance`. */
export const ofCall = (row: Row, called: Called): ReadonlyArray<string> => {
  const { expected } = row
  const drift = expected._tag === "Answered" ? (expected.drift ?? "") : ""
  return told([
    ...measured(row, called),
    ...Either.match(called.outcome, {
      onLeft: (error) => failure(row, error),
      onRight: (kinds) => [
        expected._tag === "Answered" ? "" : "answered",
        kinds.join() === drift ? "" : `the drift is ${kinds.join()}`,
      ],
    }),
  ])
}

/** What is wrong with what came of `Balances.get`. */
export const ofGet = (row: Row, got: Got): ReadonlyArray<string> => {
  const kept = keptOf(row.expected)
  return told([
    ...measured(row, got),
    got.isUnchanged ? "" : "what the history had has changed",
    got.added === (kept === "Fresh" ? 1 : 0) ? "" : `the history has ${got.added} snapshots more`,
    ...Either.match(got.outcome, {
      onLeft: (error) => [kept === "Error" ? "" : "nothing was handed out", ...failure(row, error)],
      onRight: ({ cause, isKept, reading }) => [
        reading === kept ? "" : `the reading is ${reading}`,
        isKept === (kept === "Stale") ? "" : "the reading is of another balance",
        ...(cause === undefined ? [] : failure(row, cause)),
      ],
    }),
  ])
}
