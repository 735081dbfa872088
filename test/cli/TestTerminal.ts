/** A terminal of a test, which keeps what it is asked to write. */
import { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import { CLEAR, over, type Terminal } from "../../src/cli/Terminal.js"

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
  isColored = false,
}: {
  readonly columns?: number
  readonly input?: string | Uint8Array
  readonly isColored?: boolean
} = {}): Recording => {
  const out: Array<string> = []
  const err: Array<string> = []
  const progress: Array<string> = []
  const available = Number.isFinite(columns) ? columns : undefined
  const terminal = over({
    input: () => Readable.from(input.length === 0 ? [] : [Buffer.from(input)]),
    out: (text) => Effect.sync(() => void out.push(text.replace(/\n$/, ""))),
    err: (text) =>
      Effect.sync(() => {
        const [note, line] = text.replaceAll(CLEAR, "").split("\n")
        if (line === undefined) progress.push(note ?? "")
        else err.push(note ?? "")
      }),
    isColored,
    columns: () => ({ out: available, err: available }),
  })
  return { terminal, out, err, progress }
}
