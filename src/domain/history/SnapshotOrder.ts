/**
 * Which snapshots of a history count: a server can answer with an older balance after a newer one (a replica that lags, a second poller whose
 * clock is ahead, a clock that was set back), and a clock can be wrong altogether.
 *
 * A snapshot is
 *
 * - `Misdated` if it was observed before its account was created, or more than a day before its own `updatedAt`;
 * - `Outdated` if a snapshot that is not misdated and was observed in the hour before it (the end included) has a later `updatedAt`. Without any
 *   in that hour, the one right before it decides.
 *
 * Both are stored and exported, never the latest, and no part of the ledger. Both follow from the snapshots before it alone, so that the order of
 * arrival leaves no trace. A server that stays behind for longer than an hour is believed.
 */
import * as Schema from "effect/Schema"
import type * as Snapshot from "./Snapshot.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Milliseconds that an earlier snapshot is compared with a later one. */
export const COMPARED_MS = HOUR

/** Milliseconds by which `updatedAt` may be ahead of the observation. */
export const MAX_AHEAD_MS = DAY

/** What the order says of a snapshot. Only a current one counts. */
export const Standing = Schema.Literal("Current", "Misdated", "Outdated").annotations({ identifier: "Standing" })
/** `Current | Misdated | Outdated`. */
export type Standing = typeof Standing.Type

/** Times of a snapshot, in milliseconds since 1970. */
export interface Times {
  readonly observedAt: number
  readonly updatedAt: number
}

/**
 * The snapshots that the next one is compared with, oldest first: of those that are not misdated the last one, and before it those with a later
 * `updatedAt` than all that follow.
 */
export type Recent = ReadonlyArray<Times>

/** Before the first snapshot. */
export const start: Recent = []

/** Whether a snapshot was observed before its account was created, or more than a day before its `updatedAt`. */
export const isMisdated = ({ balance, observedAt }: Snapshot.Snapshot): boolean =>
  observedAt.epochMillis < balance.createdAt.epochMillis ||
  observedAt.epochMillis < balance.updatedAt.epochMillis - MAX_AHEAD_MS

/** Takes in the next snapshot of an account, in the order of `Snapshot.Order`, and tells its standing. */
export const step = (recent: Recent, snapshot: Snapshot.Snapshot): readonly [Recent, Standing] => {
  if (isMisdated(snapshot)) return [recent, "Misdated"]
  const times = { observedAt: snapshot.observedAt.epochMillis, updatedAt: snapshot.balance.updatedAt.epochMillis }
  const last = recent.length - 1
  let first = 0
  while (first < last && (recent[first] as Times).observedAt < times.observedAt - COMPARED_MS) first++
  const latest = recent[first]
  if (latest === undefined || latest.updatedAt <= times.updatedAt) return [[times], "Current"]
  const compared = recent.slice(first).filter(({ updatedAt }) => updatedAt > times.updatedAt)
  return [[...compared, times], "Outdated"]
}
