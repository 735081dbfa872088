/** Files and standard input, read a chunk at a time. */
import { createReadStream } from "node:fs"
import { access, constants, stat } from "node:fs/promises"
import type { Readable } from "node:stream"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { NoSuchInput } from "./CliError.js"
import * as Gunzip from "./Gunzip.js"
import { Terminal } from "./Terminal.js"

/** How standard input is written where a file could stand. */
export const STANDARD_INPUT = "-"

/** What an input is called in messages. */
export const nameOf = (file: string): string => (file === STANDARD_INPUT ? "standard input" : file)

/** An input that is cut off or damaged within its gzip data; all that stands before was read. The message names the input. */
export class DamagedInput extends Data.TaggedError("DamagedInput")<{ readonly message: string }> {}

const unreadable = (file: string) => (cause: unknown) => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable"
  return new NoSuchInput({ message: `cannot read ${nameOf(file)} (${code}): name a file that can be read` })
}

const damaged = (file: string) => (cause: unknown) => {
  const flaw = Gunzip.flawOf(cause)
  return flaw === undefined ? unreadable(file)(cause) : new DamagedInput({ message: `${nameOf(file)} ${flaw}` })
}

/** The next chunk of an input; `undefined` once it has ended. */
export type NextChunk<E = NoSuchInput> = Effect.Effect<Uint8Array | undefined, E>

/** Bytes that are read at a time: few of packed data, which are many more unpacked, so that progress is told evenly. */
const chunkBytes = (file: string): number => (file.endsWith(".gz") ? 65_536 : 262_144)

/** The stream of an input. What is not read is let go with the scope. */
const streamOf = (file: string): Effect.Effect<Readable, never, Scope.Scope | Terminal> =>
  Effect.acquireRelease(
    Effect.map(
      Terminal,
      (terminal): Readable =>
        file === STANDARD_INPUT ? terminal.input : createReadStream(file, { highWaterMark: chunkBytes(file) }),
    ),
    (input) => Effect.sync(() => input.destroy()),
  )

const bytesOf = (chunk: unknown): Uint8Array => (chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk)))

const nextOf = <E>(chunks: AsyncIterator<unknown>, refuse: (cause: unknown) => E): NextChunk<E> =>
  Effect.map(Effect.tryPromise({ try: () => chunks.next(), catch: refuse }), ({ done, value }) =>
    done === true ? undefined : bytesOf(value),
  )

/** The chunks of a file or of standard input (`-`) as they are, one at a time. What is not read is let go with the scope. */
export const chunksOf = (file: string): Effect.Effect<NextChunk, never, Scope.Scope | Terminal> =>
  Effect.map(streamOf(file), (input) => nextOf(input[Symbol.asyncIterator](), unreadable(file)))

/** An input that may be gzip. */
export interface Opened {
  /** The next chunk, unpacked where the input is gzip. */
  readonly next: NextChunk<NoSuchInput | DamagedInput>
  /** Bytes of the input that were read, packed as they are. */
  readonly bytesRead: () => number
  /** Bytes of the whole input, where it is a file. */
  readonly size: number | undefined
}

const sizeOf = async (file: string): Promise<number | undefined> => {
  if (file === STANDARD_INPUT) return undefined
  const found = await stat(file).catch(() => undefined)
  return found?.isFile() === true ? found.size : undefined
}

/**
 * Opens a file or standard input (`-`), which is unpacked where it begins like gzip; one whose name ends in `.gz` must be gzip. What is held
 * of it does not grow with its size, packed or not. What is not read is let go with the scope.
 */
export const open = (file: string): Effect.Effect<Opened, never, Scope.Scope | Terminal> =>
  Effect.gen(function* () {
    const size = yield* Effect.promise(() => sizeOf(file))
    const input = yield* streamOf(file)
    let read = 0
    async function* counted() {
      for await (const chunk of input) {
        const bytes = bytesOf(chunk)
        read += bytes.length
        yield bytes
      }
    }
    const chunks = Gunzip.unpacked(counted(), file.endsWith(".gz"))
    return { next: nextOf(chunks, damaged(file)), bytesRead: () => read, size }
  })

/** Fails where a file cannot be read, before anything is done. */
export const check = (file: string): Effect.Effect<void, NoSuchInput> =>
  file === STANDARD_INPUT
    ? Effect.void
    : Effect.tryPromise({
        try: async () => {
          await access(file, constants.R_OK)
          if ((await stat(file)).isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" })
        },
        catch: unreadable(file),
      })
