/**
 * What the API last answered to a holder, as the history keeps it: what a cache in front of the history needs to know, and no more.
 *
 * It reads `AccountDirectory` and `SnapshotStore` in one transaction: an answer belongs to the very credential that it was given to, so
 * looks that others kept of the same account since are not among them.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import type { Holder } from "./AccountDirectory.js"
import type { StoreError } from "./StoreError.js"

/** An answer that is kept. */
export interface Answer {
  readonly snapshot: Snapshot.Snapshot
  /** When the first of the equal looks in a row was observed that this one is the last of: milliseconds since 1970. */
  readonly agreedSince: number
}

/** The port. */
export interface Service {
  /** Tells two credentials apart in this process, and nothing else: it is not to be written anywhere. */
  readonly fingerprint: (credential: Redacted.Redacted) => string
  /**
   * A number that changes with everything that is written to the history, by whatever process; `NaN`, which equals nothing, where it
   * cannot be told. An answer that was read at this version is still the last one. It takes about two microseconds.
   */
  readonly version: () => number
  /**
   * The last answer to a holder, at once and without an effect; `undefined` where there is none or it cannot be read now: {@link last} tells
   * which, and waits where that helps.
   */
  readonly peek: (holder: Holder) => Answer | undefined
  /** The last answer to a holder, where there is one. */
  readonly last: (holder: Holder) => Effect.Effect<Option.Option<Answer>, StoreError>
}

/** What the API last answered to a holder. */
export class Answers extends Context.Tag("zoo-runway/Answers")<Answers, Service>() {}
