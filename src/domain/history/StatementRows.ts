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
import * as Consumption from "./Consumption.js"
import * as Estimate from "./Estimate.js"
import * as HiddenUsage from "./HiddenUsage.js"
import type * as Ledger from "./Ledger.js"
import * as LedgerDay from "./LedgerDay.js"
import type { Book } from "./LedgerEvent.js"
import * as LinkedAmounts from "./LinkedAmounts.js"
import * as Movement from "./Movement.js"

const { Estimate: Amount } = Estimate

/** Balances at one time; `due` is null where no amount due is known there. */
export const Balances = Schema.Struct({
  monthly: Amount,
  stable: Amount,
  due: Schema.OptionFromNullOr(Amount),
})
/** Balances at one time; `due` is `None` where no amount due is known there. */
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
  usageOf: Schema.Struct({ monthly: Amount, stable: Amount, payAsYouGo: Amount }),
  refreshed: Amount,
  expired: Amount,
  granted: Amount,
  renewals: Amount,
  charged: Amount,
  paid: Amount,
  corrections: Schema.Struct({ monthly: Amount, stable: Amount, due: Amount }),
  closing: Balances,
}).annotations({ identifier: "StatementRow" })
/** What happened in a period. */
export type Row = typeof Row.Type

type Sum = Movement.Sum

const NOTHING: Sum = { lower: 0n, expected: 0n, upper: 0n }

const exactly = (nanos: bigint): Sum => ({ lower: nanos, expected: nanos, upper: nanos })

const add = (a: Sum, b: Sum): Sum => ({ ...LinkedAmounts.add(a, b), expected: a.expected + b.expected })

const BOOKS = { Monthly: "CorrectionMonthly", Stable: "CorrectionStable", Due: "CorrectionDue" } as const

const BOOK_OF: Readonly<Record<Movement.Kind, Book | undefined>> = {
  Monthly: "Monthly",
  Refresh: "Monthly",
  Expiry: "Monthly",
  CorrectionMonthly: "Monthly",
  Stable: "Stable",
  Grant: "Stable",
  CorrectionStable: "Stable",
  PayAsYouGo: undefined,
  Renewal: "Due",
  UsageCharge: "Due",
  OtherCharge: "Due",
  Payment: "Due",
  CorrectionDue: "Due",
}

const KINDS = Object.keys(BOOK_OF) as ReadonlyArray<Movement.Kind>

/** A part of a movement: it may lie all in it, or not at all. */
const partOf = ({ lower, upper }: Sum, expected: bigint): Sum => ({
  lower: lower < 0n ? lower : 0n,
  expected,
  upper: upper === undefined ? undefined : upper > 0n ? upper : 0n,
})

/** Levels of a book around an entry, whole nano-dollars. */
interface Ends {
  readonly book: Book
  readonly opening: bigint
  readonly closing: bigint
}

/** An entry, or exact usage: what stood before and after, and what moved. */
interface Taken {
  readonly from: number
  readonly to: number
  readonly ends: ReadonlyArray<Ends>
  readonly movements: ReadonlyArray<Movement.Movement>
  readonly isPools: boolean
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const isUsage = (kind: Movement.Kind): boolean =>
  kind === "Monthly" || kind === "Stable" || kind === "PayAsYouGo" || kind === "UsageCharge"

const isCycle = (kind: Movement.Kind): boolean => kind === "Refresh" || kind === "Expiry"

/** Whether a movement likely happened before a border; a refresh at the border belongs to what follows. */
const isBefore = ({ at, kind }: Movement.Movement, border: number): boolean =>
  isCycle(kind) ? at < border : at <= border

/** Draws the usage of an entry on its pools, border by border: on monthly credits as far as they were there, then on stable ones. */
class Drawing {
  private readonly movements: ReadonlyArray<Movement.Movement>
  private readonly opening: bigint
  private readonly usedBy: (moment: number) => bigint
  /** What was drawn of each movement so far, and of all of them; up to a moment. */
  private readonly drawn: Array<bigint>
  private used = 0n
  private moment: number

  /** @param usedBy usage since the beginning of the entry */
  constructor({ ends, from, movements }: Taken, usedBy: (moment: number) => bigint) {
    this.movements = movements
    this.opening = ends.find(({ book }) => book === "Monthly")?.opening ?? 0n
    this.usedBy = usedBy
    this.drawn = movements.map(() => 0n)
    this.moment = from
  }

