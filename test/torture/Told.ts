/** What a store tells through its port and its care, as lines of text: two stores hold the same exactly when their lines are the same. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Account from "../../src/domain/history/Account.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as Window from "../../src/domain/time/Window.js"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import { StoreCare } from "../../src/infra/store/StoreCare.js"
import * as Samples from "../infra/store/Samples.js"
import * as Looks from "./Looks.js"

export const nameOf = ({ baseUrl, owner }: Account.Account): string => `${Account.formatOwner(owner)} at ${baseUrl}`

const time = Timestamp.fromMillis

/** Before and after every look. */
export const ALWAYS = Window.make(time(0), time(Date.UTC(2100, 0, 1)))

/** All of the time, and windows that begin and end within a day. */
const windows = [
  ALWAYS,
  ...[3, 11, 50, 131, 333, 700].map((looks) =>
    Window.make(time(Looks.START + looks * Looks.EVERY + 1000), time(Looks.START + 3 * looks * Looks.EVERY + 1000)),
  ),
]

const sumText = ({ lower, unbounded, upper }: SnapshotStore.UsageSum): string =>
  `${Usd.format(lower)} to ${Option.match(upper, { onNone: () => `? (${unbounded})`, onSome: Usd.format })}`

/** Sums of usage as text. */
export const usageText = ({ assumes, credits, isOpen, payAsYouGo }: SnapshotStore.Usage): string =>
  `${sumText(credits)}, pay as you go ${sumText(payAsYouGo)}${isOpen ? " and open" : ""}, assumes ${assumes.join(" ")}`

/** A snapshot as text; one whose parts are no snapshot's has none, and says so. */
const textOf = (snapshot: Snapshot.Snapshot): string => {
  try {
    return Samples.text(snapshot)
  } catch (cause) {
    return `no snapshot: ${String(cause)}`
  }
}

/** Accounts with the span and count of what is kept of them. */
export const accounts = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  return (yield* store.accounts).map(
    ({ account, first, last, snapshots }) =>
      `${nameOf(account)}: ${snapshots} from ${Timestamp.format(first)} to ${Timestamp.format(last)}`,
  )
})

/** Sums of usage of an account, over windows and by day. */
export const sums = (account: Account.Account) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const over = yield* Effect.forEach(windows, (window) => store.usage(account, window))
    const days = yield* store.usageByDay(account)
    return [
      ...over.map((usage, nth) => `${nameOf(account)} window ${nth}: ${usageText(usage)}`),
      ...days.map((day) => `${nameOf(account)} ${day.date}: ${day.looks} looks, ${usageText(day)}`),
    ]
  })

/** Everything. */
export const everything = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  const lines = [...(yield* accounts)]
  for (const { account } of yield* store.accounts) {
    for (const snapshot of yield* Stream.runCollect(store.stream(account))) lines.push(textOf(snapshot))
    const newest = yield* store.latest(account)
    lines.push(`${nameOf(account)} latest: ${Option.match(newest, { onNone: () => "none", onSome: textOf })}`)
    lines.push(...(yield* sums(account)))
  }
  return lines
})

/** What verification finds: in the file, and of every account that the store tells of. */
export const damage = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  const care = yield* StoreCare
  const found = [...(yield* care.checkFile)]
  for (const { account } of yield* store.accounts) found.push(...(yield* care.checkAccount(account)).damage)
  return found.map(({ key, table, what }) => `${table} ${key}: ${what}`)
})

/** The first line that is another one, as a sentence; `undefined` where all are the same. */
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
