/** A file that a command makes, readable by its owner alone. */
import { open } from "node:fs/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CannotWrite } from "../CliError.js"

/** A new file, written from its beginning on. */
export interface NewFile {
  readonly append: (data: string | Uint8Array) => Effect.Effect<void, CannotWrite>
  /** To be called once all is written: what was appended survives a loss of power. */
  readonly finish: Effect.Effect<void, CannotWrite>
}

/** What the user named, and what to do where it cannot be written: `name another with --out`. */
export interface Target {
  readonly out: string
  readonly elsewhere: string
}

const adviceOf = (code: string, elsewhere: string): string => {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return `make its folder first, or ${elsewhere}`
    case "ENOSPC":
    case "EDQUOT":
      return "make room and try again"
    default:
      return `give rights on its folder, or ${elsewhere}`
  }
}

/** Why nothing could be written. */
export const cannotWrite =
  ({ elsewhere, out }: Target) =>
  (cause: unknown): CannotWrite => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "refused"
    return new CannotWrite({ message: `cannot write ${out} (${code}): ${adviceOf(code, elsewhere)}` })
  }

/** Makes the file at `path`, where none is yet. It closes with the scope. */
export const make = (path: string, target: Target): Effect.Effect<NewFile, CannotWrite, Scope.Scope> => {
  const attempt = <A>(run: () => Promise<A>) => Effect.tryPromise({ try: run, catch: cannotWrite(target) })
  return Effect.map(
    Effect.acquireRelease(
      attempt(() => open(path, "wx", 0o600)),
      (handle) => Effect.ignore(Effect.tryPromise(() => handle.close())),
    ),
    (handle) => ({
      append: (data) => attempt(() => handle.appendFile(data)),
      finish: attempt(() => handle.sync()),
    }),
  )
}
