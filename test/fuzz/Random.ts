/** Seeded random numbers: the same seed and number give the same ones, on every machine. */

const mixed = (state: number): number => {
  let mix = state | 0
  mix = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad)
  mix = Math.imul(mix ^ (mix >>> 15), 0x735a2d97)
  return (mix ^ (mix >>> 15)) >>> 0
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
const DIGITS = "0123456789"

/** A generator (sfc32) of its own for the thing of this number, so that each can be made again alone. */
export class Random {
  private a: number
  private b: number
  private c: number
  private counter = 1

  /** `seed` and `number` are whole, 0 to 2^53 - 1. */
  constructor(seed: number, number = 0) {
    this.a = mixed(seed)
    this.b = mixed(Math.floor(seed / 2 ** 32) ^ mixed(number))
    this.c = mixed(Math.floor(number / 2 ** 32) + 0x9e3779b9)
    for (let round = 0; round < 12; round++) this.next()
  }

  private next(): number {
    const sum = (this.a + this.b + this.counter++) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A whole number from 0, below `bound`. */
  below(bound: number): number {
    return Math.floor((this.next() / 2 ** 32) * bound)
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32
  }

  /** One of a list that has some. */
  pick<A>(list: ReadonlyArray<A>): A {
    const picked = list[this.below(list.length)]
    if (picked === undefined) throw new RangeError("an empty list has nothing to pick")
    return picked
  }

  /** One of a list that has some, as often as its weight says. */
  weighted<A>(list: ReadonlyArray<readonly [weight: number, value: A]>): A {
    let left = this.below(list.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, value] of list) {
      if (left < weight) return value
      left -= weight
    }
    throw new RangeError("an empty list has nothing to pick")
  }

  private from(characters: string, length: number): string {
    let text = ""
    for (let index = 0; index < length; index++) text += characters.charAt(this.below(characters.length))
    return text
  }

  /** Letters and underscores. */
  word(length: number): string {
    return this.from(LETTERS, length)
  }

  /** Decimal digits. */
  digits(length: number): string {
    return this.from(DIGITS, length)
  }
}
