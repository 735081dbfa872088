/** Short, safe pictures of what stood in a body: one line, bounded, never a payment secret. */
import { JsonNumber } from "./ExactJson.js"

/** A place in a body: keys and indices from the top. */
export type Path = ReadonlyArray<PropertyKey>

const MOST_CHARACTERS = 40
const MOST_MESSAGE = 200
const MOST_KEY_CHARACTERS = 64
const MOST_PATH_CHARACTERS = 200
const SECRET = /secret|token|bearer|password/i

/** What stands in the place of what may be a secret. */
export const HIDDEN = "(not shown)"

/** A payment secret as the payment service writes them: `pi_…_secret_…`. */
export const isPaymentSecret = (text: string): boolean => text.includes("_secret_")

/** A long word that is no UUID, which a support request needs: what a token, a key or a part of a payment secret looks like. */
const LONG_WORD =
  /(?<![A-Za-z0-9+/=_.~-])(?![0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![A-Za-z0-9+/=_.~-]))[A-Za-z0-9+/=_.~-]{12,}/gi

/** Whether a word is none of a language: digits among letters, or both cases mixed. */
const isOpaque = (word: string): boolean =>
  isPaymentSecret(word) || (/[a-z]/i.test(word) && (/\d\D*\d\D*\d/.test(word) || /[a-z][A-Z].*[a-z][A-Z]/.test(word)))

const LEAST_OPAQUE = 20

/** Whether a text may be a secret by its looks, wherever it stands. */
const looksSecret = (text: string): boolean => {
  if (SECRET.test(text)) return true
  if (text.length < LEAST_OPAQUE) return false
  return Array.from(text.matchAll(LONG_WORD)).some(([word]) => word.length >= LEAST_OPAQUE && isOpaque(word))
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text)

/** What breaks a line or steers a terminal, and JSON leaves as it is: controls past ASCII, line separators, direction marks. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const escaped = (character: string): string =>
  JSON.stringify(character)
    .slice(1, -1)
    .replace(UNPRINTABLE, (unprintable) => `\\u{${unprintable.codePointAt(0)?.toString(16)}}`)

/** What JSON writes as it is, of ASCII. */
const PLAIN = /^[ !#-[\]-~]*$/

/** A text in quotes, of which no more than `most` characters are written. */
const quoted = (text: string, most = MOST_CHARACTERS): string => {
  const start = text.slice(0, most)
  if (PLAIN.test(start)) return text.length > most ? `"${start}…"` : `"${start}"`
  let written = ""
  for (const character of text) {
    const next = escaped(character)
    if (written.length + next.length > most) return `"${written}…"`
    written += next
  }
  return `"${written}"`
}

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_]*$/
/** A secret that stands as a key, and not the name of a field for one. */
const isSecretKey = (name: string): boolean =>
  /[_-]secret[_-]./i.test(name) || (name.length >= LEAST_OPAQUE && isOpaque(name))
const HIDDEN_KEY = `["${HIDDEN}"]`

const step = (key: PropertyKey): string => {
  if (typeof key === "number") return `[${key}]`
  const name = String(key)
  if (isSecretKey(name)) return HIDDEN_KEY
  return PLAIN_KEY.test(name) && name.length <= MOST_KEY_CHARACTERS ? `.${name}` : `[${quoted(name)}]`
}

/**
 * A path as JSON path: `$.subscription_details.modeling_app.features[0].info`. Keys within what may be a secret are not shown, nor what goes on
 * for more than some 200 characters.
 */
export const path = (keys: Path): string => {
  let written = "$"
  let hidden = false
  for (const key of keys) {
    if (written.length > MOST_PATH_CHARACTERS) return `${written}…`
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
      return hidden || looksSecret(found.slice(0, 4 * MOST_MESSAGE))
        ? "a text (not shown)"
        : `the text ${quoted(found)}`
    case "number":
      return `the number ${found}`
    case "boolean":
      return String(found)
    default:
      return found === null ? "null" : "an object"
  }
}

const AFTER_BEARER = /\b(bearer\s+)\S+/gi
const AFTER_SECRET = /\b((?:token|secret|password|key)\s*[:=]?\s*)(?=\S*\d)\S+/gi

/** What the API or a proxy says in its own words, at most 200 characters, without what may be a credential. */
export const message = (text: string): string =>
  `the text ${quoted(
    text
      .slice(0, 2 * MOST_MESSAGE)
      .replace(AFTER_BEARER, `$1${HIDDEN}`)
      .replace(AFTER_SECRET, `$1${HIDDEN}`)
      .replace(LONG_WORD, (word) => (/\d/.test(word) || isOpaque(word) ? HIDDEN : word)),
    MOST_MESSAGE,
  )}`
