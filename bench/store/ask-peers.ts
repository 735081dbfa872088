/** A trial: what others need to tell the usage of what they keep. */
import { createReadStream } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type Expected, naive } from "./Expected.js"
import * as Peers from "./Peers.js"
import { answer, asked, must, timed, told } from "./Trial.js"

const { expected, folder, peer, peers } = told<{
  readonly peer: "DuckDB" | "keyv" | "JSON lines"
  readonly peers: string
  readonly folder: string
  readonly expected: Expected
}>()

const lower = BigInt(expected.all.credits.lower) + BigInt(expected.all.payAsYouGo.lower)
const mustCount = (count: number, used: number): void =>
  must(count === expected.part.count && used === expected.part.used, `${peer} read ${count} and found ${used} used`)

const ask = {
  DuckDB: async () => {
    const { close, connection } = await Peers.openDuck(peers, join(folder, "duck.db"))
    const { found, nanoseconds } = await asked(() => connection.runAndReadAll("SELECT sum(used) FROM snapshot"), 7)
    must(String(found.getRows()[0]?.[0]) === `${lower}`, "the sum of all")
    close()
    return { snapshots: expected.count, nanoseconds: nanoseconds.again }
  },
  keyv: async () => {
    const keyv = await Peers.openKeyv(peers, join(folder, "keyv.db"), "NORMAL")
    const counted = naive()
    let count = 0
    const nanoseconds = await timed(async () => {
      for await (const [, body] of keyv.iterator?.(undefined) ?? []) {
        counted.take(body as Parameters<typeof counted.take>[0])
        count++
      }
    })
    await keyv.store.close()
    mustCount(count, counted.used())
    return { snapshots: count, nanoseconds }
  },
  "JSON lines": async () => {
    const counted = naive()
    let count = 0
    const nanoseconds = await timed(async () => {
      for await (const line of createInterface({ input: createReadStream(join(folder, "lines.jsonl")) })) {
        counted.take(JSON.parse(line).body)
        count++
      }
    })
    mustCount(count, counted.used())
    return { snapshots: count, nanoseconds }
  },
}

const found = await ask[peer]()
answer({ ...found, rss: process.memoryUsage.rss() })
