/** What the ledger takes for granted because no look can show it. */
import * as Schema from "effect/Schema"

/**
 * - `GrantsShow`: stable credits are granted only where the looks show a rise of them.
 * - `PaymentsShow`: invoices are paid only where the looks show a fall of the amount due.
 * - `RefreshesShow`: monthly credits whose refreshes are not announced are refreshed only where the looks show a rise of them, or a month's first
 *   lies between. Named where that can fail: on contracts, whose terms no body tells; just after a month's first, when a late refresh can be
 *   used up before the next look; and where the plan changed.
 * - `ContractsRenewApart`: the price of a contract, which no body tells, is not charged through the amount due.
 * - `AllowanceIsHighestSeen`: where no plan tells the allowance, a refresh sets the monthly credits to the most that was seen of them so far.
 *   Only where it is chosen.
 */
export const Assumption = Schema.Literal(
  "GrantsShow",
  "PaymentsShow",
  "RefreshesShow",
  "ContractsRenewApart",
  "AllowanceIsHighestSeen",
).annotations({ identifier: "Assumption" })
/** `GrantsShow | PaymentsShow | RefreshesShow | ContractsRenewApart | AllowanceIsHighestSeen`. */
export type Assumption = typeof Assumption.Type

/** No assumption. */
export const none: ReadonlyArray<Assumption> = []

const BITS = new Map(Assumption.literals.map((assumption, index) => [assumption, 1 << index]))

const SETS: ReadonlyArray<ReadonlyArray<Assumption>> = Array.from(
  { length: 1 << Assumption.literals.length },
  (_, bits) => Assumption.literals.filter((_, index) => (bits & (1 << index)) !== 0),
)

/** A set of assumptions as a number: the first has the lowest bit. */
export const toBits = (self: ReadonlyArray<Assumption>): number => {
  let bits = 0
  for (const assumption of self) bits |= BITS.get(assumption) ?? 0
  return bits
}

/** Those of either, each once, in the order of {@link Assumption}. */
export const union = (self: ReadonlyArray<Assumption>, that: ReadonlyArray<Assumption>): ReadonlyArray<Assumption> => {
  if (self.length === 0 || self === that) return that
  if (that.length === 0) return self
  const [bits, more] = [toBits(self), toBits(that)]
  return (bits | more) === bits ? self : (SETS[bits | more] as ReadonlyArray<Assumption>)
}

/** The assumptions of the usage among events, together with others that the usage of their span depends on. */
export const ofUsage = (
  events: ReadonlyArray<{ readonly _tag: string; readonly assumes: ReadonlyArray<Assumption> }>,
  others: ReadonlyArray<Assumption>,
): ReadonlyArray<Assumption> => {
  let all = others
  for (const { _tag, assumes } of events) if (_tag === "Usage") all = union(all, assumes)
  return all
}

/** The assumptions of a number that {@link toBits} gives; `undefined` for any other number. */
export const fromBits = (bits: number): ReadonlyArray<Assumption> | undefined => SETS[bits]
