/** What can have happened between two looks at a balance. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Pool from "../balance/Pool.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Amount from "./Amount.js"
import * as Assumption from "./Assumption.js"
import * as Confidence from "./Confidence.js"

/** The books that events close: what is left of either pool of credits, and the amount due. */
export const Book = Schema.Literal("Monthly", "Stable", "Due").annotations({ identifier: "Book" })
/** `Monthly | Stable | Due`. */
export type Book = typeof Book.Type

/**
 * Ties events of one book together whose amounts are not known one by one: together they change the book by `effect`, exactly. What was
 * used before a refresh and what expired at it, say, add up to what was left.
 */
export const Link = Schema.Struct({ id: Schema.String, effect: Usd.SumFromText })
/** Ties events whose joint effect on a book is exact. */
export type Link = typeof Link.Type

const common = {
  /** The event lies in `(from, to]`. */
  from: Timestamp.FromText,
  to: Timestamp.FromText,
  confidence: Confidence.Confidence,
  /** Never negative, but for a correction. */
  amount: Amount.Amount,
  link: Schema.OptionFromNullOr(Link),
  /** What its amount takes for granted; empty where the looks alone tell it. */
  assumes: Schema.Array(Assumption.Assumption),
  /** Why this event is read off the snapshots, in words. */
  why: Schema.String,
}

/** Credits or pay as you go drawn by calls. */
export const Usage = Schema.TaggedStruct("Usage", { pool: Pool.Name, ...common })
/** Monthly credits set to the allowance. */
export const Refresh = Schema.TaggedStruct("Refresh", common)
/** Monthly credits that were left at a refresh. */
export const Expiry = Schema.TaggedStruct("Expiry", common)
/** Stable credits given by the publisher. */
export const Grant = Schema.TaggedStruct("Grant", common)
/** Something that raised the amount due. */
export const Charge = Schema.TaggedStruct("Charge", { kind: Schema.Literal("Usage", "Renewal", "Unknown"), ...common })
/** Something that lowered the amount due. */
export const Payment = Schema.TaggedStruct("Payment", common)
/** Another plan: names before and after, where the bodies told them. No money moves. */
export const PlanChange = Schema.TaggedStruct("PlanChange", {
  before: Schema.OptionFromNullOr(Schema.String),
  after: Schema.OptionFromNullOr(Schema.String),
  ...common,
})
/** A change of a book that nothing else explains; signed. */
export const Correction = Schema.TaggedStruct("Correction", { book: Book, ...common })

/** `Usage | Refresh | Expiry | Grant | Charge | Payment | PlanChange | Correction`. */
export const LedgerEvent = Schema.Union(
  Usage,
  Refresh,
  Expiry,
  Grant,
  Charge,
  Payment,
  PlanChange,
  Correction,
).annotations({
  identifier: "LedgerEvent",
})
/** What can have happened between two looks at a balance. */
export type LedgerEvent = typeof LedgerEvent.Type

/** Drawn credits. Pay as you go moves no book by itself: the charge beside it does. */
const usageBook = (pool: Pool.Name): Book | undefined => (pool === "PayAsYouGo" ? undefined : pool)

/** The book that an event moves and the direction; `undefined` where it moves none. */
export const posting = (event: LedgerEvent): { readonly book: Book; readonly sign: 1 | -1 } | undefined => {
  switch (event._tag) {
    case "Usage": {
      const book = usageBook(event.pool)
      return book === undefined ? undefined : { book, sign: -1 }
    }
    case "Refresh":
      return { book: "Monthly", sign: 1 }
    case "Expiry":
      return { book: "Monthly", sign: -1 }
    case "Grant":
      return { book: "Stable", sign: 1 }
    case "Charge":
      return { book: "Due", sign: 1 }
    case "Payment":
      return { book: "Due", sign: -1 }
    case "Correction":
      return { book: event.book, sign: 1 }
    case "PlanChange":
      return undefined
  }
}

/**
 * By how much events change a book, exactly: each amount that is exact, and each link once. `None` when an amount is neither exact nor
 * linked, which the ledger never writes.
 */
export const effectOn = (book: Book, events: Iterable<LedgerEvent>): Option.Option<Usd.Usd> => {
  const seen = new Set<string>()
  let total = Usd.zero
  for (const event of events) {
    const entry = posting(event)
    if (entry?.book !== book) continue
    if (Option.isSome(event.link)) {
      if (seen.has(event.link.value.id)) continue
      seen.add(event.link.value.id)
      total = Usd.add(total, event.link.value.effect)
    } else if (event.amount._tag === "Exact") {
      total = entry.sign === 1 ? Usd.add(total, event.amount.usd) : Usd.subtract(total, event.amount.usd)
    } else return Option.none()
  }
  return Option.some(total)
}
