/** How the values of a body are spelled where the wire leaves a choice. */

import * as Usd from "../../domain/money/Usd.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as Json from "./Json.js"

/** Money as JSON text (`"41.20"`) or as a JSON number (`41.2`). */
export type MoneyForm = "text" | "number"

/**
 * How a field is written that has nothing to say: left out, `null` where the field is nullable, or as what its absence means (an empty list,
 * the published default). Where a field has no such form, `null` and the meaning stand for each other.
 */
export type Blank = "absent" | "null" | "meaning"

/** The choices that the wire leaves. Each may answer differently every time that it is asked. */
export interface Spelling {
  readonly blank: () => Blank
  readonly usd: (usd: Usd.Usd) => Json.Json
  /** RFC 3339. */
  readonly time: (at: Timestamp.Timestamp) => string
  /** A double that is not negative. */
  readonly double: (number: number) => Json.Json
}

/** An amount in decimal digits: sign, at least one digit before the point, and no zeros at the end behind it. */
export interface Decimal {
  readonly sign: "" | "-"
  readonly whole: string
  readonly fraction: string
}

/** The decimal places of an amount. */
export const PLACES = 9

/** The digits of an amount. */
export const decimal = (usd: Usd.Usd): Decimal => {
  const nanos = Usd.toNanos(usd)
  const digits = String(nanos < 0n ? -nanos : nanos).padStart(PLACES + 1, "0")
  return {
    sign: nanos < 0n ? "-" : "",
    whole: digits.slice(0, -PLACES),
    fraction: digits.slice(-PLACES).replace(/0+$/, ""),
  }
}

/** An amount with at least so many decimals. */
export const withDecimals = ({ fraction, sign, whole }: Decimal, least: number): string => {
  const decimals = fraction.padEnd(least, "0")
  return decimals === "" ? `${sign}${whole}` : `${sign}${whole}.${decimals}`
}

/** One plain spelling: text money with two decimals or more, numbers as short as they are, times in UTC with milliseconds. */
export const plain = (money: MoneyForm, blank: Blank): Spelling => ({
  blank: () => blank,
  usd: (usd) => (money === "text" ? withDecimals(decimal(usd), 2) : Json.number(withDecimals(decimal(usd), 0))),
  time: (at) => new Date(at.epochMillis).toISOString(),
  double: (number) => Json.number(String(number)),
})
