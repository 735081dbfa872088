/**
 * Whether what is kept holds together: the file is whole, every look reads, each day has the checksum and the sums that its looks make, every
 * account's ledger folds, and the books of every pair close. What nothing but a correction explains is told, with its amount. Read from
 * what is kept; the API is never asked.
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
import { StoreCare } from "../infra/store/StoreCare.js"
import type { StoreCorrupt, StoreError } from "../infra/store/StoreError.js"

/** Something that is not what was put in: where, and what is wrong there. */
export const Damage = Schema.Struct({ table: Schema.String, key: Schema.String, what: Schema.String }).annotations({
  identifier: "Damage",
})
/** Something that is not what was put in. */
export type Damage = typeof Damage.Type

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

/**
 * What was found of an account: the days and looks that were read, and what is wrong with them. Of much damage the first 100 places are kept,
 * of corrections and open books the first are kept and all are counted.
 */
export const AccountVerification = Schema.Struct({
  account: Account.Account,
  days: Count,
  looks: Count,
  damage: Schema.Array(Damage),
  pairs: Count,
  corrections: Count,
  firstCorrections: Schema.Array(LedgerEvent.Correction),
  open: Count,
  firstOpen: Schema.Array(Open),
}).annotations({ identifier: "AccountVerification" })
/** What was found of an account. */
export type AccountVerification = typeof AccountVerification.Type

/** Whether nothing is damaged and every book closes. */
export const isSound = ({ damage, open }: AccountVerification): boolean => damage.length === 0 && open === 0

/** How many corrections and open books of an account are kept. */
export const MOST_KEPT = 20

type Correction = typeof LedgerEvent.Correction.Type

const openOf = (entry: Ledger.Entry): ReadonlyArray<Open> =>
  Ledger.residuals(entry).flatMap(({ book, usd }) =>
    Option.exists(usd, Usd.isZero) ? [] : [{ book, from: entry.from, to: entry.to, residual: usd }],
  )

/** Counts of the books of one account, an entry at a time. */
class Books {
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

  found(): Omit<AccountVerification, "account" | "days" | "damage"> {
    const { corrections, firstCorrections, firstOpen, looks, open, pairs } = this
    return { looks, pairs, corrections, firstCorrections, open, firstOpen }
  }
}

/** What does not read, as damage. */
export const unreadable = ({ key, table }: StoreCorrupt): Damage => ({ table, key, what: "it does not read" })

/** Damage to the file as such: its pages, its indices, its references, and the texts that are kept by content. */
export const file: Effect.Effect<ReadonlyArray<Damage>, StoreError, StoreCare> = Effect.flatMap(
  StoreCare,
  (care) => care.checkFile,
).pipe(
  Effect.catchTag("StoreCorrupt", (corrupt) => Effect.succeed([unreadable(corrupt)])),
  Effect.withSpan("Verification.file", { captureStackTrace: false }),
)

const isSame = (a: Damage, b: Damage): boolean => a.table === b.table && a.key === b.key && a.what === b.what

/** Each damage once: what many days refer to is found with every one of them. */
const distinct = (damage: ReadonlyArray<Damage>): ReadonlyArray<Damage> =>
  damage.filter((found, index) => damage.findIndex((other) => isSame(other, found)) === index)

/** The books of an account up to its end, or up to what does not read. */
const booksOf = (of: Account.Account) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const books = new Books()
    const fold = Stream.runFold(store.stream(of), Ledger.start, (state, snapshot) => {
      const [next, entries] = Ledger.step(state, snapshot)
      books.look(entries)
      return next
    })
    const damage = yield* fold.pipe(
      Effect.as([]),
      Effect.catchTag("StoreCorrupt", (corrupt) => Effect.succeed([unreadable(corrupt)])),
    )
    return { ...books.found(), damage }
  })

/**
 * Verifies one account; memory does not grow with its history. What does not read is damage that was found, and no failure: the books are
 * those of the looks before it.
 */
export const account = (
  of: Account.Account,
): Effect.Effect<AccountVerification, StoreError, SnapshotStore | StoreCare> =>
  Effect.gen(function* () {
    const care = yield* StoreCare
    const checked = yield* Effect.catchTag(care.checkAccount(of), "StoreCorrupt", (corrupt) =>
      Effect.succeed({ days: 0, damage: [unreadable(corrupt)] }),
    )
    const books = yield* booksOf(of)
    return { ...books, account: of, days: checked.days, damage: distinct([...checked.damage, ...books.damage]) }
  }).pipe(Effect.withSpan("Verification.account", { captureStackTrace: false }))

/** Verifies every account of the history, one after the other. */
export const all: Stream.Stream<AccountVerification, StoreError, SnapshotStore | StoreCare> = Stream.unwrap(
  Effect.map(
    Effect.flatMap(SnapshotStore, (store) => store.accounts),
    (accounts) => Stream.mapEffect(Stream.fromIterable(accounts), (summary) => account(summary.account)),
  ),
)
