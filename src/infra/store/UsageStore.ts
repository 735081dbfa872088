/**
 * Usage at rest: for each UTC day of an account, what the ledger closed on it, as text that the store does not interpret.
 *
 * It is a cache of the ledger over the snapshots, and can be deleted and computed again, except in the sealed span of a pruned account, where it
 * is the only copy. `services/UsageSeries.ts` fills and reads it; no engine computes a ledger.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Account from "../../domain/history/Account.js"
import type { StoreError } from "./StoreError.js"

/** What the ledger closed on one UTC day. */
export interface StoredDay {
  /** Days since 1970-01-01: the snapshots observed from its midnight to the next one. */
  readonly day: number
  /** `Ledger.VERSION` of the process that computed it. */
  readonly version: number
  /** The text of the day's entries (`LedgerDayText.encode`). */
  readonly entries: string
  /** The text of the ledger's state at the end of the day (`LedgerCheckpoint.encode`). */
  readonly checkpoint: string
}

/** State of an account's usage. */
export interface Standing {
  /**
   * Another one after every change of the history except an append at the end: after a late snapshot, removal, merging and pruning, and after
   * another file was opened. Usage that was computed at one epoch is never stored at another. Means nothing outside of this process.
   */
  readonly epoch: string
  /** Stored days before this one are sealed: their snapshots were pruned. Days since 1970-01-01. */
  readonly sealedBefore: Option.Option<number>
}

/** Stored days that count: of sealed days those of any version, of others those of `version` alone. From `from` (included) to `to` (not included). */
export interface DayRange {
  readonly from: number
  readonly to: number
  readonly version: number
}

/** The standing of an account with stored days, all of one moment. */
export interface StoredUsage extends Standing {
  /** Oldest first. */
  readonly days: ReadonlyArray<StoredDay>
  /** The last stored day before `before`. */
  readonly last: Option.Option<StoredDay>
}

/** The port. */
export interface Service {
  /** The file of the store, where it is one; for errors. */
  readonly path: string | undefined
  /** Whether nothing can be stored. */
  readonly isReadOnly: boolean
  /** State of an account; `None` for an account without snapshots and usage. */
  readonly standing: (account: Account.Account) => Effect.Effect<Option.Option<Standing>, StoreError>
  /** State of an account and its stored days, read in one transaction. */
  readonly read: (
    account: Account.Account,
    range: DayRange & { readonly before: number },
  ) => Effect.Effect<Option.Option<StoredUsage>, StoreError>
  /** Stored days, oldest first. */
  readonly days: (account: Account.Account, range: DayRange) => Effect.Effect<ReadonlyArray<StoredDay>, StoreError>
  /**
   * Stores days in one transaction if the account's epoch is still `epoch`, and, where it is given, `lastObservedAt` (milliseconds since 1970) is
   * still the time of the last snapshot of the last day: an append at the end raises no epoch. Returns whether they were. Days of an older version from the first given day on are removed. Where days of a newer
   * version are stored, they stay and nothing is added.
   */
  readonly fill: (
    account: Account.Account,
    epoch: string,
    days: ReadonlyArray<StoredDay>,
    lastObservedAt?: number,
  ) => Effect.Effect<boolean, StoreError>
}

/** Usage at rest. */
export class UsageStore extends Context.Tag("zoo-runway/UsageStore")<UsageStore, Service>() {}
