/**
 * Whether what is kept holds together: every look reads, every account's ledger folds, and the books of every pair close. What nothing but a
 * correction explains is told, with its amount. Read from what is kept; the API is never asked.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Account from "../domain/history/Account.js"
import * as Ledger from "../domain/history/Ledger.js"
import * as LedgerEvent from "../domain/history/LedgerEvent.js"
import * as Usd from "../domain/money/Usd.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"

/** A book of a pair that its events do not close, which the ledger never writes: `residual` is what they leave, where it can be told. */
export const Open = Schema.Struct({
  book: LedgerEvent.Book,
  from: Timestamp.FromText,
  to: Timestamp.FromText,
  residual: Schema.OptionFromNullOr(Usd.FromText),
})
/** A book of a pair that its events do not close. */
export type Open = typeof Open.Type

const Count = Schema.Int.pipe(Schema.nonNegative())

/** What was found of an account. Of corrections and open books the first are kept, and all are counted. */
export const AccountVerification = Schema.Struct({
  account: Account.Account,
  looks: Count,
  pairs: Count,
  corrections: Count,
  firstCorrections: Schema.Array(LedgerEvent.Correction),
  open: Count,
  firstOpen: Schema.Array(Open),
}).annotations({ identifier: "AccountVerification" })
/** What was found of an account. */
export type AccountVerification = typeof AccountVerification.Type

/** How many corrections and open books of an account are kept. */
export const MOST_KEPT = 20

type Correction = typeof LedgerEvent.Correction.Type

const openOf = (entry: Ledger.Entry): ReadonlyArray<Open> =>
  Ledger.residuals(entry).flatMap(({ book, usd }) =>
    Option.exists(usd, Usd.isZero) ? [] : [{ book, from: entry.from, to: entry.to, residual: usd }],
  )

/** Counts of one account, an entry at a time. */
class Findings {
  private looks = 0
  private pairs = 0
  private corrections = 0
  private open = 0
  private readonly firstCorrections: Array<Correction> = []
  private readonly firstOpen: Array<Open> = []

  look(entries: ReadonlyArray<Ledger.Entry>): void {
    this.looks++
    for (const entry of entries) {
      if (entry._tag === "Pools") this.pairs++
      for (const event of entry.events) {
        if (event._tag === "Correction" && this.corrections++ < MOST_KEPT) this.firstCorrections.push(event)
      }
      for (const open of openOf(entry)) if (this.open++ < MOST_KEPT) this.firstOpen.push(open)
    }
  }

  of(account: Account.Account): AccountVerification {
    const { corrections, firstCorrections, firstOpen, looks, open, pairs } = this
    return { account, looks, pairs, corrections, firstCorrections, open, firstOpen }
  }
}

/** Verifies one account. Memory does not grow with its history. Fails with `StoreCorrupt` at a row that does not read. */
export const account = (of: Account.Account): Effect.Effect<AccountVerification, StoreError, SnapshotStore> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const findings = new Findings()
    yield* Stream.runFold(store.stream(of), Ledger.start, (state, snapshot) => {
      const [next, entries] = Ledger.step(state, snapshot)
      findings.look(entries)
      return next
    })
    return findings.of(of)
  }).pipe(Effect.withSpan("Verification.account"))

/** Verifies every account of the history, one after the other. */
export const all: Stream.Stream<AccountVerification, StoreError, SnapshotStore> = Stream.unwrap(
  Effect.map(
    Effect.flatMap(SnapshotStore, (store) => store.accounts),
    (accounts) => Stream.mapEffect(Stream.fromIterable(accounts), (summary) => account(summary.account)),
  ),
)
