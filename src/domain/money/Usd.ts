/**
 * Exact amounts of US dollars.
 *
 * A `Usd` is a branded `BigDecimal` that is always held at scale 9: its `value` is a whole number of nano-dollars. Equality is therefore
 * structural, sums are exact, and an amount fits an int64 at rest.
 *
 * Arithmetic is exact and total: a sum of amounts within the range may lie outside it. It then no longer satisfies the schema, which
 * shows where it is encoded or stored; it is never wrapped or cut.
 */
import * as BigDecimal from "effect/BigDecimal"
import type * as Brand from "effect/Brand"
import * as Either from "effect/Either"
import * as Equivalence_ from "effect/Equivalence"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Order_ from "effect/Order"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as DecimalText from "./DecimalText.js"
import { divide as divideBigInt, type Rounding } from "./Rounding.js"

/** An exact amount of US dollars: scale 9, magnitude below 9.2e9 dollars. May be negative. */
export type Usd = BigDecimal.BigDecimal & Brand.Brand<"Usd">

const fromValue = (nanos: bigint): Usd => BigDecimal.make(nanos, DecimalText.SCALE) as Usd

const inRange = (nanos: bigint): boolean => nanos < DecimalText.LIMIT && nanos > -DecimalText.LIMIT

/** Whether a value is an amount: a `BigDecimal` at scale 9 within the range. Text never is. */
export const isUsd = (u: unknown): u is Usd =>
  BigDecimal.isBigDecimal(u) && u.scale === DecimalText.SCALE && inRange(u.value)

/** Whether an amount lies within the range: a sum of amounts may not. */
export const isInRange = (self: Usd): boolean => inRange(self.value)

/** No dollars. */
export const zero: Usd = fromValue(0n)

/** Whole nano-dollars of an amount, as a store keeps them. */
export const toNanos = (self: Usd): bigint => self.value

/** An amount from whole nano-dollars; `None` outside the range. */
export const fromNanos = (nanos: bigint): Option.Option<Usd> =>
  inRange(nanos) ? Option.some(fromValue(nanos)) : Option.none()

/**
 * An amount from whole nano-dollars.
 *
 * @throws RangeError outside the range.
 */
export const unsafeFromNanos = (nanos: bigint): Usd => {
  if (!inRange(nanos)) throw new RangeError(`${DecimalText.format(nanos)} USD is out of range: below 9.2e9 dollars`)
  return fromValue(nanos)
}

/** A sum from whole nano-dollars. Like the sum of amounts it may lie outside the range; it is not checked. */
export const sumFromNanos = (nanos: bigint): Usd => fromValue(nanos)

/**
 * An amount from plain decimal text such as `-12.50`. `None` when the text is no plain decimal, has digits past the ninth place that are
 * not 0, or is out of range.
 */
export const fromText = (text: string): Option.Option<Usd> => {
  const parsed = DecimalText.plain(text)
  return parsed._tag === "Nanos" && !parsed.rounded ? Option.some(fromValue(parsed.nanos)) : Option.none()
}

/**
 * An amount from plain decimal text.
 *
 * @throws RangeError where {@link fromText} gives `None`.
 *
 * @example
 * import { Usd } from "zoo-runway/domain"
 *
 * Usd.format(Usd.unsafeFromText("12.5")) // "12.50"
 */
export const unsafeFromText = (text: string): Usd =>
  Option.getOrThrowWith(
    fromText(text),
    () => new RangeError(`${JSON.stringify(text)} is no amount: write a plain decimal such as "12.50"`),
  )

/** Canonical plain decimal text: exact, two to nine decimals, no exponent (`41.26`, `0.00`, `0.0083`). */
export const format = (self: Usd): string => DecimalText.format(self.value)

/** The amount in whole cents as text, rounded by `rounding`: for people, never for sums. */
export const formatCents = (self: Usd, rounding: Rounding = "HalfEven"): string =>
  DecimalText.format(divideBigInt(self.value, 10_000_000n, rounding) * 10_000_000n)

/** The nearest double, for forecasts and drawings only: money that exists is never computed from it. */
export const toNumberApproximate = (self: Usd): number => Number(self.value) / 1e9

/** Amounts by size. */
export const Order: Order_.Order<Usd> = Order_.mapInput(Order_.bigint, (self: Usd) => self.value)

/** Same amount. */
export const Equivalence: Equivalence_.Equivalence<Usd> = Equivalence_.make((a, b) => a.value === b.value)

/** Sum of two amounts. */
export const add: {
  (that: Usd): (self: Usd) => Usd
  (self: Usd, that: Usd): Usd
} = dual(2, (self: Usd, that: Usd): Usd => fromValue(self.value + that.value))

/** `self` less `that`. */
export const subtract: {
  (that: Usd): (self: Usd) => Usd
  (self: Usd, that: Usd): Usd
} = dual(2, (self: Usd, that: Usd): Usd => fromValue(self.value - that.value))

/** The amount with the other sign. */
export const negate = (self: Usd): Usd => fromValue(-self.value)

