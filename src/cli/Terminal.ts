/** What a command reads and prints to: standard input, standard output for results, standard error for all else. */
import { randomInt } from "node:crypto"
import type { Readable } from "node:stream"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Output from "./Output.js"
import * as ProgressLine from "./render/ProgressLine.js"

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

/** Colours, or plain text where nobody would see them. */
export type Colors = Readonly<Record<keyof typeof CODES, (text: string) => string>>

/** Standard input, standard output and standard error. Nothing but the colours steers a terminal, whatever the texts hold. */
export interface Service {
  readonly input: Readable
  /** Writes a line, or several with line ends between them, to standard output; waits while its reader is slow. */
  readonly print: (line: string) => Effect.Effect<void>
  /** Writes data with their line ends to standard output: as they are, unless it is a terminal. */
  readonly write: (data: string) => Effect.Effect<void>
  /** Writes a line to standard error, without line ends in it. */
  readonly note: (line: string) => Effect.Effect<void>
  /**
   * Shows a text, or what a terminal of so many columns is to show, in place of the one before; the empty text shows none. A longer text is
   * cut. Where standard error is no terminal nothing is shown, and nothing rendered.
   */
  readonly progress: (text: string | ((columns: number) => string)) => Effect.Effect<void>
  readonly colors: Colors
  /** Columns of the terminal that standard output is; infinite where it is none. */
  readonly columns: number
}

/** Standard input, standard output and standard error. */
export class Terminal extends Context.Tag("zoo-runway/cli/Terminal")<Terminal, Service>() {}

const ESCAPE = String.fromCharCode(27)

/** Back to the line's beginning, and nothing left of it. */
export const CLEAR = `\r${ESCAPE}[K`

/** Colours, and the function that makes a text with them printable. A random number in their codes tells them from those in other texts. */
const painter = (isColored: boolean): { readonly colors: Colors; readonly painted: (text: string) => string } => {
  const mark = randomInt(2 ** 40)
  const code = (number: number): string => (isColored ? `${ESCAPE}[${number};${mark}m` : "")
  const color = (name: keyof typeof CODES) => {
    const [begin, end] = CODES[name].map(code)
    return (text: string): string => `${begin}${text}${end}`
  }
  const marked = new RegExp(`${ESCAPE}\\[(\\d+);${mark}m`)
  return {
    colors: {
      bold: color("bold"),
      dim: color("dim"),
      red: color("red"),
      green: color("green"),
      yellow: color("yellow"),
      cyan: color("cyan"),
    },
    painted: (text) =>
      text
        .split(marked)
        .map((part, index) => (index % 2 === 0 ? Output.printable(part) : `${ESCAPE}[${part}m`))
        .join(""),
  }
}

/** The streams below a terminal. */
export interface Streams {
  readonly input: () => Readable
  readonly out: (text: string) => Effect.Effect<void>
  readonly err: (text: string) => Effect.Effect<void>
  readonly isColored: boolean
  /** Columns of the terminal that standard output is, and of the one that standard error is; `undefined` where it is none. */
  readonly columns: () => { readonly out: number | undefined; readonly err: number | undefined }
}

/** Makes a terminal over streams. */
export const over = ({ columns, err, input, isColored, out }: Streams): Service => {
  const { colors, painted } = painter(isColored)
  let shown = ""
  return {
    get input() {
      return input()
    },
    print: (line) => Effect.suspend(() => out(`${painted(line)}\n`)),
    write: (data) => Effect.suspend(() => out(columns().out === undefined ? data : Output.printable(data))),
    note: (line) =>
      Effect.suspend(() => err(`${shown === "" ? "" : CLEAR}${Output.printable(Output.oneLine(line))}\n${shown}`)),
    progress: (what) =>
      Effect.suspend(() => {
        const available = columns().err
        if (available === undefined) return Effect.void
        // A line as wide as the terminal wraps in some.
        const text = Output.printable(typeof what === "string" ? what : what(available)).slice(0, available - 1)
        if (text === shown) return Effect.void
        shown = text
        return err(`${CLEAR}${text}`)
      }),
    colors,
    columns: columns().out ?? Number.POSITIVE_INFINITY,
  }
}

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.async((resume) => Output.write(stream, text, () => resume(Effect.void)))

/** What a terminal that does not tell its width is taken for. */
const COLUMNS = 80

const columnsOf = (stream: NodeJS.WriteStream): number | undefined =>
  stream.isTTY === true ? stream.columns || COLUMNS : undefined

/** This process's own streams. Colours when standard output is a terminal and `NO_COLOR` is not set. */
export const layer: Layer.Layer<Terminal> = Layer.sync(Terminal, () =>
  over({
    input: () => process.stdin,
    out: (text) => write(process.stdout, text),
    err: (text) => write(process.stderr, text),
    isColored: process.stdout.isTTY === true && !process.env["NO_COLOR"],
    columns: () => ({ out: columnsOf(process.stdout), err: columnsOf(process.stderr) }),
  }),
)

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
