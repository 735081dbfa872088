/**
 * A statement by periods: what stood at the beginning of each, what came, was used, expired, was charged and paid, and what stands at its end.
 *
 * Each row closes by itself, its estimates to the last digit: opening + events = closing. Where no snapshot was taken at the border of two
 * periods, what lies between the snapshots around it may belong to either: both rows bound it, and expect it where the usage around it and the
 * time of the refresh put it. Usage is that of `Consumption`, so that rows agree with days and rates.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Assumption from "./Assumption.js"
import * as Consumption from "./Consumption.js"
import * as Estimate from "./Estimate.js"
import type * as Ledger from "./Ledger.js"
import * as LedgerDay from "./LedgerDay.js"
import type { Book } from "./LedgerEvent.js"
import * as LinkedAmounts from "./LinkedAmounts.js"
import * as Movement from "./Movement.js"
import * as PeriodSums from "./PeriodSums.js"
import * as Sum from "./Sum.js"

const { Estimate: Amount } = Estimate

/** Balances at one time, `credits` those of both pools; `due` is null where no amount due is known there. */
export const Balances = Schema.Struct({
  monthly: Amount,
  stable: Amount,
  credits: Amount,
  due: Schema.OptionFromNullOr(Amount),
})
/** Balances at one time, `credits` those of both pools; `due` is `None` where no amount due is known there. */
export type Balances = typeof Balances.Type

/**
 * What happened in `(from, to]`, and what stood before and after. `usage` is from every pool; `refreshed` is what refreshes brought of monthly
 * credits, `granted` of stable ones; `renewals` are charges for the plan, `charged` those for usage and those that nothing explains. Corrections
 * are changes that nothing else explains, signed.
 */
export const Row = Schema.Struct({
  from: Timestamp.FromText,
  to: Timestamp.FromText,
  opening: Balances,
  usage: Amount,
  usageOf: Schema.Struct({ monthly: Amount, stable: Amount, credits: Amount, payAsYouGo: Amount }),
  refreshed: Amount,
  expired: Amount,
  granted: Amount,
  renewals: Amount,
  charged: Amount,
  paid: Amount,
  corrections: Schema.Struct({ monthly: Amount, stable: Amount, credits: Amount, due: Amount }),
  closing: Balances,
}).annotations({ identifier: "StatementRow" })
/** What happened in a period. */
export type Row = typeof Row.Type

const BOOKS = { Monthly: "CorrectionMonthly", Stable: "CorrectionStable", Due: "CorrectionDue" } as const

const KINDS = Object.keys(Movement.BOOK_OF) as ReadonlyArray<Movement.Kind>

const estimateOf = ({ expected, lower, upper }: Sum.Sum): Estimate.Estimate => ({
  lower: Usd.sumFromNanos(lower),
  expected: Usd.sumFromNanos(expected),
  upper: Option.map(Option.fromNullable(upper), Usd.sumFromNanos),
})

const sumOf = ({ expected, lower, upper }: Estimate.Estimate): Sum.Sum => ({
  lower: lower.value,
  expected: expected.value,
  upper: Option.getOrUndefined(Option.map(upper, (usd) => usd.value)),
})

/** Narrows a sum; what is expected stays between the bounds. */
const narrow = (sum: Sum.Sum, range: Sum.Signed): Sum.Sum => {
  const { lower, upper } = LinkedAmounts.intersect(sum, range)
  return {
    lower: Sum.least(lower, sum.expected),
    expected: sum.expected,
    upper: upper === undefined || upper > sum.expected ? upper : sum.expected,
  }
}

/** The sums of a row, whose corrections close its books. */
class RowSums {
  private readonly sums: Map<Movement.Kind, Sum.Sum>

  constructor(sums: ReadonlyMap<Movement.Kind, Sum.Sum>) {
    this.sums = new Map(sums)
  }

  of(kind: Movement.Kind): Sum.Sum {
    return this.sums.get(kind) ?? Sum.NOTHING
  }

  /**
   * Makes the usage of both pools what the series of usage expects of the row: less than the entries of the row show where a later one takes usage
   * back.
   */
  use(credits: Estimate.Estimate): void {
    const [monthly, stable] = [this.of("Monthly"), this.of("Stable")]
    const { expected, lower } = sumOf(credits)
    const ofStable = Sum.least(stable.expected, expected)
    const undone = monthly.lower + stable.lower - lower
    const of = (sum: Sum.Sum, now: bigint): Sum.Sum => {
      const doubted = undone > 0n ? Sum.least(undone, sum.lower) : 0n
      const least = sum.lower - (doubted > 0n ? doubted : 0n)
      return { lower: Sum.least(least < 0n ? 0n : least, now), expected: now, upper: sum.upper }
    }
    this.sums.set("Monthly", of(monthly, expected - ofStable))
    this.sums.set("Stable", of(stable, ofStable))
  }

  /** Makes pay as you go, and the charge that it makes, what the series of usage says of the row. */
  charge(payAsYouGo: Estimate.Estimate): void {
    const { expected, lower } = sumOf(payAsYouGo)
    const [used, charged] = [this.of("PayAsYouGo"), this.of("UsageCharge")]
    const of = (sum: Sum.Sum): Sum.Sum => {
      const now = sum.expected + expected - used.expected
      const doubted = Sum.least(sum.lower, lower)
      return { lower: Sum.least(doubted < 0n ? 0n : doubted, now), expected: now, upper: sum.upper }
    }
    this.sums.set("PayAsYouGo", of(used))
    this.sums.set("UsageCharge", of(charged))
  }

  /** Leaves open what may have been charged and paid while the amount due was not asked for. */
  openDue(): void {
    for (const kind of ["Renewal", "OtherCharge", "Payment"] as const) {
      this.sums.set(kind, { ...this.of(kind), upper: undefined })
    }
  }

