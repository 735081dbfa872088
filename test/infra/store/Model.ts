/** What a store must return, by the plain rule: every snapshot in one list. */
import * as DateTime from "effect/DateTime"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"

const bytes = (self: Snapshot.Snapshot): Buffer => Buffer.from(JSON.stringify(CustomerBalance.encode(self.balance)))

const HOUR = 3_600_000
const DAY = 86_400_000

const isMisdated = ({ balance, observedAt }: Snapshot.Snapshot): boolean =>
  observedAt.epochMillis < balance.createdAt.epochMillis || observedAt.epochMillis + DAY < balance.updatedAt.epochMillis

const isDated = (self: Snapshot.Snapshot): boolean => !isMisdated(self)

/** The snapshots of a history that are neither misdated nor outdated, by the plain rule: each beside all before it. */
export const current = (history: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<Snapshot.Snapshot> =>
  history.filter((each, index) => {
    const before = history.slice(0, index).filter((other) => !isMisdated(other))
    const recent = before.filter((other) => other.observedAt.epochMillis >= each.observedAt.epochMillis - HOUR)
    const compared = recent.length > 0 ? recent : before.slice(-1)
    const isOutdated = compared.some((other) => DateTime.greaterThan(other.balance.updatedAt, each.balance.updatedAt))
    return !isMisdated(each) && !isOutdated
  })

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

/**
 * The snapshots that stay where a history is pruned before a time: of each period (a UTC day, or an hour of it) the last current one and what
 * follows it, and the one right before that where it is outdated beside the last of an earlier period. A period without a current one stays.
 */
export const pruned = (
  history: ReadonlyArray<Snapshot.Snapshot>,
  before: number,
  period: number,
): ReadonlyArray<Snapshot.Snapshot> => {
  const counting = new Set(current(history))
  const nameOf = ({ observedAt: { epochMillis } }: Snapshot.Snapshot): string =>
    epochMillis >= before ? "later" : periodOf(epochMillis, period)
  const periods = [...new Set(history.map(nameOf))]
  return periods.flatMap((name) => {
    const snapshots = history.filter((each) => nameOf(each) === name)
    const last = snapshots.findLastIndex((each) => counting.has(each))
    if (name === "later" || last === -1) return snapshots
    const earlier = history.slice(0, history.indexOf(snapshots[0] as Snapshot.Snapshot)).findLast(isDated)
    const isOutdatedAlone =
      earlier !== undefined &&
      DateTime.greaterThan(earlier.balance.updatedAt, (snapshots[last] as Snapshot.Snapshot).balance.updatedAt)
    const first = isOutdatedAlone ? snapshots.slice(0, last).findLastIndex(isDated) : last
    return snapshots.slice(first)
  })
}
