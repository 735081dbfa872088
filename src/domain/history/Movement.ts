/**
 * What the events of an entry likely came to: an estimate for each that closes the books exactly, within bounds as narrow as the links of the
 * events allow.
 */
import type * as Ledger from "./Ledger.js"
import type { Book, LedgerEvent } from "./LedgerEvent.js"
import * as LinkedAmounts from "./LinkedAmounts.js"
import * as Sum from "./Sum.js"

/** Kinds of movements. */
export type Kind =
  | "Monthly"
  | "Stable"
  | "PayAsYouGo"
  | "Refresh"
  | "Expiry"
  | "Grant"
  | "Renewal"
  | "UsageCharge"
  | "OtherCharge"
  | "Payment"
  | "CorrectionMonthly"
  | "CorrectionStable"
  | "CorrectionDue"

/** A movement. Times are in milliseconds since 1970. */
export interface Movement extends Sum.Sum {
  readonly kind: Kind
  /** It lies in `(from, to]`. */
  readonly from: number
  readonly to: number
  /** When it likely happened; usage runs over all the time of its entry. */
  readonly at: number
  /** Where all movements of its link go one way: what they come to together, the same object for each. */
  readonly together: { readonly effect: bigint } | undefined
}

/** What a movement does to its book. Pay as you go moves none by itself: the charge beside it does. */
export const SIGNS: Readonly<Record<Kind, -1n | 0n | 1n>> = {
  Monthly: -1n,
  Stable: -1n,
  PayAsYouGo: 0n,
  Refresh: 1n,
  Expiry: -1n,
  Grant: 1n,
  Renewal: 1n,
  UsageCharge: 1n,
  OtherCharge: 1n,
  Payment: -1n,
  CorrectionMonthly: 1n,
  CorrectionStable: 1n,
  CorrectionDue: 1n,
}

