/**
 * Decimal text to whole nano-dollars (10^-9), digit for digit, with no double on the way.
 *
 * Two grammars: {@link plain} for text (`-12.50`), {@link number} for the token of a JSON number, which may carry an exponent. An
 * exponent moves the point; it is never expanded into zeros, so `1e999999999` costs no more than `1.5`.
 */
import { divide } from "./Rounding.js"

/** The digits after the point that an amount keeps. */
export const SCALE = 9

/** The exclusive bound of an amount's magnitude in nano-dollars (9.2 billion dollars): an int64 holds every amount. */
export const LIMIT = 9_200_000_000_000_000_000n

/** `rounded` tells whether digits past the ninth place were rounded away (half-even). */
export type Parsed =
  | { readonly _tag: "Nanos"; readonly nanos: bigint; readonly rounded: boolean }
  | { readonly _tag: "NotDecimal" }
  | { readonly _tag: "OutOfRange" }

const NOT_DECIMAL: Parsed = { _tag: "NotDecimal" }
const OUT_OF_RANGE: Parsed = { _tag: "OutOfRange" }

const PLAIN = /^-?\d+(?:\.\d+)?$/
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
/** Most integer digits that an amount within {@link LIMIT} has. */
const MOST_INTEGER_DIGITS = 10

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const

/**
 * The whole nano-dollars of `12.50` and the like, up to six digits before the point and nine behind, which a double holds exactly on the way;
 * `undefined` for every other text, plain or not.
 */
export const short = (text: string): bigint | undefined => {
  const length = text.length
  let index = text.charCodeAt(0) === 45 ? 1 : 0
  const first = index
  let point = -1
  let digits = 0
  for (; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code === 46) {
      if (point !== -1) return undefined
      point = index
    } else if (code >= 48 && code <= 57) digits = digits * 10 + (code - 48)
    else return undefined
  }
  const integers = (point === -1 ? length : point) - first
  const decimals = point === -1 ? 0 : length - point - 1
  if (integers === 0 || integers > 6 || decimals > SCALE || (point !== -1 && decimals === 0)) return undefined
  const nanos = digits * (POWERS[SCALE - decimals] as number)
  return BigInt(first === 1 ? -nanos : nanos)
}

const general = (text: string): Parsed => {
  const negative = text.charCodeAt(0) === 45
  const mark = text.search(/[eE]/)
  const mantissa = text.slice(negative ? 1 : 0, mark === -1 ? text.length : mark)
  const point = mantissa.indexOf(".")
  const integers = point === -1 ? mantissa : mantissa.slice(0, point)
  const all = point === -1 ? integers : integers + mantissa.slice(point + 1)
  let zeros = 0
  while (all.charCodeAt(zeros) === 48) zeros++
  const digits = all.slice(zeros)
  if (digits === "") return { _tag: "Nanos", nanos: 0n, rounded: false }
  // Exact for every exponent of up to 15 digits; a longer one is far outside the range on either side.
  const exponent = mark === -1 ? 0 : Number(text.slice(mark + 1))
  // The value is 0.DIGITS x 10^place.
  const place = integers.length - zeros + exponent
  if (place > MOST_INTEGER_DIGITS) return OUT_OF_RANGE
  const kept = place + SCALE
  if (kept < 0) return { _tag: "Nanos", nanos: 0n, rounded: true }
  const rest = digits.slice(kept)
  const whole = BigInt(digits.slice(0, kept).padEnd(kept, "0") || "0")
  const rounded = /[1-9]/.test(rest)
  // A single trailing digit decides the tie: any non-zero digit behind a 5 makes it more than half.
  const tail = rest === "" ? 0n : BigInt(rest[0] as string) * 10n + (/[1-9]/.test(rest.slice(1)) ? 1n : 0n)
  const size = divide(whole * 100n + tail, 100n, "HalfEven")
  return size >= LIMIT ? OUT_OF_RANGE : { _tag: "Nanos", nanos: negative ? -size : size, rounded }
}

/** Plain decimal text: an optional `-`, digits, optionally a point and digits. Nothing else: no `+`, exponent, comma, blank or currency. */
export const plain = (text: string): Parsed => {
  const nanos = short(text)
  if (nanos !== undefined) return { _tag: "Nanos", nanos, rounded: false }
  return PLAIN.test(text) ? general(text) : NOT_DECIMAL
}

const isDigitAt = (text: string, index: number): boolean => {
  const code = text.charCodeAt(index)
  return code >= 48 && code <= 57
}

/** `007`, which plain text may have and a JSON number may not. */
const hasLeadingZero = (token: string): boolean => {
  const first = token.charCodeAt(0) === 45 ? 1 : 0
  return token.charCodeAt(first) === 48 && isDigitAt(token, first + 1)
}

/** The token of a JSON number. */
export const number = (token: string): Parsed => {
  const nanos = short(token)
  if (nanos !== undefined && !hasLeadingZero(token)) return { _tag: "Nanos", nanos, rounded: false }
  return NUMBER.test(token) ? general(token) : NOT_DECIMAL
}

/**
 * The canonical text of whole nano-dollars: at least two decimals, at most nine, no exponent, no trailing zeros past the second
 * (`41.26`, `0.00`, `-0.0083`).
 */
export const format = (nanos: bigint): string => {
  const digits = (nanos < 0n ? -nanos : nanos).toString().padStart(SCALE + 1, "0")
  const point = digits.length - SCALE
  let end = digits.length
  while (end > point + 2 && digits.charCodeAt(end - 1) === 48) end--
  return `${nanos < 0n ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point, end)}`
}
