/** What the explanations of the books share: where their events lie, and what ties them together. */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import type * as Timestamp from "../time/Timestamp.js"
import * as Amount from "./Amount.js"
import * as Assumption from "./Assumption.js"
import type { Confidence } from "./Confidence.js"
import type { LedgerEvent, Link } from "./LedgerEvent.js"

/** Where events lie, and what holds of them unless they say otherwise. */
export interface Span {
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
  readonly confidence: Confidence
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** A span whose events happened, and take nothing for granted. */
export const plain = (from: Timestamp.Timestamp, to: Timestamp.Timestamp): Span => ({
  from,
  to,
  confidence: "Certain",
  assumes: Assumption.none,
})

/** Whether an event of this amount happened: it did unless it can be nothing. */
export const confidenceIn = (amount: Amount.Amount): Confidence =>
  amount._tag === "Exact" || Usd.isPositive(amount.lower) ? "Certain" : "Possible"

/** Of an event whose amount stands by itself. */
export const unlinked = Option.none<Link>()

/** Ties events together whose joint effect on a book is exact; the name tells the ties of one span apart. */
export const linkOf = (name: string, span: Span, effect: Usd.Usd): Option.Option<Link> =>
  Option.some({ id: `${name}@${span.from.epochMillis}..${span.to.epochMillis}:${Usd.format(effect)}`, effect })

/** A change of a book that nothing else explains. */
export const correction = (book: "Monthly" | "Stable", span: Span, usd: Usd.Usd, why: string): LedgerEvent => ({
  _tag: "Correction",
  book,
  ...span,
  amount: Amount.exact(usd),
  link: unlinked,
  why,
})

/** Reasons of events that are exact usage and nothing else, which stored usage names by their pool alone. */
export const WHY_USED = {
  Monthly: "monthly credits fell",
  Stable: "stable credits fell after the monthly credits",
  PayAsYouGo: "the amount due rose while both pools were empty",
} as const

/** Exact usage of monthly credits. */
export const monthlyUsage = (span: Span, usd: Usd.Usd): LedgerEvent => ({
  _tag: "Usage",
  pool: "Monthly",
  ...span,
  amount: Amount.exact(usd),
  link: unlinked,
  why: WHY_USED.Monthly,
})

/** Exact usage of stable credits, beside which no grant happened. */
export const stableUsage = (span: Span, usd: Usd.Usd): LedgerEvent => ({
  _tag: "Usage",
  pool: "Stable",
  ...span,
  amount: Amount.exact(usd),
  link: unlinked,
  assumes: ["GrantsShow"],
  why: WHY_USED.Stable,
})

/** Exact pay-as-you-go usage and the charge that it makes. */
export const payAsYouGoUsage = (span: Span, usd: Usd.Usd): readonly [LedgerEvent, LedgerEvent] => [
  {
    _tag: "Usage",
    pool: "PayAsYouGo",
    ...span,
    amount: Amount.exact(usd),
    link: unlinked,
    why: WHY_USED.PayAsYouGo,
  },
  { _tag: "Charge", kind: "Usage", ...span, amount: Amount.exact(usd), link: unlinked, why: WHY_USED.PayAsYouGo },
]
