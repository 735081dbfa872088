/** A token as it travels (`Authorization: Bearer TOKEN`), and how it is kept out of every text that others write. */
import * as Redacted from "effect/Redacted"

/** A bearer token. */
export type BearerToken = Redacted.Redacted

/** What is shown where a token stood. */
export const HIDDEN = "[token]"

/** Visible ASCII: what can stand in a header without being folded, trimmed or re-encoded. */
const SENDABLE = /^[\x21-\x7e]+$/

/** Why a token cannot be sent; `undefined` when it can. */
export const flawOf = (token: BearerToken): "Blank" | "IllegalCharacter" | undefined => {
  const text = Redacted.value(token)
  if (text.trim() === "") return "Blank"
  return SENDABLE.test(text) ? undefined : "IllegalCharacter"
}

/** `text` without the token. */
export const hide = (text: string, token: BearerToken): string => {
  const secret = Redacted.value(token)
  return secret === "" ? text : text.replaceAll(secret, HIDDEN)
}

const JSON_ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(.))/g

const ofJson = (text: string): string =>
  text.replace(JSON_ESCAPE, (_, hex: string | undefined, character: string | undefined) =>
    hex === undefined ? (character ?? "") : String.fromCharCode(Number.parseInt(hex, 16)),
  )

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }
const HTML_ESCAPE = /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));/gi

const ofHtml = (text: string): string =>
  text.replace(HTML_ESCAPE, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x7f ? String.fromCharCode(code) : whole
  })

const URL_ESCAPE = /%([0-7][0-9a-f])/gi

const ofUrl = (text: string): string =>
  text.replace(URL_ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** Whether the token stands in `text`, written plainly or with the escapes of JSON, HTML or URLs. */
export const occursIn = (text: string, token: BearerToken): boolean => {
  const secret = Redacted.value(token)
  if (secret === "") return false
  return [text, ofJson(text), ofHtml(text), ofUrl(text)].some((written) => written.includes(secret))
}

/** Whether the token stands in `text` but for the case of its letters, as in the host of a URL. */
export const occursInAnyCase = (text: string, token: BearerToken): boolean => {
  const secret = Redacted.value(token)
  return secret !== "" && text.toLowerCase().includes(secret.toLowerCase())
}

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu

/**
 * A text that somebody else wrote, fit for one line: without control characters and the token, at most `most` characters. The order
 * matters: a token must not come together after the search for it, and must not be cut before.
 */
export const quote = (text: string, token: BearerToken, most: number): string => {
  const plain = hide(text.replace(CONTROL, " ").trim(), token)
  return plain.length > most ? `${plain.slice(0, most).trimEnd()}…` : plain
}
