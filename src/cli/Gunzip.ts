/** Gzip on the way in: found by how the data begin, unpacked a chunk at a time. */
import { createGunzip, type Gunzip } from "node:zlib"

/** Chunks of bytes, one at a time. */
export type Chunks = AsyncIterable<Uint8Array>

const CUT_OFF = "Z_BUF_ERROR"
const DAMAGED = "Z_DATA_ERROR"

const codeOf = (cause: unknown): string => (cause instanceof Error && "code" in cause ? String(cause.code) : "")

/** What is wrong with data that cannot be unpacked, as the rest of a sentence; `undefined` for an error of another kind. */
export const flawOf = (cause: unknown): string | undefined => {
  const code = codeOf(cause)
  if (!code.startsWith("Z_")) return undefined
  return code === CUT_OFF ? "ends in the midst of its gzip data" : "has damaged gzip data"
}

const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b

/** Puts all data into a stream. It ends when the last chunk has come through: ended earlier, it would drop what stands before a cut. */
const feed = async (packed: Chunks, gunzip: Gunzip): Promise<void> => {
  for await (const chunk of packed) {
    await new Promise<void>((resolve, reject) => {
      gunzip.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
  }
  gunzip.end()
}

/**
 * Unpacks gzip data, one member behind another. What was unpacked before a flaw is given before the flaw is thrown, which the iterator of a
 * stream would not do. No more than a few chunks are held, however far they unpack.
 */
async function* unpack(packed: Chunks): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 65_536 })
  let failure: unknown
  let isOver = false
  let wake = () => {}
  const stop = (cause?: unknown) => {
    failure ??= cause
    isOver = true
    wake()
  }
  gunzip
    .on("readable", () => wake())
    .on("end", () => stop())
    .on("error", stop)
  feed(packed, gunzip).catch(stop)
  try {
    for (;;) {
      const chunk: unknown = gunzip.read()
      if (chunk instanceof Uint8Array) yield chunk
      else if (isOver) break
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    if (failure !== undefined) throw failure
  } finally {
    gunzip.destroy()
  }
}

/** The same chunks, the first of which has two bytes or more unless the data have not. */
async function* withHead(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array()
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < 2) continue
    yield head
    head = undefined
  }
  if (head !== undefined && head.length > 0) yield head
}

/**
 * Data as they are, or unpacked where they begin like gzip. `mustBeGzip`: other data are damaged. Throws what {@link flawOf} tells, after all
 * that stood before the flaw.
 */
export async function* unpacked(data: Chunks, mustBeGzip: boolean): AsyncGenerator<Uint8Array> {
  const chunks = withHead(data)
  const first = await chunks.next()
  const head = first.done === true ? new Uint8Array() : first.value
  async function* whole() {
    yield head
    yield* chunks
  }
  if (isGzip(head)) yield* unpack(whole())
  else if (mustBeGzip) throw Object.assign(new Error("no gzip data"), { code: DAMAGED })
  else yield* whole()
}
