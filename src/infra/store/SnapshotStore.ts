/**
 * The history of balances: a small port, and the engines behind it.
 *
 * History belongs to an account, never to a token. Snapshots of one account and time with different bodies are both kept; the same
 * snapshot again changes nothing; the order of arrival leaves no trace.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type * as Account from "../../domain/history/Account.js"
import type * as Assumption from "../../domain/history/Assumption.js"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import type * as Usd from "../../domain/money/Usd.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import type * as Window from "../../domain/time/Window.js"
import * as AccountDirectory from "./AccountDirectory.js"
import * as Answers from "./Answers.js"
import * as Leases from "./Leases.js"
import * as StoreCare from "./StoreCare.js"
import type { StoreError, StoreOpenError, StoreOutOfRange, StorePruned } from "./StoreError.js"
import * as SqliteEngine from "./sqlite/SqliteEngine.js"

/**
 * What became of a snapshot that was kept.
 *
 * - `Appended`: newest of its account, and it says something new, or is of the very time of the one before it.
 * - `Extended`: newest of its account, and it says what the one before it says.
 * - `Late`: put in its place before a newer one.
 * - `Duplicate`: there already, to the last digit.
 */
export type Kept = "Appended" | "Extended" | "Late" | "Duplicate"

/** A snapshot that cannot be kept, and why: its parts are beyond what a store holds, or its time lies in a span that was pruned. */
export interface Refused {
  readonly _tag: "Refused"
  readonly error: StoreOutOfRange | StorePruned
}

/** What became of one snapshot of many. */
export type Outcome = { readonly _tag: Kept } | Refused

/** Bounds of a reading, both optional: observed at or after `from` and before `to`. */
export interface Range {
  readonly from?: Timestamp.Timestamp | undefined
  readonly to?: Timestamp.Timestamp | undefined
}

/** Oldest first, or newest first. */
export type Direction = "Forward" | "Backward"

/** What a page is cut from: `limit` is 1 to 10,000 snapshots, 512 without it. */
export interface PageRequest extends Range {
  readonly direction?: Direction | undefined
  readonly limit?: number | undefined
}

/**
 * Some snapshots in the direction that was asked for, and the rest of the range, where there is one. Snapshots of one time are never parted,
 * so a page may hold more than its limit.
 */
export interface Page {
  readonly snapshots: ReadonlyArray<Snapshot.Snapshot>
  readonly next: Option.Option<Range>
}

/** An account with the span and count of what is kept of it. */
export interface AccountSummary {
  readonly account: Account.Account
  readonly snapshots: number
  readonly first: Timestamp.Timestamp
  readonly last: Timestamp.Timestamp
}

/** Sum of bounds of usage. `unbounded` pairs of looks have no upper bound, so that `upper` is `None` where there are any. */
export interface UsageSum {
  readonly lower: Usd.Usd
  readonly upper: Option.Option<Usd.Usd>
  readonly unbounded: number
}

/**
 * Usage that is explained by looks which close within a window `(from, to]`: between neighbouring looks for credits, between neighbouring
 * known amounts due for pay as you go. So the sums of neighbouring windows add up, and a window that begins and ends with a look is exact. Of days
 * whose looks were pruned, what went counts where the next look that stayed is, or where the day's last one was.
 */