/** Sum of any count of amounts. */
export const sum = (amounts: Iterable<Usd>): Usd => {
  let nanos = 0n
  for (const amount of amounts) nanos += amount.value
  return fromValue(nanos)
}

/** The smaller amount. */
export const min: {
  (that: Usd): (self: Usd) => Usd
  (self: Usd, that: Usd): Usd
} = dual(2, (self: Usd, that: Usd): Usd => (self.value <= that.value ? self : that))

/** The larger amount. */
export const max: {
  (that: Usd): (self: Usd) => Usd
  (self: Usd, that: Usd): Usd
} = dual(2, (self: Usd, that: Usd): Usd => (self.value >= that.value ? self : that))

/** Whether `self` is smaller. */
export const lessThan: {
  (that: Usd): (self: Usd) => boolean
  (self: Usd, that: Usd): boolean
} = dual(2, (self: Usd, that: Usd): boolean => self.value < that.value)

/** Whether the amount is above 0. */
export const isPositive = (self: Usd): boolean => self.value > 0n

/** Whether the amount is below 0. */
export const isNegative = (self: Usd): boolean => self.value < 0n

/** Whether the amount is 0. */
export const isZero = (self: Usd): boolean => self.value === 0n

/**
 * `self` x `numerator` / `denominator`, rounded to the nano-dollar by `rounding`.
 *
 * @throws RangeError when `denominator` is 0.
 */
export const scaleBy = (self: Usd, numerator: bigint, denominator: bigint, rounding: Rounding): Usd =>
  fromValue(divideBigInt(self.value * numerator, denominator, rounding))

const TEXT_PATTERN = "^-?\\d+(\\.\\d{1,9})?$"

/** The domain brand: values only (`Schema.is(Usd)("1.5")` is false). Text becomes an amount through {@link FromText}. */
export const Usd: Schema.Schema<Usd> = Schema.declare(isUsd, {
  identifier: "Usd",
  title: "Usd",
  description: "An exact amount of US dollars with nine decimals, magnitude below 9.2e9",
  jsonSchema: { type: "string", pattern: TEXT_PATTERN },
  arbitrary: () => (fc) =>
    fc
      .oneof(
        { weight: 3, arbitrary: fc.integer({ min: 0, max: 100_000 }).map((cents) => BigInt(cents) * 10_000_000n) },
        { weight: 1, arbitrary: fc.bigInt({ min: 1n - DecimalText.LIMIT, max: DecimalText.LIMIT - 1n }) },
      )
      .map(fromValue),
  equivalence: () => Equivalence,
  pretty: () => (usd) => `${format(usd)} USD`,
})

/** Canonical plain decimal text to an amount and back. Refuses what is not plain, finer than a nano-dollar, or out of range. */
export const FromText: Schema.Schema<Usd, string> = Schema.transformOrFail(
  Schema.String.annotations({
    title: "UsdText",
    description: "US dollars as a plain decimal with up to nine decimals",
    jsonSchema: { type: "string", pattern: TEXT_PATTERN },
  }),
  Usd,
  {
    strict: true,
    decode: (text, _, ast) =>
      Either.fromOption(
        fromText(text),
        () => new ParseResult.Type(ast, text, 'expected a plain decimal such as "12.50", below 9.2e9'),
      ),
    encode: (usd) => Either.right(format(usd)),
  },
).annotations({ identifier: "UsdText" })

const SUM = /^(-?)(\d{1,40})(?:\.(\d{1,9}))?$/

const sumFromText = (text: string): Option.Option<Usd> => {
  const [, sign, whole, fraction = ""] = SUM.exec(text) ?? []
  if (whole === undefined) return Option.none()
  const nanos = BigInt(whole + fraction.padEnd(DecimalText.SCALE, "0"))
  return Option.some(fromValue(sign === "-" ? -nanos : nanos))
}

const isSum = (u: unknown): u is Usd => BigDecimal.isBigDecimal(u) && u.scale === DecimalText.SCALE

/** Canonical plain decimal text to a sum of amounts and back, which may lie outside the range of an amount. */
export const SumFromText: Schema.Schema<Usd, string> = Schema.transformOrFail(
  Schema.String.annotations({
    title: "UsdSumText",
    description: "A sum of US dollars as a plain decimal with up to nine decimals",
    jsonSchema: { type: "string", pattern: TEXT_PATTERN },
  }),
  Schema.declare(isSum, {
    identifier: "UsdSum",
    arbitrary: () => (fc) =>
      fc.bigInt({ min: -1000n * DecimalText.LIMIT, max: 1000n * DecimalText.LIMIT }).map(fromValue),
    equivalence: () => Equivalence,
    pretty: () => (usd) => `${format(usd)} USD`,
  }),
  {
    strict: true,
    decode: (text, _, ast) =>
      Either.fromOption(
        sumFromText(text),
        () => new ParseResult.Type(ast, text, 'expected a plain decimal such as "12.50"'),
      ),
    encode: (usd) => Either.right(format(usd)),
  },
).annotations({ identifier: "UsdSumText" })
