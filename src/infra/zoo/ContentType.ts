/**
 * What an answer calls its body. A body that reads as a balance is one under any name: another than JSON's is drift. An answer without
 * the header says nothing beyond the contract, so it has none: RFC 9110 (8.3) leaves it to the reader to look at such a body.
 */
import type * as Headers from "@effect/platform/Headers"
import type { Drift } from "../../domain/balance/wire/Drift.js"
import * as Excerpt from "../../domain/balance/wire/Excerpt.js"
import * as BearerToken from "./BearerToken.js"

const JSON_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json$/i

const MOST_CHARACTERS = 100

/** Whether a content type is `application/json` or `application/…+json`, whatever its case and parameters. */
export const isJson = (contentType: string): boolean => JSON_TYPE.test(contentType.split(";", 1)[0]?.trim() ?? "")

/** The drift of an answer that has a content type other than JSON's. */
export const driftOf = (headers: Headers.Headers, token: BearerToken.BearerToken): Drift | undefined => {
  const contentType = headers["content-type"]?.trim() ?? ""
  if (contentType === "" || isJson(contentType)) return undefined
  const found = Excerpt.value(BearerToken.quote(contentType, token, MOST_CHARACTERS))
  return { kind: "UnexpectedContentType", path: "$", found }
}
