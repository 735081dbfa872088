/** Findings on one screen, each with what to do below it. */
import * as Schema from "effect/Schema"
import type { Opened } from "../doctor/Facts.js"
import type { Finding } from "../doctor/Findings.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as Table from "./Table.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** The findings, whether none is bad, and the contents of the file where it opens. */
export const Examination = Schema.Struct({
  ok: Schema.Boolean,
  findings: Schema.Array(
    Schema.Struct({
      check: Schema.String,
      level: Schema.Literal("ok", "warn", "bad"),
      found: Schema.String,
      advice: Schema.NullOr(Schema.String),
    }),
  ),
  statistics: Schema.NullOr(
    Schema.Struct({
      accounts: Count,
      snapshots: Count,
      plans: Count,
      usageDays: Count,
      sealedDays: Count,
      fileBytes: Count,
      freeBytes: Count,
      logBytes: Count,
    }),
  ),
}).annotations({ identifier: "Examination" })

const encode = Schema.encodeSync(Examination)

/** How many findings are bad. */
export const badOnes = (findings: ReadonlyArray<Finding>): number =>
  findings.filter(({ level }) => level === "bad").length

/** The whole as JSON. */
export const json = (
  findings: ReadonlyArray<Finding>,
  opened: Pick<Opened, "statistics" | "sizes"> | undefined,
): string =>
  JSON.stringify(
    encode({
      ok: badOnes(findings) === 0,
      findings: findings.map(({ advice, ...finding }) => ({ ...finding, advice: advice ?? null })),
      statistics: opened === undefined ? null : { ...opened.statistics, ...opened.sizes },
    }),
    null,
    2,
  )

const printable = (text: string): string =>
  text
    .split(/\s*[\r\n]+\s*/)
    .map(shown)
    .join(" ")

/** A text on one line and without what steers a terminal, at its whole length: paths are long. */
const shown = (text: string): string => {
  const parts = text.match(/.{1,40}/gsu) ?? []
  return parts.map(Format.text).join("")
}

const LEVEL_WIDTH = 4

/** The lines: level, what was looked at, what was found, and below it what to do. */
export const lines = (findings: ReadonlyArray<Finding>, colors: Colors): ReadonlyArray<string> => {
  const width = Math.max(...findings.map(({ check }) => Table.width(check)))
  const columns = [{ width: LEVEL_WIDTH }, { width }, { width: 0 }]
  const painted = { ok: colors.green("ok"), warn: colors.yellow("warn"), bad: colors.bold(colors.red("bad")) }
  return findings.flatMap(({ advice, check, found, level }) => [
    Table.row([painted[level], check, printable(found)], columns),
    ...(advice === undefined ? [] : [Table.row(["", "", `do: ${printable(advice)}`], columns)]),
  ])
}
