/** Removes old looks of an account and keeps the sums of their usage. Each is to be called within a transaction; those that write, within one that writes. */
import * as Option from "effect/Option"
import type * as Ledger from "../../../domain/history/Ledger.js"
import type { LedgerEvent } from "../../../domain/history/LedgerEvent.js"
import * as Checkpoint from "./Checkpoint.js"
import * as Checksum from "./Checksum.js"
import type { Row } from "./Day.js"
import type { DayTable } from "./DayTable.js"
import type { At, Explainer, Known } from "./Explainer.js"
import type * as Look from "./Look.js"
import type { Row as LookRow } from "./LookColumns.js"
import type { LookTable } from "./LookTable.js"
import * as Period from "./Period.js"
import * as Runs from "./Runs.js"
import * as SumColumns from "./SumColumns.js"
import * as Tally from "./Tally.js"
import type { TermsTable } from "./Terms.js"

/** What is kept of a day: nothing, or the last look of each hour or of the day, and those beside an event. */
export type Thin = "Hour" | "Day" | undefined

/** What pruning a day comes to. */
export interface PrunedDay {
  readonly removed: number
  readonly kept: number
}

/** A look with what it closes. */
interface Closed {
  readonly look: Look.Look
  readonly tally: Tally.Tally
  readonly isOpen: boolean
}

/** Whether the looks around an event stay: around all but usage, and what it is charged. */
const isKeptBeside = (event: LedgerEvent): boolean =>
  event._tag !== "Usage" && !(event._tag === "Charge" && event.kind === "Usage")

/** Whether the pair after the last look, or the span since the last known amount due, begins before a time. */
const isOpenBefore = ({ due, previous }: Ledger.State, millis: number): boolean =>
  due.since.epochMillis <= millis || Option.exists(previous, ({ observedAt }) => observedAt.epochMillis <= millis)

/** Prunes accounts that wait for no explanation. */
export class Pruner {
  private readonly looks: LookTable
  private readonly days: DayTable
  private readonly terms: TermsTable
  private readonly explainer: Explainer

  constructor(tables: {
    readonly looks: LookTable
    readonly days: DayTable
    readonly terms: TermsTable
    readonly explainer: Explainer
  }) {
    this.looks = tables.looks
    this.days = tables.days
    this.terms = tables.terms
    this.explainer = tables.explainer
  }

  /** The days that ended by `before` and have looks to prune, in order. Days that were thinned are only removed as a whole. */
  daysBefore(known: Known, before: number, thin: Thin): ReadonlyArray<number> {
    return this.days
      .between(known.id, Period.BEFORE_ALL, Math.floor(before / Period.DAY) - 1)
      .filter((row) => row.looks > 0n && (thin === undefined || row.frozen === null))
      .map((row) => Number(row.day))
  }

  /**
   * Adds the times of looks beside an event in days, which are not to be thinned: at both ends of what it explains. A day at a step, so that each
   * can have a transaction of its own.
   */
  *protect(known: Known, days: ReadonlyArray<number>, times: Set<number>): Generator<void, void, void> {
    const [first, last] = [days[0], days.at(-1)]
    if (first === undefined || last === undefined) return
    const end = Period.dayStart(last + 1)
    let at = this.explainer.stateBefore(known, first)
    let day: number | undefined = first
    // What begins in these days may end in later ones: with the next look, and with the next known amount due.
    while (day !== undefined && (day <= last || isOpenBefore(at.state, end))) {
      for (const row of this.looks.between(known.id, Period.dayStart(day), Period.dayStart(day + 1))) {
        for (const look of this.looks.looksOf(row)) {
          const [next, entries] = this.explainer.entries(at, look, this.looks.snapshotOf(known.account, look))
          at = next
          for (const { events, from, to } of entries) {
            if (!events.some(isKeptBeside)) continue
            times.add(from.epochMillis)
            times.add(to.epochMillis)
          }
        }
      }
      yield
      day = this.days.nextDay(known.id, day)
    }
  }

  /** Prunes a day, or counts what that comes to. */
  prune(
    known: Known,
    day: number,
    thin: Thin,
    protectedTimes: ReadonlySet<number>,
    version: number,
    dryRun: boolean,
  ): PrunedDay {
    const row = this.days.one(known.id, day)
    if (row === undefined || row.looks === 0n || row.pending > 0n) return { removed: 0, kept: 0 }
    const total = Number(row.looks)
    if (thin === undefined) {
      if (!dryRun) this.remove(known, row, version)
      return { removed: total, kept: 0 }
    }
    const { at, closed } = this.closedOn(known, day)
    const kept = thinned(closed, thin, protectedTimes)
    if (!dryRun) this.replace(known, row, kept, at, version)
    return { removed: total - kept.length, kept: kept.length }
  }

