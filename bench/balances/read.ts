/**
 * A trial: reads of stored balances, in turns with others that store them. Each reads the same customers in the same order.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Driver from "../../src/infra/store/sqlite/Driver.js"
import * as Balances from "../../src/services/Balances.js"
import * as FetchPolicy from "../../src/services/FetchPolicy.js"
import { openKeyv } from "../store/Peers.js"
import { answer, must, sweep, timed, told } from "../store/Trial.js"
import * as World from "./World.js"

const { count, folder, parts, peers, reads } = told<{
  readonly folder: string
  readonly peers: string | null
  readonly count: number
  readonly parts: number
  readonly reads: number
}>()

const customers = World.customers(count)
const path = join(folder, "history.db")
const policy = FetchPolicy.cacheFirst("1 day")

const open = (capacity: number) => {
  const runtime = ManagedRuntime.make(World.services(path, capacity))
  const read = (from: number, reads: number) =>
    runtime.runPromise(
      Effect.gen(function* () {
        const balances = yield* Balances.Balances
        let found = 0
        for (let nth = from; nth < from + reads; nth++) {
          const { credential, subject } = customers[nth % count] as World.Customer
          const reading = yield* balances.get(subject, { credential, policy })
          if (reading._tag === "Fresh") found += Number(Usd.toNanos(reading.snapshot.balance.monthly.value)) / 1e7
        }
        return found
      }),
    )
  return { runtime, read }
}

const raw = () => {
  const database = Driver.open(join(folder, "raw.db"))
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = NORMAL")
  database.exec("CREATE TABLE balance (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID")
  const put = database.prepare("INSERT INTO balance VALUES (?, ?)")
  database.transaction(() => {
    for (const { id } of customers) put.run(`user:${id}`, World.body)
  })()
  const get = database.prepare<[string], string>("SELECT body FROM balance WHERE key = ?").pluck()
  return {
    close: () => database.close(),
    read: (from: number, reads: number) => {
      let found = 0
      for (let nth = from; nth < from + reads; nth++) {
        const { id } = customers[nth % count] as World.Customer
        const text = get.get(`user:${id}`)
        if (text !== undefined) found += Number(JSON.parse(text).monthly_api_credits_remaining_monetary_value) * 100
      }
      return found
    },
  }
}

const [hot, cold, table] = [open(2 * count), open(2), raw()]
const keyv = peers === null ? undefined : await openKeyv(peers, join(folder, "keyv.db"), "NORMAL")
if (keyv !== undefined) {
  for (const { id } of customers) await keyv.set(`user:${id}`, JSON.parse(World.body))
}

// Fetched once; all that follows is read.
await hot.read(0, count)
must(World.calls.count === count, "one call a customer")
const each = (await hot.read(0, 1)) as number
must(Math.round(each) === Math.round(table.read(0, 1)), "the amounts are the same")

/** The first read of each customer in a process that knows none of them. */
const first = open(2)
const unknown = await timed(() => first.read(0, count))
await first.runtime.dispose()

const readers: Record<string, (from: number, reads: number) => Promise<number> | number> = {
  hot: hot.read,
  cold: cold.read,
  "better-sqlite3, JSON.parse": table.read,
  ...(keyv === undefined
    ? {}
    : {
        keyv: async (from: number, reads: number) => {
          let found = 0
          for (let nth = from; nth < from + reads; nth++) {
            const { id } = customers[nth % count] as World.Customer
            const body = (await keyv.get(`user:${id}`)) as
              | { readonly monthly_api_credits_remaining_monetary_value: string }
              | undefined
            found += Number(body?.monthly_api_credits_remaining_monetary_value) * 100
          }
          return found
        },
      }),
}

const nanoseconds: Record<string, Array<number>> = {}
for (let part = 0; part <= parts; part++) {
  const turn = Object.entries(readers)
  for (const [name, read] of [...turn.slice(part % turn.length), ...turn.slice(0, part % turn.length)]) {
    const share = name === "keyv" ? Math.ceil(reads / 10) : reads
    sweep()
    let found = 0
    const nanos = await timed(async () => {
      found = await read(part * reads, share)
    })
    must(Math.round(found) === Math.round(each * share), `${name} read ${share}`)
    // The first part warms up.
    if (part > 0) {
      nanoseconds[name] ??= []
      nanoseconds[name].push(nanos / share)
    }
  }
}
must(World.calls.count === count, "no call for what is stored")

// What another connection writes shows in the very next read.
const other = open(2)
const [somebody] = customers as [World.Customer]
const refreshed = await other.runtime.runPromise(
  Effect.flatMap(Balances.Balances, (balances) =>
    balances.refresh(somebody.subject, { credential: somebody.credential }),
  ),
)
const seen = await hot.runtime.runPromise(
  Effect.flatMap(Balances.Balances, (balances) =>
    balances.get(somebody.subject, { credential: somebody.credential, policy }),
  ),
)
must(seen.snapshot.observedAt.epochMillis === refreshed.snapshot.observedAt.epochMillis, "coherent with other writers")

await Promise.all([hot, cold, other].map(({ runtime }) => runtime.dispose()))
table.close()
await keyv?.store.close()
const median = (values: Array<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
answer({
  first: unknown / count,
  nanoseconds: Object.fromEntries(Object.entries(nanoseconds).map(([name, values]) => [name, median(values)])),
})
