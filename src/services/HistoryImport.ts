/**
 * History from elsewhere: lines to snapshots, kept in batches.
 *
 * The same line again changes nothing, so an import that was stopped is begun anew. A bad line is handed back with its reason and keeps
 * no good one from being kept. Memory does not grow with the count of lines.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as CustomerBalance from "../domain/balance/CustomerBalance.js"
import * as Account from "../domain/history/Account.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as SnapshotStore from "../infra/store/SnapshotStore.js"
import type { StoreError, StoreOutOfRange } from "../infra/store/StoreError.js"
import * as ImportLine from "./import/ImportLine.js"

/** A line, and where it stands: the first is 1. */
export interface Line {
  readonly number: number
  readonly bytes: Uint8Array
}

/** What is imported, and who is told of bad lines. */
export interface Options<E, R> {
  /** The base URL of lines that name none. */
  readonly baseUrl: string
  /** Whose lines are taken; without it, everybody's. */
  readonly owner?: Account.Owner | undefined
  /** Lines of more bytes are refused unread; one whose reader cut it is longer than this too. */
  readonly mostBytes: number
  /** Told of each bad line, which is only good until it returns. */
  readonly onRejected: (line: Line, why: string) => Effect.Effect<void, E, R>
}

/** What became of the lines so far. Blank lines do not count. */
export interface Counts {
  readonly lines: number
  /** Newly kept. */
  readonly kept: number
  /** Kept before, to the last digit. */
  readonly duplicates: number
  readonly rejected: number
  /** Of another owner than the one that was asked for. */
  readonly skipped: number
  /** Good lines whose body says more than the contract. */
  readonly drifted: number
  /** Their findings by kind. */
  readonly drift: Readonly<Partial<Record<CustomerBalance.Drift["kind"], number>>>
}

/** An import that goes on. Lines that were added are kept when their batch is full, or with `finish`. */
export interface Service<E, R> {
  readonly add: (line: Line) => Effect.Effect<void, StoreError | E, R>
  /** Keeps what is not kept yet. */
  readonly finish: Effect.Effect<void, StoreError | E, R>
  readonly counts: () => Counts
}

/** Snapshots in a transaction, and bytes of lines that wait for one. */
const BATCH = { snapshots: 500, bytes: 4_194_304 } as const

interface Waiting extends Line {
  readonly snapshot: Snapshot.Snapshot
}

/** Begins an import. */
export const make = <E = never, R = never>(
  options: Options<E, R>,
): Effect.Effect<Service<E, R>, never, SnapshotStore.SnapshotStore> =>
  Effect.map(SnapshotStore.SnapshotStore, (store) => {
    const counts = { lines: 0, kept: 0, duplicates: 0, rejected: 0, skipped: 0, drifted: 0 }
    const drift: Partial<Record<CustomerBalance.Drift["kind"], number>> = {}
    let waiting: Array<Waiting> = []
    let bytes = 0

    const reject = (line: Line, why: string): Effect.Effect<void, E, R> =>
      Effect.suspend(() => {
        counts.rejected++
        return options.onRejected(line, why)
      })
    const count = (appended: SnapshotStore.Appended): void => {
      if (appended === "Appended") counts.kept++
      else counts.duplicates++
    }
    const keepOne = (each: Waiting): Effect.Effect<void, StoreError | E, R> =>
      store.append(each.snapshot).pipe(
        Effect.map(count),
        Effect.catchTag("StoreOutOfRange", (error: StoreOutOfRange) => reject(each, error.message)),
      )
    /** All at once; where one of them cannot be held, one by one, to find out which. */
    const keep: Effect.Effect<void, StoreError | E, R> = Effect.suspend(() => {
      const batch = waiting
      waiting = []
      bytes = 0
      if (batch.length === 0) return Effect.void
      return store.appendAll(batch.map(({ snapshot }) => snapshot)).pipe(
        Effect.map((appended) => appended.forEach(count)),
        Effect.catchTag("StoreOutOfRange", () => Effect.forEach(batch, keepOne, { discard: true })),
      )
    })
    const noteDrift = (found: ReadonlyArray<CustomerBalance.Drift>): void => {
      if (found.length > 0) counts.drifted++
      for (const { kind } of found) drift[kind] = (drift[kind] ?? 0) + 1
    }
    const isMeant = ({ owner }: Account.Account): boolean =>
      options.owner === undefined || Account.formatOwner(owner) === Account.formatOwner(options.owner)

    const add = (line: Line): Effect.Effect<void, StoreError | E, R> =>
      Effect.suspend(() => {
        const isTooLong = line.bytes.length > options.mostBytes
        const parsed = isTooLong
          ? Option.some(Either.left(`it has more than ${options.mostBytes} bytes`))
          : ImportLine.parseBytes(line.bytes, options.baseUrl)
        if (Option.isNone(parsed)) return Effect.void
        counts.lines++
        if (Either.isLeft(parsed.value)) return reject(line, parsed.value.left)
        const { drift, snapshot } = parsed.value.right
        if (!isMeant(snapshot.account)) {
          counts.skipped++
          return Effect.void
        }
        noteDrift(drift)
        // A line is a view of what its reader holds; this one outlives it.
        waiting.push({ number: line.number, bytes: line.bytes.slice(), snapshot })
        bytes += line.bytes.length
        return waiting.length >= BATCH.snapshots || bytes >= BATCH.bytes ? keep : Effect.void
      })

    return { add, finish: keep, counts: () => ({ ...counts, drift: { ...drift } }) }
  })
