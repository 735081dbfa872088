/** A trial: every candidate's file of one history, and the bytes of each. */
import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
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
/** Those that store whole bodies get the first tenth: a million of them are 1.5 GB. */
const bodies = Math.ceil(count / 10)

const whole: ReadonlyArray<Writer> = [
  Store.many(join(folder, "store.db")),
  Raw.many(join(folder, "raw.db")),
  ...(peers === null ? [] : [await Peers.duckAtOnce(peers, join(folder, "duck.db"))]),
]
const partly: ReadonlyArray<Writer> = [
  Peers.jsonLinesAtOnce(join(folder, "lines.jsonl")),
  ...(peers === null ? [] : [await Peers.keyv(peers, join(folder, "keyv.db"), "OFF")]),
]

const polls = Polls.of(kind, count)
let seen = 0
let before: { readonly body: string; readonly balance: CustomerBalance.CustomerBalance } | undefined
for (;;) {
  const given: ReadonlyArray<Given> = Polls.next(polls, PART).map(({ at, body }) => {
    if (before?.body !== body) before = { body, balance: Either.getOrThrow(CustomerBalance.decodeText(body)).balance }
    return { at, body, snapshot: Snapshot.make(account, Timestamp.fromMillis(at), before.balance) }
  })
  if (given.length === 0) break
  for (const { write } of whole) await write(given)
  const some = given.slice(0, Math.max(0, bodies - seen))
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
const path = join(folder, "store.db")
const days = await Store.fill(path)
must(days >= Math.floor(count / 1440) - 1, `usage of ${days} days is stored`)
sizes["store, with usage at rest"] = { bytes: bytesOf(path), snapshots: count }
answer({ sizes, days })
