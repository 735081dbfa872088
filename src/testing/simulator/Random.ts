/**
 * Reproducible randomness: streams of numbers that depend on a seed, a label and an index alone. What is drawn for one
 * day, month or invoice does not shift what is drawn for another, so a longer simulation begins like a shorter one.
 */

/** A stream of uniform numbers in [0, 1), 32 random bits each. */
export type Random = () => number

const scramble = (word: number): number => {
  let mixed = word >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

const absorb = (hash: number, word: number): number => scramble(Math.imul(hash, 0x9e3779b1) + word + 0x7f4a7c15)

/** The stream of a seed (any safe integer), a label and an index (a safe integer): the small fast counter generator. */
export const stream = (seed: number, label: string, index = 0): Random => {
  let hash = 0
  for (const key of [seed, index]) {
    hash = absorb(absorb(hash, key % 0x1_0000_0000), Math.floor(key / 0x1_0000_0000))
  }
  for (let position = 0; position < label.length; position++) hash = absorb(hash, label.charCodeAt(position))
  let a = absorb(hash, 1)
  let b = absorb(hash, 2)
  let c = absorb(hash, 3)
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 0x1_0000_0000
  }
  for (let round = 0; round < 12; round++) next()
  return next
}

/** A whole number from `low` to `high`, both included. */
export const integer = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1))

/** A standard normal number. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** A positive factor with mean 1 and the given spread (standard deviation of its logarithm). */
export const factor = (random: Random, spread: number): number =>
  Math.exp(spread * normal(random) - (spread * spread) / 2)

/** Lower-case hexadecimal digits. */
export const hex = (random: Random, digits: number): string => {
  let text = ""
  while (text.length < digits) text += Math.floor(random() * 16).toString(16)
  return text
}

/** A UUID of version 4. */
export const uuid = (random: Random): string => {
  const variant = "89ab".charAt(integer(random, 0, 3))
  return [hex(random, 8), hex(random, 4), `4${hex(random, 3)}`, variant + hex(random, 3), hex(random, 12)].join("-")
}
