/** Makes the history of one account part of another one's. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Account from "../../../domain/history/Account.js"
import type * as SnapshotStore from "../SnapshotStore.js"
import { type StoreError, StoreJoinRefused } from "../StoreError.js"
import type * as Connection from "./Connection.js"
import { Encoder } from "./Entry.js"
import { explainQuietly, type OpenFile, slice } from "./OpenFile.js"
import * as Turn from "./Turn.js"

const JOIN = "StoreCare.join"

/** Snapshots that move in one transaction. */
const MOVED_AT_ONCE = 500

/** Where a join stands: what is left of the first account, as of a revision of it. */
interface Standing {
  readonly rest: SnapshotStore.Range
  readonly revision: number | undefined
}

const BEGINNING: Standing = { rest: {}, revision: undefined }

/** Where it stands after a transaction; after the last one, how many snapshots moved; or why there is nothing to join. */
type Step =
  | { readonly _tag: "More"; readonly standing: Standing }
  | { readonly _tag: "Done"; readonly moved: number }
  | { readonly _tag: "Refused"; readonly reason: StoreJoinRefused["reason"] }

/** One transaction: some snapshots more; after the last ones, whoever opened the first account opens the second one, and the first is gone. */
const step = (
  file: OpenFile,
  encoder: Encoder,
  from: Account.Account,
  into: Account.Account,
  { rest, revision }: Standing,
): Step => {
  file.keeper.forget()
  const source = file.accounts.find(from)
  if (source === undefined) return { _tag: "Refused", reason: "NothingKept" }
  const target = file.accounts.idOf(into)
  const isPruned = [source, target].some((id) => file.days.lastFrozen(id) !== undefined)
  if (isPruned) return { _tag: "Refused", reason: "Pruned" }
  const current = file.accounts.revisionOf(source)
  // What came late since the last transaction may lie before what is left: begin again, as duplicates change nothing.
  const range = current === revision ? rest : BEGINNING.rest
  const { next, snapshots } = file.reader.page(from, { ...range, limit: MOVED_AT_ONCE })
  const entries = snapshots.map((snapshot) => Either.getOrThrow(encoder.encode(JOIN, { ...snapshot, account: into })))
  file.keeper.keep(JOIN, entries, slice())
  if (Option.isSome(next)) return { _tag: "More", standing: { rest: next.value, revision: current } }
  const moved = file.days.looksOf(source)
  file.holders.move(source, target, from)
  file.remove({ id: source, account: from })
  file.keeper.forget()
  return { _tag: "Done", moved }
}

/** Joins two accounts. How many snapshots moved. */
export const make = (
  connection: Connection.Connection,
  file: OpenFile,
  from: Account.Account,
  into: Account.Account,
): Effect.Effect<number, StoreError | StoreJoinRefused> =>
  Effect.gen(function* () {
    const refuse = (reason: StoreJoinRefused["reason"]) =>
      new StoreJoinRefused({ from: Account.formatOwner(from.owner), into: Account.formatOwner(into.owner), reason })
    if (Account.equals(from, into)) return yield* refuse("Same")
    if (from.baseUrl !== into.baseUrl) return yield* refuse("OtherBaseUrl")
    const encoder = new Encoder()
    let standing = BEGINNING
    let done: Step
    do {
      const at = standing
      done = yield* connection.write(
        JOIN,
        () => step(file, encoder, from, into, at),
        () => file.keeper.forget(),
      )
      if (done._tag === "Refused") return yield* refuse(done.reason)
      if (done._tag === "More") standing = done.standing
      yield* Turn.next
    } while (done._tag === "More")
    const joined = yield* connection.read(JOIN, () => file.accounts.find(into))
    if (joined !== undefined) yield* explainQuietly(connection, file, JOIN, { id: joined, account: into })
    return done.moved
  })
