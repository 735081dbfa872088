/** A terminal of a test, which keeps what it is asked to write. */
import { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import pico from "picocolors"
import { Terminal } from "../../src/cli/Terminal.js"

/** A terminal, and what was written to it: a line an item, and texts of progress apart. */
export interface Recording {
  readonly terminal: typeof Terminal.Service
  readonly out: ReadonlyArray<string>
  readonly err: ReadonlyArray<string>
  readonly progress: ReadonlyArray<string>
}

/** Streams that are no terminal unless `columns` are given, with `input` to read. */
export const recording = ({
  columns = Number.POSITIVE_INFINITY,
  input = "",
}: {
  readonly columns?: number
  readonly input?: string | Uint8Array
} = {}): Recording => {
  const out: Array<string> = []
  const err: Array<string> = []
  const progress: Array<string> = []
  const terminal = Terminal.of({
    input: Readable.from(input.length === 0 ? [] : [Buffer.from(input)]),
    print: (line) => Effect.sync(() => void out.push(line)),
    note: (line) => Effect.sync(() => void err.push(line)),
    progress: (what) =>
      Effect.sync(() => {
        if (columns === Number.POSITIVE_INFINITY) return
        progress.push(typeof what === "string" ? what : what(columns))
      }),
    colors: pico.createColors(false),
    columns,
  })
  return { terminal, out, err, progress }
}
