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

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu

/**
 * A text that somebody else wrote, fit for one line: without control characters and the token, at most `max` characters. The order
 * matters: a token must not come together after the search for it, and must not be cut before.
 */
export const quote = (text: string, token: BearerToken, max: number): string => {
  const plain = hide(text.replace(CONTROL, " ").trim(), token)
  return plain.length > max ? `${plain.slice(0, max).trimEnd()}…` : plain
}
