/** The file that bad lines of an input go to, as they are, so that they can be mended and imported; one that is too long is cut. */
import { type FileHandle, open } from "node:fs/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CannotWrite } from "./CliError.js"
import { STANDARD_INPUT } from "./Input.js"

/** `FILE.rejected.jsonl`; of standard input `stdin.rejected.jsonl` in the working directory. */
export const fileOf = (input: string): string => `${input === STANDARD_INPUT ? "stdin" : input}.rejected.jsonl`

/** Adds lines to a file. */
export interface Writer {
  /** Adds a line, which is only good until this returns. */
  readonly add: (line: Uint8Array) => Effect.Effect<void, CannotWrite>
  /** Writes what waits. */
  readonly flush: Effect.Effect<void, CannotWrite>
}

/** Lines are written together, in batches of about so many bytes: a write costs as much as reading dozens of lines. */
const BATCH = 262_144

const NEWLINE = Buffer.from("\n")

/**
 * A file that is made, readable by its owner alone, with the first line; one from before is replaced. It is closed with the scope, and what
 * waits then is written as far as that goes.
 */
export const writer = (file: string): Effect.Effect<Writer, never, Scope.Scope> => {
  let opened: FileHandle | undefined
  let waiting: Array<Uint8Array> = []
  let bytes = 0
  const cannot = (cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "refused"
    return new CannotWrite({
      message: `cannot write the rejected lines to ${file} (${code}): give rights on its folder`,
    })
  }
  const attempt = (work: () => Promise<void>) => Effect.tryPromise({ try: work, catch: cannot })
  const make = attempt(async () => {
    opened = await open(file, "w", 0o600)
  })
  const flush = Effect.suspend(() => {
    if (bytes === 0) return Effect.void
    const batch = Buffer.concat(waiting)
    waiting = []
    bytes = 0
    return attempt(async () => opened?.writeFile(batch))
  })
  const add = (line: Uint8Array) =>
    Effect.suspend(() => {
      // The splitter's buffer is written over by the next line.
      waiting.push(line.slice(), NEWLINE)
      bytes += line.length + 1
      const begun = opened === undefined ? make : Effect.void
      return bytes >= BATCH ? Effect.zipRight(begun, flush) : begun
    })
  return Effect.as(
    Effect.addFinalizer(() =>
      Effect.ensuring(
        Effect.ignore(flush),
        Effect.promise(async () => opened?.close()),
      ),
    ),
    { add, flush },
  )
}
