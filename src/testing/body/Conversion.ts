/** One credit model's amounts in the terms of the other, at the published price of a credit. */
import * as Option from "effect/Option"
import * as Credits from "../../domain/money/Credits.js"
import * as DecimalText from "../../domain/money/DecimalText.js"
import * as Usd from "../../domain/money/Usd.js"

/** An amount as far as it is told. */
export interface Amount {
  readonly value: Option.Option<Usd.Usd>
  readonly credits: Option.Option<Credits.Credits>
}

const LARGEST = Usd.unsafeFromNanos(DecimalText.LIMIT - 1n)
const SMALLEST = Usd.negate(LARGEST)

/** The amount itself, or the nearest that is within the range of all amounts. */
export const withinRange = (usd: Usd.Usd): Usd.Usd => Usd.max(Usd.min(usd, LARGEST), SMALLEST)

/** The value that is told, or what the credits are worth; 0 where neither is told. */
export const valueOf = ({ credits, value }: Amount): Usd.Usd =>
  Option.getOrElse(value, () =>
    Option.match(credits, {
      onNone: () => Usd.zero,
      onSome: (count) => Option.getOrElse(Credits.toUsd(count, Credits.PUBLISHED_PRICE), () => LARGEST),
    }),
  )

/** The credits that are told, or what the value buys: none for nothing and for less. */
export const creditsOf = ({ credits, value }: Amount): Credits.Credits =>
  credits.pipe(
    Option.orElse(() => Option.flatMap(value, (usd) => Credits.fromUsd(usd, Credits.PUBLISHED_PRICE, "HalfUp"))),
    Option.getOrElse(() => Credits.unsafeFromBigInt(0n)),
  )
