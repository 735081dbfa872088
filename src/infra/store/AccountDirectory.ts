/**
 * The accounts of a token's subjects, resolved once and stored by the token's fingerprint: whose `me` and `org` are, and which users and
 * organisations the token may read.
 *
 * A fingerprint is the first 16 bytes of HMAC-SHA-256 of the token under 32 random bytes that are kept in the store: it tells two tokens
 * apart and nothing else, and never leaves the store. A rotated token resolves to the same account and so carries its history on.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Subject from "../../domain/balance/Subject.js"
import type * as Account from "../../domain/history/Account.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import type { StoreError } from "./StoreError.js"

/** Who asked for whom: a base URL, a token, and the subject that it asked for. */
export interface Holder {
  readonly baseUrl: string
  readonly credential: Redacted.Redacted
  readonly subject: Subject.Subject
}

/**
 * Answers are noted in the transaction that stores the snapshot (`SnapshotStore.append`). One whose time is earlier than the one noted changes
 * nothing; one that is earlier by more than this belongs to a clock that was set back, and counts.
 */
export const MAX_REORDER_MS = 60_000

/** The port. */
export interface Service {
  /** The account stored for this holder. A label is not an answer: a holder with nothing but a label is resolved again. */
  readonly find: (holder: Holder) => Effect.Effect<Option.Option<Account.Account>, StoreError>
  /** When the API last answered this holder. Snapshots that others stored since are not this holder's to read. */
  readonly lastAnswered: (holder: Holder) => Effect.Effect<Option.Option<Timestamp.Timestamp>, StoreError>
  /** Removes the note that this holder was ever answered: it receives nothing stored until it is answered again. */
  readonly forgetAnswer: (holder: Holder) => Effect.Effect<void, StoreError>
  /** Stores the account of this holder, replacing the one stored before. */
  readonly remember: (holder: Holder, account: Account.Account) => Effect.Effect<void, StoreError>
  /**
   * The account to use where the holder's id cannot be resolved: a label of its own (8 random hexadecimal digits), the same at every call. It
   * neither replaces nor hides an account that was resolved.
   */
  readonly label: (holder: Holder) => Effect.Effect<Account.Account, StoreError>
}

/** The accounts of a token's subjects. */
export class AccountDirectory extends Context.Tag("zoo-runway/AccountDirectory")<AccountDirectory, Service>() {}
