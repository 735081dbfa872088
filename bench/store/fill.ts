/** Makes the files that are asked and measured: every candidate's, of one history; and tells what the ledger says of it. */
import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Amount from "../../src/domain/history/Amount.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { type Expected, naive, type Sums } from "./Expected.js"
import * as Peers from "./Peers.js"
import { account } from "./Polled.js"
import * as Polls from "./Polls.js"
import * as Raw from "./Raw.js"
import * as Store from "./Store.js"
import { answer, must, told } from "./Trial.js"
import type { Given, Writer } from "./Writer.js"

const { count, folder, kind, peers } = told<{
  readonly kind: Polls.Kind
  readonly count: number
  readonly folder: string
  readonly peers: string | null
}>()

const PART = 20_000
/** Those who keep whole bodies get the first tenth: a million of them are 1.5 GB. */
const bodies = Math.ceil(count / 10)

const used = new Map<number, bigint>()
const usedAt = ({ at }: Given): bigint => used.get(at) ?? 0n

const whole: ReadonlyArray<Writer> = [
  Store.many(join(folder, "store.db")),
  Raw.many(join(folder, "raw.db"), usedAt),
  ...(peers === null ? [] : [await Peers.duckAtOnce(peers, join(folder, "duck.db"), usedAt)]),
]
const partly: ReadonlyArray<Writer> = [
  Peers.jsonLinesAtOnce(join(folder, "lines.jsonl")),
  ...(peers === null ? [] : [await Peers.keyv(peers, join(folder, "keyv.db"), "OFF")]),
]

/** The sums of some entries. */
const tally = () => {
  const tracks = {
    credits: { lower: 0n, hidden: 0n, unbounded: 0 },
    payAsYouGo: { lower: 0n, hidden: 0n, unbounded: 0 },
  }
  return {
    /** Adds what an entry says was used; its lower bound. */
    add: (entry: Ledger.Entry): bigint => {
      const track = entry._tag === "Pools" ? tracks.credits : tracks.payAsYouGo
      const amount = Ledger.usage(entry.events)
      const lower = Usd.toNanos(Amount.lower(amount))
      const upper = Amount.upper(amount)
      track.lower += lower
      if (Option.isSome(upper)) track.hidden += Usd.toNanos(upper.value) - lower
      else track.unbounded++
      return lower
    },
    sums: (): Sums => {
      const written = ({ hidden, lower, unbounded }: (typeof tracks)["credits"]) => ({
        lower: `${lower}`,
        hidden: `${hidden}`,
        unbounded,
      })
      return { credits: written(tracks.credits), payAsYouGo: written(tracks.payAsYouGo) }
    },
  }
}

const HOUR = 3_600_000
const MINUTE = 60_000

const polls = Polls.of(kind, count)
const [first] = Polls.next(Polls.of(kind, 1), 1)
must(first !== undefined, "there are polls")
const start = first?.at ?? 0
const last = start + (count - 1) * MINUTE
// From the middle of a minute of the second day to one of the last day but two.
const window = { from: start + 34 * HOUR + 17.5 * MINUTE, to: last - 55 * HOUR - 0.5 * MINUTE }

const [all, within] = [tally(), tally()]
const counted = naive()
let state = Ledger.start
let seen = 0
let before: { readonly body: string; readonly balance: CustomerBalance.CustomerBalance } | undefined
for (;;) {
  used.clear()
  const given: ReadonlyArray<Given> = Polls.next(polls, PART).map(({ at, body }) => {
    if (before?.body !== body) before = { body, balance: Either.getOrThrow(CustomerBalance.decodeText(body)).balance }
    const snapshot = Snapshot.make(account, Timestamp.fromMillis(at), before.balance)
    const [next, entries] = Ledger.step(state, snapshot)
    state = next
    let nanos = 0n
    for (const entry of entries) {
      nanos += all.add(entry)
      if (at > window.from && at <= window.to) within.add(entry)
    }
    used.set(at, nanos)
    return { at, body, snapshot }
  })
  if (given.length === 0) break
  for (const { write } of whole) await write(given)
  const some = given.slice(0, Math.max(0, bodies - seen))
  for (const { body } of some) counted.take(JSON.parse(body))
  for (const { write } of partly) await write(some)
  seen += given.length
}

const bytesOf = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, each) => sum + (existsSync(each) ? statSync(each).size : 0), 0)

const sizes: Record<string, { readonly bytes: number; readonly snapshots: number }> = {}
for (const writer of [...whole, ...partly]) {
  await writer.close()
  const expected = whole.includes(writer) ? count : bodies
  must((await writer.count()) === expected, `${writer.name} does not hold ${expected}`)
  sizes[writer.name] = { bytes: writer.files.reduce((sum, path) => sum + bytesOf(path), 0), snapshots: expected }
}
const expected: Expected = {
  count,
  first: start,
  last,
  all: all.sums(),
  window: { ...window, sums: within.sums() },
  part: { count: bodies, used: counted.used() },
}
answer({ expected, sizes })
