/** Results that are cached: by a text within a bound, or by an object for as long as it lives. */
import * as Either from "effect/Either"

/**
 * A map of bounded size that drops entries which were not used recently, for data that is read far more often than it is written.
 *
 * It has two generations: an entry that is found in the old one moves to the young one, and once the young one is full it becomes the old one,
 * whose entries are dropped. So it holds between half of its capacity and all of it, and reading a recent entry changes nothing.
 */
export class RecentMap<Value> {
  private young = new Map<string, Value>()
  private old = new Map<string, Value>()
  private readonly half: number

  /** `capacity`: the largest number of entries, at least 2. */
  constructor(capacity: number) {
    this.half = Math.max(1, Math.floor(capacity / 2))
  }

  /** Number of entries. */
  get size(): number {
    return this.young.size + this.old.size
  }

  get(key: string): Value | undefined {
    const recent = this.young.get(key)
    if (recent !== undefined) return recent
    const value = this.old.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: string, value: Value): void {
    this.old.delete(key)
    if (this.young.size >= this.half && !this.young.has(key)) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(key, value)
  }

  delete(key: string): void {
    this.young.delete(key)
    this.old.delete(key)
  }

  clear(): void {
    this.young.clear()
    this.old.clear()
  }
}

/** A function of objects whose results are cached as long as the object lives. Objects are compared by identity. */
export const byObject = <A extends object, B extends {}>(of: (value: A) => B): ((value: A) => B) => {
  const cache = new WeakMap<A, B>()
  return (value) => {
    const cached = cache.get(value)
    if (cached !== undefined) return cached
    const result = of(value)
    cache.set(value, result)
    return result
  }
}

/** Longer texts are read anew, so that the cache stays small. */
const MAX_CHARACTERS = 65_536

/** `read`, which must depend on its text alone, with its last results cached: `capacity` of them. Failures are not cached. */
export const byText = <A, E>(
  capacity: number,
  read: (text: string) => Either.Either<A, E>,
): ((text: string) => Either.Either<A, E>) => {
  const cache = new RecentMap<Either.Either<A, E>>(capacity)
  let last: { readonly text: string; readonly result: Either.Either<A, E> } | undefined
  return (text) => {
    // To compare a long text with the one before costs far less than to find it in a map.
    if (last !== undefined && text === last.text) return last.result
    const cached = cache.get(text)
    const result = cached ?? read(text)
    if (Either.isLeft(result) || text.length > MAX_CHARACTERS) return result
    if (cached === undefined) cache.set(text, result)
    last = { text, result }
    return result
  }
}
