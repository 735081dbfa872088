/**
 * CRC-32 checksums of rows, as signed 32-bit integers.
 *
 * SQLite has no checksums of its own: a flipped bit in an integer reads as another integer. A CRC-32 finds every flip of one or two bits in a
 * row, and misses about one in four billion of other changes.
 */
import { crc32 } from "node:zlib"

/** A value of a column. Numbers are whole and exact. */
export type Value = string | number | Uint8Array | null

const NULL = 0
const NUMBER = 1
const TEXT = 2
const BLOB = 3
const HEAD_BYTES = 9

let buffer = Buffer.alloc(4096)

const grow = (bytes: number): void => {
  if (buffer.length >= bytes) return
  const larger = Buffer.alloc(2 * bytes)
  buffer.copy(larger)
  buffer = larger
}

/**
 * Checksum of values in order. Each value goes in with its type and its length, so that no two sequences of values have the same bytes.
 */
export const of = (values: ReadonlyArray<Value>): number => {
  let end = 0
  for (const value of values) {
    const length = typeof value === "string" ? 3 * value.length : value instanceof Uint8Array ? value.length : 0
    grow(end + HEAD_BYTES + length)
    const head = end
    end += HEAD_BYTES
    if (value === null || typeof value === "number") {
      buffer[head] = value === null ? NULL : NUMBER
      buffer.writeDoubleLE(value ?? 0, head + 1)
    } else if (typeof value === "string") {
      buffer[head] = TEXT
      const written = buffer.write(value, end)
      buffer.writeDoubleLE(written, head + 1)
      end += written
    } else {
      buffer[head] = BLOB
      buffer.writeDoubleLE(value.length, head + 1)
      buffer.set(value, end)
      end += value.length
    }
  }
  return crc32(buffer.subarray(0, end)) | 0
}

/** Tables of "slicing by 8": the remainder of each byte, and of each byte with one to seven zero bytes behind it. */
const TABLES: ReadonlyArray<Int32Array> = (() => {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256))
  const [first] = tables as [Int32Array]
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1
    first[byte] = remainder
  }
  for (let nth = 1; nth < 8; nth++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = (tables[nth - 1] as Int32Array)[byte] as number
      ;(tables[nth] as Int32Array)[byte] = (first[before & 255] as number) ^ (before >>> 8)
    }
  }
  return tables
})()
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/**
 * Checksum of 32-bit words, an even number of them, each in little-endian order: what `zlib.crc32` returns for their bytes, in half of its
 * time for a hundred bytes.
 */
export const ofWords = (words: Int32Array): number => {
  let crc = -1
  for (let index = 0; index < words.length; index += 2) {
    const low = crc ^ (words[index] as number)
    const high = words[index + 1] as number
    crc =
      (T7[low & 255] as number) ^
      (T6[(low >>> 8) & 255] as number) ^
      (T5[(low >>> 16) & 255] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[high & 255] as number) ^
      (T2[(high >>> 8) & 255] as number) ^
      (T1[(high >>> 16) & 255] as number) ^
      (T0[high >>> 24] as number)
  }
  return ~crc
}
