/** Removes accounts and snapshots, and with them every trace in free pages and in the log. */
import * as Effect from "effect/Effect"
import type * as Account from "../../../domain/history/Account.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import type { Range } from "../SnapshotStore.js"
import { type StoreError, StorePruned } from "../StoreError.js"
import type { Known } from "./AccountTable.js"
import type * as Connection from "./Connection.js"
import * as Driver from "./Driver.js"
import { MAX_TIME, MIN_TIME, spanOf } from "./SnapshotTable.js"
import { DAY, dayOf, type Tables } from "./SnapshotWriter.js"

/** Removes the rows of an account: snapshots, usage, holders, what was said about billing, and plans that are not used any more. Runs within a transaction that writes. */
export const removeAccount = (
  { accounts, billing, holders, plans, snapshots, usage, writer }: Tables,
  { account, id }: Pick<Known, "account" | "id">,
): void => {
  snapshots.remove(id, { from: MIN_TIME, to: MAX_TIME })
  usage.removeAll(id)
  holders.forget(id, account)
  billing.remove(id)
  accounts.remove(id)
  plans.removeUnused()
  writer.forgetCaches()
}

const removeRange = (operation: string, tables: Tables, known: Known, range: Range): number => {
  const { accounts, holders, plans, snapshots, usage, writer } = tables
  const { id, sealedBefore } = known
  const span = spanOf(range)
  const first = snapshots.nextTime(id, span.from)
  if (first === undefined || first >= span.to) return 0
  if (sealedBefore !== undefined && dayOf(first) < sealedBefore) {
    throw new StorePruned({ operation, until: Timestamp.fromMillis(sealedBefore * DAY) })
  }
  const removed = snapshots.remove(id, span)
  if (snapshots.nextTime(id) === undefined) {
    removeAccount(tables, known)
    return removed
  }
  usage.removeFrom(id, dayOf(first))
  accounts.raiseEpoch(id)
  holders.forgetAnswers(id, span)
  plans.removeUnused()
  writer.forgetCaches()
  return removed
}

/** Removes an account, or the snapshots of a range. Returns the number of snapshots removed. */
export const forget = (
  connection: Connection.Connection<Tables>,
  operation: string,
  account: Account.Account,
  range: Range | undefined,
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const removed = yield* connection.write(operation, (tables) => {
      tables.writer.refresh()
      const known = tables.accounts.known(account)
      if (known === undefined) return 0
      if (range !== undefined) return removeRange(operation, tables, known, range)
      const count = tables.snapshots.count(known.id)
      removeAccount(tables, known)
      return count
    })
    // Also where nothing was stored: a removal that was stopped here may have left its traces.
    yield* connection.alone(operation, ({ database }) => database.exec("VACUUM"))
    yield* connection.alone(operation, ({ database }) => {
      const [result] = database.pragma("wal_checkpoint(TRUNCATE)") as ReadonlyArray<{ readonly busy: number }>
      if (result !== undefined && result.busy !== 0) throw Driver.busy()
    })
    return removed
  })
