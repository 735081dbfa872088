/** `decode`: a body, or with `--lines` one a line, from a file or standard input. Needs no token, no network and no history. */

import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import { MOST_BYTES } from "../../domain/balance/wire/Gate.js"
import { SomeRejected } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Input from "../Input.js"
import { LineSplitter } from "../LineSplitter.js"
import * as BalanceView from "../render/BalanceView.js"
import * as DriftLines from "../render/DriftLines.js"
import * as Format from "../render/Format.js"
import * as Json from "../render/Json.js"
import { Terminal } from "../Terminal.js"

/** What to decode and how to answer. */
export interface Options {
  readonly file: string | undefined
  readonly lines: boolean
  readonly json: boolean
  /** Whether a body with drift is rejected. */
  readonly strict: boolean
}

/** One byte more than a body may have still shows that it is too large. */
const MOST_HELD = MOST_BYTES + 1

/** Answers are printed together, in batches of about so many characters: a print costs nearly as much as a decode. */
const BATCH = 16_384

/** One answer a body: what a script reads. */
const answer = (decoded: ReturnType<typeof CustomerBalance.decodeBytes>): string =>
  Json.line(
    Either.match(decoded, {
      onRight: ({ balance, drift }) => ({ ok: true, balance: CustomerBalance.encode(balance), drift }),
      onLeft: ({ _tag, issues, kind, message }) => ({ ok: false, error: { _tag, message, kind, issues } }),
    }),
  )

/** Texts joined by line ends, in batches. */
const batched = function* (texts: Iterable<string>): Generator<string> {
  let batch: Array<string> = []
  let size = 0
  for (const text of texts) {
    batch.push(text)
    size += text.length
    if (size < BATCH) continue
    yield batch.join("\n")
    batch = []
    size = 0
  }
  if (batch.length > 0) yield batch.join("\n")
}

const decodeLines = ({ file = Input.STANDARD_INPUT, strict }: Options) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const nextChunk = yield* Input.chunksOf(file)
    const splitter = new LineSplitter(MOST_HELD)
    let rejected = 0
    let count = 0
    const answers = function* (lines: Iterable<Uint8Array>) {
      for (const line of lines) {
        const decoded = CustomerBalance.decodeBytes(line, { strict })
        count++
        if (Either.isLeft(decoded)) rejected++
        yield answer(decoded)
      }
    }
    for (;;) {
      const chunk = yield* nextChunk
      const lines = chunk === undefined ? splitter.end() : splitter.push(chunk)
      for (const batch of batched(answers(lines))) yield* terminal.print(batch)
      if (chunk === undefined) break
    }
    if (rejected > 0)
      return yield* new SomeRejected({ message: `${rejected} of ${Format.count(count, "line")} rejected` })
  })

/** All of the input, or its beginning where it is more than a body may have. */
const whole = (file: string) =>
  Effect.gen(function* () {
    const nextChunk = yield* Input.chunksOf(file)
    const parts: Array<Uint8Array> = []
    let held = 0
    while (held < MOST_HELD) {
      const chunk = yield* nextChunk
      if (chunk === undefined) break
      parts.push(chunk)
      held += chunk.length
    }
    return Buffer.concat(parts)
  })

const decodeOne = ({ file = Input.STANDARD_INPUT, json, strict }: Options) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const decoded = CustomerBalance.decodeBytes(yield* whole(file), { strict })
    if (json) yield* terminal.print(answer(decoded))
    if (Either.isLeft(decoded)) return yield* new SomeRejected({ message: decoded.left.message })
    if (json) return
    const { balance, drift } = decoded.right
    const times = Format.times("UTC", balance.updatedAt)
    for (const line of BalanceView.lines(balance, balance.updatedAt, times, terminal.colors))
      yield* terminal.print(line)
    for (const line of DriftLines.all(drift)) yield* terminal.note(`zoo-runway: ${line}`)
  })

/** Runs the command. */
export const run = (options: Options) => Effect.scoped(options.lines ? decodeLines(options) : decodeOne(options))

/** Runs the command as it was written. */
export const command: Command.Run<Partial<Pick<Options, "lines" | "strict" | "json">>> = ({
  args: [file],
  written: { json = false, lines = false, strict = false },
}) => run({ file, json, lines, strict })
