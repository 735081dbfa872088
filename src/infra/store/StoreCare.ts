/** Care of a store: whether what it holds is what was put in, copies of it, and accounts that turn out to be one. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Account from "../../domain/history/Account.js"
import type { StoreError, StoreJoinRefused } from "./StoreError.js"

/** Something that does not hold together: where, and what is wrong there. */
export interface Damage {
  readonly table: string
  readonly key: string
  readonly what: string
}

/** What was checked of an account, and the damage that was found; of much damage the first 100. */
export interface Checked {
  readonly days: number
  readonly snapshots: number
  readonly damage: ReadonlyArray<Damage>
}

/** What is asked of a copy. */
export interface BackupOptions {
  /** Told after each part of the copy. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** Care of a store. */
export interface Service {
  /** Damage to the file itself: its pages, its indices, its references, and the texts that are kept by content. */
  readonly checkFile: Effect.Effect<ReadonlyArray<Damage>, StoreError>
  /**
   * Damage to what is kept of an account. Reads every snapshot of it: each day must have the checksum and the counts that its snapshots make,
   * and each row and day the sums of usage that the ledger explains.
   */
  readonly checkAccount: (account: Account.Account) => Effect.Effect<Checked, StoreError>
  /**
   * Copies the store into a new file, readable by its owner alone, while others work on it: the copy is of one moment. It holds what the store
   * holds, whoever was known to open an account included. Bytes of the copy.
   */
  readonly backup: (path: string, options?: BackupOptions) => Effect.Effect<number, StoreError>
  /**
   * Makes the history of one account part of another one's, and whoever opened the first open the second. Which accounts are one is for the
   * caller to know. How many snapshots moved; those that the other one had already are counted too.
   */
  readonly join: (from: Account.Account, into: Account.Account) => Effect.Effect<number, StoreError | StoreJoinRefused>
  /** Writes the log into the file and empties it. */
  readonly checkpoint: Effect.Effect<void, StoreError>
  /** Explains again what waits for it, of every account. */
  readonly explain: Effect.Effect<void, StoreError>
}

/** Care of a store. */
export class StoreCare extends Context.Tag("zoo-runway/StoreCare")<StoreCare, Service>() {}
