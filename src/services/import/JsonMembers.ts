/**
 * The members of a JSON object as the texts of their values.
 *
 * `JSON.parse` of the whole would turn the numbers within into doubles. Here an object is only taken apart: each value stays the very
 * text that it is, for whoever reads it exactly.
 */
import { behindString } from "../../domain/balance/wire/ExactJson.js"

/** A member that stands in an object: its key, and the text of its value without the blanks around it. */
export interface Member {
  readonly key: string
  readonly value: string
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 10 || code === 13

const behindBlanks = (text: string, from: number): number => {
  let index = from
  while (isBlank(text.charCodeAt(index))) index++
  return index
}

/** The index of the comma or closing brace that ends the value which begins at `from`; the text's length when none does. */
const endOfValue = (text: string, from: number): number => {
  let depth = 0
  let index = from
  while (index < text.length) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) {
      index = behindString(text, index)
      continue
    }
    if (depth === 0 && (code === COMMA || code === CLOSE_BRACE)) return index
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
    index++
  }
  return index
}

/** A JSON string of printable ASCII without escapes: it is its own text. */
const PLAIN_STRING = /^"[ !#-[\]-~]*"$/

/** The text of a JSON string; `undefined` where the text is none. */
export const stringOf = (text: string): string | undefined => {
  if (PLAIN_STRING.test(text)) return text.slice(1, -1)
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "string" ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The members of the one object that a text holds, in order, keys that stand twice included; `undefined` where the text is no such object.
 * Only what stands around the values is checked: a value may be no JSON.
 */
export const of = (text: string): ReadonlyArray<Member> | undefined => {
  const members: Array<Member> = []
  let index = behindBlanks(text, 0)
  if (text.charCodeAt(index) !== OPEN_BRACE) return undefined
  index = behindBlanks(text, index + 1)
  if (text.charCodeAt(index) === CLOSE_BRACE) return behindBlanks(text, index + 1) === text.length ? [] : undefined
  for (;;) {
    if (text.charCodeAt(index) !== QUOTE) return undefined
    const keyEnd = behindString(text, index)
    const key = stringOf(text.slice(index, keyEnd))
    const colon = behindBlanks(text, keyEnd)
    if (key === undefined || text.charCodeAt(colon) !== COLON) return undefined
    const end = endOfValue(text, colon + 1)
    members.push({ key, value: text.slice(colon + 1, end).trim() })
    const code = text.charCodeAt(end)
    if (code === CLOSE_BRACE) return behindBlanks(text, end + 1) === text.length ? members : undefined
    if (code !== COMMA) return undefined
    index = behindBlanks(text, end + 1)
  }
}
