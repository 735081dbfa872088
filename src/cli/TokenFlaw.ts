/** Why a token cannot be sent, in the words of the command line. */
import type * as BearerToken from "../infra/zoo/BearerToken.js"

/** Why a token cannot be sent. */
export type TokenFlaw = NonNullable<ReturnType<typeof BearerToken.flawOf>>

const WORDS: Readonly<Record<TokenFlaw, string>> = {
  Blank: "is blank",
  IllegalCharacter: "has a character that cannot be sent (a space, a line break, or none of ASCII)",
}

/** What is to be said of the token. */
export const words = (flaw: TokenFlaw): string => WORDS[flaw]
