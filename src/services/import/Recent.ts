/** Texts that repeat from line to line: what the last few were read as is remembered, so that each is read once. */
import * as Either from "effect/Either"

/** Longer texts are read anew: what is remembered is bounded. */
const MOST_CHARACTERS = 65_536

/** `read`, which must depend on its text alone, with a memory of its last `most` results. What could not be read is not remembered. */
export const make = <A, E>(
  most: number,
  read: (text: string) => Either.Either<A, E>,
): ((text: string) => Either.Either<A, E>) => {
  const remembered = new Map<string, Either.Either<A, E>>()
  let lastText: string | undefined
  let last: Either.Either<A, E> | undefined
  const keepLast = (text: string, result: Either.Either<A, E>) => {
    lastText = text
    last = result
    return result
  }
  return (text) => {
    // To compare a long text with the one before costs far less than to find it in a map.
    if (last !== undefined && text === lastText) return last
    const known = remembered.get(text)
    if (known !== undefined) return keepLast(text, known)
    const fresh = read(text)
    if (Either.isLeft(fresh) || text.length > MOST_CHARACTERS) return fresh
    if (remembered.size >= most) {
      // A map keeps its order: the first is the one that was read longest ago.
      const [oldest] = remembered.keys()
      if (oldest !== undefined) remembered.delete(oldest)
    }
    remembered.set(text, fresh)
    return keepLast(text, fresh)
  }
}
