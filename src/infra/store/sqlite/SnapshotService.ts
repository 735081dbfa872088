/** The history of balances on a connection. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as EventLoop from "../EventLoop.js"
import type { Checked, Damage, Page, PageRequest, Range, Service } from "../SnapshotStore.js"
import type { StoreError } from "../StoreError.js"
import type * as Connection from "./Connection.js"
import * as Forget from "./Forget.js"
import * as Merge from "./Merge.js"
import * as Prune from "./Prune.js"
import { type Place, START } from "./SnapshotTable.js"
import type { Tables } from "./SnapshotWriter.js"
import * as Statistics from "./Statistics.js"

const DEFAULT_LIMIT = 512
const MAX_LIMIT = 10_000

/** Rows of a page that are read in one transaction. */
const ROWS_AT_ONCE = 1024

/** Rows of a stream or a check between two turns of the event loop. The consumer processes them in the same turn. */
const ROWS_A_TURN = 96

/** Usage rows read in one transaction. */
const DAYS_AT_ONCE = 256

const MAX_DAMAGE = 100

const limitOf = (limit: number = DEFAULT_LIMIT): number =>
  Number.isNaN(limit) ? DEFAULT_LIMIT : Math.min(MAX_LIMIT, Math.max(1, Math.floor(limit)))

const readPage = (
  connection: Connection.Connection<Tables>,
  operation: string,
  account: Account.Account,
  request: PageRequest,
  limit: number,
): Effect.Effect<Page, StoreError> =>
  connection.read(operation, ({ accounts, snapshots }) => {
    const id = accounts.find(account)
    return id === undefined
      ? { snapshots: [], next: Option.none() }
      : snapshots.page(id, account, request, Math.min(limit, ROWS_AT_ONCE))
  })

const page = (
  connection: Connection.Connection<Tables>,
  operation: string,
  account: Account.Account,
  request: PageRequest,
): Effect.Effect<Page, StoreError> =>
  Effect.gen(function* () {
    const limit = limitOf(request.limit)
    const first = yield* readPage(connection, operation, account, request, limit)
    if (limit <= ROWS_AT_ONCE) return first
    const all: Array<Snapshot.Snapshot> = [...first.snapshots]
    let { next } = first
    while (Option.isSome(next) && all.length < limit) {
      yield* EventLoop.turn
      const further: Page = yield* readPage(
        connection,
        operation,
        account,
        { ...next.value, direction: request.direction },
        limit - all.length,
      )
      for (const snapshot of further.snapshots) all.push(snapshot)
      next = further.next
    }
    return { snapshots: all, next }
  })

const stream = (
  connection: Connection.Connection<Tables>,
  operation: string,
  account: Account.Account,
  range: Range,
): Stream.Stream<Snapshot.Snapshot, StoreError> =>
  Stream.paginateChunkEffect({ rest: range, isFirst: true }, ({ isFirst, rest }) => {
    const read = Effect.map(
      readPage(connection, operation, account, rest, ROWS_A_TURN),
      ({ next, snapshots }) =>
        [
          Chunk.unsafeFromArray(snapshots),
          Option.map(next, (range): { readonly rest: Range; readonly isFirst: boolean } => ({
            rest: range,
            isFirst: false,
          })),
        ] as const,
    )
    return isFirst ? read : Effect.zipRight(EventLoop.turn, read)
  })

const check = (
  connection: Connection.Connection<Tables>,
  operation: string,
  account: Account.Account,
): Effect.Effect<Checked, StoreError> =>
  Effect.gen(function* () {
    const damage: Array<Damage> = []
    const add = (found: ReadonlyArray<Damage>): void => {
      damage.push(...found.slice(0, MAX_DAMAGE - damage.length))
    }
    let rows = 0
    let place: Place | undefined = START
    while (place !== undefined) {
      const after: Place = place
      const checked = yield* connection.read(operation, ({ accounts, snapshots }) => {
        const id = accounts.find(account)
        return id === undefined ? undefined : snapshots.check(id, account, after, ROWS_A_TURN)
      })
      rows += checked?.rows ?? 0
      add(checked?.damage ?? [])
      place = checked?.next
      yield* EventLoop.turn
    }
    let day: number | undefined = Number.NEGATIVE_INFINITY
    while (day !== undefined) {
      const after: number = day
      const checked = yield* connection.read(operation, ({ accounts, usage }) => {
        const id = accounts.find(account)
        return id === undefined ? undefined : usage.check(id, after, DAYS_AT_ONCE)
      })
      add(checked?.damage ?? [])
      day = checked?.next
      yield* EventLoop.turn
    }
    return { snapshots: rows, damage }
  })

/** Makes the history of a connection. */
export const makeStore = (connection: Connection.Connection<Tables>): Service => ({
  append: (snapshot, { answered } = {}) =>
    Effect.flatMap(
      connection.write("SnapshotStore.append", ({ writer }) =>
        writer.append("SnapshotStore.append", snapshot, answered),
      ),
      (outcome) => (outcome._tag === "Refused" ? Effect.fail(outcome.error) : Effect.succeed(outcome._tag)),
    ),
  appendAll: (snapshots) =>
    Effect.suspend(() => {
      const all = Array.from(snapshots)
      return all.length === 0
        ? Effect.succeed([])
        : connection.write("SnapshotStore.appendAll", ({ writer }) => writer.appendAll("SnapshotStore.appendAll", all))
    }),
  latest: (account) => connection.read("SnapshotStore.latest", (tables) => newest(tables, account, undefined)),
  asOf: (account, at) =>
    connection.read("SnapshotStore.asOf", (tables) => newest(tables, account, Math.floor(at.epochMillis))),
  page: (account, request = {}) => page(connection, "SnapshotStore.page", account, request),
  stream: (account, range = {}) => stream(connection, "SnapshotStore.stream", account, range),
  count: (account, range = {}) => Statistics.count(connection, "SnapshotStore.count", account, range),
  listAccounts: Effect.map(Statistics.listKnown(connection, "SnapshotStore.listAccounts"), (all) =>
    all.map(({ account }) => account),
  ),
  accounts: Statistics.summaries(connection, "SnapshotStore.accounts"),
  statistics: Statistics.statistics(connection, "SnapshotStore.statistics"),
  forget: (account, range) => Forget.forget(connection, "SnapshotStore.forget", account, range),
  countPrunable: (request) => Prune.count(connection, "SnapshotStore.countPrunable", request),
  pruneStep: Prune.makeStep(connection, "SnapshotStore.pruneStep"),
  merge: (from, into) => Merge.merge(connection, "SnapshotStore.merge", from, into),
  check: (account) => check(connection, "SnapshotStore.check", account),
})

const newest = (
  { accounts, snapshots }: Tables,
  account: Account.Account,
  until: number | undefined,
): Option.Option<Snapshot.Snapshot> => {
  const id = accounts.find(account)
  const row = id === undefined ? undefined : snapshots.newest(id, until)
  return Option.map(Option.fromNullable(row), (found) => snapshots.decoder(account).decode(found))
}
