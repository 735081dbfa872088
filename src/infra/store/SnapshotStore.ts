/**
 * The history of balances: the port, and the layers of the SQLite engine.
 *
 * History belongs to an account, never to a token. Snapshots of one account and time with different bodies are both stored; the same snapshot
 * again changes nothing; the order of arrival leaves no trace.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type * as Account from "../../domain/history/Account.js"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import type { Holder } from "./AccountDirectory.js"
import type { StoreError, StoreMergeRefused, StoreOutOfRange, StorePruned } from "./StoreError.js"

/**
 * Result of storing a snapshot.
 *
 * - `Appended`: the newest of its account, with different content than the one before it or observed at the same time.
 * - `Extended`: the newest of its account, with the same content as the one before it.
 * - `Late`: stored before a newer one.
 * - `Duplicate`: stored already, to the last digit.
 */
export type Stored = "Appended" | "Extended" | "Late" | "Duplicate"

/** A snapshot that cannot be stored. */
export interface Refused {
  readonly _tag: "Refused"
  readonly error: StoreOutOfRange | StorePruned
}

/** Result of storing one snapshot of several. */
export type Outcome = { readonly _tag: Stored } | Refused

/** A span of observation times, both ends optional: at or after `from` and before `to`. */
export interface Range {
  readonly from?: Timestamp.Timestamp | undefined
  readonly to?: Timestamp.Timestamp | undefined
}

/** Oldest first, or newest first. */
export type Direction = "Forward" | "Backward"

/** Options of a page. */
export interface PageRequest extends Range {
  /** @default "Forward" */
  readonly direction?: Direction | undefined
  /** 1 to 10,000 snapshots. @default 512 */
  readonly limit?: number | undefined
}

/**
 * Snapshots in the requested direction, and the rest of the range if there is one. Snapshots of one observation time are never split, so a
 * page may hold more than its limit.
 */
export interface Page {
  readonly snapshots: ReadonlyArray<Snapshot.Snapshot>
  readonly next: Option.Option<Range>
}

/** An account with the number and the span of its stored snapshots. */
export interface AccountSummary {
  readonly account: Account.Account
  readonly snapshots: number
  readonly first: Timestamp.Timestamp
  readonly last: Timestamp.Timestamp
  /** End of the pruned span, where there is one. */
  readonly sealedUntil: Option.Option<Timestamp.Timestamp>
}

/** Numbers of rows in a store. */
export interface Statistics {
  readonly accounts: number
  readonly snapshots: number
  readonly plans: number
  /** UTC days with stored usage, and how many of them are sealed by pruning. */
  readonly usageDays: number
  readonly sealedDays: number
}

/** Options of storing a snapshot. */
export interface AppendOptions {
  /** The holder that this snapshot answered: noted in the same transaction as the last answer to it. */
  readonly answered?: Holder | undefined
}

/** What to prune of one account. */
export interface PruneRequest {
  readonly account: Account.Account
  /** Snapshots of UTC days that end at or before this time are removed, except the last one of each day or hour. */
  readonly before: Timestamp.Timestamp
  /** @default "Day" */
  readonly keepLastOf?: "Day" | "Hour" | undefined
}

/** Result of pruning. */
export interface Pruned {
  readonly removed: number
  /** Snapshots before the limit that stay. */
  readonly kept: number
  /** UTC days that lose snapshots. */
  readonly days: number
  /** End of the last of these days, up to which the account is sealed; `None` where no day loses a snapshot. */
  readonly sealedUntil: Option.Option<Timestamp.Timestamp>
}

/** Result of one step of pruning. */
export type PruneStep =
  /** Another step is needed. */
  | { readonly _tag: "More"; readonly removed: number; readonly days: number }
  | { readonly _tag: "Done"; readonly removed: number; readonly days: number }
  /** Usage is not stored up to the limit: store it first. Nothing was removed in this step. */
  | { readonly _tag: "UsageMissing" }

