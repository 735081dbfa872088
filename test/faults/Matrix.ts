/** All rows, and what came of them. */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Play from "./Play.js"
import type { Row } from "./Row.js"
import * as Bodies from "./rows/Bodies.js"
import * as Connections from "./rows/Connections.js"
import * as Redirects from "./rows/Redirects.js"
import * as Statuses from "./rows/Statuses.js"
import * as Times from "./rows/Times.js"
import * as Waits from "./rows/Waits.js"

/** Rows of a kind. */
export interface Group {
  readonly title: string
  readonly rows: ReadonlyArray<Row>
}

/** All rows. */
export const groups: ReadonlyArray<Group> = [
  { title: "Connections", rows: Connections.rows },
  { title: "Time", rows: Times.rows },
  { title: "Statuses", rows: Statuses.rows },
  { title: "Retry-After", rows: Waits.rows },
  { title: "Redirects", rows: Redirects.rows },
  { title: "Bodies", rows: Bodies.rows },
]

/** A row, and what came of it. */
export interface Played {
  readonly row: Row
  readonly called: Play.Called
  readonly got: Play.Got
}

/** As many rows as a small machine plays without making them wait for each other. */
const AT_ONCE = 6

const play = (row: Row): Effect.Effect<Played> =>
  Effect.map(Effect.all([Play.balance(row), Play.get(row)]), ([called, got]) => ({ row, called, got }))

/**
 * Plays all rows: those whose time is short on their own, and looking up names last, which may keep a machine without a resolver busy.
 */
export const run: Effect.Effect<ReadonlyMap<Row, Played>> = Effect.gen(function* () {
  const rows = groups.flatMap(({ rows }) => rows)
  const isLookup = ({ at }: Row): boolean => at === "unknown name"
  const isShort = (row: Row): boolean => Times.rows.includes(row)
  const rest = rows.filter((row) => !isLookup(row) && !isShort(row))
  const played = [
    ...(yield* Effect.forEach(rest, play, { concurrency: AT_ONCE })),
    ...(yield* Effect.forEach(Times.rows, play, { concurrency: "unbounded" })),
    ...(yield* Effect.forEach(rows.filter(isLookup), play)),
  ]
  return new Map(played.map((one) => [one.row, one]))
}).pipe(Logger.withMinimumLogLevel(LogLevel.None))
