/**
 * What a store returns through its ports, as lines of text: two stores hold the same exactly when their lines are the same.
 *
 * Lines are read one port call at a time. Some are facts: texts of what was written, such as a snapshot or a stored day of usage. A damaged
 * file may lack facts; it must never return one that was not written.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Account from "../../src/domain/history/Account.js"
import type * as Consumption from "../../src/domain/history/Consumption.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import type * as LedgerDay from "../../src/domain/history/LedgerDay.js"
import * as LedgerDayText from "../../src/domain/history/LedgerDayText.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { AccountDirectory, type Holder } from "../../src/infra/store/AccountDirectory.js"
import { Answers } from "../../src/infra/store/Answers.js"
import { SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import type { StoreError } from "../../src/infra/store/StoreError.js"
import { type StoredDay, UsageStore } from "../../src/infra/store/UsageStore.js"
import { UsageSeries } from "../../src/services/UsageSeries.js"
import * as Verification from "../../src/services/Verification.js"
import * as Samples from "../infra/store/Samples.js"
import type * as Opened from "./Opened.js"
import * as Snapshots from "./Snapshots.js"

export const nameOf = ({ baseUrl, owner }: Account.Account): string => `${Account.formatOwner(owner)} at ${baseUrl}`

/** Every day. */
export const ALL_DAYS = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER, version: Ledger.VERSION }

/** A snapshot as text; one whose parts are not those of a snapshot has none, and says so. */
const textOf = (snapshot: Snapshot.Snapshot): string => {
  try {
    return Samples.text(snapshot)
  } catch (cause) {
    return `no snapshot: ${String(cause)}`
  }
}

const textsOf = (snapshots: Iterable<Snapshot.Snapshot>): ReadonlyArray<string> => Array.from(snapshots, textOf)

/** A stored day as text. */
export const storedText = ({ checkpoint, day, entries, version }: StoredDay): string =>
  `day ${day}, version ${version}: ${entries} ${checkpoint}`

/** A day of the ledger as text. */
export const dayText = (day: LedgerDay.LedgerDay): string => `day ${day.day}: ${LedgerDayText.encode(day)}`

