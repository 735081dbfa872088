/**
 * A checksum of the looks of a day: SQLite has none, so that a flipped bit in a number would read as another number.
 *
 * Each look makes two words of 32 bits, and a day's checksum is the sum of them, so that looks come and go without reading the others, and
 * neither the order of arrival nor the ids that the file gives show in it. Each word mixes every part of the look by steps that can be undone,
 * so that a change of one part always changes it.
 */
import type { Look } from "./Look.js"

/** The two words of what a look's terms say. */
export interface TermsHash {
  readonly high: number
  readonly low: number
}

/** Two sums of words, each modulo 2^32. */
export interface Checksum {
  readonly high: number
  readonly low: number
}

/** Of no looks. */
export const empty: Checksum = { high: 0, low: 0 }

const ABSENT = 0x5bd1e995
const numbers = new BigInt64Array(6)
const words = new Int32Array(numbers.buffer)

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/** Murmur3's step for a word, and its end. */
const mixed = (hash: number, word: number): number => {
  const scrambled = Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
  return (Math.imul(rotated(hash ^ scrambled, 13), 5) + 0xe6546b64) | 0
}
const ended = (hash: number): number => {
  let end = hash
  end = Math.imul(end ^ (end >>> 16), 0x85ebca6b)
  end = Math.imul(end ^ (end >>> 13), 0xc2b2ae35)
  return (end ^ (end >>> 16)) >>> 0
}

const TWO_32 = 4_294_967_296

const wordsOf = (seed: number, terms: number, look: Look, nulls: number): number => {
  let hash = mixed(mixed(seed, terms), nulls)
  for (const time of [look.observedAt, look.updatedAt]) {
    hash = mixed(mixed(hash, time | 0), Math.floor(time / TWO_32) | 0)
  }
  for (let index = 0; index < words.length; index++) hash = mixed(hash, words[index] as number)
  return ended(hash)
}

/** The checksum of one look. */
export const of = (look: Look, terms: TermsHash): Checksum => {
  const { content, dueUsd } = look
  numbers[0] = content.monthlyUsd
  numbers[1] = content.monthlyCredits ?? 0n
  numbers[2] = content.stableUsd
  numbers[3] = content.grantedCredits ?? 0n
  numbers[4] = content.prepaidCreditsUsd ?? 0n
  numbers[5] = dueUsd ?? 0n
  const nulls =
    (content.monthlyCredits === null ? 1 : 0) |
    (content.grantedCredits === null ? 2 : 0) |
    (content.prepaidCreditsUsd === null ? 4 : 0) |
    (dueUsd === null ? 8 : 0)
  return {
    high: wordsOf(0x9747b28c, terms.high, look, nulls ^ ABSENT),
    low: wordsOf(0x3c6ef372, terms.low, look, nulls),
  }
}

/** The checksum of numbers in their order. */
export const ofNumbers = (those: ReadonlyArray<bigint | null>): Checksum => {
  let [high, low] = [0x9747b28c, 0x3c6ef372]
  for (const each of those) {
    const bits = BigInt.asUintN(64, each ?? 0n)
    for (const word of [each === null ? ABSENT : 0, Number(bits >> 32n) | 0, Number(bits & 0xffffffffn) | 0]) {
      high = mixed(high, word)
      low = mixed(low, word)
    }
  }
  return { high: ended(high), low: ended(low) }
}

/** Both together. */
export const add = (a: Checksum, b: Checksum): Checksum => ({
  high: (a.high + b.high) >>> 0,
  low: (a.low + b.low) >>> 0,
})

/** As it is kept: an int64. */
export const toInt64 = ({ high, low }: Checksum): bigint => BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))

/** From what is kept. */
export const fromInt64 = (kept: bigint): Checksum => {
  const bits = BigInt.asUintN(64, kept)
  return { high: Number(bits >> 32n), low: Number(bits & 0xffffffffn) }
}
