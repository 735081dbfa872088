/** What became of the lines of an import. */
import * as Schema from "effect/Schema"
import type * as HistoryImport from "../../services/HistoryImport.js"
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
  /** Inputs that were not read to their end: they are cut off, damaged within, or not JSON lines. What stood before was read. */
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
  /** Where its bad lines are; `undefined` where it has none, or they were not written. */
  readonly rejectedFile: string | undefined
  /** Why it could not be read to its end. */
  readonly damage: string | undefined
}

/** Neighbouring numbers as spans: `1 to 3, 7`. */
const spans = (numbers: ReadonlyArray<number>): string => {
  const found: Array<{ readonly from: number; to: number }> = []
  for (const number of numbers) {
    const last = found.at(-1)
    if (last?.to === number - 1) last.to = number
    else found.push({ from: number, to: number })
  }
  return found.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).join(", ")
}

/** What is wrong, whatever was found in its place. */
const kindOf = (reason: string): string => reason.replace(/, found .*$/, "")

/** Bad lines of a file by what is wrong with them. Not more than `most` of them are named; others are counted where one like them is named. */
export class Reasons {
  private readonly most: number
  private readonly groups = new Map<
    string,
    { readonly reason: string; readonly named: Array<number>; others: number }
  >()
  /** How many lines are named. */
  named = 0

  constructor(most: number) {
    this.most = most
  }

  /** Adds a line. */
  add(line: number, reason: string): void {
    const kind = kindOf(reason)
    const group = this.groups.get(kind)
    if (this.named >= this.most) {
      if (group !== undefined) group.others++
      return
    }
    this.named++
    if (group === undefined) this.groups.set(kind, { reason, named: [line], others: 0 })
    else group.named.push(line)
  }

  /** `line 3: it has no subject`, `lines 4 to 6, 9 and 12 more: it is no JSON object`, in the order of the first lines. */
  lines(): ReadonlyArray<string> {
    return [...this.groups].map(([kind, { named, others, reason }]) => {
      const more = others > 0 ? ` and ${others} more` : ""
      const isOne = named.length + others === 1
      return `${isOne ? "line" : "lines"} ${spans(named)}${more}: ${isOne ? reason : kind}`
    })
  }
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
    rejectedFiles: files.flatMap(({ rejectedFile }) => rejectedFile ?? []),
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
