/**
 * JSON with exact numbers.
 *
 * `JSON.parse` turns every number into a double, which loses digits past the fifteenth. Here each number token that a double may not hold
 * (a fraction, an exponent, more than fifteen digits) is set aside before parsing and comes back as a {@link JsonNumber} with its digits
 * as they stood; a short whole number stays a plain number.
 */
import * as Either from "effect/Either"

/** A number as it stood in the text. */
export class JsonNumber {
  readonly token: string
  constructor(token: string) {
    this.token = token
  }
}

/** Why a text is no JSON that this library takes. Neither case quotes the text. */
export type Failure = { readonly _tag: "NotJson" } | { readonly _tag: "TooDeep" }

/** Most levels of arrays and objects. */
export const MOST_LEVELS = 64

const NOT_JSON: Failure = { _tag: "NotJson" }
const TOO_DEEP: Failure = { _tag: "TooDeep" }
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const QUOTE = 34
const BACKSLASH = 92

/** Digits that any double holds, sign included. */
const SAFE_LENGTH = 15

/** The index behind the string that opens at `open`; the text's length when it never closes. */
const behindString = (text: string, open: number): number => {
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
}

/**
 * Replaces the k-th number token that a double may not hold by `k.5`. As every fraction of the text is set aside, a number that is not
 * whole in the parsed value can only be such a place-holder.
 */
const setNumbersAside = (text: string): Scanned | Failure => {
  const tokens: Array<string> = []
  let out = ""
  let copied = 0
  let depth = 0
  let index = 0
  while (index < text.length) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) index = behindString(text, index)
    else if (isDigit(code) || code === 45) {
      const start = index
      let plain = true
      for (index++; index < text.length; index++) {
        const next = text.charCodeAt(index)
        if (isDigit(next)) continue
        if (!isPunctuation(next)) break
        plain = false
      }
      if (!plain || index - start > SAFE_LENGTH) {
        const token = text.slice(start, index)
        if (!NUMBER.test(token)) return NOT_JSON
        out += `${text.slice(copied, start)}${tokens.length}.5`
        copied = index
        tokens.push(token)
      }
    } else {
      if (code === 123 || code === 91) {
        if (++depth > MOST_LEVELS) return TOO_DEEP
      } else if (code === 125 || code === 93) depth--
      index++
    }
  }
  return { text: copied === 0 ? text : out + text.slice(copied), tokens }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const put = (object: Record<string, unknown>, key: string, value: unknown): void => {
  // Assigning to `__proto__` would change the prototype: here it is a key like any other.
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/** Puts the numbers that were set aside in place of their place-holders, in the parsed value itself. */
const bringBack = (value: unknown, tokens: ReadonlyArray<string>): unknown => {
  if (typeof value === "number") {
    return Number.isInteger(value) ? value : new JsonNumber(tokens[Math.floor(value)] ?? "")
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = bringBack(value[index], tokens)
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const inner = value[key]
      if (typeof inner === "number") put(value, key, bringBack(inner, tokens))
      else if (isObject(inner)) bringBack(inner, tokens)
    }
  }
  return value
}

/** The value of a JSON text, numbers exact; at most {@link MOST_LEVELS} levels deep. */
export const parse = (text: string): Either.Either<unknown, Failure> => {
  const scanned = setNumbersAside(text)
  if ("_tag" in scanned) return Either.left(scanned)
  try {
    const value: unknown = JSON.parse(scanned.text)
    return Either.right(scanned.tokens.length === 0 ? value : bringBack(value, scanned.tokens))
  } catch {
    return Either.left(NOT_JSON)
  }
}
