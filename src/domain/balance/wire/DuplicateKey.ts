/** Keys that an object of a JSON text has more than once, of which `JSON.parse` keeps the last. */
import type { Drift } from "./Drift.js"
import { behindString } from "./ExactJson.js"
import * as Excerpt from "./Excerpt.js"

/** An object or array that is open: what it holds is under `key`; `seen` counts the keys of an object. */
interface Level {
  key: string | number
  readonly seen: Map<string, number> | undefined
}

const pathOf = (levels: ReadonlyArray<Level>): Excerpt.Path => levels.map(({ key }) => key)

const keyOf = (text: string, start: number, end: number): string => String(JSON.parse(text.slice(start, end)))

/**
 * The first `most` keys that stand twice or more in a text that is JSON, in the order in which they are repeated; each key of an object
 * once.
 */
export const find = (text: string, most: number): ReadonlyArray<Drift> => {
  const found: Array<Drift> = []
  const levels: Array<Level> = []
  /** Where the text last read stands, until a colon shows that it was a key. */
  let [start, end] = [0, 0]
  let index = 0
  while (index < text.length && found.length < most) {
    const level = levels.at(-1)
    switch (text[index]) {
      case '"':
        start = index
        end = behindString(text, index)
        index = end
        continue
      case "{":
        levels.push({ key: "", seen: new Map() })
        break
      case "[":
        levels.push({ key: 0, seen: undefined })
        break
      case "}":
      case "]":
        levels.pop()
        break
      case ",":
        if (typeof level?.key === "number") level.key++
        break
      case ":": {
        if (level?.seen === undefined) break
        const key = keyOf(text, start, end)
        const count = (level.seen.get(key) ?? 0) + 1
        level.seen.set(key, count)
        level.key = key
        if (count === 2)
          found.push({ kind: "DuplicateKey", path: Excerpt.path(pathOf(levels)), found: "the key more than once" })
      }
    }
    index++
  }
  return found
}
