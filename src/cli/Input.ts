/** Files and standard input, read a chunk at a time. */
import { createReadStream } from "node:fs"
import { access, constants, stat } from "node:fs/promises"
import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { NoSuchInput } from "./CliError.js"

/** How standard input is written where a file could stand. */
export const STANDARD_INPUT = "-"

const unreadable = (file: string) => (cause: unknown) => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable"
  const name = file === STANDARD_INPUT ? "standard input" : file
  return new NoSuchInput({ message: `cannot read ${name} (${code}): name a file that can be read` })
}

/** The next chunk of an input; `undefined` once it has ended. */
export type NextChunk = Effect.Effect<Uint8Array | undefined, NoSuchInput>

/** The chunks of a file or of standard input (`-`), one at a time. What is not read is let go with the scope. */
export const chunksOf = (file: string): Effect.Effect<NextChunk, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync((): Readable => (file === STANDARD_INPUT ? process.stdin : createReadStream(file))),
      (input) => Effect.sync(() => input.destroy()),
    ),
    (input) => {
      const chunks = input[Symbol.asyncIterator]()
      return Effect.map(
        Effect.tryPromise({ try: () => chunks.next(), catch: unreadable(file) }),
        ({ done, value }): Uint8Array | undefined =>
          done === true ? undefined : value instanceof Uint8Array ? value : Buffer.from(String(value)),
      )
    },
  )

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
