/**
 * JSON with exact numbers.
 *
 * `JSON.parse` turns every number into a double, which loses digits past the fifteenth. Here each number token that a double may not hold
 * (a fraction, an exponent, more than fifteen digits) is set aside before parsing, and a place-holder is parsed in its stead. A short whole
 * number stays a plain number.
 */
import * as Either from "effect/Either"

/** A number as it stood in the text. */
export class JsonNumber {
  readonly token: string
  constructor(token: string) {
    this.token = token
  }
}

/** A parsed text. */
export interface Document {
  /** What `JSON.parse` gives, with place-holders for the numbers that were set aside: {@link exact} reads them. */
  readonly value: unknown
  /** The numbers that were set aside, in the order of the text. */
  readonly tokens: ReadonlyArray<string>
  /** How many members (`"key": value`) all objects of the text have, those included whose key another one repeats. */
  readonly members: number
}

/** Why a text is no JSON that this library takes. No case quotes the text. */
export type Failure = "NotJson" | "TooDeep" | "TooMany"

/** Most levels of arrays and objects. */
export const MOST_LEVELS = 64

/** Most commas and opening brackets, which no text has fewer of than values: what bounds the time that any text takes. */
export const MOST_VALUES = 10_000

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DASH = 45
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/** Digits that any double holds, sign included. */
const SAFE_LENGTH = 15

/** The index behind the string that opens at `open`; the text's length when it never closes. */
export const behindString = (text: string, open: number): number => {
  for (let close = text.indexOf('"', open + 1); close !== -1; close = text.indexOf('"', close + 1)) {
    let first = close
    while (text.charCodeAt(first - 1) === BACKSLASH) first--
    if ((close - first) % 2 === 0) return close + 1
  }
  return text.length
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57
/** `.`, `+`, `-`, `e`, `E`: what makes a number token other than plain digits. */
const isPunctuation = (code: number): boolean =>
  code === 46 || code === 43 || code === 45 || code === 101 || code === 69

interface Scanned {
  readonly text: string
  readonly tokens: ReadonlyArray<string>
  readonly members: number
}

/**
 * Replaces the k-th number token that a double may not hold by `k.5`. As every fraction of the text is set aside, a number that is not
 * whole in the parsed value can only be such a place-holder.
 */
const setNumbersAside = (text: string): Scanned | Failure => {
  const { length } = text
  const tokens: Array<string> = []
  let out = ""
  let copied = 0
  let depth = 0
  let members = 0
  let values = 0
  let index = 0
  while (index < length) {
    const code = text.charCodeAt(index)
    if (code <= SPACE) {
      index++
      continue
    }
    if (code === QUOTE) {
      index = behindString(text, index)
      continue
    }
    if (isDigit(code) || code === DASH) {
      const start = index
      let plain = true
      for (index++; index < length; index++) {
        const next = text.charCodeAt(index)
        if (isDigit(next)) continue
        if (!isPunctuation(next)) break
        plain = false
      }
      if (!plain || index - start > SAFE_LENGTH) {
        const token = text.slice(start, index)
        if (!NUMBER.test(token)) return "NotJson"
        out += `${text.slice(copied, start)}${tokens.length}.5`
        copied = index
        tokens.push(token)
      }
      continue
    }
    if (code === COLON) members++
    else if (code === COMMA) {
      if (++values > MOST_VALUES) return "TooMany"
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MOST_LEVELS) return "TooDeep"
      if (++values > MOST_VALUES) return "TooMany"
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
    index++
  }
  return { text: copied === 0 ? text : out + text.slice(copied), tokens, members }
}

/** The exact number that a number of a parsed document stands for: itself where a double holds it. */
export const exact = (number: number, { tokens }: Pick<Document, "tokens">): number | JsonNumber =>
  Number.isInteger(number) ? number : new JsonNumber(tokens[Math.floor(number)] ?? "")

/** Parses a JSON text of at most {@link MOST_LEVELS} levels and {@link MOST_VALUES} values. */
export const parse = (text: string): Either.Either<Document, Failure> => {
  const scanned = setNumbersAside(text)
  if (typeof scanned === "string") return Either.left(scanned)
  try {
    const value: unknown = JSON.parse(scanned.text)
    return Either.right({ value, tokens: scanned.tokens, members: scanned.members })
  } catch {
    return Either.left("NotJson")
  }
}