  /** What is drawn of each movement before a border, which comes after those before it. */
  before(border: number): ReadonlyArray<bigint> {
    // What a refresh brings is not there for usage before it.
    const refreshes = this.movements.filter(({ at, kind }) => isCycle(kind) && at > this.moment && at < border)
    for (const at of new Set(refreshes.map((each) => each.at))) this.drawBefore(at)
    this.drawBefore(border)
    return [...this.drawn]
  }

  private drawBefore(moment: number): void {
    const used = this.usedBy(moment)
    let rest = used - this.used
    this.used = used
    this.moment = moment
    let available = this.opening
    for (const [index, movement] of this.movements.entries()) {
      if (movement.kind === "Monthly") available -= this.drawn[index] as bigint
      else if (BOOK_OF[movement.kind] === "Monthly" && isBefore(movement, moment))
        available += Movement.SIGNS[movement.kind] * movement.expected
    }
    const draw = (kind: Movement.Kind, most: () => bigint): void => {
      for (const [index, movement] of this.movements.entries()) {
        if (movement.kind !== kind || movement.from >= moment) continue
        const now = least(least(rest, most()), movement.expected - (this.drawn[index] as bigint))
        if (now <= 0n) continue
        this.drawn[index] = (this.drawn[index] as bigint) + now
        rest -= now
        if (kind === "Monthly") available -= now
      }
    }
    draw("Monthly", () => available)
    draw("Stable", () => rest)
    // The series spreads usage evenly, be there credits or not.
    draw("Monthly", () => rest)
  }
}

/** What of each movement lies before a border; `undefined` where that is nothing, or all. */
type Parts = ReadonlyArray<Sum> | undefined

/** Adds up what happened between borders. */
class Periods {
  private readonly borders: ReadonlyArray<number>
  private readonly usage: Consumption.Consumption
  readonly sums: ReadonlyArray<Map<Movement.Kind, Sum>>
  private readonly levels: Readonly<Record<Book, Array<Sum | undefined>>>
  /** Borders at which a refresh was due. */
  private readonly refreshed = new Set<number>()
  /** The last known amount due. */
  private lastDue: { readonly at: number; readonly nanos: bigint } | undefined

  constructor(borders: ReadonlyArray<number>, usage: Consumption.Consumption) {
    this.borders = borders
    this.usage = usage
    this.sums = borders.slice(1).map(() => new Map())
    const none = (): Array<Sum | undefined> => borders.map(() => undefined)
    this.levels = { Monthly: none(), Stable: none(), Due: none() }
  }

  /** Whether amounts due that were observed around a border tell of it. */
  isDueKnown(index: number): boolean {
    return this.levels.Due[index] !== undefined
  }

  /** The level of a book at a border; an amount due that is older than the border may have changed since. */
  levelAt(book: Book, index: number): Sum | undefined {
    const level = this.levels[book][index]
    if (level !== undefined || book !== "Due" || this.lastDue === undefined) return level
    if (this.lastDue.at > (this.borders[index] as number)) return undefined
    const { at, nanos } = this.lastDue
    const since = { from: Timestamp.fromMillis(at), to: Timestamp.fromMillis(this.borders[index] as number) }
    const expected = nanos + Consumption.ofPayAsYouGo(this.usage, since).expected.value
    return { lower: nanos < 0n ? nanos : 0n, expected, upper: undefined }
  }

  step(step: LedgerDay.Step, first: bigint, second: bigint, isPools: boolean): void {
    const { from, stable, to, used } = step
    const movement = (kind: Movement.Kind, nanos: bigint): ReadonlyArray<Movement.Movement> =>
      nanos === 0n ? [] : [{ kind, from, to, at: to, together: undefined, ...exactly(nanos) }]
    if (!isPools) {
      const movements = [...movement("PayAsYouGo", used), ...movement("UsageCharge", used)]
      this.take({ from, to, isPools, movements, ends: [{ book: "Due", opening: first, closing: first + used }] })
      return
    }
    const ends: ReadonlyArray<Ends> = [
      { book: "Monthly", opening: first, closing: first - used },
      { book: "Stable", opening: second, closing: second - stable },
    ]
    this.take({ from, to, isPools, ends, movements: [...movement("Monthly", used), ...movement("Stable", stable)] })
  }