  /** Closes a book between two levels: its correction takes what the other movements leave, and each is as narrow as the others allow. */
  close(book: Book, opening: Sum.Sum, closing: Sum.Sum): void {
    const kinds = KINDS.filter((kind) => Movement.BOOK_OF[kind] === book)
    const change = Sum.addSigned(closing, Sum.negate(opening))
    const correction = BOOKS[book]
    const others = (but: Movement.Kind): Sum.Signed =>
      kinds.reduce<Sum.Signed>(
        (sum, kind) => (kind === but ? sum : Sum.addSigned(sum, Movement.effect(kind, this.of(kind)))),
        Sum.NOTHING,
      )
    const rest = change.expected - others(correction).expected
    const corrected = this.of(correction)
    this.sums.set(correction, {
      lower: Sum.least(corrected.lower, rest),
      expected: rest,
      upper: corrected.upper === undefined || corrected.upper > rest ? corrected.upper : rest,
    })
    for (const kind of kinds) {
      this.sums.set(kind, narrow(this.of(kind), Movement.effect(kind, Sum.addSigned(change, Sum.negate(others(kind))))))
    }
  }
}

/** Adds up a ledger by periods, a day at a time. */
export class Builder {
  private readonly borders: ReadonlyArray<number>
  private readonly usage: Consumption.Consumption
  private readonly periods: PeriodSums.Periods
  /** Assumptions as bits. */
  private assumed = 0

  /**
   * @param borders milliseconds since 1970, ascending: a row from each to the next one. They lie between the first snapshot and the last one.
   * @param usage the series of the same ledger
   * @param endsWithHistory Whether the last border is the time of the last snapshot of all.
   */
  constructor(borders: ReadonlyArray<number>, usage: Consumption.Consumption, endsWithHistory = false) {
    this.borders = borders
    this.usage = usage
    this.periods = new PeriodSums.Periods(borders, usage, endsWithHistory)
  }

  /** What the rows take as true without evidence. */
  get assumes(): ReadonlyArray<Assumption.Assumption> {
    return Assumption.fromBits(this.assumed) ?? Assumption.none
  }

  /** Adds the next day. */
  add(day: LedgerDay.LedgerDay): void {
    LedgerDay.walk(
      day.pools,
      (step, first, second) => {
        this.assume(step.from, step.to, step.assumes | step.usedAssumes)
        this.periods.step(step, first, second, true)
      },
      ({ entry }) => this.entry(entry),
    )
    LedgerDay.walkDue(
      day.due,
      (step, due) => {
        this.assume(step.from, step.to, step.assumes | step.usedAssumes)
        this.periods.step(step, due, 0n, false)
      },
      ({ entry }) => this.entry(entry),
    )
  }

  /** Adds an entry that is open at the end. */
  addOpen(entry: Ledger.Entry): void {
    this.entry(entry)
  }

  private entry(entry: Ledger.Entry): void {
    this.assume(entry.from.epochMillis, entry.to.epochMillis, Assumption.toBits(entry.assumes))
    this.periods.entry(entry)
  }

  private assume(from: number, to: number, bits: number): void {
    const [first, last] = [this.borders[0] as number, this.borders.at(-1) as number]
    if (to > first && from < last) this.assumed |= bits
  }

  /** The rows of what was added, one by one. */
  *rows(): Iterable<Row> {
    for (const [index, sums] of this.periods.sums.entries()) yield this.row(new RowSums(sums), index)
  }

  private row(sums: RowSums, index: number): Row {
    const { borders, periods, usage } = this
    const window = {
      from: Timestamp.fromMillis(borders[index] as number),
      to: Timestamp.fromMillis(borders[index + 1] as number),
    }
    sums.use(Consumption.ofCredits(usage, window))
    sums.charge(Consumption.ofPayAsYouGo(usage, window))
    if (!periods.isDueKnown(index) || !periods.isDueKnown(index + 1)) sums.openDue()
    for (const book of ["Monthly", "Stable", "Due"] as const) {
      const [opening, closing] = [periods.levelAt(book, index), periods.levelAt(book, index + 1)]
      if (opening !== undefined && closing !== undefined) sums.close(book, opening, closing)
    }
    const of = (...kinds: ReadonlyArray<Movement.Kind>): Estimate.Estimate =>
      estimateOf(kinds.reduce((sum, kind) => Sum.add(sum, sums.of(kind)), Sum.NOTHING))
    return {
      ...window,
      opening: this.balancesAt(index),
      usage: of("Monthly", "Stable", "PayAsYouGo"),
      usageOf: {
        monthly: of("Monthly"),
        stable: of("Stable"),
        credits: of("Monthly", "Stable"),
        payAsYouGo: of("PayAsYouGo"),
      },
      refreshed: of("Refresh"),
      expired: of("Expiry"),
      granted: of("Grant"),
      renewals: of("Renewal"),
      charged: of("UsageCharge", "OtherCharge"),
      paid: of("Payment"),
      corrections: {
        monthly: of("CorrectionMonthly"),
        stable: of("CorrectionStable"),
        credits: of("CorrectionMonthly", "CorrectionStable"),
        due: of("CorrectionDue"),
      },
      closing: this.balancesAt(index + 1),
    }
  }

  private balancesAt(index: number): Balances {
    const creditsOf = (book: "Monthly" | "Stable") => estimateOf(this.periods.levelAt(book, index) ?? Sum.NOTHING)
    const [monthly, stable] = [creditsOf("Monthly"), creditsOf("Stable")]
    return {
      monthly,
      stable,
      credits: Estimate.add(monthly, stable),
      due: Option.map(Option.fromNullable(this.periods.levelAt("Due", index)), estimateOf),
    }
  }
}
