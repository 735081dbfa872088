/**
 * The last answer of the API to a holder, as the history has it: what a cache in front of the history reads.
 *
 * It reads `AccountDirectory` and `SnapshotStore` in one transaction. An answer belongs to the credential that it was given to: snapshots that
 * others stored of the same account since are not among them.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import type { Holder } from "./AccountDirectory.js"
import type { StoreError } from "./StoreError.js"

/** A stored answer. */
export interface Answer {
  readonly snapshot: Snapshot.Snapshot
  /**
   * Milliseconds since 1970 of the snapshot before it where that one has the same content, else of this one. Enough to tell whether a second
   * snapshot confirms the first.
   */
  readonly agreedSince: number
}

/** The port. */
export interface Service {
  /** Tells two credentials apart, the same in every process that shares the history. Not to be written anywhere. */
  readonly fingerprint: (credential: Redacted.Redacted) => string
  /**
   * A number that changes with every write to the history, by any process; `NaN`, which equals nothing, where it cannot be read. An answer
   * that was read at this version is still the last one. Takes about two microseconds.
   */
  readonly version: () => number
  /** The last answer to a holder, read synchronously; `undefined` where there is none or it cannot be read now. */
  readonly peek: (holder: Holder) => Answer | undefined
  /** The last answer to a holder, where there is one. */
  readonly last: (holder: Holder) => Effect.Effect<Option.Option<Answer>, StoreError>
}

/** The last answers of the API. */
export class Answers extends Context.Tag("zoo-runway/Answers")<Answers, Service>() {}