  entry(entry: Ledger.Entry): void {
    const window = { from: entry.from, to: entry.to }
    const isPools = entry._tag === "Pools"
    const used = isPools ? Consumption.ofCredits(this.usage, window) : Consumption.ofPayAsYouGo(this.usage, window)
    const ends: ReadonlyArray<Ends> =
      entry._tag === "Pools"
        ? [
            { book: "Monthly", opening: entry.monthly.opening.value, closing: entry.monthly.closing.value },
            { book: "Stable", opening: entry.stable.opening.value, closing: entry.stable.closing.value },
          ]
        : entry._tag === "Due"
          ? [{ book: "Due", opening: entry.due.opening.value, closing: entry.due.closing.value }]
          : []
    const movements = Movement.of(entry, used.expected.value)
    // What is used is charged, be the amount due asked for or not.
    const charges =
      entry._tag === "NotAsked" ? movements.map((each) => ({ ...each, kind: "UsageCharge" as const })) : []
    this.take({
      from: entry.from.epochMillis,
      to: entry.to.epochMillis,
      ends,
      movements: [...movements, ...charges],
      isPools,
    })
  }

  private take(taken: Taken): void {
    const { borders } = this
    const { ends, from, movements, to } = taken
    const [first] = ends
    if (first?.book === "Due") this.lastDue = { at: to, nanos: first.closing }
    const next = HiddenUsage.firstIndex(borders.length, (index) => (borders[index] as number) >= from)
    let row = next - 1
    let index = next
    if (borders[next] === from) {
      for (const { book, opening } of ends) this.levels[book][next] ??= exactly(opening)
      row = next
      index = next + 1
    }
    let before: Parts
    let drawing: Drawing | undefined
    for (; index < borders.length && (borders[index] as number) <= to; index++) {
      drawing ??= new Drawing(taken, (moment) => this.creditsUsed(taken, moment))
      const now = this.beforeBorder(taken, borders[index] as number, drawing)
      // All but a refresh that is due at the border lies before it: then a snapshot tells the level.
      const isShown = borders[index] === to && now.every((part, nth) => part === movements[nth])
      for (const each of ends)
        this.levels[each.book][index] = isShown ? exactly(each.closing) : levelOf(each, movements, now)
      this.addBetween(row, movements, before, now)
      before = now
      row = index
    }
    this.addBetween(row, movements, before, undefined)
  }

  /** What of each movement lies before a border. */
  private beforeBorder(taken: Taken, border: number, drawing: Drawing): ReadonlyArray<Sum> {
    const { movements, to } = taken
    const isEnd = border === to
    const parts = movements.map((movement): Sum => {
      const { expected, from, kind, to: end } = movement
      if (isUsage(kind)) return movement
      const isNow = isBefore(movement, border)
      if (!isEnd) {
        if (end <= border) return movement
        // A refresh may come before it is due.
        return from >= border && !isCycle ? NOTHING : partOf(movement, isNow ? expected : 0n)
      }
      // A refresh that is due at the border belongs to what follows, and a renewal that shows with it.
      if (isCycle(kind) && !isNow) this.refreshed.add(border)
      return isNow && !(kind === "Renewal" && this.refreshed.has(border)) ? movement : NOTHING
    })
    if (isEnd) return parts
    return taken.isPools ? this.drawnBefore(taken, border, parts, drawing) : this.chargedBefore(taken, border, parts)
  }

  private windowUntil({ from }: Taken, border: number) {
    return { from: Timestamp.fromMillis(from), to: Timestamp.fromMillis(border) }
  }

  private creditsUsed(taken: Taken, until: number): bigint {
    return Consumption.ofCredits(this.usage, this.windowUntil(taken, until)).expected.value
  }

  private chargedBefore(taken: Taken, border: number, parts: ReadonlyArray<Sum>): ReadonlyArray<Sum> {
    const used = Consumption.ofPayAsYouGo(this.usage, this.windowUntil(taken, border)).expected.value
    return taken.movements.map((movement, index) =>
      isUsage(movement.kind) ? partOf(movement, least(used, movement.expected)) : (parts[index] as Sum),
    )
  }

  private drawnBefore(taken: Taken, border: number, parts: ReadonlyArray<Sum>, drawing: Drawing): ReadonlyArray<Sum> {
    const drawn = drawing.before(border)
    return taken.movements.map((movement, index) => {
      if (!isUsage(movement.kind)) return parts[index] as Sum
      return partOf(movement, drawn[index] as bigint)
    })
  }

