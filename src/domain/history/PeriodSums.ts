/** What the movements of entries come to between borders: where an entry reaches over a border, either side may have each of its movements. */
import * as Timestamp from "../time/Timestamp.js"
import * as Consumption from "./Consumption.js"
import * as HiddenUsage from "./HiddenUsage.js"
import type * as Ledger from "./Ledger.js"
import type * as LedgerDay from "./LedgerDay.js"
import type { Book } from "./LedgerEvent.js"
import * as Movement from "./Movement.js"
import * as Sum from "./Sum.js"

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
      else if (Movement.BOOK_OF[movement.kind] === "Monthly" && isBefore(movement, moment))
        available += Movement.SIGNS[movement.kind] * movement.expected
    }
    const draw = (kind: Movement.Kind, most: () => bigint): void => {
      for (const [index, movement] of this.movements.entries()) {
        if (movement.kind !== kind || movement.from >= moment) continue
        const now = Sum.least(Sum.least(rest, most()), movement.expected - (this.drawn[index] as bigint))
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
type Parts = ReadonlyArray<Sum.Sum> | undefined

/**
 * What of usage lies before a border: all that had ended, nothing of what begins then. That of monthly credits may lie on either side, since the
 * refresh that parts it can come before it is due.
 */
const usedBefore = (movement: Movement.Movement, border: number, expected: bigint): Sum.Sum => {
  if (movement.kind === "Monthly") return Sum.partOf(movement, expected)
  return movement.to <= border ? movement : movement.from >= border ? Sum.NOTHING : Sum.partOf(movement, expected)
}

/** Adds up what happened between borders: milliseconds since 1970, ascending. */
export class Periods {
  private readonly borders: ReadonlyArray<number>
  private readonly usage: Consumption.Consumption
  readonly sums: ReadonlyArray<Map<Movement.Kind, Sum.Sum>>
  private readonly levels: Readonly<Record<Book, Array<Sum.Sum | undefined>>>
  /** The last border, where the last snapshot of all lies at it: nothing follows that could have what this one shows. */
  private readonly shownAt: number | undefined
  /** Borders at which a refresh was due. */
  private readonly refreshed = new Set<number>()
  /** The last known amount due. */
  private lastDue: { readonly at: number; readonly nanos: bigint } | undefined

  constructor(borders: ReadonlyArray<number>, usage: Consumption.Consumption, endsWithHistory: boolean) {
    this.borders = borders
    this.usage = usage
    this.shownAt = endsWithHistory ? borders.at(-1) : undefined
    this.sums = borders.slice(1).map(() => new Map())
    const none = (): Array<Sum.Sum | undefined> => borders.map(() => undefined)
    this.levels = { Monthly: none(), Stable: none(), Due: none() }
  }

  /** Whether amounts due that were observed around a border tell of it. */
  isDueKnown(index: number): boolean {
    return this.levels.Due[index] !== undefined
  }

  /** The level of a book at a border; an amount due that is older than the border may have changed since. */
  levelAt(book: Book, index: number): Sum.Sum | undefined {
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
      nanos === 0n ? [] : [{ kind, from, to, at: to, together: undefined, ...Sum.exactly(nanos) }]
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
      for (const { book, opening } of ends) this.levels[book][next] ??= Sum.exactly(opening)
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
        this.levels[each.book][index] = isShown ? Sum.exactly(each.closing) : levelOf(each, movements, now)
      this.addBetween(row, movements, before, now)
      before = now
      row = index
    }
    this.addBetween(row, movements, before, undefined)
  }

  /** What of each movement lies before a border. */
  private beforeBorder(taken: Taken, border: number, drawing: Drawing): ReadonlyArray<Sum.Sum> {
    const { movements, to } = taken
    const isEnd = border === to
    if (isEnd && border === this.shownAt) return movements
    const parts = movements.map((movement): Sum.Sum => {
      const { expected, from, kind, to: end } = movement
      if (isUsage(kind)) return movement
      const isNow = isBefore(movement, border)
      if (!isEnd) {
        if (end <= border) return movement
        // A refresh may come before it is due.
        return from >= border && !isCycle(kind) ? Sum.NOTHING : Sum.partOf(movement, isNow ? expected : 0n)
      }
      // A refresh that is due at the border belongs to what follows, and a renewal that shows with it.
      if (isCycle(kind) && !isNow) this.refreshed.add(border)
      return isNow && !(kind === "Renewal" && this.refreshed.has(border)) ? movement : Sum.NOTHING
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

  private chargedBefore(taken: Taken, border: number, parts: ReadonlyArray<Sum.Sum>): ReadonlyArray<Sum.Sum> {
    const used = Consumption.ofPayAsYouGo(this.usage, this.windowUntil(taken, border)).expected.value
    return taken.movements.map((movement, index) =>
      isUsage(movement.kind)
        ? usedBefore(movement, border, Sum.least(used, movement.expected))
        : (parts[index] as Sum.Sum),
    )
  }

  private drawnBefore(
    taken: Taken,
    border: number,
    parts: ReadonlyArray<Sum.Sum>,
    drawing: Drawing,
  ): ReadonlyArray<Sum.Sum> {
    const drawn = drawing.before(border)
    return taken.movements.map((movement, index) => {
      return isUsage(movement.kind) ? usedBefore(movement, border, drawn[index] as bigint) : (parts[index] as Sum.Sum)
    })
  }

  /** Adds what lies between two borders of each movement, given what lies before either. */
  private addBetween(row: number, movements: ReadonlyArray<Movement.Movement>, before: Parts, now: Parts): void {
    for (const [index, movement] of movements.entries()) {
      const [start, end] = [before?.[index] ?? Sum.NOTHING, now?.[index] ?? movement]
      if (start === end || start === movement) continue
      const isWhole = start === Sum.NOTHING && end === movement
      this.put(row, movement.kind, isWhole ? movement : Sum.partOf(movement, end.expected - start.expected))
    }
  }

  private put(row: number, kind: Movement.Kind, sum: Sum.Sum): void {
    const sums = this.sums[row]
    if (sums !== undefined) sums.set(kind, Sum.add(sums.get(kind) ?? Sum.NOTHING, sum))
  }
}

/**
 * The level of a book after some of the movements of an entry. Between two snapshots that show no debt there is none.
 */
const levelOf = (
  { book, closing, opening }: Ends,
  movements: ReadonlyArray<Movement.Movement>,
  parts: ReadonlyArray<Sum.Sum>,
): Sum.Sum => {
  let level: Sum.Signed = Sum.exactly(opening)
  const together = new Map<NonNullable<Movement.Movement["together"]>, Sum.Signed>()
  for (const [index, { kind, together: link }] of movements.entries()) {
    if (Movement.BOOK_OF[kind] !== book) continue
    const moved = Movement.effect(kind, parts[index] as Sum.Sum)
    if (link === undefined) level = Sum.addSigned(level, moved)
    else together.set(link, Sum.addSigned(together.get(link) ?? Sum.NOTHING, moved))
  }
  for (const [{ effect }, { expected, lower, upper }] of together) {
    // A part of what goes one way is a part of the whole.
    const [least, most] = effect < 0n ? [effect, 0n] : [0n, effect]
    level = Sum.addSigned(level, {
      lower: lower === undefined || lower < least ? least : lower,
      expected,
      upper: upper === undefined || upper > most ? most : upper,
    })
  }
  const floor = [opening, closing, level.expected].reduce(Sum.least, 0n)
  const { expected, lower, upper } = level
  return { lower: lower === undefined || lower < floor ? floor : lower, expected, upper }
}
