/** What a store must return, by the plain rule: every snapshot in one list. */
import * as DateTime from "effect/DateTime"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"

const bytes = (self: Snapshot.Snapshot): Buffer => Buffer.from(JSON.stringify(CustomerBalance.encode(self.balance)))

const DAY = 86_400_000

/** The history of one account: by both times, then by canonical bytes, each once. */
export const history = (given: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<Snapshot.Snapshot> => {
  const ordered = given.toSorted(
    (a, b) =>
      DateTime.Order(a.observedAt, b.observedAt) ||
      DateTime.Order(a.balance.updatedAt, b.balance.updatedAt) ||
      Buffer.compare(bytes(a), bytes(b)),
  )
  return ordered.filter(
    (each, index) =>
      index === 0 ||
      each.observedAt.epochMillis !== ordered[index - 1]?.observedAt.epochMillis ||
      !bytes(each).equals(bytes(ordered[index - 1] as Snapshot.Snapshot)),
  )
}

/** The period of a UTC day that a time lies in. An hour holds its last moment and not its first one, but for the first of the day. */
const periodOf = (millis: number, period: number): string => {
  const day = Math.floor(millis / DAY)
  return `${day}/${period === DAY ? 0 : Math.max(0, Math.ceil((millis - day * DAY) / period) - 1)}`
}

/** The snapshots that stay where all but the last one of each period (a UTC day, or an hour of it) are removed before a time. */
export const pruned = (
  history: ReadonlyArray<Snapshot.Snapshot>,
  before: number,
  period: number,
): ReadonlyArray<Snapshot.Snapshot> =>
  history.filter(({ observedAt: { epochMillis } }, index) => {
    if (epochMillis >= before) return true
    const next = history[index + 1]?.observedAt.epochMillis
    return next === undefined || periodOf(next, period) !== periodOf(epochMillis, period)
  })
