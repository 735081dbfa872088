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
