/** The file that bad lines of an input go to, as they are, so that they can be mended and imported; one that is too long is cut. */
import { type FileHandle, open } from "node:fs/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CannotWrite } from "./CliError.js"
import { STANDARD_INPUT } from "./Input.js"

/** `FILE.rejected.jsonl`; of standard input `stdin.rejected.jsonl` in the working directory. */
export const fileOf = (input: string): string => `${input === STANDARD_INPUT ? "stdin" : input}.rejected.jsonl`

/** Adds a line to a file. */
export type Write = (line: Uint8Array) => Effect.Effect<void, CannotWrite>

const NEWLINE = Buffer.from("\n")

/** A file that is made, readable by its owner alone, with the first line; one from before is replaced. It closes with the scope. */
export const writer = (file: string): Effect.Effect<Write, never, Scope.Scope> => {
  let opened: FileHandle | undefined
  const cannot = (cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "refused"
    return new CannotWrite({
      message: `cannot write the rejected lines to ${file} (${code}): give rights on its folder`,
    })
  }
  return Effect.as(
    Effect.addFinalizer(() => Effect.promise(async () => opened?.close())),
    (line) =>
      Effect.tryPromise({
        try: async () => {
          opened ??= await open(file, "w", 0o600)
          await opened.writeFile(Buffer.concat([line, NEWLINE]))
        },
        catch: cannot,
      }),
  )
}
