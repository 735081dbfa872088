/** What broke below HTTP, without the request: clients hang requests and headers on the errors that they throw. */
import * as BearerToken from "./BearerToken.js"

const MOST_LEVELS = 5
const MOST_CHARACTERS = 200

const codeOf = (thrown: object): string | undefined =>
  "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined

/** The chain of causes below `thrown`: name, message and code of each, nothing else. */
export const of = (thrown: unknown, token: BearerToken.BearerToken, levels = MOST_LEVELS): Error => {
  if (!(thrown instanceof Error)) {
    return new Error(
      typeof thrown === "string" ? BearerToken.quote(thrown, token, MOST_CHARACTERS) : "something that is no error",
    )
  }
  const inner = thrown.cause === undefined || levels === 1 ? undefined : of(thrown.cause, token, levels - 1)
  const error = new Error(BearerToken.quote(thrown.message, token, MOST_CHARACTERS), inner && { cause: inner })
  const code = codeOf(thrown)
  error.name = BearerToken.hide(thrown.name, token)
  return code === undefined ? error : Object.assign(error, { code: BearerToken.hide(code, token) })
}

/** What the innermost cause says, in a few words. */
export const summary = (error: Error): string => {
  if (error.cause instanceof Error) return summary(error.cause)
  return error.message === "" ? (codeOf(error) ?? error.name) : error.message
}