/** A stored row that is not what was written. */
export interface Damage {
  readonly table: string
  readonly key: string
  readonly what: string
}

/** Result of checking the rows of an account. Of much damage the first 100. */
export interface Checked {
  readonly snapshots: number
  readonly damage: ReadonlyArray<Damage>
}

/** The port. Snapshots come in the order of `Snapshot.Order`, ties by their canonical bytes. */
export interface Service {
  /**
   * Stores a snapshot. When it returns, the snapshot survives a crash of the process. Fails with `StoreOutOfRange` where a part cannot be
   * held, with `StorePruned` where the span is sealed.
   */
  readonly append: (snapshot: Snapshot.Snapshot, options?: AppendOptions) => Effect.Effect<Stored, StoreError>
  /**
   * Stores several, one result for each, in order; those that cannot be stored do not prevent the others. One transaction: give a long
   * history in batches of some hundreds.
   */
  readonly appendAll: (snapshots: Iterable<Snapshot.Snapshot>) => Effect.Effect<ReadonlyArray<Outcome>, StoreError>
  /** The newest snapshot by time of observation. */
  readonly latest: (account: Account.Account) => Effect.Effect<Option.Option<Snapshot.Snapshot>, StoreError>
  /** The newest snapshot observed at or before `at`. */
  readonly asOf: (
    account: Account.Account,
    at: Timestamp.Timestamp,
  ) => Effect.Effect<Option.Option<Snapshot.Snapshot>, StoreError>
  /** Some snapshots of an account, and the range of the next page. */
  readonly page: (account: Account.Account, request?: PageRequest) => Effect.Effect<Page, StoreError>
  /**
   * The snapshots of an account, oldest first, read in pages with a turn of the event loop between them. Memory does not grow with the
   * history; what is stored meanwhile may or may not be among them.
   */
  readonly stream: (account: Account.Account, range?: Range) => Stream.Stream<Snapshot.Snapshot, StoreError>
  /** Number of snapshots in a range. */
  readonly count: (account: Account.Account, range?: Range) => Effect.Effect<number, StoreError>
  /** Every account with a stored snapshot, in the order of `Account.Order`. Costs the same for a long history as for a short one. */
  readonly listAccounts: Effect.Effect<ReadonlyArray<Account.Account>, StoreError>
  /** {@link listAccounts} with counts and spans. Counting reads every row. */
  readonly accounts: Effect.Effect<ReadonlyArray<AccountSummary>, StoreError>
  /** Numbers of rows. */
  readonly statistics: Effect.Effect<Statistics, StoreError>
  /**
   * Removes an account with its usage and its holders, or the snapshots of a range with the usage that was computed from them. No trace
   * stays in the store. Returns the number of snapshots removed. Fails with `StorePruned` where a range reaches into the sealed span.
   */
  readonly forget: (account: Account.Account, range?: Range) => Effect.Effect<number, StoreError>
  /** Counts what pruning would remove. */
  readonly countPrunable: (request: PruneRequest) => Effect.Effect<Pruned, StoreError>
  /**
   * Removes snapshots of some UTC days whose usage is stored, and seals them, in one transaction. `Pruning.run` in the services stores usage
   * and calls this until it is done.
   */
  readonly pruneStep: (request: PruneRequest) => Effect.Effect<PruneStep, StoreError>
  /**
   * Makes the history of one account part of another one's, and the holders of the first holders of the second. Returns the number of
   * snapshots moved; those that the second had already are counted too.
   */
  readonly merge: (
    from: Account.Account,
    into: Account.Account,
  ) => Effect.Effect<number, StoreError | StoreMergeRefused>
  /** Reads every snapshot row and every usage row of an account and compares their checksums. */
  readonly check: (account: Account.Account) => Effect.Effect<Checked, StoreError>
}

/** The history of balances. */
export class SnapshotStore extends Context.Tag("zoo-runway/SnapshotStore")<SnapshotStore, Service>() {}
