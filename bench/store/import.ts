/** A trial: snapshots, parsed already, into files, in transactions of 500; then the usage of the store's. */
import { join } from "node:path"
import * as Peers from "./Peers.js"
import * as Polls from "./Polls.js"
import * as Raw from "./Raw.js"
import * as Store from "./Store.js"
import { answer, must, sweep, timed, told } from "./Trial.js"
import type { Given, Writer } from "./Writer.js"

const { count, folder, kind, peers, turn } = told<{
  readonly kind: Polls.Kind
  readonly count: number
  readonly folder: string
  readonly peers: string | null
  readonly turn: number
}>()

/** Snapshots that are held at a time. */
const PART = 20_000

const writers: ReadonlyArray<Writer> = [
  Store.many(join(folder, "store.db")),
  Raw.many(join(folder, "raw.db")),
  Peers.jsonLinesAtOnce(join(folder, "lines.jsonl")),
  ...(peers === null ? [] : [await Peers.duckAtOnce(peers, join(folder, "duck.db"))]),
]
const nanos = new Map(writers.map(({ name }) => [name, 0]))
const add = (name: string, more: number) => nanos.set(name, (nanos.get(name) ?? 0) + more)

const polls = Polls.of(kind, count)
let round = turn
for (;;) {
  const given: ReadonlyArray<Given> = Polls.next(polls, PART).map((poll) => ({
    ...poll,
    snapshot: Polls.parsed(Polls.lineOf(poll)),
  }))
  if (given.length === 0) break
  for (let nth = 0; nth < writers.length; nth++) {
    const { name, write } = writers[(nth + round) % writers.length] as Writer
    sweep()
    add(name, await timed(() => write(given)))
  }
  round++
}
for (const { close, name } of writers) {
  sweep()
  add(name, await timed(close))
}
for (const writer of writers) must((await writer.count()) === count, `${writer.name} does not hold ${count}`)
const days = Math.ceil(count / 1440)
sweep()
let filled = 0
const fill = await timed(async () => {
  filled = await Store.fill(join(folder, "store.db"))
})
must(Math.abs(filled - days) <= 1, `usage of ${filled} days is stored, not of ${days}`)
nanos.set("store, with the fill", (nanos.get("store") ?? 0) + fill)
answer({
  fillNanos: fill / count,
  perSecond: Object.fromEntries([...nanos].map(([name, total]) => [name, (count * 1e9) / total])),
})
