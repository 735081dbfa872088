/** A trial: every day of a store is explained again, as after a change of the ledger. The file is changed. */
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import type { Expected } from "./Expected.js"
import { account } from "./Polled.js"
import { open } from "./Store.js"
import { answer, must, timed, told } from "./Trial.js"

const { expected, path } = told<{ readonly path: string; readonly expected: Expected }>()

const marking = new Database(path)
marking.exec(`
  UPDATE day SET pending = 1, credits_lower = 0, paygo_lower = 0;
  UPDATE look SET credits_lower = 0, paygo_lower = 0;
  UPDATE account SET revision = revision + 1;
  DELETE FROM checkpoint;
`)
marking.pragma("wal_checkpoint(TRUNCATE)")
marking.close()

/** The longest transaction that writes, from when it is begun until it is over. */
let longest = 0
let transactions = 0
let begun: bigint | undefined
const prepare = Database.prototype.prepare
Database.prototype.prepare = function (this: Database.Database, source: string) {
  const statement = prepare.call(this, source)
  if (source !== "BEGIN IMMEDIATE" && source !== "COMMIT") return statement
  const run = statement.run.bind(statement)
  statement.run = () => {
    if (source === "BEGIN IMMEDIATE") begun = process.hrtime.bigint()
    const result = run([])
    if (source === "COMMIT" && begun !== undefined) {
      transactions++
      longest = Math.max(longest, Number(process.hrtime.bigint() - begun))
      begun = undefined
    }
    return result
  }
  return statement
} as typeof prepare

const { care, close, store } = open({ path, synchronous: "NORMAL" })

/** The longest time in which nothing else had its turn. */
let still = 0
let last = process.hrtime.bigint()
const beat = (): void => {
  const now = process.hrtime.bigint()
  still = Math.max(still, Number(now - last))
  last = now
}
const heart = setInterval(beat, 1)
const nanoseconds = await timed(() => Effect.runPromise(care.explain))
beat()
clearInterval(heart)

const usage = await Effect.runPromise(
  store.usage(account, { from: Timestamp.fromMillis(expected.first - 1), to: Timestamp.fromMillis(expected.last) }),
)
const { credits, payAsYouGo } = expected.all
must(
  `${Usd.toNanos(usage.credits.lower)}` === credits.lower &&
    `${Usd.toNanos(usage.payAsYouGo.lower)}` === payAsYouGo.lower,
  "usage after the rebuild",
)
close()
answer({ nanoseconds, perSecond: (expected.count * 1e9) / nanoseconds, longest, transactions, still })
