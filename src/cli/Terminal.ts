/** What a command prints to: standard output for results, standard error for all else. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import pico from "picocolors"

/** Colours, or plain text where nobody would see them. */
export type Colors = ReturnType<typeof pico.createColors>

/** Standard output and standard error. */
export interface Service {
  /** Writes a line, or several with line ends between them, to standard output; waits while its reader is slow. */
  readonly print: (line: string) => Effect.Effect<void>
  /** Writes a line to standard error. */
  readonly note: (line: string) => Effect.Effect<void>
  /** Shows a text in place of the one before, where standard error is a terminal; the empty text shows none. */
  readonly progress: (text: string) => Effect.Effect<void>
  readonly colors: Colors
}

/** Standard output and standard error. */
export class Terminal extends Context.Tag("zoo-runway/cli/Terminal")<Terminal, Service>() {}

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    // A reader that went away (`| head`) is no failure of ours.
    stream.write(text, () => resume(Effect.void))
  })

/** Back to the line's beginning, and nothing left of it. */
const CLEAR = `\r${String.fromCharCode(27)}[K`

/** This process's own streams. Colours when standard output is a terminal and `NO_COLOR` is not set. */
export const layer: Layer.Layer<Terminal> = Layer.sync(Terminal, () => {
  let shown = ""
  return {
    print: (line) => write(process.stdout, `${line}\n`),
    note: (line) => Effect.suspend(() => write(process.stderr, `${shown === "" ? "" : CLEAR}${line}\n${shown}`)),
    progress: (text) =>
      Effect.suspend(() => {
        if (process.stderr.isTTY !== true || text === shown) return Effect.void
        shown = text
        return write(process.stderr, `${CLEAR}${text}`)
      }),
    colors: pico.createColors(process.stdout.isTTY === true && !process.env["NO_COLOR"]),
  }
})
