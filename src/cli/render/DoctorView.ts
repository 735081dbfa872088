/** Findings on one screen, each with what to do below it. */
import * as Schema from "effect/Schema"
import type { Opened } from "../doctor/Facts.js"
import type { Finding } from "../doctor/Findings.js"
import * as Output from "../Output.js"
import type { Colors } from "../Terminal.js"
import * as Json from "./Json.js"
import * as Table from "./Table.js"

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
      accounts: Json.Count,
      snapshots: Json.Count,
      plans: Json.Count,
      usageDays: Json.Count,
      sealedDays: Json.Count,
      fileBytes: Json.Count,
      freeBytes: Json.Count,
      logBytes: Json.Count,
    }),
  ),
}).annotations({ identifier: "Examination" })

const print = Json.printer(Examination)

/** How many findings are bad. */
export const badOnes = (findings: ReadonlyArray<Finding>): number =>
  findings.filter(({ level }) => level === "bad").length

/** The whole as JSON. */
export const json = (
  findings: ReadonlyArray<Finding>,
  opened: Pick<Opened, "statistics" | "sizes"> | undefined,
): string =>
  print({
    ok: badOnes(findings) === 0,
    findings: findings.map(({ advice, ...finding }) => ({ ...finding, advice: advice ?? null })),
    statistics: opened === undefined ? null : { ...opened.statistics, ...opened.sizes },
  })

const LEVEL_WIDTH = 4

/** The lines: level, what was looked at, what was found, and below it what to do. Advice that is wider than so many columns goes on below. */
export const lines = (findings: ReadonlyArray<Finding>, colors: Colors, available: number): ReadonlyArray<string> => {
  const width = Math.max(...findings.map(({ check }) => Table.width(check)))
  const columns = [{ width: LEVEL_WIDTH }, { width }, { width: 0 }]
  const indent = " ".repeat(Table.rowWidth(columns))
  const painted = { ok: colors.green("ok"), warn: colors.yellow("warn"), bad: colors.bold(colors.red("bad")) }
  return findings.flatMap(({ advice, check, found, level }) => [
    Table.row([painted[level], check, Output.oneLine(found)], columns),
    ...(advice === undefined
      ? []
      : Table.wrap(Table.row(["", "", `do: ${Output.oneLine(advice)}`], columns), available, indent)),
  ])
}
