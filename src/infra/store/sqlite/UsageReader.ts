/** Sums of usage out of an open file: whole days from the roll-up, the days at the edges from their rows. To be called within a transaction. */
import type Database from "better-sqlite3"
import type * as Account from "../../../domain/history/Account.js"
import type * as Window from "../../../domain/time/Window.js"
import type { DayUsage, Range, Usage } from "../SnapshotStore.js"
import { StoreOutOfRange, StoreReadOnly } from "../StoreError.js"
import type { AccountTable } from "./AccountTable.js"
import type { Row } from "./Day.js"
import type { DayTable } from "./DayTable.js"
import type { Explainer, Known } from "./Explainer.js"
import type { LookTable } from "./LookTable.js"
import * as Period from "./Period.js"
import * as SumColumns from "./SumColumns.js"
import * as Tally from "./Tally.js"

/** Sums of some rows, each as the count of them that tell it, and the high and the low half of their sum. */
type Halves = readonly [count: bigint, high: bigint, low: bigint]

const halvesOf = (column: string): string =>
  `count(${column}), coalesce(sum(${column} >> 32), 0), coalesce(sum(${column} & 4294967295), 0)`

const whole = ([, high, low]: Halves): bigint => (high << 32n) + low

interface Part {
  readonly tally: Tally.Tally
  readonly isOpen: boolean
}

const NOTHING: Part = { tally: Tally.empty, isOpen: false }

/** Reads sums of usage. */
export class UsageReader {
  private readonly path: string
  private readonly accounts: AccountTable
  private readonly looks: LookTable
  private readonly days: DayTable
  private readonly explainer: Explainer
  /** Whether an older ledger made the sums, and nothing may be written. */
  private readonly isOld: () => boolean
  private readonly rows

  constructor(
    path: string,
    database: Database.Database,
    {
      accounts,
      days,
      explainer,
      looks,
    }: {
      readonly accounts: AccountTable
      readonly days: DayTable
      readonly explainer: Explainer
      readonly looks: LookTable
    },
    isOld: () => boolean,
  ) {
    this.isOld = isOld
    this.path = path
    this.accounts = accounts
    this.looks = looks
    this.days = days
    this.explainer = explainer
    // An int64 does not hold every sum of what int64s hold, so the halves are added up by themselves.
    const sums = ["credits_lower", "credits_hidden", "paygo_lower", "paygo_hidden"].map(halvesOf)
    this.rows = database
      .prepare<[number, number, number], ReadonlyArray<bigint>>(
        `SELECT count(*), ${sums.join(", ")}, coalesce(sum(credits_unbounded), 0), coalesce(sum(paygo_unbounded), 0)
         FROM look WHERE account_id = ? AND observed_at > ? AND observed_at <= ?`,
      )
      .raw()
      .safeIntegers()
  }

  /** The id of an account whose sums are asked for; `undefined` where nothing is kept of it. */
  find(account: Account.Account): Known | undefined {
    const id = this.accounts.find(account)
    return id === undefined ? undefined : { id, account }
  }

  /** Whether the sums of an account wait to be explained. */
  isBehind({ id }: Known): boolean {
    return this.isOld() || this.days.firstPending(id) !== undefined
  }

  /** Usage that is explained by looks which close in a window `(from, to]`. */
  over(operation: string, known: Known | undefined, { from, to }: Window.Window): Usage {
    if (known === undefined || to.epochMillis <= from.epochMillis) return usageOf(NOTHING, 0)
    this.mustBeCurrent(operation, known)
    const [after, until] = [from.epochMillis, to.epochMillis]
    const [first, last] = [Period.dayOf(after), Period.dayOf(until)]
    const days = this.days.between(known.id, first, last)
    let tally = Tally.empty
    let assumes = 0
    let isOpen = this.days.lastUntil(known.id, first - 1)?.is_open === 1n
    for (const row of days) {
      const day = Number(row.day)
      const part =
        until < Number(row.last_at) ? this.partOf(operation, known, row, until) : this.wholeOf(operation, row)
      const before =
        day === first && after >= Number(row.first_at) ? this.partOf(operation, known, row, after) : NOTHING
      tally = Tally.add(tally, Tally.subtract(part.tally, before.tally))
      if (until >= Number(row.first_at)) isOpen = part.isOpen
      if (until >= Number(row.first_at) && after < Number(row.last_at)) assumes |= Number(row.assumes)
    }
    return usageOf({ tally, isOpen }, assumes)
  }