export interface Usage {
  readonly credits: UsageSum
  readonly payAsYouGo: UsageSum
  /** Whether there may be pay as you go after the last known amount due of the window, which no sum holds yet. */
  readonly isOpen: boolean
  /** What the sums take for granted; of a window that begins or ends within a day, what those of the whole day do. */
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** Usage of one UTC day `(midnight, midnight]`, named by its date `YYYY-MM-DD`, with the count of looks in it. */
export interface DayUsage extends Usage {
  readonly date: string
  readonly looks: number
}

/** What a store holds. Sizes are in bytes; 0 where it is no file. */
export interface Statistics {
  readonly accounts: number
  readonly snapshots: number
  /** Rows that hold the snapshots: equal ones in a row share one. */
  readonly rows: number
  readonly plans: number
  /** Days with usage sums, and how many of them wait to be explained again, or are frozen because rows of them were pruned. */
  readonly days: number
  readonly unexplained: number
  readonly frozen: number
  readonly fileBytes: number
  readonly freeBytes: number
  readonly logBytes: number
}

/** What pruning removes: everything observed before `before`, or, of that, all but what `thin` keeps. */
export interface PruneRequest {
  /** The account; without it, all of them. */
  readonly account?: Account.Account | undefined
  readonly before: Timestamp.Timestamp
  /** `Hour`, `Day`: keep the last look of each UTC hour or day, and what lies beside an event. Without it nothing is kept. */
  readonly thin?: "Hour" | "Day" | undefined
  /** Whether to count only. */
  readonly dryRun?: boolean | undefined
}

/** What was pruned, or would be. */
export interface Pruned {
  readonly accounts: number
  readonly days: number
  readonly removed: number
  /** Snapshots of the pruned days that stay. */
  readonly kept: number
}

/** The port. Snapshots come in the order of `Snapshot.Order`, ties by their canonical bytes. */
export interface Service {
  /**
   * Keeps a snapshot. When it returns, the snapshot survives a crash of the process. Fails with `StoreOutOfRange` where its parts cannot be
   * held, with `StorePruned` where its span was pruned.
   */
  readonly append: (snapshot: Snapshot.Snapshot) => Effect.Effect<Kept, StoreError>
  /**
   * Keeps many, one result a snapshot, in order; those that cannot be kept do not keep the others out. One transaction: give a long history
   * in batches of some hundreds.
   */
  readonly appendAll: (snapshots: Iterable<Snapshot.Snapshot>) => Effect.Effect<ReadonlyArray<Outcome>, StoreError>
  /** The newest snapshot by time of observation. */
  readonly latest: (account: Account.Account) => Effect.Effect<Option.Option<Snapshot.Snapshot>, StoreError>
  /** The newest snapshot observed at or before `at`. */
  readonly asOf: (
    account: Account.Account,
    at: Timestamp.Timestamp,
  ) => Effect.Effect<Option.Option<Snapshot.Snapshot>, StoreError>
  /** Some snapshots of an account, and the rest of the range: to be asked for the next page. */
  readonly page: (account: Account.Account, request?: PageRequest) => Effect.Effect<Page, StoreError>
  /**
   * The snapshots of an account, oldest first, read in pages: memory does not grow with the history, and what is kept meanwhile may or may
   * not be among them.
   */
  readonly stream: (account: Account.Account, range?: Range) => Stream.Stream<Snapshot.Snapshot, StoreError>
  /** Usage over a window, from sums that are kept with the history. */
  readonly usage: (account: Account.Account, window: Window.Window) => Effect.Effect<Usage, StoreError>
  /**
   * Usage of each UTC day that has looks, oldest first, from the roll-up alone: of those that end after `from` and at or before `to`, where
   * these are given.
   */
  readonly usageByDay: (account: Account.Account, ends?: Range) => Effect.Effect<ReadonlyArray<DayUsage>, StoreError>
  /** Every account of which anything is kept, in the order of `Account.Order`; of one that was pruned wholly, sums without a snapshot. */
  readonly accounts: Effect.Effect<ReadonlyArray<AccountSummary>, StoreError>
  /** Removes an account: its snapshots, sums, and whoever was known to open it; nothing of it stays in the file. How many snapshots it had. */
  readonly forget: (account: Account.Account) => Effect.Effect<number, StoreError>
  /** Removes old snapshots and keeps their sums. */
  readonly prune: (request: PruneRequest) => Effect.Effect<Pruned, StoreError>
  /** What the store holds. */
  readonly statistics: Effect.Effect<Statistics, StoreError>
}

/** The history of balances. */
export class SnapshotStore extends Context.Tag("zoo-runway/SnapshotStore")<SnapshotStore, Service>() {}

/** How a file is kept. */
export interface SqliteOptions {
  /** The file; it is made, readable by its owner alone, where there is none. */
  readonly path: string
  /** Whether to make the file's folder where it is missing, for its owner alone. Default: yes. */
  readonly createFolder?: boolean | undefined
  /**
   * `FULL`, the default: what was acknowledged survives a loss of power. `NORMAL`: it survives a crash of the process, and an append
   * does not wait for the disk.
   */
  readonly synchronous?: "FULL" | "NORMAL" | undefined
  /** Whether much is to be kept at once: the log is written into the file seldom, and wholly when the layer closes. Default: no. */
  readonly bulk?: boolean | undefined
}

type Provided =
  | SnapshotStore
  | AccountDirectory.AccountDirectory
  | Answers.Answers
  | Leases.Leases
  | StoreCare.StoreCare

const provide = (engine: SqliteEngine.Engine): Context.Context<Provided> =>
  Context.make(SnapshotStore, engine.store).pipe(
    Context.add(AccountDirectory.AccountDirectory, engine.directory),
    Context.add(Answers.Answers, engine.answers),
    Context.add(Leases.Leases, engine.leases),
    Context.add(StoreCare.StoreCare, engine.care),
  )

/**
 * The history and the directory in a SQLite file, which other processes may use at the same time. It is brought up to date when it is
 * opened, and closed with the layer.
 */
export const layerSqlite = (options: SqliteOptions): Layer.Layer<Provided, StoreOpenError> =>
  Layer.scopedContext(
    Effect.map(
      SqliteEngine.make({
        mode: "ReadWrite",
        path: options.path,
        createFolder: options.createFolder ?? true,
        synchronous: options.synchronous ?? "FULL",
        bulk: options.bulk ?? false,
      }),
      provide,
    ),
  )

/** The history and the directory of an existing file, which is not written to: whatever would write fails with `StoreReadOnly`. */
export const layerReadOnly = (options: { readonly path: string }): Layer.Layer<Provided, StoreOpenError> =>
  Layer.scopedContext(Effect.map(SqliteEngine.make({ mode: "ReadOnly", path: options.path }), provide))

/** The history and the directory in memory, gone with the layer. */
export const layerMemory: Layer.Layer<Provided> = Layer.scopedContext(
  Effect.orDie(Effect.map(SqliteEngine.make({ mode: "Memory" }), provide)),
)
