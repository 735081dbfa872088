/** A trial: lines of JSON into files, in transactions of 500. */
import { join } from "node:path"
import * as Polls from "./Polls.js"
import * as Raw from "./Raw.js"
import * as Store from "./Store.js"
import { answer, must, sweep, timed, told } from "./Trial.js"

const { count, folder, kind, turn } = told<{
  readonly kind: Polls.Kind
  readonly count: number
  readonly folder: string
  readonly turn: number
}>()

/** Lines that are held at a time. */
const PART = 20_000

const writers = [Store.texts(join(folder, "store.db")), Raw.texts(join(folder, "raw.db"))]
const nanos = new Map(writers.map(({ name }) => [name, 0]))
const add = (name: string, more: number) => nanos.set(name, (nanos.get(name) ?? 0) + more)

const polls = Polls.of(kind, count)
let round = turn
for (;;) {
  // As a reader gives them: each a text in one piece.
  const lines = Polls.next(polls, PART).map((poll) => Buffer.from(Polls.lineOf(poll)).toString())
  if (lines.length === 0) break
  for (const { name, write } of round++ % 2 === 0 ? writers : writers.toReversed()) {
    sweep()
    add(name, await timed(() => write(lines)))
  }
}
for (const { close, name } of writers) {
  sweep()
  add(name, await timed(close))
}
for (const writer of writers) must((await writer.count()) === count, `${writer.name} does not hold ${count}`)
answer({ perSecond: Object.fromEntries([...nanos].map(([name, total]) => [name, (count * 1e9) / total])) })