  /** The looks of a day with what each closes, and the state after them. */
  private closedOn(known: Known, day: number): { readonly closed: ReadonlyArray<Closed>; readonly at: At } {
    let at = this.explainer.stateBefore(known, day)
    const closed: Array<Closed> = []
    for (const row of this.looks.between(known.id, Period.dayStart(day), Period.dayStart(day + 1))) {
      for (const look of this.looks.looksOf(row)) {
        const step = this.explainer.step(at, look, this.looks.snapshotOf(known.account, look))
        at = step.at
        closed.push({ look, tally: step.tally, isOpen: at.state.payAsYouGoPossible })
      }
    }
    return { closed, at }
  }

  private remove(known: Known, row: Row, version: number): void {
    const day = Number(row.day)
    // What was thinned before has no looks of its own to tell what comes after it.
    const at = row.frozen === null ? this.closedOn(known, day).at : undefined
    this.looks.remove(known.id, Period.dayStart(day), Period.dayStart(day + 1))
    this.freeze(known, row, { looks: 0, firstAt: Number(row.first_at), looksSum: Checksum.empty, at, version })
  }

  private replace(known: Known, row: Row, kept: ReadonlyArray<Closed>, at: At, version: number): void {
    const day = Number(row.day)
    this.looks.remove(known.id, Period.dayStart(day), Period.dayStart(day + 1))
    let next = 0
    for (const run of Runs.of(kept.map(({ look }) => look))) {
      const those = kept.slice(next, next + run.count)
      next += run.count
      const tally = those.reduce((sum, each) => Tally.add(sum, each.tally), Tally.empty)
      this.looks.insert(known.id, run, tally, those.at(-1)?.isOpen ?? false)
    }
    const hashes = kept.map(({ look }) => Checksum.of(look, this.terms.of(look.content.termsId).hash))
    this.freeze(known, row, {
      looks: kept.length,
      firstAt: kept[0]?.look.observedAt ?? Number(row.first_at),
      looksSum: hashes.reduce(Checksum.add, Checksum.empty),
      at,
      version,
    })
  }

  /** Writes what a day became, whose sums nothing can explain again, and what the next one begins with. */
  private freeze(
    known: Known,
    row: Row,
    to: {
      readonly looks: number
      readonly firstAt: number
      readonly looksSum: Checksum.Checksum
      readonly at: At | undefined
      readonly version: number
    },
  ): void {
    const day = Number(row.day)
    const frozen = {
      day,
      looks: to.looks,
      firstAt: to.firstAt,
      lastAt: Number(row.last_at),
      tally: SumColumns.tallyOf(row),
      assumes: Number(row.assumes),
      isOpen: row.is_open === 1n,
      checksum: Checksum.empty,
      pending: 0,
    }
    this.days.update(known.id, frozen)
    this.days.freeze(known.id, day, row.frozen === null ? to.version : Number(row.frozen))
    const written = this.days.one(known.id, day)
    const rows = this.looks.between(known.id, Period.dayStart(day), Period.dayStart(day + 1))
    if (written !== undefined) {
      this.days.update(known.id, { ...frozen, checksum: Checksum.add(to.looksSum, sealOf(written, rows)) })
    }
    // Right behind it, whatever day comes next: a look may still arrive in between.
    if (to.at !== undefined) this.days.setCheckpoint(known.id, day + 1, Checkpoint.encode(to.at.state, to.at.previous))
    this.days.removeCheckpoints(known.id, day)
  }
}

/** A checksum of the sums of a frozen day and of its rows, which nothing can explain again: added to that of its looks. */
export const sealOf = (day: Row, rows: ReadonlyArray<LookRow>): Checksum.Checksum =>
  Checksum.ofNumbers(
    [day, ...rows]
      .flatMap((row) => [
        row.credits_lower,
        row.credits_hidden,
        row.credits_unbounded,
        row.paygo_lower,
        row.paygo_hidden,
        row.paygo_unbounded,
        row.is_open,
      ])
      .concat([day.day, day.looks, day.first_at, day.last_at, day.assumes, day.frozen]),
  )

/** The looks that stay, each with what was closed since the one that stays before it. */
const thinned = (
  closed: ReadonlyArray<Closed>,
  thin: "Hour" | "Day",
  protectedTimes: ReadonlySet<number>,
): ReadonlyArray<Closed> => {
  const kept: Array<Closed> = []
  let since = Tally.empty
  for (const [index, each] of closed.entries()) {
    since = Tally.add(since, each.tally)
    const next = closed[index + 1]
    const isLast =
      next === undefined ||
      (thin === "Hour" && Period.hourOf(next.look.observedAt) !== Period.hourOf(each.look.observedAt))
    if (!isLast && !protectedTimes.has(each.look.observedAt)) continue
    kept.push({ ...each, tally: since })
    since = Tally.empty
  }
  return kept
}
