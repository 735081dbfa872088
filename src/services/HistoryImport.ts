/**
 * History from elsewhere: lines to snapshots, kept in batches.
 *
 * The same line again changes nothing, so an import that was stopped is begun anew. A bad line is handed back with its reason and keeps
 * no good one from being kept. Memory does not grow with the count of lines.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as CustomerBalance from "../domain/balance/CustomerBalance.js"
import * as Account from "../domain/history/Account.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import * as SnapshotStore from "../infra/store/SnapshotStore.js"
import { type StoreError, withoutOperation } from "../infra/store/StoreError.js"
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
  /**
   * Whether lines observed more than {@link MAX_AHEAD_MS} after now are taken.
   *
   * @default false
   */
  readonly allowFuture?: boolean | undefined
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
  /** Stored, newly or before, and observed more than {@link MAX_AHEAD_MS} after now. */
  readonly future: number
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
  /** The accounts that snapshots were newly stored of. */
  readonly accounts: () => ReadonlyArray<Account.Account>
}

/** Snapshots in a transaction, and bytes of lines that wait for one. */
const BATCH = { snapshots: 500, bytes: 4_194_304 } as const

/** Milliseconds after now at which a snapshot may have been observed: clocks differ. */
export const MAX_AHEAD_MS = 300_000

const isAhead = ({ observedAt }: Snapshot.Snapshot, now: number): boolean => observedAt.epochMillis > now + MAX_AHEAD_MS

/** A snapshot that waits, and where its line stands in the copies. */
interface Waiting {
  readonly number: number
  readonly from: number
  readonly to: number
  readonly snapshot: Snapshot.Snapshot
}

/** Begins an import. */
export const make = <E = never, R = never>(
  options: Options<E, R>,
): Effect.Effect<Service<E, R>, never, SnapshotStore.SnapshotStore> =>
  Effect.map(SnapshotStore.SnapshotStore, (store) => {
    const counts = { lines: 0, kept: 0, duplicates: 0, rejected: 0, skipped: 0, future: 0, drifted: 0 }
    const drift: Partial<Record<CustomerBalance.Drift["kind"], number>> = {}
    const accounts = new Map<string, Account.Account>()
    let last: Account.Account | undefined
    let waiting: Array<Waiting> = []
    // Lines that wait, copied one behind another: a buffer for each of them costs twenty times as much.
    let copies = new Uint8Array(0)
    let bytes = 0

    const note = (account: Account.Account): void => {
      // Lines of one account mostly follow one another.
      if (last !== undefined && Account.equals(last, account)) return
      last = account
      accounts.set(`${account.baseUrl} ${Account.formatOwner(account.owner)}`, account)
    }

    /** A line is a view of what its reader holds; its copy outlives it. */
    const hold = ({ bytes: line, number }: Line, snapshot: Snapshot.Snapshot): void => {
      const from = bytes
      bytes += line.length
      if (bytes > copies.length) {
        const larger = new Uint8Array(Math.min(BATCH.bytes + options.mostBytes, Math.max(bytes, 2 * copies.length)))
        larger.set(copies)
        copies = larger
      }
      copies.set(line, from)
      waiting.push({ number, from, to: bytes, snapshot })
    }

    const reject = (line: Line, why: string): Effect.Effect<void, E, R> =>
      Effect.suspend(() => {
        counts.rejected++
        return options.onRejected(line, why)
      })
    const settle = (
      outcome: SnapshotStore.Outcome,
      { from, number, snapshot, to }: Waiting,
      now: number,
    ): Effect.Effect<void, E, R> | undefined => {
      if (outcome._tag === "Refused") {
        return reject({ number, bytes: copies.subarray(from, to) }, withoutOperation(outcome.error))
      }
      if (outcome._tag === "Duplicate") counts.duplicates++
      else {
        counts.kept++
        note(snapshot.account)
      }
      if (isAhead(snapshot, now)) counts.future++
      return undefined
    }
    const keep: Effect.Effect<void, StoreError | E, R> = Effect.gen(function* () {
      const batch = waiting
      waiting = []
      bytes = 0
      if (batch.length === 0) return
      const outcomes = yield* store.appendAll(batch.map(({ snapshot }) => snapshot))
      const now = yield* Clock.currentTimeMillis
      const rejections = outcomes.flatMap((outcome, index) => settle(outcome, batch[index] as Waiting, now) ?? [])
      yield* Effect.all(rejections, { discard: true })
    })
    const noteDrift = (found: ReadonlyArray<CustomerBalance.Drift>): void => {
      if (found.length > 0) counts.drifted++
      for (const { kind } of found) drift[kind] = (drift[kind] ?? 0) + 1
    }
    const isMeant = ({ owner }: Account.Account): boolean =>
      options.owner === undefined || Account.formatOwner(owner) === Account.formatOwner(options.owner)

    const add = (line: Line): Effect.Effect<void, StoreError | E, R> =>
      Effect.clockWith((clock) => {
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
        if (options.allowFuture !== true && isAhead(snapshot, clock.unsafeCurrentTimeMillis())) {
          return reject(line, `observed_at is in the future, found ${Timestamp.format(snapshot.observedAt)}`)
        }
        noteDrift(drift)
        hold(line, snapshot)
        return waiting.length >= BATCH.snapshots || bytes >= BATCH.bytes ? keep : Effect.void
      })

    return {
      add,
      finish: keep,
      counts: () => ({ ...counts, drift: { ...drift } }),
      accounts: () => [...accounts.values()],
    }
  })