  /** Adds what lies between two borders of each movement, given what lies before either. */
  private addBetween(row: number, movements: ReadonlyArray<Movement.Movement>, before: Parts, now: Parts): void {
    for (const [index, movement] of movements.entries()) {
      const [start, end] = [before?.[index] ?? NOTHING, now?.[index] ?? movement]
      if (start === end || start === movement) continue
      const isWhole = start === NOTHING && end === movement
      this.put(row, movement.kind, isWhole ? movement : partOf(movement, end.expected - start.expected))
    }
  }

  private put(row: number, kind: Movement.Kind, sum: Sum): void {
    const sums = this.sums[row]
    if (sums !== undefined) sums.set(kind, add(sums.get(kind) ?? NOTHING, sum))
  }
}

/** A signed sum, which may have no bound below either. */
interface Signed {
  readonly lower: bigint | undefined
  readonly expected: bigint
  readonly upper: bigint | undefined
}

const plus = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || b === undefined ? undefined : a + b

const addSigned = (a: Signed, b: Signed): Signed => ({
  lower: plus(a.lower, b.lower),
  expected: a.expected + b.expected,
  upper: plus(a.upper, b.upper),
})

const opposite = (nanos: bigint | undefined): bigint | undefined => (nanos === undefined ? undefined : -nanos)

const negate = ({ expected, lower, upper }: Signed): Signed => ({
  lower: opposite(upper),
  expected: -expected,
  upper: opposite(lower),
})

const signed = (kind: Movement.Kind, sum: Signed): Signed => (Movement.SIGNS[kind] > 0n ? sum : negate(sum))

/**
 * The level of a book after some of the movements of an entry. Between two snapshots that show no debt there is none.
 */
const levelOf = (
  { book, closing, opening }: Ends,
  movements: ReadonlyArray<Movement.Movement>,
  parts: ReadonlyArray<Sum>,
): Sum => {
  let level: Signed = exactly(opening)
  const together = new Map<NonNullable<Movement.Movement["together"]>, Signed>()
  for (const [index, { kind, together: link }] of movements.entries()) {
    if (BOOK_OF[kind] !== book) continue
    const moved = signed(kind, parts[index] as Sum)
    if (link === undefined) level = addSigned(level, moved)
    else together.set(link, addSigned(together.get(link) ?? NOTHING, moved))
  }
  for (const [{ effect }, { expected, lower, upper }] of together) {
    // A part of what goes one way is a part of the whole.
    const [least_, most] = effect < 0n ? [effect, 0n] : [0n, effect]
    level = addSigned(level, {
      lower: lower === undefined || lower < least_ ? least_ : lower,
      expected,
      upper: upper === undefined || upper > most ? most : upper,
    })
  }
  const floor = [opening, closing, level.expected].reduce(least, 0n)
  const { expected, lower, upper } = level
  return { lower: lower === undefined || lower < floor ? floor : lower, expected, upper }
}

const estimateOf = ({ expected, lower, upper }: Sum): Estimate.Estimate => ({
  lower: Usd.sumFromNanos(lower),
  expected: Usd.sumFromNanos(expected),
  upper: Option.map(Option.fromNullable(upper), Usd.sumFromNanos),
})

const sumOf = ({ expected, lower, upper }: Estimate.Estimate): Sum => ({
  lower: lower.value,
  expected: expected.value,
  upper: Option.getOrUndefined(Option.map(upper, (usd) => usd.value)),
})

/** Narrows a sum; what is expected stays between the bounds. */
const narrow = (sum: Sum, range: Signed): Sum => {
  const { lower, upper } = LinkedAmounts.intersect(sum, range)
  return {
    lower: least(lower, sum.expected),
    expected: sum.expected,
    upper: upper === undefined || upper > sum.expected ? upper : sum.expected,
  }
}

/** The sums of a row, whose corrections close its books. */
class RowSums {
  private readonly sums: Map<Movement.Kind, Sum>

  constructor(sums: ReadonlyMap<Movement.Kind, Sum>) {
    this.sums = new Map(sums)
  }

  of(kind: Movement.Kind): Sum {
    return this.sums.get(kind) ?? NOTHING
  }

