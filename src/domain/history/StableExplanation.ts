/** What happened to the stable credits between two neighbouring looks. */
import * as Usd from "../money/Usd.js"
import * as Amount from "./Amount.js"
import { correction, linkOf, type Span, stableUsage, unlinked } from "./EventSpan.js"
import type { LedgerEvent } from "./LedgerEvent.js"

/**
 * Explains them where both looks speak one credit model. `dry` tells of draw order whether the monthly credits never ran dry between the looks,
 * so that no stable ones were drawn; possibly did; or certainly did together with the stable ones, because pay as you go was drawn.
 */
export const within = (
  opening: Usd.Usd,
  closing: Usd.Usd,
  dry: "Never" | "Possibly" | "Certainly",
  span: Span,
): ReadonlyArray<LedgerEvent> => {
  const change = Usd.subtract(closing, opening)
  if (Usd.isZero(change)) return []
  const usage = { _tag: "Usage", pool: "Stable", ...span } as const
  const doubtful = { _tag: "Correction", book: "Stable", ...span, confidence: "Possible" } as const
  if (Usd.isNegative(change)) {
    const fall = Usd.negate(change)
    if (dry !== "Never") return [stableUsage(span, fall)]
    const why = "stable credits fell while monthly credits remained: a correction, or a look in the middle of a booking"
    const link = linkOf("out-of-order", span, change)
    return [
      {
        ...usage,
        confidence: "Possible",
        amount: Amount.between(Usd.zero, fall),
        link,
        assumes: ["GrantsShow"],
        why,
      },
      { ...doubtful, amount: Amount.between(change, Usd.zero), link, why },
    ]
  }
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
      ...usage,
      confidence: Usd.isPositive(used) ? "Certain" : "Possible",
      amount: Amount.atLeast(used),
      link,
      why: "usage beside a grant nets out and cannot be told apart",
    },
  ]
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
