/** What stood in a body, told without quoting it: a path of plain keys, a type and a length. A body may hold secrets. */
import { JsonNumber } from "./ExactJson.js"

/** A place in a body: keys and indices from the top. */
export type Path = ReadonlyArray<PropertyKey>

const MAX_KEY_CHARACTERS = 64
const MAX_PATH_CHARACTERS = 200

/** What stands in the place of what may be a secret. */
export const HIDDEN = "(not shown)"

/** A payment secret as the payment service writes them: `pi_…_secret_…`. */
export const isPaymentSecret = (text: string): boolean => text.includes("_secret_")

/** A name as fields have them: words of letters, with a few digits. No token or secret looks like it. */
const PLAIN_KEY = /^_?[a-z]{1,24}(?:_[a-z]{1,24}|[A-Z][a-z]{1,24}|_?(?<![0-9])[0-9]{1,3})*$/

const isPlain = (name: string): boolean =>
  name.length <= MAX_KEY_CHARACTERS && PLAIN_KEY.test(name) && !isPaymentSecret(name)

const characters = (count: number): string => (count === 1 ? "1 character" : `${count} characters`)

const step = (key: PropertyKey): string => {
  if (typeof key === "number") return `[${key}]`
  const name = String(key)
  return isPlain(name) ? `.${name}` : `[a key of ${characters(name.length)}]`
}

/**
 * A path as JSON path: `$.subscription_details.modeling_app.features[0].info`. Keys that are no plain names are not shown, nor what goes on for more
 * than some 200 characters.
 */
export const path = (keys: Path): string => {
  let written = "$"
  for (const key of keys) {
    if (written.length > MAX_PATH_CHARACTERS) return `${written}…`
    written += step(key)
  }
  return written
}

/** The type of a value and its length: `a text of 12 characters`, `a number of 5 characters`, `null`, `an array of 2`. */
export const value = (found: unknown): string => {
  if (found === undefined) return "nothing"
  if (found === null) return "null"
  if (found instanceof JsonNumber) return `a number of ${characters(found.token.length)}`
  if (Array.isArray(found)) return `an array of ${found.length}`
  switch (typeof found) {
    case "string":
      return `a text of ${characters(found.length)}`
    case "number":
      return `a number of ${characters(String(found).length)}`
    case "boolean":
      return String(found)
    default:
      return "an object"
  }
}
