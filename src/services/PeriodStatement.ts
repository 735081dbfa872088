/**
 * The statement of an account by days, weeks, months or cycles: what stood at the beginning of each, what came and went, and what stood at its
 * end. Read from usage at rest; the API is never asked.
 *
 * It runs from the first snapshot to the last one, or as far as a span narrows it. A span may begin and end between two snapshots: what lies
 * between them is divided as `StatementRows` says, so that statements of neighbouring spans add up.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../domain/history/Account.js"
import * as Assumption from "../domain/history/Assumption.js"
import * as Consumption from "../domain/history/Consumption.js"
import * as LedgerDay from "../domain/history/LedgerDay.js"
import * as StatementRows from "../domain/history/StatementRows.js"
import * as Calendar from "../domain/time/Calendar.js"
import type * as Timestamp from "../domain/time/Timestamp.js"
import * as EventLoop from "../infra/store/EventLoop.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"
import { UsageSeries } from "./UsageSeries.js"

/** Lengths of periods: calendar days, weeks from Monday on, months, or cycles from one refresh to the next. */
export const By = Schema.Literal("day", "week", "month", "cycle").annotations({ identifier: "StatementBy" })
/** `day | week | month | cycle`. */
export type By = typeof By.Type

/** What to state. */
export interface Request {
  /** @default "month" */
  readonly by?: By | undefined
  /** Whose calendar days, weeks and months are of. @default UTC */
  readonly zone?: Calendar.Zone | undefined
  /** @default the first snapshot */
  readonly from?: Timestamp.Timestamp | undefined
  /** @default the last snapshot */
  readonly to?: Timestamp.Timestamp | undefined
  /** What was observed after it is left out. @default nothing is */
  readonly now?: Timestamp.Timestamp | undefined
}

/** A statement by periods. The totals are those of the whole span: as narrow as it allows, while those of the rows may be wider. */
export const PeriodStatement = Schema.Struct({
  account: Account.Account,
  by: By,
  /** The name of the zone. */
  zone: Schema.String,
  rows: Schema.Array(StatementRows.Row),
  totals: StatementRows.Row,
  /** What all of it takes as true without evidence. */
  assumes: Schema.Array(Assumption.Assumption),
}).annotations({ identifier: "PeriodStatement" })
/** A statement by periods. */
export type PeriodStatement = typeof PeriodStatement.Type

/** Days that are added up between two turns of the event loop, and rows that are made. */
const DAYS_A_TURN = 4

const add = <A>(items: Iterable<A>, each: (item: A) => void): Effect.Effect<void> =>
  Effect.gen(function* () {
    let count = 0
    for (const item of items) {
      if (count++ % DAYS_A_TURN === DAYS_A_TURN - 1) yield* EventLoop.turn
      each(item)
    }
  })

const rowsOf = (
  borders: ReadonlyArray<number>,
  days: ReadonlyArray<LedgerDay.LedgerDay>,
  open: ReadonlyArray<Parameters<StatementRows.Builder["addOpen"]>[0]>,
  endsWithHistory: boolean,
) =>
  Effect.gen(function* () {
    const collector = new Consumption.Collector({ cuts: borders })
    yield* add(days, (day) => LedgerDay.collect(day, collector))
    for (const entry of open) collector.add(entry)
    const usage = collector.series()
    const builder = new StatementRows.Builder(borders, usage, endsWithHistory)
    const ends = [borders[0] as number, borders.at(-1) as number]
    const whole = new StatementRows.Builder(ends, usage, endsWithHistory)
    yield* EventLoop.turn
    yield* add(days, (day) => {
      builder.add(day)
      whole.add(day)
    })
    for (const entry of open) {
      builder.addOpen(entry)
      whole.addOpen(entry)
    }
    const rows: Array<StatementRows.Row> = []
    yield* add(builder.rows(), (row) => rows.push(row))
    const [totals] = whole.rows()
    return { rows, totals: totals as StatementRows.Row, assumes: whole.assumes }
  })

/** The moments at which periods begin within a span. */
const beginnings = (
  by: By,
  from: Timestamp.Timestamp,
  to: Timestamp.Timestamp,
  zone: DateTime.TimeZone,
  days: ReadonlyArray<LedgerDay.LedgerDay>,
) =>
  Effect.gen(function* () {
    if (by !== "cycle") return Calendar.beginnings(by, from, to, zone)
    const collector = new Consumption.Collector({ cuts: [] })
    yield* add(days, (day) => LedgerDay.collect(day, collector))
    const { refreshes } = collector.series()
    return refreshes
      .filter(
        ({ at, by: cause }) =>
          cause === "Refresh" && at.epochMillis > from.epochMillis && at.epochMillis < to.epochMillis,
      )
      .map(({ at }) => at)
  })

/**
 * The statement of an account by periods; `None` where fewer than two snapshots lie in the span, so that nothing can be said of it. Fails with
 * `InvalidZone` where no zone has the name.
 */
export const of = (
  account: Account.Account,
  { by = "month", from, now, to, zone = Calendar.UTC }: Request = {},
): Effect.Effect<Option.Option<PeriodStatement>, StoreError | Calendar.InvalidZone, SnapshotStore | UsageSeries> =>
  Effect.gen(function* () {
    const series = yield* UsageSeries
    const store = yield* SnapshotStore
    const named = yield* Calendar.parseZone(zone)
    const first = yield* series.openingOf(account)
    const last = yield* now === undefined ? store.latest(account) : store.asOf(account, now)
    if (Option.isNone(first) || Option.isNone(last)) return Option.none()
    const start = from === undefined ? first.value.observedAt : DateTime.max(from, first.value.observedAt)
    const end = to === undefined ? last.value.observedAt : DateTime.min(to, last.value.observedAt)
    if (start.epochMillis >= end.epochMillis) return Option.none()
    const { days, open } = yield* series.ledger({ account, until: now })
    const within = yield* beginnings(by, start, end, named, days)
    const borders = [...new Set([start, ...within, end].map(({ epochMillis }) => epochMillis))]
    const endsWithHistory = end.epochMillis === last.value.observedAt.epochMillis
    const { assumes, rows, totals } = yield* rowsOf(borders, days, open, endsWithHistory)
    return Option.some({ account, by, zone: Calendar.nameOf(named), rows, totals, assumes })
  }).pipe(Effect.withSpan("PeriodStatement.of", { captureStackTrace: false }))