  /** Usage by day, of the days that end in `(from, to]`. */
  byDay(operation: string, known: Known | undefined, { from, to }: Range): ReadonlyArray<DayUsage> {
    if (known === undefined) return []
    this.mustBeCurrent(operation, known)
    // A day that ends at a moment is the one that the moment lies in.
    const first = from === undefined ? Period.BEFORE_ALL : Period.dayOf(from.epochMillis + 1)
    const last = to === undefined ? Period.AFTER_ALL : Math.floor(to.epochMillis / Period.DAY) - 1
    return this.days.usageBetween(known.id, first, last).map(({ assumes, day, isOpen, looks, tally }) => {
      if (tally === undefined) throw new StoreOutOfRange({ operation, field: "sum of usage" })
      return { date: Period.dateOf(day), looks, ...usageOf({ tally, isOpen }, assumes) }
    })
  }

  private mustBeCurrent(operation: string, known: Known): void {
    if (this.isBehind(known)) throw new StoreReadOnly({ path: this.path, operation, isBehind: true })
  }

  private wholeOf(operation: string, row: Row): Part {
    const tally = SumColumns.tallyOf(row)
    if (tally === undefined) throw new StoreOutOfRange({ operation, field: "sum of usage" })
    return { tally, isOpen: row.is_open === 1n }
  }

  /** What the looks of a day up to `until` close. */
  private partOf(operation: string, known: Known, day: Row, until: number): Part {
    if (until >= Number(day.last_at)) return this.wholeOf(operation, day)
    const last = this.looks.lastUntil(known.id, until)
    const start = Period.dayStart(Number(day.day))
    if (last === undefined || Number(last.observed_at) <= start) {
      // Rows that were pruned count where their day ends.
      return { tally: Tally.empty, isOpen: this.days.lastUntil(known.id, Number(day.day) - 1)?.is_open === 1n }
    }
    const rows = this.sumOf(operation, known.id, start, until)
    const isCut = (this.looks.looksOf(last).at(-1)?.observedAt ?? until) > until
    const closing = SumColumns.tallyOf(last)
    // A run in whose middle the part ends matters only where its looks close anything.
    const isPlain =
      closing !== undefined && Tally.same(closing, Tally.empty) && last.is_open === 0n && last.due_usd === null
    if (!isCut || isPlain || day.frozen !== null) return { tally: rows, isOpen: last.is_open === 1n }
    const part = this.explainer.partOfDay(known, until)
    return { tally: part.tally, isOpen: part.at.state.payAsYouGoPossible }
  }

  private sumOf(operation: string, id: number, after: number, until: number): Tally.Tally {
    const sums = this.rows.get(id, after, until)
    if (sums === undefined) return Tally.empty
    const [count = 0n] = sums
    const halves = (nth: number): Halves => {
      const [told = 0n, high = 0n, low = 0n] = sums.slice(1 + 3 * nth, 4 + 3 * nth)
      if (told < count) throw new StoreOutOfRange({ operation, field: "sum of usage" })
      return [told, high, low]
    }
    const [credits = 0n, payAsYouGo = 0n] = sums.slice(13)
    return {
      credits: { lower: whole(halves(0)), hidden: whole(halves(1)), unbounded: Number(credits) },
      payAsYouGo: { lower: whole(halves(2)), hidden: whole(halves(3)), unbounded: Number(payAsYouGo) },
    }
  }
}

const usageOf = ({ isOpen, tally }: Part, assumes: number): Usage => ({
  credits: Tally.toSum(tally.credits),
  payAsYouGo: Tally.toSum(tally.payAsYouGo),
  isOpen,
  assumes: Tally.assumptionsOf(assumes),
})
