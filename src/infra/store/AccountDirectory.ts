/**
 * Which account a token's subjects are, as found out once and remembered by the token's fingerprint: whose `me` and `org` are, and which
 * users and organisations it was allowed to ask for.
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

/** By how much answers may be noted out of order, in milliseconds. */
export const REORDER_MILLIS = 60_000

/** The port. */
export interface Service {
  /** The account that was remembered for this holder; a label is no answer, so that a holder who has but a label is asked for again. */
  readonly find: (holder: Holder) => Effect.Effect<Option.Option<Account.Account>, StoreError>
  /** When this holder was last answered by the API: what others kept of the account since is none of its business. */
  readonly lastAnswered: (holder: Holder) => Effect.Effect<Option.Option<Timestamp.Timestamp>, StoreError>
  /**
   * Notes that this holder was answered by the API at a time. A time that is little earlier than the one noted changes nothing; one that is
   * earlier by more than {@link REORDER_MILLIS} is of a clock that was set back, and counts.
   */
  readonly noteAnswer: (holder: Holder, at: Timestamp.Timestamp) => Effect.Effect<void, StoreError>
  /** Forgets that this holder was ever answered: what is kept is not its to see until it is answered again. */
  readonly forgetAnswer: (holder: Holder) => Effect.Effect<void, StoreError>
  /** Remembers the account of this holder, in place of what was remembered. */
  readonly remember: (holder: Holder, account: Account.Account) => Effect.Effect<void, StoreError>
  /**
   * The account to use where the holder's id could not be asked for: a label of its own (8 random hexadecimal digits), the same at every
   * call, also after an account was remembered, which it neither replaces nor hides.
   */
  readonly label: (holder: Holder) => Effect.Effect<Account.Account, StoreError>
}

/** Which account a token's subjects are. */
export class AccountDirectory extends Context.Tag("zoo-runway/AccountDirectory")<AccountDirectory, Service>() {}
