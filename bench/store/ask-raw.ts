/** A trial: opens a table of whole numbers, and asks it. */
import Database from "better-sqlite3"
import type { Expected } from "./Expected.js"
import { answer, asked, must, told } from "./Trial.js"

const { expected, path } = told<{ readonly path: string; readonly expected: Expected }>()

const started = process.hrtime.bigint()
const database = new Database(path)
const latest = database
  .prepare<[], { readonly observed_at: number }>(
    "SELECT * FROM snapshot ORDER BY account_id DESC, observed_at DESC LIMIT 1",
  )
  .get()
const opening = Number(process.hrtime.bigint() - started)
must(latest?.observed_at === expected.last, "the latest snapshot")

const sum = database.prepare<[], bigint>("SELECT sum(used) FROM snapshot").pluck().safeIntegers()
const within = database
  .prepare<[number, number], bigint>(
    "SELECT sum(used) FROM snapshot WHERE account_id = 1 AND observed_at > ? AND observed_at <= ?",
  )
  .pluck()
  .safeIntegers()
const all = await asked(() => sum.get(), 7)
const lower = ({ credits, payAsYouGo }: Expected["all"]): bigint => BigInt(credits.lower) + BigInt(payAsYouGo.lower)
must(all.found === lower(expected.all), "the sum of all")
const { from, sums, to } = expected.window
const window = await asked(() => within.get(from, to), 7)
must(window.found === lower(sums), "the sum of a window")
const rss = process.memoryUsage.rss()
answer({ opening, all: all.nanoseconds, window: window.nanoseconds, rss, peak: process.resourceUsage().maxRSS * 1024 })
