/**
 * API credits: the API's own count of server time, a uint64. A credit was a minute until 2025-09-29 and is a second since.
 *
 * Monetary value is the truth; credits are a view that the API prints beside it. They are stored, never summed into money, never compared or
 * converted across the change of their unit, and turning them into money is a function that can fail.
 */
import type * as Brand from "effect/Brand"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Timestamp from "../time/Timestamp.js"
import { divide, type Rounding } from "./Rounding.js"
import * as Usd from "./Usd.js"

/** A count of API credits: a whole number from 0 to 18446744073709551615. */
export type Credits = bigint & Brand.Brand<"Credits">

/** The largest count: 2^64 - 1. */
export const MAX = 18_446_744_073_709_551_615n

/** Whether a value is a count of credits. A number or text never is. */
export const isCredits = (u: unknown): u is Credits => typeof u === "bigint" && u >= 0n && u <= MAX

/** A count from a `bigint`; `None` outside the range. */
export const fromBigInt = (count: bigint): Option.Option<Credits> =>
  isCredits(count) ? Option.some(count) : Option.none()

/**
 * A count from a `bigint`.
 *
 * @throws RangeError outside the range.
 */
export const unsafeFromBigInt = (count: bigint): Credits =>
  Option.getOrThrowWith(fromBigInt(count), () => new RangeError(`${count} is no count of credits: 0 to ${MAX}`))

const DIGITS = /^\d{1,20}$/

/** A count from its decimal digits (`"1205"`); `None` for anything else. */
export const fromText = (text: string): Option.Option<Credits> =>
  DIGITS.test(text) ? fromBigInt(BigInt(text)) : Option.none()

/** The decimal digits. */
export const format = (self: Credits): string => self.toString()

/**
 * What a count of credits is worth at `price` (dollars a credit), rounded to the nano-dollar. `None` when the result is out of range.
 *
 * The price is an input because two are published: 1/120 USD, and the constant 0.0083 USD that the publisher computes with.
 */
export const toUsd = (self: Credits, price: Usd.Usd): Option.Option<Usd.Usd> => Usd.fromNanos(self * Usd.toNanos(price))

/** How many credits an amount buys at `price` (dollars a credit, above 0), rounded by `rounding`. `None` when negative or not a uint64. */
export const fromUsd = (usd: Usd.Usd, price: Usd.Usd, rounding: Rounding): Option.Option<Credits> =>
  Usd.isPositive(price) ? fromBigInt(divide(Usd.toNanos(usd), Usd.toNanos(price), rounding)) : Option.none()

/** What a credit is worth of server time. */
export type Unit = "minute" | "second"

/** The first moment at which a credit is a second. */
const SECONDS_SINCE = Date.UTC(2025, 8, 30)

/** The unit of credits in a body observed at a time: minutes before 2025-09-30 UTC, seconds since. */
export const unitAt = ({ epochMillis }: Timestamp.Timestamp): Unit =>
  epochMillis < SECONDS_SINCE ? "minute" : "second"

/** The price a credit, of a second, that the publisher computes with: 0.0083 USD. */
export const PUBLISHED_PRICE: Usd.Usd = Usd.unsafeFromText("0.0083")

const PUBLISHED_PRICE_OF_MINUTE = Usd.unsafeFromText("0.5")

/** The published price a credit: 0.50 USD a minute, 0.0083 USD a second. */
export const publishedPrice = (unit: Unit): Usd.Usd => (unit === "minute" ? PUBLISHED_PRICE_OF_MINUTE : PUBLISHED_PRICE)

/** The domain brand: values only. */
export const Credits: Schema.Schema<Credits> = Schema.declare(isCredits, {
  identifier: "Credits",
  title: "Credits",
  description: "A count of API credits, 0 to 18446744073709551615",
  jsonSchema: { type: "string", pattern: DIGITS.source },
  arbitrary: () => (fc) =>
    fc
      .oneof({ weight: 3, arbitrary: fc.bigInt({ min: 0n, max: 100_000n }) }, fc.bigInt({ min: 0n, max: MAX }))
      .map(unsafeFromBigInt),
  equivalence: () => (a, b) => a === b,
  pretty: () => (credits) => `${format(credits)} credits`,
})

/** Decimal digits to a count of credits and back. */
export const FromText: Schema.Schema<Credits, string> = Schema.transformOrFail(
  Schema.String.annotations({ title: "CreditsText", jsonSchema: { type: "string", pattern: DIGITS.source } }),
  Credits,
  {
    strict: true,
    decode: (text, _, ast) =>
      Either.fromOption(fromText(text), () => new ParseResult.Type(ast, text, `expected whole digits, 0 to ${MAX}`)),
    encode: (credits) => Either.right(format(credits)),
  },
).annotations({ identifier: "CreditsText" })
