/** Looks at simulated accounts a minute apart, made a part at a time, so that they need not be held all at once. */
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

/** How much happens between looks. */
export interface Busy {
  readonly name: string
  readonly options: (looks: number) => AccountSimulator.Options
}

const span = (looks: number) => ({ seed: 4, from: FROM, to: FROM + looks * MINUTE, plan: "pro" as const })

/** Three looks in ten differ from the one before, as in histories that are kept; and all of them do. */
export const busy: ReadonlyArray<Busy> = [
  { name: "31 % of the looks differ", options: (looks) => ({ ...span(looks), dailyCents: 52_000 }) },
  {
    name: "all looks differ",
    options: (looks) => ({
      ...span(looks),
      calls: Array.from({ length: looks }, (_, minute) => ({ at: FROM + minute * MINUTE + 1, seconds: 2 })),
    }),
  },
]

/** The looks, in parts of their order. */
export function* parts({ options }: Busy, looks: number): Iterable<ReadonlyArray<Snapshot.Snapshot>> {
  const simulated = AccountSimulator.simulate(options(looks))
  let last = { text: "", balance: undefined as CustomerBalance.CustomerBalance | undefined }
  for (let first = 0; first < looks; first += PART) {
    yield Array.from({ length: Math.min(PART, looks - first) }, (_, index) => {
      const at = FROM + (first + index) * MINUTE
      const text = simulated.bodyAt(at, { includeTotalDue: true })
      if (last.balance === undefined || last.text !== text) {
        last = { text, balance: Either.getOrThrow(CustomerBalance.decodeText(text)).balance }
      }
      return Snapshot.make(account, Timestamp.fromMillis(at), last.balance as CustomerBalance.CustomerBalance)
    })
  }
}
