import * as Price from "./Price.js"

/** Cents by pool. */
export interface Pools {
  readonly monthlyCents: number
  readonly stableCents: number
  readonly payAsYouGoCents: number
}

/** How a call was paid. */
export interface Draw extends Pools {
  /** How long it ran, in whole seconds: all that was asked for unless it was refused. */
  readonly seconds: number
  /** The price of `seconds`, and the sum of the three pools. */
  readonly cents: number
  /** Credits ran out before or during the call, and pay as you go is off. */
  readonly refused: boolean
  /** What the part that did not run would have cost more. */
  readonly refusedCents: number
}

/**
 * Pays a call: monthly credits first, then stable ones, then pay as you go. With pay as you go off the call stops when the
 * credits do; as every price in cents is the price of some whole second, they are then used up to the last cent.
 */
export const draw = (
  left: { readonly monthlyCents: number; readonly stableCents: number },
  seconds: number,
  payAsYouGo: boolean,
): Draw => {
  const asked = Price.ofSeconds(seconds)
  const credits = left.monthlyCents + left.stableCents
  const refused = asked > credits && !payAsYouGo
  const cents = refused ? credits : asked
  const monthlyCents = Math.min(cents, left.monthlyCents)
  const stableCents = Math.min(cents - monthlyCents, left.stableCents)
  return {
    seconds: refused ? Price.secondsFor(credits) : seconds,
    cents,
    monthlyCents,
    stableCents,
    payAsYouGoCents: cents - monthlyCents - stableCents,
    refused,
    refusedCents: asked - cents,
  }
}
