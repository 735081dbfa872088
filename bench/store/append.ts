/** A trial: snapshots into files, one at a time. */
import { join } from "node:path"
import * as Peers from "./Peers.js"
import * as Polls from "./Polls.js"
import * as Raw from "./Raw.js"
import * as Store from "./Store.js"
import { answer, must, sweep, timed, told } from "./Trial.js"
import type { Given, Writer } from "./Writer.js"

const { folder, kind, parts, peers, synchronous, turn } = told<{
  readonly kind: Polls.Kind
  readonly synchronous: "NORMAL" | "FULL"
  readonly parts: number
  readonly folder: string
  readonly peers: string | null
  readonly turn: number
}>()

/** What each writer takes at a time, and how many parts are for warming up. */
const PART = 500
const WARM_UP = 4
/** Those that take a hundred times longer take a tenth. */
const SLOW_PART = 50

const own: ReadonlyArray<Writer> = [
  Store.single(join(folder, "store.db"), synchronous),
  Store.answered(join(folder, "answered.db"), synchronous),
  Store.singleRuns(join(folder, "runs.db"), synchronous),
  Raw.single(join(folder, "raw.db"), synchronous),
  Peers.jsonLines(join(folder, "lines.jsonl"), synchronous),
  Store.nothing(),
]
const slow = peers === null ? [] : await Peers.slow(peers, folder, synchronous)
const writers = [...own, ...slow]
const nanos = new Map(writers.map(({ name }) => [name, 0]))

const polls = Polls.of(kind, (WARM_UP + parts) * PART)
for (let part = -WARM_UP; part < parts; part++) {
  const given: ReadonlyArray<Given> = Polls.next(polls, PART).map((poll) => ({
    ...poll,
    snapshot: Polls.decoded(poll),
  }))
  for (let nth = 0; nth < writers.length; nth++) {
    const { name, write } = writers[(nth + turn + part + WARM_UP) % writers.length] as Writer
    const those = slow.some((each) => each.name === name) ? given.slice(0, SLOW_PART) : given
    sweep()
    const taken = (await timed(() => write(those))) / those.length
    if (part >= 0) nanos.set(name, (nanos.get(name) ?? 0) + taken / parts)
  }
}
for (const writer of writers) {
  await writer.close()
  const expected = (WARM_UP + parts) * (slow.includes(writer) ? SLOW_PART : PART)
  must((await writer.count()) === expected, `${writer.name} does not hold ${expected}`)
}
answer({ nanoseconds: Object.fromEntries(nanos) })
