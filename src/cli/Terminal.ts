/** What a command reads and prints to: standard input, standard output for results, standard error for all else. */
import type { Readable } from "node:stream"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import pico from "picocolors"
import * as Output from "./Output.js"
import * as ProgressLine from "./render/ProgressLine.js"

/** Colours, or plain text where nobody would see them. */
export type Colors = ReturnType<typeof pico.createColors>

/** Standard input, standard output and standard error. */
export interface Service {
  readonly input: Readable
  /** Writes a line, or several with line ends between them, to standard output; waits while its reader is slow. */
  readonly print: (line: string) => Effect.Effect<void>
  /** Writes a line to standard error. */
  readonly note: (line: string) => Effect.Effect<void>
  /**
   * Shows a text, or what a terminal of so many columns is to show, in place of the one before; the empty text shows none. Where standard
   * error is no terminal nothing is shown, and nothing rendered.
   */
  readonly progress: (text: string | ((columns: number) => string)) => Effect.Effect<void>
  readonly colors: Colors
  /** Columns of the terminal that standard output is; infinite where it is none. */
  readonly columns: number
}

/** Standard input, standard output and standard error. */
export class Terminal extends Context.Tag("zoo-runway/cli/Terminal")<Terminal, Service>() {}

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.async((resume) => Output.write(stream, text, () => resume(Effect.void)))

/** Back to the line's beginning, and nothing left of it. */
const CLEAR = `\r${String.fromCharCode(27)}[K`

/** What a terminal that does not tell its width is taken for. */
const COLUMNS = 80

/** This process's own streams. Colours when standard output is a terminal and `NO_COLOR` is not set. */
export const layer: Layer.Layer<Terminal> = Layer.sync(Terminal, () => {
  let shown = ""
  return {
    get input() {
      return process.stdin
    },
    print: (line) => write(process.stdout, `${line}\n`),
    note: (line) => Effect.suspend(() => write(process.stderr, `${shown === "" ? "" : CLEAR}${line}\n${shown}`)),
    progress: (what) =>
      Effect.suspend(() => {
        if (process.stderr.isTTY !== true) return Effect.void
        const text = typeof what === "string" ? what : what(process.stderr.columns || COLUMNS)
        if (text === shown) return Effect.void
        shown = text
        return write(process.stderr, `${CLEAR}${text}`)
      }),
    colors: pico.createColors(process.stdout.isTTY === true && !process.env["NO_COLOR"]),
    columns: process.stdout.isTTY === true ? process.stdout.columns || COLUMNS : Number.POSITIVE_INFINITY,
  }
})

/** Where work stands, without the time since it began and the terminal's width, which a {@link Meter} knows. */
export type Standing = Omit<ProgressLine.Progress, "elapsedMillis" | "columns">

/** Shows where work stands, unless it did just before. */
export type Meter = (standing: () => Standing) => Effect.Effect<void>

/** Time between two showings: ten a second are smooth enough. */
const BETWEEN_MILLIS = 100

/** A meter of work that begins now. Its last line stays until `progress("")`. */
export const meter: Effect.Effect<Meter, never, Terminal> = Effect.gen(function* () {
  const terminal = yield* Terminal
  const began = yield* Clock.currentTimeMillis
  let shownAt = Number.NEGATIVE_INFINITY
  return (standing) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (Math.abs(now - shownAt) < BETWEEN_MILLIS) return Effect.void
      shownAt = now
      const elapsedMillis = Math.max(0, now - began)
      return terminal.progress((columns) => ProgressLine.render({ ...standing(), elapsedMillis, columns }))
    })
})
