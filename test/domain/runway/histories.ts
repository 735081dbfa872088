/** Histories of accounts in few words: what is left, and what is due, every few hours. */
import * as Option from "effect/Option"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { look, plan } from "../history/looks.js"

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

export const at = Timestamp.unsafeFromText

/** What a snapshot says, in dollars; times are milliseconds since 1970 or RFC 3339 text. */
export interface Says {
  readonly monthly: number
  readonly stable?: number
  /** Left out: not asked for. */
  readonly due?: number
  /** Left out: not announced. */
  readonly refreshAt?: string | number
  readonly allowance?: number
  readonly createdAt?: string
}

const textOf = (dollars: number): string => (Math.round(dollars * 1e6) / 1e6).toFixed(6)
const timeOf = (time: string | number): string => (typeof time === "string" ? time : new Date(time).toISOString())

/** A snapshot of an account that is older than its history, unless told otherwise; its allowance is 20 USD. */
export const snapshotAt = (time: number, says: Says): Snapshot.Snapshot => {
  const { allowance, createdAt = "2020-01-01T00:00:00Z", due, monthly, refreshAt, stable = 0 } = says
  const snapshot = look(
    {
      at: timeOf(time),
      monthly: textOf(monthly),
      stable: textOf(stable),
      ...(due === undefined ? {} : { due: textOf(due) }),
      ...(refreshAt === undefined ? {} : { refreshAt: timeOf(refreshAt) }),
    },
    allowance === undefined
      ? plan
      : Option.map(plan, (of) => ({
          ...of,
          allowance: { ...of.allowance, value: Option.some(Usd.unsafeFromText(textOf(allowance))) },
        })),
  )
  return { ...snapshot, balance: { ...snapshot.balance, createdAt: at(createdAt) } }
}

/** Snapshots from one time to another, both ends included. */
export const every = (
  hours: number,
  from: string,
  to: string,
  says: (time: number, index: number) => Says,
): ReadonlyArray<Snapshot.Snapshot> => {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  return Array.from({ length: Math.floor((end - start) / (hours * HOUR)) + 1 }, (_, index) => {
    const time = start + index * hours * HOUR
    return snapshotAt(time, says(time, index))
  })
}

/** The first of the next month, UTC. */
export const nextFirst = (time: number): number => {
  const date = new Date(time)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

/** An account that is refreshed on the first and uses `perDay` dollars a day evenly, within its allowance. */
export const steady = (from: string, to: string, perDay: number, allowance = 40): ReadonlyArray<Snapshot.Snapshot> =>
  every(6, from, to, (time) => {
    const date = new Date(time)
    const days = (time - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)) / DAY
    return { monthly: allowance - days * perDay, due: 0, refreshAt: nextFirst(time), allowance }
  })

/** The series of a history. */
export const seriesOf = (snapshots: ReadonlyArray<Snapshot.Snapshot>): Consumption.Consumption =>
  Consumption.fromLedger(Ledger.fromHistory(snapshots))

/** The newest snapshot and the series, as a projection or a report takes them. */
export const inputOf = (snapshots: ReadonlyArray<Snapshot.Snapshot>) => {
  const last = snapshots.at(-1)
  if (last === undefined) throw new Error("no snapshots")
  return { snapshot: last, observedAt: last.observedAt, balance: last.balance, consumption: seriesOf(snapshots) }
}
