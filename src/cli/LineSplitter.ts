/** Chunks of bytes to lines, no line longer than a bound: what is longer is cut, and nothing more of it is held. */

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** What the buffer of a line that spans chunks begins with. */
const FIRST_BYTES = 65_536

/** Lines end with LF or CR LF; the last one may go without. Lines are views, good until the next one is asked for. */
export class LineSplitter {
  private readonly most: number
  /** The beginning of the open line, which no chunk had the end of. */
  private buffer = new Uint8Array(FIRST_BYTES)
  /** How long the open line is, with what is not held of it. */
  private size = 0

  /** Lines of more than `most` bytes, a CR at the end among them, are cut to `most`. */
  constructor(most: number) {
    this.most = most
  }

  /** The lines that end in a chunk. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield this.close(chunk.subarray(start, end))
      start = end + 1
    }
    this.hold(chunk.subarray(start))
  }

  /** The last line, where it did not end. */
  *end(): Generator<Uint8Array> {
    if (this.size > 0) yield this.close(new Uint8Array())
  }

  private close(last: Uint8Array): Uint8Array {
    if (this.size === 0) return this.bounded(last, last.length)
    this.hold(last)
    const size = this.size
    this.size = 0
    return this.bounded(this.buffer, size)
  }

  private bounded(bytes: Uint8Array, size: number): Uint8Array {
    if (size > this.most) return bytes.subarray(0, this.most)
    return bytes.subarray(0, bytes[size - 1] === CARRIAGE_RETURN ? size - 1 : size)
  }

  private hold(part: Uint8Array): void {
    const held = Math.min(this.size, this.most)
    const room = part.subarray(0, this.most - held)
    this.grow(held + room.length)
    this.buffer.set(room, held)
    this.size += part.length
  }

  private grow(size: number): void {
    if (size <= this.buffer.length) return
    const larger = new Uint8Array(Math.min(this.most, Math.max(size, 2 * this.buffer.length)))
    larger.set(this.buffer)
    this.buffer = larger
  }
}
