/** Snapshots of a simulated account, made a part at a time, so that they need not be held all at once. */
import * as Either from "effect/Either"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"

const MINUTE = 60_000
const FROM = Date.UTC(2026, 0, 1)
const PART = 50_000

const account = Account.user(Account.DEFAULT_BASE_URL, "6d3a26ba-1f0a-4d9f-8a2c-92d1a8c0f0b1")

/** How much happens between snapshots. */
export interface Busy {
  readonly name: string
  readonly options: (count: number, from?: number) => AccountSimulator.Options
}

const span = (count: number, from: number) => ({ seed: 4, from, to: from + count * MINUTE, plan: "pro" as const })

/** Three snapshots in ten differ from the one before, as in stored histories; and all of them do. */
export const busy: ReadonlyArray<Busy> = [
  {
    name: "31 % of the snapshots differ",
    options: (count, from = FROM) => ({ ...span(count, from), dailyCents: 52_000 }),
  },
  {
    name: "all snapshots differ",
    options: (count, from = FROM) => ({
      ...span(count, from),
      calls: Array.from({ length: count }, (_, minute) => ({ at: from + minute * MINUTE + 1, seconds: 2 })),
    }),
  },
]

/** The snapshots, in parts of their order. */
export function* parts({ options }: Busy, count: number): Iterable<ReadonlyArray<Snapshot.Snapshot>> {
  const simulated = AccountSimulator.simulate(options(count))
  let last = { text: "", balance: undefined as CustomerBalance.CustomerBalance | undefined }
  for (let first = 0; first < count; first += PART) {
    yield Array.from({ length: Math.min(PART, count - first) }, (_, index) => {
      const at = FROM + (first + index) * MINUTE
      const text = simulated.bodyAt(at, { includeTotalDue: true })
      if (last.balance === undefined || last.text !== text) {
        last = { text, balance: Either.getOrThrow(CustomerBalance.decodeText(text)).balance }
      }
      return Snapshot.make(account, Timestamp.fromMillis(at), last.balance as CustomerBalance.CustomerBalance)
    })
  }
}
