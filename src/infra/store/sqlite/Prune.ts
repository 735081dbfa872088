/** Removes old snapshots whose usage is stored, some UTC days in a transaction, and seals them. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import * as EventLoop from "../EventLoop.js"
import type { Pruned, PruneRequest, PruneStep } from "../SnapshotStore.js"
import type { StoreError } from "../StoreError.js"
import { keyOf } from "./AccountTable.js"
import type * as Connection from "./Connection.js"
import { MIN_TIME, type Span } from "./SnapshotTable.js"
import { DAY, dayOf, type Tables } from "./SnapshotWriter.js"

const HOUR = 3_600_000

/** A UTC day with snapshots, and how many of them stay. */
interface PrunableDay {
  readonly day: number
  readonly rows: number
  readonly kept: number
}

const limitOf = ({ before }: PruneRequest): number => dayOf(before.epochMillis) * DAY

/** The spans of a UTC day of which the last snapshots stay. */
const spansOf = (day: number, keepLastOf: PruneRequest["keepLastOf"]): ReadonlyArray<Span> => {
  const [start, end] = [day * DAY, (day + 1) * DAY]
  if (keepLastOf !== "Hour") return [{ from: start, to: end }]
  // An hour holds its last moment and not its first one, as the quarters do in which usage is merged: a stored entry ends with what stays.
  return Array.from({ length: DAY / HOUR }, (_, nth) => ({
    from: nth === 0 ? start : start + nth * HOUR + 1,
    to: Math.min(end, start + (nth + 1) * HOUR + 1),
  }))
}

/** The first UTC day with snapshots observed at or after `from` that ends at or before the limit. */
const nextDay = (
  { snapshots }: Tables,
  id: number,
  from: number,
  limit: number,
  keepLastOf: PruneRequest["keepLastOf"],
): PrunableDay | undefined => {
  const first = snapshots.nextTime(id, from)
  if (first === undefined || first >= limit) return undefined
  const day = dayOf(first)
  const kept = spansOf(day, keepLastOf).reduce((sum, span) => sum + snapshots.countKept(id, span), 0)
  return { day, rows: snapshots.countWithin(id, { from: day * DAY, to: (day + 1) * DAY }), kept }
}

/** Counts what pruning would remove. */
export const count = (
  connection: Connection.Connection<Tables>,
  operation: string,
  request: PruneRequest,
): Effect.Effect<Pruned, StoreError> =>
  Effect.gen(function* () {
    const limit = limitOf(request)
    const total = { removed: 0, kept: 0, days: 0 }
    let sealedBefore: number | undefined
    let from: number | undefined = MIN_TIME
    while (from !== undefined) {
      const begin: number = from
      const counted = yield* connection.read(operation, (tables) => {
        const part = {
          removed: 0,
          kept: 0,
          days: 0,
          sealedBefore: undefined as number | undefined,
          next: undefined as number | undefined,
        }
        const id = tables.accounts.find(request.account)
        if (id === undefined) return part
        const isTimeUp = EventLoop.slice()
        let day = nextDay(tables, id, begin, limit, request.keepLastOf)
        while (day !== undefined) {
          part.removed += day.rows - day.kept
          part.kept += day.kept
          if (day.rows > day.kept) {
            part.days++
            part.sealedBefore = day.day + 1
          }
          const next: number = (day.day + 1) * DAY
          if (isTimeUp()) return { ...part, next }
          day = nextDay(tables, id, next, limit, request.keepLastOf)
        }
        return part
      })
      total.removed += counted.removed
      total.kept += counted.kept
      total.days += counted.days
      sealedBefore = counted.sealedBefore ?? sealedBefore
      from = counted.next
      if (from !== undefined) yield* EventLoop.turn
    }
    const sealedUntil = Option.map(Option.fromNullable(sealedBefore), (day) => Timestamp.fromMillis(day * DAY))
    return { ...total, sealedUntil }
  })

const removeOf = ({ snapshots }: Tables, id: number, day: number, keepLastOf: PruneRequest["keepLastOf"]): number =>
  spansOf(day, keepLastOf).reduce((sum, span) => sum + snapshots.removeAllButLast(id, span), 0)

/** Where the last step of pruning ended, which holds while the history changed in no other way. */
interface Progress {
  readonly from: number
  readonly epoch: number
}

/** Steps of pruning on a connection. */
export const makeStep = (
  connection: Connection.Connection<Tables>,
  operation: string,
): ((request: PruneRequest) => Effect.Effect<PruneStep, StoreError>) => {
  const progress = new Map<string, Progress>()
  return (request) => {
    const { account, keepLastOf } = request
    const limit = limitOf(request)
    const key = `${keyOf(account)}\n${limit} ${keepLastOf}`
    const step = (tables: Tables): { readonly result: PruneStep; readonly progress: Progress | undefined } => {
      const { accounts, usage, writer } = tables
      writer.refresh()
      const known = accounts.known(account)
      if (known === undefined) return { result: { _tag: "Done", removed: 0, days: 0 }, progress: undefined }
      const { epoch, id } = known
      const before = progress.get(key)
      let from = before?.epoch === epoch ? before.from : MIN_TIME
      let next = from
      const done = { removed: 0, days: 0 }
      let sealedBefore: number | undefined
      // Sealing a day also seals the days before it, so their usage must be stored too.
      let isMissing = false
      let isDone = false
      const isTimeUp = EventLoop.slice()
      do {
        const day = nextDay(tables, id, next, limit, keepLastOf)
        isDone = day === undefined
        if (day === undefined) break
        isMissing ||= !(day.day < (known.sealedBefore ?? MIN_TIME) || usage.has(id, day.day))
        if (day.rows > day.kept) {
          if (isMissing) break
          done.removed += removeOf(tables, id, day.day, keepLastOf)
          done.days++
          sealedBefore = day.day + 1
        }
        next = (day.day + 1) * DAY
        if (!isMissing) from = next
      } while (!isTimeUp())
      const tag = isDone ? "Done" : isMissing && done.removed === 0 ? "UsageMissing" : "More"
      if (sealedBefore !== undefined) {
        accounts.seal(known, sealedBefore)
        accounts.raiseEpoch(id)
        writer.forgetCaches()
      }
      return {
        result: tag === "UsageMissing" ? { _tag: tag } : { _tag: tag, ...done },
        progress: tag === "Done" ? undefined : { from, epoch: sealedBefore === undefined ? epoch : epoch + 1 },
      }
    }
    return Effect.map(connection.write(operation, step), (done) => {
      if (done.progress === undefined) progress.delete(key)
      else progress.set(key, done.progress)
      return done.result
    })
  }
}
