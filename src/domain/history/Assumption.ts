/** What the ledger takes for granted because no look can show it. */
import * as Schema from "effect/Schema"

/**
 * - `GrantsShow`: stable credits are granted only where the looks show a rise of them.
 * - `PaymentsShow`: invoices are paid only where the looks show a fall of the amount due.
 * - `AllowanceIsHighestSeen`: where no plan tells the allowance, a refresh sets the monthly credits to the most that was seen of them so far.
 *   Only where it is chosen.
 */
export const Assumption = Schema.Literal("GrantsShow", "PaymentsShow", "AllowanceIsHighestSeen").annotations({
  identifier: "Assumption",
})
/** `GrantsShow | PaymentsShow | AllowanceIsHighestSeen`. */
export type Assumption = typeof Assumption.Type

/** No assumption. */
export const none: ReadonlyArray<Assumption> = []
