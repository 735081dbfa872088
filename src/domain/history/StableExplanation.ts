/** What happened to the stable credits between two neighbouring looks. */
import * as Usd from "../money/Usd.js"
import * as Amount from "./Amount.js"
import type * as Assumption from "./Assumption.js"
import { confidenceIn, correction, linkOf, type Span, stableUsage, unlinked } from "./EventSpan.js"
import type { LedgerEvent } from "./LedgerEvent.js"
import * as Reversal from "./Reversal.js"

const GRANTS: ReadonlyArray<Assumption.Assumption> = ["GrantsShow"]

/** The stable credits at both looks, and what bears on what happened between. */
export interface Stable {
  readonly opening: Usd.Usd
  readonly closing: Usd.Usd
  /**
   * What draw order tells: the monthly credits never ran dry between the looks, so that no stable ones were drawn; possibly did; or certainly did
   * together with the stable ones, because pay as you go was drawn.
   */
  readonly dry: "Never" | "Possibly" | "Certainly"
  /** What a rise can undo, and a fall repeat. */
  readonly reversal: Reversal.Reversal
}

const fallen = ({ dry, reversal }: Stable, fall: Usd.Usd, span: Span): ReadonlyArray<LedgerEvent> => {
  const usage = { _tag: "Usage", pool: "Stable", ...span, assumes: GRANTS } as const
  const doubtful = { _tag: "Correction", book: "Stable", ...span, confidence: "Possible" } as const
  const repeated = Reversal.repeated(reversal, fall, span.to.epochMillis)
  if (dry === "Never") {
    const why = "stable credits fell while monthly credits remained: a correction, or a look in the middle of a booking"
    const link = linkOf("out-of-order", span, Usd.negate(fall))
    return [
      { ...usage, confidence: "Possible", amount: Amount.between(Usd.zero, fall), link, why },
      { ...doubtful, confidence: "Likely", amount: Amount.between(Usd.negate(fall), Usd.zero), link, why },
    ]
  }
  if (Usd.isZero(repeated)) return [stableUsage(span, fall)]
  const why = "stable credits fell again after a rise that undid a fall: usage, or the same fall again"
  const link = linkOf("repeated-stable-fall", span, Usd.negate(fall))
  const used = Amount.between(Usd.subtract(fall, repeated), fall)
  return [
    { ...usage, confidence: confidenceIn(used), amount: used, link, why },
    { ...doubtful, amount: Amount.between(Usd.negate(repeated), Usd.zero), link, why },
  ]
}

/** A rise by nearly as much as the credits fell right before: that fall was not so, or as much was granted. */
const undone = ({ dry }: Stable, takenBack: Usd.Usd, rise: Usd.Usd, span: Span): ReadonlyArray<LedgerEvent> => {
  const why = "stable credits rose by nearly what they fell right before: an earlier balance was wrong, or a grant"
  const link = linkOf("undone-stable", span, rise)
  const shared = { ...span, link, why }
  const least = Usd.negate(takenBack)
  const isBounded = dry === "Never"
  const used = isBounded ? Amount.between(least, Usd.zero) : Amount.atLeast(least)
  const granted = isBounded ? Amount.between(Usd.zero, rise) : Amount.atLeast(Usd.zero)
  const corrected = Amount.between(Usd.zero, rise)
  return [
    // Beside monthly credits the fall was no usage that could be undone.
    { _tag: "Correction", book: "Stable", ...shared, confidence: isBounded ? "Possible" : "Likely", amount: corrected },
    { _tag: "Grant", ...shared, confidence: "Possible", amount: granted },
    { _tag: "Usage", pool: "Stable", ...shared, confidence: "Possible", amount: used },
  ]
}

/** Explains them where both looks speak one credit model. */
export const within = (stable: Stable, span: Span): ReadonlyArray<LedgerEvent> => {
  const { closing, dry, opening, reversal } = stable
  const change = Usd.subtract(closing, opening)
  if (Usd.isZero(change)) return []
  if (Usd.isNegative(change)) return fallen(stable, Usd.negate(change), span)
  const takenBack = dry === "Certainly" ? undefined : Reversal.takenBack(reversal, change, span.to.epochMillis)
  if (takenBack !== undefined) return undone(stable, takenBack, change, span)
  const grant = { _tag: "Grant", ...span } as const
  if (dry === "Never") {
    const why =
      "stable credits rose, and monthly credits remained, so that no stable credits were used beside the grant"
    return [{ ...grant, amount: Amount.exact(change), link: unlinked, why }]
  }
  const link = linkOf("grant-beside-usage", span, change)
  const used = dry === "Certainly" ? Usd.max(Usd.zero, opening) : Usd.zero
  return [
    { ...grant, amount: Amount.atLeast(Usd.add(change, used)), link, why: "stable credits rose" },
    {
      _tag: "Usage",
      pool: "Stable",
      ...span,
      confidence: Usd.isPositive(used) ? "Certain" : "Possible",
      amount: Amount.atLeast(used),
      link,
      why: "usage beside a grant nets out and cannot be told apart",
    },
  ]
}

/** What a later snapshot can undo of the stable credits. */
export const reversalAfter = ({ closing, dry, opening, reversal }: Stable, at: number): Reversal.Reversal => {
  const change = Usd.subtract(closing, opening)
  if (Usd.isZero(change)) return reversal
  if (Usd.isNegative(change)) {
    const fall = Usd.negate(change)
    const certain = dry === "Never" ? Usd.zero : Usd.subtract(fall, Reversal.repeated(reversal, fall, at))
    return Reversal.afterMove(reversal, fall, certain, at)
  }
  const isUndone = dry !== "Certainly" && Reversal.takenBack(reversal, change, at) !== undefined
  return isUndone ? Reversal.afterBack(change, at) : Reversal.none
}

/** Where the older credit model's two amounts become one: what draw order does not explain of the difference corrects the book. */
export const acrossModels = (
  opening: Usd.Usd,
  closing: Usd.Usd,
  monthlyRanDry: boolean,
  span: Span,
): ReadonlyArray<LedgerEvent> => {
  const change = Usd.subtract(closing, opening)
  if (Usd.isZero(change)) return []
  const why = "the credit model changed between the looks, and its two stable pools are not worth the same"
  if (!monthlyRanDry) return [correction("Stable", span, change, why)]
  const link = linkOf("across-models", span, change)
  const corrected = { _tag: "Correction", book: "Stable", ...span, amount: Amount.atLeast(change), link, why } as const
  const used = { _tag: "Usage", pool: "Stable", ...span, amount: Amount.atLeast(Usd.zero), link, why } as const
  return [
    { ...used, confidence: "Possible" },
    { ...corrected, confidence: Usd.isPositive(change) ? "Certain" : "Possible" },
  ]
}
