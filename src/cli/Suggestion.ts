/** What a mistyped word was likely meant to be. */

/** Edits that turn one word into another: a letter added, left out or replaced, or two neighbours swapped. */
const distance = (from: string, to: string): number => {
  const rows = [Array.from({ length: to.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let i = 1; i <= from.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1]
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const edits = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1)]
      rows[i]?.push(Math.min(...edits, ...(isSwapped ? [at(i - 2, j - 2) + 1] : [])))
    }
  }
  return at(from.length, to.length)
}

/** Longer words are not compared. */
const MAX_LENGTH = 40

/** The candidate that a word resembles most, in any case; `undefined` where it resembles none. */
export const closest = (word: string, candidates: ReadonlyArray<string>): string | undefined => {
  if (word.length > MAX_LENGTH) return undefined
  const found = candidates.map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate) }))
  const [best] = found
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits)
  return best?.candidate
}

const KINDS: Readonly<Record<string, string>> = {
  me: "me",
  user: "user",
  org: "org",
  organisation: "org",
  organization: "org",
}

/** A kind of subject, and what is behind another separator than the colon, or behind the colon. */
const WRITTEN = /^\s*(\p{L}+)(?:\s*[:;.,=/|\s-]\s*(.*?))?\s*$/su

/** The subject that a mistyped one resembles, where `isValid` accepts it: `user:ID` for `usr:ID` or `user;ID`, `me` for `Me`. */
export const subject = (text: string, isValid: (candidate: string) => boolean): string | undefined => {
  const [, word = "", id] = WRITTEN.exec(text) ?? []
  const kind = KINDS[closest(word, Object.keys(KINDS)) ?? ""]
  const candidate = id === undefined ? kind : `${kind}:${id}`
  return kind !== undefined && candidate !== undefined && isValid(candidate) ? candidate : undefined
}
