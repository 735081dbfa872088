/** `decode`: a body, or with `--lines` one a line, from a file or standard input. Needs no token, no network and no history. */
import { createReadStream } from "node:fs"
import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import { NoSuchInput, SomeRejected } from "../CliError.js"
import * as BalanceView from "../render/BalanceView.js"
import * as Format from "../render/Format.js"
import { Terminal } from "../Terminal.js"

/** What to decode and how to answer. */
export interface Options {
  readonly file: string | undefined
  readonly lines: boolean
  readonly json: boolean
}

/** More than a body may have, so that one byte too many still shows as `TooLarge`. */
const MOST_BYTES = 1_048_576 + 1
const NEWLINE = 10

const open = (file: string | undefined): Readable =>
  file === undefined || file === "-" ? process.stdin : createReadStream(file)

const unreadable = (file: string | undefined) => (cause: unknown) => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable"
  return new NoSuchInput({ message: `cannot read ${file ?? "standard input"} (${code}): name a file that can be read` })
}

const asBytes = (chunk: unknown): Uint8Array => (typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Uint8Array))

/** One answer a body: what a script reads. */
const answer = (decoded: ReturnType<typeof CustomerBalance.decodeBytes>): string =>
  JSON.stringify(
    Either.match(decoded, {
      onRight: ({ balance, drift }) => ({ ok: true, balance: CustomerBalance.encode(balance), drift }),
      onLeft: ({ _tag, issues, kind, message }) => ({ ok: false, error: { _tag, message, kind, issues } }),
    }),
  )

/** The lines of a stream as bytes, no more than {@link MOST_BYTES} of each in memory. */
const linesOf = async function* (input: Readable): AsyncIterable<Uint8Array> {
  let parts: Array<Uint8Array> = []
  let held = 0
  const add = (part: Uint8Array) => {
    const room = part.subarray(0, Math.max(0, MOST_BYTES - held))
    if (room.length > 0) parts.push(room)
    held += room.length
  }
  let open = false
  for await (const chunk of input) {
    const bytes = asBytes(chunk)
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      add(bytes.subarray(start, end))
      yield Buffer.concat(parts)
      parts = []
      held = 0
      start = end + 1
    }
    add(bytes.subarray(start))
    open = start < bytes.length || (open && start === 0)
  }
  if (open) yield Buffer.concat(parts)
}

const whole = async (input: Readable): Promise<Uint8Array> => {
  const parts: Array<Uint8Array> = []
  let held = 0
  for await (const chunk of input) {
    const bytes = asBytes(chunk)
    parts.push(bytes)
    held += bytes.length
    if (held > MOST_BYTES) break
  }
  return Buffer.concat(parts)
}

const decodeLines = (file: string | undefined) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const iterator = linesOf(open(file))[Symbol.asyncIterator]()
    let rejected = 0
    let line = 0
    for (;;) {
      const next = yield* Effect.tryPromise({ try: () => iterator.next(), catch: unreadable(file) })
      if (next.done === true) break
      line++
      const decoded = CustomerBalance.decodeBytes(next.value)
      if (Either.isLeft(decoded)) rejected++
      yield* terminal.print(answer(decoded))
    }
    if (rejected > 0)
      return yield* new SomeRejected({ message: `${rejected} of ${line} lines are no customer balance` })
  })

const decodeOne = (file: string | undefined, json: boolean) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const bytes = yield* Effect.tryPromise({ try: () => whole(open(file)), catch: unreadable(file) })
    const decoded = CustomerBalance.decodeBytes(bytes)
    if (json) yield* terminal.print(answer(decoded))
    if (Either.isLeft(decoded)) return yield* new SomeRejected({ message: decoded.left.message })
    if (json) return
    const { balance, drift } = decoded.right
    const times = Format.times("UTC", balance.updatedAt)
    for (const line of BalanceView.lines(balance, balance.updatedAt, times, terminal.colors))
      yield* terminal.print(line)
    for (const { found, kind, path } of drift) yield* terminal.note(`zoo-runway: ${kind} at ${path}: ${found}`)
  })

/** Runs the command. */
export const run = ({ file, json, lines }: Options) => (lines ? decodeLines(file) : decodeOne(file, json))
