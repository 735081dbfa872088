/**
 * Makes the history of one account part of another one's.
 *
 * The snapshots of one account are stored under the other one, some in each transaction, and the first is removed in the last one. Storing a
 * snapshot again changes nothing, so a merge that was stopped can be run again. Where the second account has no snapshots, the row of the first
 * becomes its row, and usage and seal with it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "../../../domain/history/Account.js"
import * as EventLoop from "../EventLoop.js"
import type { Range } from "../SnapshotStore.js"
import { type StoreError, StoreMergeRefused } from "../StoreError.js"
import type { Known } from "./AccountTable.js"
import type * as Connection from "./Connection.js"
import { removeAccount } from "./Forget.js"
import { MAX_TIME, MIN_TIME } from "./SnapshotTable.js"
import { dayOf, type Tables } from "./SnapshotWriter.js"

/** Snapshots stored in one transaction. */
const SNAPSHOTS_AT_ONCE = 500

/** What is left of the account that is copied, as of an epoch of it; and the number of snapshots of the first account. */
interface Position {
  readonly rest: Range
  readonly epoch: number | undefined
  readonly moved: number | undefined
}

const START: Position = { rest: {}, epoch: undefined, moved: undefined }

/** Result of one transaction. */
type Step =
  | { readonly _tag: "More"; readonly position: Position }
  | { readonly _tag: "Done"; readonly moved: number }
  | { readonly _tag: "Refused"; readonly reason: StoreMergeRefused["reason"] }

/** Whether the first snapshot of an account lies in the sealed span of the other one. */
const reachesInto = ({ snapshots }: Tables, { id }: Known, { sealedBefore }: Known): boolean => {
  const first = snapshots.nextTime(id)
  return first !== undefined && sealedBefore !== undefined && dayOf(first) < sealedBefore
}

/** Gives the row of an account, and with it everything that refers to it, to another account that has no row. */
const giveRow = ({ accounts, holders, writer }: Tables, source: Known, into: Account.Account): void => {
  holders.move(source.id, source.id, source.account)
  holders.forgetLabel(source.account)
  accounts.rename(source, into)
  writer.forgetCaches()
}

/** Removes the row of an account whose history and holders are another one's now. */
const removeRow = ({ accounts, snapshots, usage, writer }: Tables, { id }: Known): void => {
  snapshots.remove(id, { from: MIN_TIME, to: MAX_TIME })
  usage.removeAll(id)
  accounts.remove(id)
  writer.forgetCaches()
}

/** Stores some snapshots of `from` as those of `to`, and returns what is left of them. */
const copy = (
  operation: string,
  { snapshots, writer }: Tables,
  from: Known,
  to: Known,
  { epoch, rest }: Position,
): Range | undefined => {
  // A late snapshot may lie before what is left: begin again.
  const range = from.epoch === epoch ? rest : START.rest
  const page = snapshots.page(from.id, from.account, range, SNAPSHOTS_AT_ONCE)
  const outcomes = writer.appendAll(
    operation,
    page.snapshots.map((snapshot) => ({ ...snapshot, account: to.account })),
  )
  for (const outcome of outcomes) if (outcome._tag === "Refused") throw outcome.error
  return Option.getOrUndefined(page.next)
}

const step = (
  operation: string,
  tables: Tables,
  from: Account.Account,
  into: Account.Account,
  position: Position,
): Step => {
  const { accounts, billing, holders, snapshots, writer } = tables
  writer.refresh()
  const [source, target] = [accounts.known(from), accounts.known(into)]
  if (source === undefined) return { _tag: "Refused", reason: "NothingStored" }
  if (target === undefined || snapshots.nextTime(target.id) === undefined) {
    if (target !== undefined) {
      holders.move(target.id, source.id, into)
      billing.move(target.id, source.id)
      removeRow(tables, target)
    }
    giveRow(tables, source, into)
    accounts.raiseEpoch(source.id, target?.epoch)
    return { _tag: "Done", moved: snapshots.count(source.id) }
  }
  if (reachesInto(tables, source, target) || reachesInto(tables, target, source)) {
    return { _tag: "Refused", reason: "Pruned" }
  }
  // Usage in a sealed span cannot be computed again, so a sealed account is the one that is copied to.
  if (source.sealedBefore === undefined) {
    const rest = copy(operation, tables, source, target, position)
    if (rest !== undefined) return { _tag: "More", position: { rest, epoch: source.epoch, moved: undefined } }
    const moved = snapshots.count(source.id)
    holders.move(source.id, target.id, from)
    billing.move(source.id, target.id)
    removeAccount(tables, source)
    accounts.raiseEpoch(target.id, source.epoch)
    return { _tag: "Done", moved }
  }
  const moved = position.moved ?? snapshots.count(source.id)
  const rest = copy(operation, tables, target, source, position)
  if (rest !== undefined) return { _tag: "More", position: { rest, epoch: target.epoch, moved } }
  holders.move(target.id, source.id, into)
  billing.move(target.id, source.id)
  removeRow(tables, target)
  giveRow(tables, source, into)
  accounts.raiseEpoch(source.id, target.epoch)
  return { _tag: "Done", moved }
}

/** Merges two accounts. Returns the number of snapshots of the first one. */
export const merge = (
  connection: Connection.Connection<Tables>,
  operation: string,
  from: Account.Account,
  into: Account.Account,
): Effect.Effect<number, StoreError | StoreMergeRefused> =>
  Effect.gen(function* () {
    const refuse = (reason: StoreMergeRefused["reason"]) =>
      new StoreMergeRefused({ from: Account.formatOwner(from.owner), into: Account.formatOwner(into.owner), reason })
    if (Account.equals(from, into)) return yield* refuse("Same")
    if (from.baseUrl !== into.baseUrl) return yield* refuse("OtherBaseUrl")
    let position = START
    for (;;) {
      const at = position
      const done = yield* connection.write(operation, (tables) => step(operation, tables, from, into, at))
      if (done._tag === "Refused") return yield* refuse(done.reason)
      if (done._tag === "Done") return done.moved
      position = done.position
      yield* EventLoop.turn
    }
  })
