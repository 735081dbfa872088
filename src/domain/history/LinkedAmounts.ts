/**
 * Sums of the events of an entry, as narrow as their links allow.
 *
 * Events of a link are not known one by one, but together they change a book by an exact effect: a rise of the amount due by 267.15 may be usage
 * of 7.15 to 267.15 and a renewal of up to 260, and is a charge of 267.15 in any case.
 */
import * as Option from "effect/Option"
import * as Amount from "./Amount.js"
import * as LedgerEvent from "./LedgerEvent.js"

/** Whole nano-dollars; `upper` is `undefined` when nothing bounds it. */
export interface Range {
  readonly lower: bigint
  readonly upper: bigint | undefined
}

/** Nothing. */
export const ZERO: Range = { lower: 0n, upper: 0n }

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const greatest = (a: bigint, b: bigint): bigint => (a < b ? b : a)

/** Sum of two ranges. */
export const add = (a: Range, b: Range): Range => ({
  lower: a.lower + b.lower,
  upper: a.upper === undefined || b.upper === undefined ? undefined : a.upper + b.upper,
})

/** What both ranges allow. */
export const intersect = (
  a: Range,
  b: { readonly lower: bigint | undefined; readonly upper: bigint | undefined },
): Range => ({
  lower: b.lower === undefined ? a.lower : greatest(a.lower, b.lower),
  upper: a.upper === undefined ? b.upper : b.upper === undefined ? a.upper : least(a.upper, b.upper),
})

/** The range of an amount. */
export const ofAmount = (amount: Amount.Amount): Range => ({
  lower: Amount.lower(amount).value,
  upper: Option.getOrUndefined(Option.map(Amount.upper(amount), (usd) => usd.value)),
})

/** Terms of one sum in a link: they raise its book or lower it. */
interface Term {
  readonly sign: 1 | -1
  range: Range
}

/**
 * What a term can be where all terms together make an exact effect: the effect less what the others can be. The others are given by the sum of
 * all lower and of all upper ends of their effects.
 */
const allowed = (term: Term, others: { lower: bigint | undefined; upper: bigint | undefined }, effect: bigint) => {
  const [low, high] = [
    others.upper === undefined ? undefined : effect - others.upper,
    others.lower === undefined ? undefined : effect - others.lower,
  ]
  return term.sign === 1
    ? { lower: low, upper: high }
    : { lower: high === undefined ? undefined : -high, upper: low === undefined ? undefined : -low }
}

/** The least and the greatest effect of a term on its book. */
const effectOf = ({ range, sign }: Term) =>
  sign === 1
    ? { lower: range.lower as bigint | undefined, upper: range.upper }
    : { lower: range.upper === undefined ? undefined : -range.upper, upper: -range.lower as bigint | undefined }

const tighten = <Key>(terms: ReadonlyMap<Key, Term>, effect: bigint): ReadonlyMap<Key, Range> => {
  const narrowed = new Map<Key, Range>()
  for (const [key, term] of terms) {
    let [lower, upper]: [bigint | undefined, bigint | undefined] = [0n, 0n]
    for (const [other, each] of terms) {
      if (other === key) continue
      const of = effectOf(each)
      lower = lower === undefined || of.lower === undefined ? undefined : lower + of.lower
      upper = upper === undefined || of.upper === undefined ? undefined : upper + of.upper
    }
    narrowed.set(key, intersect(term.range, allowed(term, { lower, upper }, effect)))
  }
  return narrowed
}

/** Events that together change their book by an exact effect. */
export interface LinkOf {
  readonly effect: bigint
  readonly events: Array<LedgerEvent.LedgerEvent>
}

const isUsageCharge = (event: LedgerEvent.LedgerEvent): boolean => event._tag === "Charge" && event.kind === "Usage"

/** The range of each event of a link. Pay as you go is what the charge beside it is. */
const narrowed = ({ effect, events }: LinkOf): ReadonlyMap<LedgerEvent.LedgerEvent, Range> => {
  const terms = new Map<LedgerEvent.LedgerEvent, Term>()
  for (const event of events) {
    const posting = LedgerEvent.posting(event)
    if (posting !== undefined) terms.set(event, { sign: posting.sign, range: ofAmount(event.amount) })
  }
  const ranges = new Map(tighten(terms, effect))
  const charge = events.find(isUsageCharge)
  for (const event of events) {
    if (terms.has(event)) continue
    const range = ofAmount(event.amount)
    const beside = charge === undefined ? undefined : ranges.get(charge)
    ranges.set(event, beside === undefined ? range : intersect(range, beside))
  }
  return ranges
}

/** The links of events. */
export const linksOf = (events: ReadonlyArray<LedgerEvent.LedgerEvent>): ReadonlyArray<LinkOf> => {
  const links = new Map<string, LinkOf>()
  for (const event of events) {
    if (Option.isNone(event.link)) continue
    const { effect, id } = event.link.value
    const link = links.get(id)
    if (link === undefined) links.set(id, { effect: effect.value, events: [event] })
    else link.events.push(event)
  }
  return [...links.values()]
}

/** The range of each event that has a link, as narrow as its link allows. */
export const ofLinked = (events: ReadonlyArray<LedgerEvent.LedgerEvent>): ReadonlyMap<LedgerEvent.LedgerEvent, Range> =>
  new Map(linksOf(events).flatMap((link) => [...narrowed(link)]))

/**
 * Adds events to sums by a key, each sum as narrow as the links allow. Events of one key must all raise their book, or all lower it, or move
 * none.
 */
export const addTo = <Key>(
  total: Map<Key, Range>,
  events: ReadonlyArray<LedgerEvent.LedgerEvent>,
  keyOf: (event: LedgerEvent.LedgerEvent) => Key,
): void => {
  const put = (key: Key, range: Range): void => {
    total.set(key, add(total.get(key) ?? ZERO, range))
  }
  let isLinked = false
  for (const event of events) {
    if (Option.isSome(event.link)) isLinked = true
    else put(keyOf(event), ofAmount(event.amount))
  }
  if (!isLinked) return
  for (const link of linksOf(events)) {
    const terms = new Map<Key, Term>()
    for (const [event, range] of narrowed(link)) {
      const [key, posting] = [keyOf(event), LedgerEvent.posting(event)]
      if (posting === undefined) {
        put(key, range)
        continue
      }
      const before = terms.get(key)
      terms.set(key, { sign: posting.sign, range: before === undefined ? range : add(before.range, range) })
    }
    for (const [key, range] of tighten(terms, link.effect)) put(key, range)
  }
}
