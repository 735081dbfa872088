/**
 * The amount due: outstanding, draft and open invoices and pending items. The API tells it only when asked, so "not asked" is a case of
 * its own and never 0.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Usd from "../money/Usd.js"

/** The body did not tell the amount (`total_due` absent or null, in every revision). */
export const NotRequested = Schema.TaggedStruct("NotRequested", {})

/** The amount that the body told. */
export const Due = Schema.TaggedStruct("Due", { usd: Usd.FromText })

/** `NotRequested | Due{usd}`. */
export const AmountDue = Schema.Union(NotRequested, Due).annotations({ identifier: "AmountDue" })
/** `NotRequested | Due{usd}`. */
export type AmountDue = typeof AmountDue.Type

/** Not asked for. */
export const notRequested: AmountDue = { _tag: "NotRequested" }

/** A known amount due. */
export const due = (usd: Usd.Usd): AmountDue => ({ _tag: "Due", usd })

/** The amount where it is known. */
export const known = (self: AmountDue): Option.Option<Usd.Usd> =>
  self._tag === "Due" ? Option.some(self.usd) : Option.none()
