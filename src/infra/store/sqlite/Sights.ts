/**
 * The times at which a run of equal looks was seen, in a few bytes each.
 *
 * The first sight stands in columns of its own. Of each further one there are two numbers of variable length (7 bits a byte, least first):
 * by how much its distance from the sight before differs from that one's own, and by how much the server's time moved on, with whether the
 * amount due was told as the lowest bit. Both differences are folded to be positive (0, -1, 1, -2 … as 0, 1, 2, 3 …). The first byte tells whether the
 * first sight told the amount due. So polls at a steady rate take two bytes.
 */

/** When a look was, what time the server gave, and whether it told the amount due. Times are whole milliseconds since 1970. */
export interface Sight {
  readonly observedAt: number
  readonly updatedAt: number
  readonly isDueTold: boolean
}

// Times reach 2^53, past what bit operators take.
const folded = (delta: number): number => (delta < 0 ? -2 * delta - 1 : 2 * delta)
const unfolded = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)

const MOST_BYTES = 10

/** Grows by one sight at a time. */
export class SightsWriter {
  private buffer: Buffer
  private size = 0
  private distance = 0
  private last: Sight

  constructor(first: Sight) {
    this.last = first
    this.buffer = Buffer.allocUnsafe(64)
    this.buffer[this.size++] = first.isDueTold ? 1 : 0
  }

  /** The last sight. */
  get end(): Sight {
    return this.last
  }

  /** Adds a sight at or after the last one. */
  add(sight: Sight): void {
    const distance = sight.observedAt - this.last.observedAt
    this.put(folded(distance - this.distance))
    this.put(2 * folded(sight.updatedAt - this.last.updatedAt) + (sight.isDueTold ? 1 : 0))
    this.distance = distance
    this.last = sight
  }

  /** What to keep, good until the next sight is added: nothing for one sight alone. */
  bytes(): Buffer | null {
    return this.size === 1 ? null : this.buffer.subarray(0, this.size)
  }

  private put(value: number): void {
    if (this.size + MOST_BYTES > this.buffer.length) {
      const larger = Buffer.allocUnsafe(2 * this.buffer.length)
      this.buffer.copy(larger)
      this.buffer = larger
    }
    let rest = value
    while (rest >= 128) {
      this.buffer[this.size++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.size++] = rest
  }
}

/** The sights of a run from its first one and its bytes; `undefined` where they are none that a {@link SightsWriter} gives. */
export const decode = (first: Sight, bytes: Buffer | null): ReadonlyArray<Sight> | undefined => {
  if (bytes === null) return [first]
  let index = 0
  const next = (): number => {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = bytes[index++]
      if (byte === undefined || scale > Number.MAX_SAFE_INTEGER) return Number.NaN
      if (byte < 128) return value + byte * scale
      value += (byte - 128) * scale
      scale *= 128
    }
  }
  const told = bytes[index++]
  if (told !== 0 && told !== 1) return undefined
  let last: Sight = { ...first, isDueTold: told === 1 }
  const sights = [last]
  let distance = 0
  while (index < bytes.length) {
    distance += unfolded(next())
    const moved = next()
    const sight = {
      observedAt: last.observedAt + distance,
      updatedAt: last.updatedAt + unfolded(Math.floor(moved / 2)),
      isDueTold: moved % 2 === 1,
    }
    if (!Number.isSafeInteger(sight.observedAt) || !Number.isSafeInteger(sight.updatedAt) || distance < 0)
      return undefined
    sights.push(sight)
    last = sight
  }
  return sights.length === 1 ? undefined : sights
}
