/** What became of the lines of an import. */
import * as Schema from "effect/Schema"
import type * as HistoryImport from "../../services/HistoryImport.js"
import * as RejectedLines from "../RejectedLines.js"
import * as Format from "./Format.js"
import * as Json from "./Json.js"

/** The counts of all files together; blank lines are none. */
export const Summary = Schema.Struct({
  lines: Json.Count,
  /** Newly kept. */
  kept: Json.Count,
  /** Kept before, to the last digit. */
  duplicates: Json.Count,
  rejected: Json.Count,
  /** Left out by `--subject`. */
  skipped: Json.Count,
  /** Snapshots that are dated in the future, by more than clocks differ: they are kept, or were kept before. */
  future: Json.Count,
  /** Good lines whose body says more than the contract, and their findings by kind. */
  drift: Schema.Struct({ lines: Json.Count, findings: Schema.Record({ key: Schema.String, value: Json.Count }) }),
  /** Where the rejected lines are. */
  rejectedFiles: Schema.Array(Schema.String),
  /** Inputs that are cut off or damaged within: what stood before was read. */
  damagedFiles: Schema.Array(Schema.String),
}).annotations({ identifier: "ImportSummary" })
/** The counts of all files together. */
export type Summary = typeof Summary.Type

/** A summary as JSON. */
export const json = Json.printer(Summary)

/** What became of a file. */
export interface Imported {
  readonly file: string
  readonly counts: HistoryImport.Counts
  /** Why it could not be read to its end. */
  readonly damage: string | undefined
}

/** Adds up what became of each file. */
export const summarize = (files: ReadonlyArray<Imported>): Summary => {
  const sum = (count: (counts: HistoryImport.Counts) => number) =>
    files.reduce((total, { counts }) => total + count(counts), 0)
  const findings: Record<string, number> = {}
  for (const { counts } of files) {
    for (const [kind, count] of Object.entries(counts.drift)) findings[kind] = (findings[kind] ?? 0) + count
  }
  return {
    lines: sum((counts) => counts.lines),
    kept: sum((counts) => counts.kept),
    duplicates: sum((counts) => counts.duplicates),
    rejected: sum((counts) => counts.rejected),
    skipped: sum((counts) => counts.skipped),
    future: sum((counts) => counts.future),
    drift: { lines: sum((counts) => counts.drifted), findings },
    rejectedFiles: files.filter(({ counts }) => counts.rejected > 0).map(({ file }) => RejectedLines.fileOf(file)),
    damagedFiles: files.filter(({ damage }) => damage !== undefined).map(({ file }) => file),
  }
}

/** `5 lines: 3 kept, 1 kept before, 1 rejected`, with what was left out, what drifted and what is of the future where there is any. */
export const line = ({ drift, duplicates, future, kept, lines, rejected, skipped }: Summary): string => {
  const counts = [
    `${kept} kept`,
    `${duplicates} kept before`,
    `${rejected} rejected`,
    ...(skipped > 0 ? [`${skipped} of other subjects left out`] : []),
  ]
  const kinds = Object.entries(drift.findings).map(([kind, count]) => `${kind} ${count}`)
  const drifted =
    drift.lines > 0 ? `; ${drift.lines} with bodies that say more than the contract (${kinds.join(", ")})` : ""
  const ahead = future > 0 ? `; ${Format.count(future, "snapshot is", "snapshots are")} dated in the future` : ""
  return `${Format.count(lines, "line")}: ${counts.join(", ")}${drifted}${ahead}`
}