/** The book that a movement changes; pay as you go changes none by itself. */
export const BOOK_OF: Readonly<Record<Kind, Book | undefined>> = {
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

/** What a movement of so much does to its book. */
export const effect = (kind: Kind, sum: Sum.Signed): Sum.Signed => (SIGNS[kind] > 0n ? sum : Sum.negate(sum))

/** In which order movements take up what the usage of their link leaves open. */
const RANKS: Readonly<Record<Kind, number>> = {
  Expiry: 1,
  Refresh: 2,
  Grant: 3,
  Renewal: 4,
  Payment: 5,
  OtherCharge: 6,
  CorrectionMonthly: 7,
  CorrectionStable: 7,
  CorrectionDue: 7,
  UsageCharge: 8,
  Monthly: 9,
  Stable: 9,
  PayAsYouGo: 9,
}

const kindOf = (event: LedgerEvent): Kind | undefined => {
  switch (event._tag) {
    case "Usage":
      return event.pool
    case "Charge":
      return event.kind === "Renewal" ? "Renewal" : event.kind === "Usage" ? "UsageCharge" : "OtherCharge"
    case "Correction":
      return `Correction${event.book}`
    case "PlanChange":
      return undefined
    default:
      return event._tag
  }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const clamp = (nanos: bigint, { lower, upper }: LinkedAmounts.Range): bigint =>
  nanos < lower ? lower : upper === undefined ? nanos : least(nanos, upper)

/** A movement whose estimate is worked out. */
interface Draft {
  readonly event: LedgerEvent
  readonly kind: Kind
  readonly range: LinkedAmounts.Range
  expected: bigint
}

const rankOf = ({ event, kind }: Draft): number => RANKS[kind] - (event.confidence === "Likely" ? 10 : 0)

/** Moves estimates within their bounds until their effects have grown by `rest`, as far as they can. */
const place = (rest: bigint, drafts: ReadonlyArray<Draft>): void => {
  let left = rest
  for (const draft of drafts) {
    const sign = SIGNS[draft.kind]
    if (left === 0n || sign === 0n) continue
    const before = draft.expected
    draft.expected = clamp(before + sign * left, draft.range)
    left -= sign * (draft.expected - before)
  }
}

const millisOf = ({ event }: Draft): number => event.to.epochMillis - event.from.epochMillis

/** Spreads usage by time, each within its bounds. */
const spread = (usage: bigint, drafts: ReadonlyArray<Draft>): void => {
  let rest = drafts.reduce((sum, { range }) => sum - range.lower, usage)
  let time = drafts.reduce((sum, draft) => sum + millisOf(draft), 0)
  for (const draft of drafts) {
    const millis = millisOf(draft)
    const part = rest <= 0n ? 0n : time > 0 ? (rest * BigInt(Math.round(millis))) / BigInt(Math.round(time)) : rest
    draft.expected = clamp(draft.range.lower + part, draft.range)
    rest -= draft.expected - draft.range.lower
    time -= millis
  }
  // What the bounds of one did not take, another one does.
  for (const draft of rest > 0n ? drafts : []) {
    const before = draft.expected
    draft.expected = clamp(before + rest, draft.range)
    rest -= draft.expected - before
  }
}

const sumOf = (drafts: ReadonlyArray<Draft>): LinkedAmounts.Range =>
  drafts.reduce((sum, { range }) => LinkedAmounts.add(sum, range), LinkedAmounts.ZERO)

/** Estimates usage of both pools: monthly credits are drawn first. */
const estimateUsage = (drafts: ReadonlyArray<Draft>, usage: bigint): void => {
  const of = (kind: Kind) => drafts.filter((draft) => draft.kind === kind)
  const [monthly, stable] = [of("Monthly"), of("Stable")]
  const ofMonthly = clamp(usage - sumOf(stable).lower, sumOf(monthly))
  spread(ofMonthly, monthly)
  spread(usage - ofMonthly, stable)
  spread(usage, of("PayAsYouGo"))
}

/** Estimates the other events of a link, so that all of them have its effect. */
const closeLink = (drafts: ReadonlyArray<Draft>, effect: bigint): void => {
  const [usage, charge] = [
    drafts.find(({ kind }) => kind === "PayAsYouGo"),
    drafts.find(({ kind }) => kind === "UsageCharge"),
  ]
  if (usage !== undefined && charge !== undefined) charge.expected = clamp(usage.expected, charge.range)
  for (const draft of drafts) {
    if (draft.kind === "Renewal" && draft.event.confidence === "Likely")
      draft.expected = draft.range.upper ?? draft.expected
  }
  const sum = drafts.reduce((total, { expected, kind }) => total + SIGNS[kind] * expected, 0n)
  place(
    effect - sum,
    drafts.toSorted((a, b) => rankOf(a) - rankOf(b)),
  )
  if (usage !== undefined && charge !== undefined) usage.expected = clamp(charge.expected, usage.range)
}

/** When an event likely happened. A refresh comes when it is due, and what is left expires then. */
const momentOf = (event: LedgerEvent, refreshedAt: number | undefined): number =>
  refreshedAt !== undefined && (event._tag === "Refresh" || event._tag === "Expiry")
    ? refreshedAt
    : event.to.epochMillis

/** The movements of an entry of which so much usage is expected, in nano-dollars: of credits, or of pay as you go. */
export const of = (entry: Ledger.Entry, usage: bigint): ReadonlyArray<Movement> => {
  const linked = LinkedAmounts.ofLinked(entry.events)
  const drafts: Array<Draft> = []
  for (const event of entry.events) {
    const [kind, range] = [kindOf(event), linked.get(event) ?? LinkedAmounts.ofAmount(event.amount)]
    if (kind !== undefined) drafts.push({ event, kind, range, expected: clamp(0n, range) })
  }
  estimateUsage(drafts, usage)
  const together = new Map<LedgerEvent, Movement["together"]>()
  for (const { effect, events } of LinkedAmounts.linksOf(entry.events)) {
    const ofLink = drafts.filter(({ event }) => events.includes(event))
    closeLink(ofLink, effect)
    const isOneWay = ofLink.every(
      ({ kind, range }) => SIGNS[kind] === 0n || (SIGNS[kind] > 0n === effect > 0n && range.lower >= 0n),
    )
    const link = { effect }
    if (isOneWay) for (const { event } of ofLink) together.set(event, link)
  }
  const refreshedAt = entry.events.find(({ _tag }) => _tag === "Refresh")?.from.epochMillis
  return drafts.map(({ event, expected, kind, range }) => ({
    kind,
    from: event.from.epochMillis,
    to: event.to.epochMillis,
    at: momentOf(event, refreshedAt),
    together: together.get(event),
    ...range,
    expected,
  }))
}
