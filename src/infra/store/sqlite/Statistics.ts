/** Numbers of rows, counted in slices with turns of the event loop between them. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "../../../domain/history/Account.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import * as EventLoop from "../EventLoop.js"
import type { AccountSummary, Range, Statistics } from "../SnapshotStore.js"
import type { StoreError } from "../StoreError.js"
import type { Known } from "./AccountTable.js"
import type * as Connection from "./Connection.js"
import { type Place, START, spanOf } from "./SnapshotTable.js"
import { DAY, type Tables } from "./SnapshotWriter.js"

/** Rows counted in one transaction. */
const ROWS_AT_ONCE = 50_000

const countRows = (
  connection: Connection.Connection<Tables>,
  operation: string,
  find: (tables: Tables) => number | undefined,
  range: Range,
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const { from, to } = spanOf(range)
    let place: Place | undefined = [from, START[1], START[2]]
    let total = 0
    while (place !== undefined) {
      const after: Place = place
      const counted: { readonly count: number; readonly next: Place | undefined } = yield* connection.read(
        operation,
        (tables) => {
          const id = find(tables)
          return id === undefined
            ? { count: 0, next: undefined }
            : tables.snapshots.countAfter(id, after, to, ROWS_AT_ONCE)
        },
      )
      total += counted.count
      place = counted.next
      if (place !== undefined) yield* EventLoop.turn
    }
    return total
  })

/** Counts the snapshots of an account in a range. */
export const count = (
  connection: Connection.Connection<Tables>,
  operation: string,
  account: Account.Account,
  range: Range,
): Effect.Effect<number, StoreError> =>
  countRows(connection, operation, ({ accounts }) => accounts.find(account), range)

/** The accounts with a snapshot, in order. */
export const listKnown = (
  connection: Connection.Connection<Tables>,
  operation: string,
): Effect.Effect<ReadonlyArray<Known>, StoreError> =>
  connection.read(operation, ({ accounts, snapshots }) =>
    accounts
      .all()
      .filter(({ id }) => snapshots.nextTime(id) !== undefined)
      .toSorted((a, b) => Account.Order(a.account, b.account)),
  )

/** Summarizes the accounts with a snapshot, in order. */
export const summaries = (
  connection: Connection.Connection<Tables>,
  operation: string,
): Effect.Effect<ReadonlyArray<AccountSummary>, StoreError> =>
  Effect.gen(function* () {
    const all: Array<AccountSummary> = []
    for (const { account } of yield* listKnown(connection, operation)) {
      const snapshots = yield* count(connection, operation, account, {})
      const ends = yield* connection.read(operation, (tables) => {
        const known = tables.accounts.known(account)
        if (known === undefined) return undefined
        const [first, last] = [tables.snapshots.nextTime(known.id), tables.snapshots.lastTime(known.id)]
        return first === undefined || last === undefined ? undefined : { first, last, sealedBefore: known.sealedBefore }
      })
      // Another process may have removed it meanwhile.
      if (ends === undefined || snapshots === 0) continue
      all.push({
        account,
        snapshots,
        first: Timestamp.fromMillis(ends.first),
        last: Timestamp.fromMillis(ends.last),
        sealedUntil: Option.map(Option.fromNullable(ends.sealedBefore), (day) => Timestamp.fromMillis(day * DAY)),
      })
      yield* EventLoop.turn
    }
    return all
  })

/** Counts the rows of a store. */
export const statistics = (
  connection: Connection.Connection<Tables>,
  operation: string,
): Effect.Effect<Statistics, StoreError> =>
  Effect.gen(function* () {
    const known = yield* listKnown(connection, operation)
    let snapshots = 0
    for (const { id } of known) snapshots += yield* countRows(connection, operation, () => id, {})
    const counts = yield* connection.read(operation, ({ plans, usage }) => ({
      plans: plans.count(),
      ...usage.counts(),
    }))
    return { accounts: known.length, snapshots, ...counts }
  })
