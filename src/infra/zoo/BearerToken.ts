/** A token as it travels (`Authorization: Bearer TOKEN`), and how it is hidden in every text that others write. */
import * as Redacted from "effect/Redacted"

/** A bearer token. */
export type BearerToken = Redacted.Redacted

/** What is shown in place of a token. */
export const HIDDEN = "[token]"

/** Visible ASCII: what can stand in a header without being folded, trimmed or re-encoded. */
const SENDABLE = /^[\x21-\x7e]+$/

/** Why a token cannot be sent; `undefined` when it can. */
export const flawOf = (token: BearerToken): "Blank" | "IllegalCharacter" | undefined => {
  const text = Redacted.value(token)
  if (text.trim() === "") return "Blank"
  return SENDABLE.test(text) ? undefined : "IllegalCharacter"
}

const SPECIAL = /[.*+?^${}()|[\]\\]/g

/** `text` without the token, whatever the case of its letters: the host of a URL is put into lower case. */
export const hide = (text: string, token: BearerToken): string => {
  const secret = Redacted.value(token)
  return secret === "" ? text : text.replaceAll(new RegExp(secret.replaceAll(SPECIAL, "\\$&"), "gi"), HIDDEN)
}

const MAX_CAUSES = 5
const MAX_CAUSE_CHARACTERS = 200

/** The code of an error, such as `ECONNREFUSED`. */
export const codeOf = (thrown: object): string | undefined =>
  "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined

/**
 * What was thrown, as an error with the name, message, code and causes of it and nothing else: clients hang requests with their headers on the errors
 * that they throw.
 */
export const errorOf = (thrown: unknown, token: BearerToken, levels = MAX_CAUSES): Error => {
  if (!(thrown instanceof Error)) {
    return new Error(
      typeof thrown === "string" ? quote(thrown, token, MAX_CAUSE_CHARACTERS) : "something that is no error",
    )
  }
  const inner = thrown.cause === undefined || levels === 1 ? undefined : errorOf(thrown.cause, token, levels - 1)
  const error = new Error(quote(thrown.message, token, MAX_CAUSE_CHARACTERS), inner && { cause: inner })
  const code = codeOf(thrown)
  error.name = hide(thrown.name, token)
  return code === undefined ? error : Object.assign(error, { code: hide(code, token) })
}

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu

/**
 * A text that somebody else wrote, fit for one line: without control characters and the token, at most `max` characters. The order
 * matters: a token must not come together after the search for it, and must not be cut before.
 */
export const quote = (text: string, token: BearerToken, max: number): string => {
  const plain = hide(text.replace(CONTROL, " ").trim(), token)
  return plain.length > max ? `${plain.slice(0, max).trimEnd()}…` : plain
}
