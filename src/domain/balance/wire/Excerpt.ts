/** Short, safe pictures of what stood in a body: one line, bounded, never a payment secret. */
import { JsonNumber } from "./ExactJson.js"

/** A place in a body: keys and indices from the top. */
export type Path = ReadonlyArray<PropertyKey>

const MOST_CHARACTERS = 40
const MOST_MESSAGE = 200
const MOST_KEY_CHARACTERS = 64
const SECRET = /secret|token|bearer|password/i

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text)

/** What breaks a line or steers a terminal, and JSON leaves as it is: controls past ASCII, line separators, direction marks. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const quoted = (text: string, most = MOST_CHARACTERS): string =>
  JSON.stringify(cut(text, most)).replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_]*$/
/** A payment secret that stands as a key, and not the name of a field for one. */
const SECRET_KEY = /_secret_./i
const HIDDEN_KEY = '["(not shown)"]'

const step = (key: PropertyKey): string => {
  if (typeof key === "number") return `[${key}]`
  const name = String(key)
  if (SECRET_KEY.test(name)) return HIDDEN_KEY
  return PLAIN_KEY.test(name) && name.length <= MOST_KEY_CHARACTERS ? `.${name}` : `[${quoted(name)}]`
}

/** A path as JSON path: `$.subscription_details.modeling_app.features[0].info`. Keys within what may be a secret are not shown. */
export const path = (keys: Path): string => {
  let written = "$"
  let hidden = false
  for (const key of keys) {
    written += hidden && typeof key !== "number" ? HIDDEN_KEY : step(key)
    hidden ||= SECRET.test(String(key))
  }
  return written
}

/** What a value is, in a few words. A text that looks like a secret, and a text or number that stands where one may stand, is not shown. */
export const value = (found: unknown, keys: Path = []): string => {
  if (found === undefined) return "nothing"
  const hidden = keys.some((key) => SECRET.test(String(key)))
  if (hidden && (found instanceof JsonNumber || typeof found === "number")) return "a number (not shown)"
  if (found instanceof JsonNumber) return `the number ${cut(found.token, MOST_CHARACTERS)}`
  if (Array.isArray(found)) return `an array of ${found.length}`
  switch (typeof found) {
    case "string":
      return hidden || SECRET.test(found) ? "a text (not shown)" : `the text ${quoted(found)}`
    case "number":
      return `the number ${found}`
    case "boolean":
      return String(found)
    default:
      return found === null ? "null" : "an object"
  }
}

/** A long word that is no UUID, which a support request needs: what a token, a key or a payment secret may look like if it has a digit. */
const LONG_WORD =
  /(?<![A-Za-z0-9+/=_.~-])(?![0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![A-Za-z0-9+/=_.~-]))[A-Za-z0-9+/=_.~-]{12,}/gi
const OPAQUE = /\d|secret/i
const AFTER_BEARER = /\b(bearer\s+)\S+/gi
const AFTER_SECRET = /\b((?:token|secret|password|key)\s*[:=]?\s*)(?=\S*\d)\S+/gi

/** What the API or a proxy says in its own words, at most 200 characters, without what may be a credential. */
export const message = (text: string): string =>
  `the text ${quoted(
    text
      .slice(0, 2 * MOST_MESSAGE)
      .replace(AFTER_BEARER, "$1(not shown)")
      .replace(AFTER_SECRET, "$1(not shown)")
      .replace(LONG_WORD, (word) => (OPAQUE.test(word) ? "(not shown)" : word)),
    MOST_MESSAGE,
  )}`