  /**
   * Makes the usage of both pools what the series of usage expects of the row: less than the entries of the row show where a later one takes usage
   * back.
   */
  use(credits: Estimate.Estimate): void {
    const [monthly, stable] = [this.of("Monthly"), this.of("Stable")]
    const { expected, lower } = sumOf(credits)
    const ofStable = least(stable.expected, expected)
    const undone = monthly.lower + stable.lower - lower
    const of = (sum: Sum, now: bigint): Sum => {
      const doubted = undone > 0n ? least(undone, sum.lower) : 0n
      const least_ = sum.lower - (doubted > 0n ? doubted : 0n)
      return { lower: least(least_ < 0n ? 0n : least_, now), expected: now, upper: sum.upper }
    }
    this.sums.set("Monthly", of(monthly, expected - ofStable))
    this.sums.set("Stable", of(stable, ofStable))
  }

  /** Makes pay as you go, and the charge that it makes, what the series of usage says of the row. */
  charge(payAsYouGo: Estimate.Estimate): void {
    const { expected, lower } = sumOf(payAsYouGo)
    const [used, charged] = [this.of("PayAsYouGo"), this.of("UsageCharge")]
    const of = (sum: Sum): Sum => {
      const now = sum.expected + expected - used.expected
      const doubted = least(sum.lower, lower)
      return { lower: least(doubted < 0n ? 0n : doubted, now), expected: now, upper: sum.upper }
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
  close(book: Book, opening: Sum, closing: Sum): void {
    const kinds = KINDS.filter((kind) => BOOK_OF[kind] === book)
    const change = addSigned(closing, negate(opening))
    const correction = BOOKS[book]
    const others = (but: Movement.Kind): Signed =>
      kinds.reduce<Signed>((sum, kind) => (kind === but ? sum : addSigned(sum, signed(kind, this.of(kind)))), NOTHING)
    const rest = change.expected - others(correction).expected
    const corrected = this.of(correction)
    this.sums.set(correction, {
      lower: least(corrected.lower, rest),
      expected: rest,
      upper: corrected.upper === undefined || corrected.upper > rest ? corrected.upper : rest,
    })
    for (const kind of kinds) {
      this.sums.set(kind, narrow(this.of(kind), signed(kind, addSigned(change, negate(others(kind))))))
    }
  }
}

/** Adds up a ledger by periods, a day at a time. */
export class Builder {
  private readonly borders: ReadonlyArray<number>
  private readonly usage: Consumption.Consumption
  private readonly periods: Periods

  /**
   * @param borders milliseconds since 1970, ascending: a row from each to the next one. They lie between the first snapshot and the last one.
   * @param usage the series of the same ledger
   */
  constructor(borders: ReadonlyArray<number>, usage: Consumption.Consumption) {
    this.borders = borders
    this.usage = usage
    this.periods = new Periods(borders, usage)
  }

  /** Adds the next day. */
  add(day: LedgerDay.LedgerDay): void {
    LedgerDay.walk(
      day.pools,
      (step, first, second) => this.periods.step(step, first, second, true),
      ({ entry }) => this.periods.entry(entry),
    )
    LedgerDay.walkDue(
      day.due,
      (step, due) => this.periods.step(step, due, 0n, false),
      ({ entry }) => this.periods.entry(entry),
    )
  }

  /** Adds an entry that is open at the end. */
  addOpen(entry: Ledger.Entry): void {
    this.periods.entry(entry)
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
      estimateOf(kinds.reduce((sum, kind) => add(sum, sums.of(kind)), NOTHING))
    return {
      ...window,
      opening: this.balancesAt(index),
      usage: of("Monthly", "Stable", "PayAsYouGo"),
      usageOf: { monthly: of("Monthly"), stable: of("Stable"), payAsYouGo: of("PayAsYouGo") },
      refreshed: of("Refresh"),
      expired: of("Expiry"),
      granted: of("Grant"),
      renewals: of("Renewal"),
      charged: of("UsageCharge", "OtherCharge"),
      paid: of("Payment"),
      corrections: { monthly: of("CorrectionMonthly"), stable: of("CorrectionStable"), due: of("CorrectionDue") },
      closing: this.balancesAt(index + 1),
    }
  }

  private balancesAt(index: number): Balances {
    return {
      monthly: estimateOf(this.periods.levelAt("Monthly", index) ?? NOTHING),
      stable: estimateOf(this.periods.levelAt("Stable", index) ?? NOTHING),
      due: Option.map(Option.fromNullable(this.periods.levelAt("Due", index)), estimateOf),
    }
  }
}
