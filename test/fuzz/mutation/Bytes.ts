/** Changes of bytes, whatever they say. */
import type { Random } from "../Random.js"

/** Gives other bytes; `other` is another body to take bytes from. */
type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => Buffer.concat(parts)

/** Two places of the bytes, the first before the second, seldom far apart. */
const range = ({ length }: Uint8Array, random: Random): readonly [from: number, to: number] => {
  const from = random.below(length + 1)
  const most = random.chance(0.8) ? Math.min(length, from + 40) : length
  return [from, random.between(from, most)]
}

const flip: Mutation = (bytes, random) => {
  const flipped = Uint8Array.from(bytes)
  const place = random.below(flipped.length)
  flipped[place] = (flipped[place] ?? 0) ^ (1 << random.below(8))
  return flipped
}

const PIECES: ReadonlyArray<string> = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "-",
    ".",
    "e",
    "0",
    "1.5",
    " ",
    "\n",
    "\u0000",
    "\u00a0",
    "null",
    '"a":1,',
    "//",
  ],
]

const insert: Mutation = (bytes, random) => {
  const place = random.below(bytes.length + 1)
  const piece = random.chance(0.7) ? Buffer.from(random.pick(PIECES)) : Uint8Array.of(random.below(256))
  return joined(bytes.subarray(0, place), piece, bytes.subarray(place))
}

const overwrite: Mutation = (bytes, random) => {
  const place = random.below(bytes.length)
  const piece = Buffer.from(random.pick(PIECES))
  return joined(bytes.subarray(0, place), piece, bytes.subarray(place + piece.length))
}

const remove: Mutation = (bytes, random) => {
  const [from, to] = range(bytes, random)
  return joined(bytes.subarray(0, from), bytes.subarray(to))
}

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1))

const splice: Mutation = (bytes, random, other) =>
  joined(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1)))

const NO_UTF_8: ReadonlyArray<ReadonlyArray<number>> = [
  ...[
    [0xff],
    [0xfe, 0xff],
    [0x80],
    [0xc0, 0x80],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf0, 0x9f, 0x98],
  ],
]

const breakUtf8: Mutation = (bytes, random) => {
  const place = random.below(bytes.length + 1)
  return joined(bytes.subarray(0, place), Uint8Array.from(random.pick(NO_UTF_8)), bytes.subarray(place))
}

const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf)

const mark: Mutation = (bytes, random) => {
  const place = random.chance(0.8) ? 0 : random.below(bytes.length + 1)
  const marks = random.chance(0.2) ? joined(BYTE_ORDER_MARK, BYTE_ORDER_MARK) : BYTE_ORDER_MARK
  return joined(bytes.subarray(0, place), marks, bytes.subarray(place))
}

const repeat: Mutation = (bytes, random) => {
  if (random.chance(0.3)) return joined(bytes, bytes)
  const [from, to] = range(bytes, random)
  const part = bytes.subarray(from, to)
  const parts = Array.from({ length: random.between(1, 20) }, () => part)
  return joined(bytes.subarray(0, to), ...parts, bytes.subarray(to))
}

const surround: Mutation = (bytes, random) => {
  const blank = Buffer.from(random.pick([" ", "\r\n\t ", "\u00a0", "\u0000", "{}", ";", "data: "]))
  return random.chance(0.5) ? joined(blank, bytes) : joined(bytes, blank)
}

/** Changes some bytes. */
export const mutate: Mutation = (bytes, random, other) =>
  bytes.length === 0
    ? bytes
    : random.weighted<Mutation>([
        [4, flip],
        [4, insert],
        [2, overwrite],
        [3, remove],
        [1, truncate],
        [1, splice],
        [1, breakUtf8],
        [3, mark],
        [3, repeat],
        [3, surround],
      ])(bytes, random, other)