const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}` : each))

/** Sums of usage as text: the lower bounds, the upper ones, and how many intervals have none. */
export const sumsText = ({ credits, payAsYouGo }: Consumption.Consumption): string => {
  const sums = [credits, payAsYouGo].map((track) => {
    const uppers = track.flatMap(({ upper }) => Option.toArray(upper))
    const lower = Usd.sum(track.map((each) => each.lower))
    return `${Usd.format(lower)} to ${Usd.format(Usd.sum(uppers))} and ${track.length - uppers.length} unbounded`
  })
  return sums.join(", pay as you go ")
}

/** The ledger of an account up to its end as text. */
export const ledger = (account: Account.Account) =>
  Effect.gen(function* () {
    const usage = yield* UsageSeries
    const { days, open } = yield* usage.ledger({ account })
    return [...days.map(dayText), ...open.map((entry) => `open: ${jsonText(entry)}`)]
  })

/** Usage of all of the time as text. */
const sums = (account: Account.Account) =>
  Effect.gen(function* () {
    const usage = yield* UsageSeries
    return [sumsText(yield* usage.series({ account, cuts: [] }))]
  })

/** One way to read a store. */
export interface Read {
  readonly name: string
  /** Whether its lines are facts. */
  readonly isFact: boolean
  readonly lines: Effect.Effect<ReadonlyArray<string>, StoreError, Opened.Services>
}

/** Whose history it is, and who was answered. */
export interface Known {
  readonly accounts: ReadonlyArray<Account.Account>
  readonly holders: ReadonlyArray<Holder>
}

const MOMENTS = [0, 3, 40, 333].map((nth) => Timestamp.fromMillis(Snapshots.START + nth * Snapshots.EVERY + 1000))

const readsOf = (account: Account.Account): ReadonlyArray<Read> => {
  const name = nameOf(account)
  const fact = (what: string, lines: Read["lines"]): Read => ({ name: `${what} of ${name}`, isFact: true, lines })
  const derived = (what: string, lines: Read["lines"]): Read => ({ name: `${what} of ${name}`, isFact: false, lines })
  return [
    fact(
      "stream",
      Effect.flatMap(SnapshotStore, (store) => Effect.map(Stream.runCollect(store.stream(account)), textsOf)),
    ),
    fact(
      "latest",
      Effect.flatMap(SnapshotStore, (store) =>
        Effect.map(store.latest(account), (found) => textsOf(Option.toArray(found))),
      ),
    ),
    fact(
      "asOf",
      Effect.flatMap(SnapshotStore, (store) =>
        Effect.map(
          Effect.forEach(MOMENTS, (at) => store.asOf(account, at)),
          (found) => textsOf(found.flatMap(Option.toArray)),
        ),
      ),
    ),
    fact(
      "page",
      Effect.flatMap(SnapshotStore, (store) =>
        Effect.map(store.page(account, { direction: "Backward", limit: 20 }), ({ snapshots }) => textsOf(snapshots)),
      ),
    ),
    fact(
      "stored usage",
      Effect.flatMap(UsageStore, (usage) => Effect.map(usage.days(account, ALL_DAYS), (days) => days.map(storedText))),
    ),
    derived(
      "count",
      Effect.flatMap(SnapshotStore, (store) => Effect.map(store.count(account), (count) => [`${count}`])),
    ),
    derived("ledger", ledger(account)),
    derived("sums", sums(account)),
  ]
}

const readsOfHolder = (holder: Holder, nth: number): ReadonlyArray<Read> => [
  {
    name: `account of holder ${nth}`,
    isFact: true,
    lines: Effect.flatMap(AccountDirectory, (directory) =>
      Effect.map(directory.find(holder), (found) => Option.toArray(found).map((each) => `${nth} ${nameOf(each)}`)),
    ),
  },
  {
    name: `last answer of holder ${nth}`,
    isFact: true,
    lines: Effect.flatMap(Answers, (answers) =>
      Effect.map(answers.last(holder), (found) =>
        Option.toArray(found).map(({ snapshot }) => `${nth} ${textOf(snapshot)}`),
      ),
    ),
  },
]

/** Every way to read a store. */
export const reads = ({ accounts, holders }: Known): ReadonlyArray<Read> => [
  {
    name: "list of accounts",
    isFact: true,
    lines: Effect.flatMap(SnapshotStore, (store) =>
      Effect.map(store.listAccounts, (all) => all.map((account) => `account ${nameOf(account)}`)),
    ),
  },
  {
    name: "accounts",
    isFact: false,
    lines: Effect.flatMap(SnapshotStore, (store) =>
      Effect.map(store.accounts, (all) =>
        all.map(
          ({ account, first, last, sealedUntil, snapshots }) =>
            `${nameOf(account)}: ${snapshots} from ${DateTime.formatIso(first)} to ${DateTime.formatIso(last)}, sealed until ${Option.match(sealedUntil, { onNone: () => "never", onSome: DateTime.formatIso })}`,
        ),
      ),
    ),
  },
  ...accounts.flatMap(readsOf),
  ...holders.flatMap(readsOfHolder),
]

/** What verification finds in the accounts of a store, balance equations that do not hold among them. */
export const damageOfAccounts = Effect.gen(function* () {
  const found = yield* Stream.runCollect(Verification.all)
  return [...found].flatMap(({ account, damage, open }) => [
    ...damage.map(({ key, table, what }) => `${table} ${key}: ${what}`),
    ...(open === 0 ? [] : [`${nameOf(account)}: ${open} balance equations do not hold`]),
  ])
})

/** What verification finds in a file and in the accounts of it. */
export const damage = Effect.gen(function* () {
  const file = yield* Verification.file
  return [...file.map(({ key, table, what }) => `${table} ${key}: ${what}`), ...(yield* damageOfAccounts)]
})

/** The first line that differs, as a sentence; `undefined` where all are the same. */
export const difference = (wanted: ReadonlyArray<string>, told: ReadonlyArray<string>): string | undefined => {
  for (let line = 0; line < Math.max(wanted.length, told.length); line++) {
    const [was, is] = [wanted[line], told[line]]
    if (was === is) continue
    let at = 0
    while (was !== undefined && is !== undefined && was[at] === is[at]) at++
    const part = (text: string | undefined): string =>
      text === undefined ? "nothing" : text.slice(Math.max(0, at - 60), at + 40)
    return `line ${line + 1} of ${wanted.length} is …${part(is)}…, not …${part(was)}…`
  }
  return undefined
}
