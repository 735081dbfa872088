/** The store, the directory and the care of one SQLite file. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Account from "../../../domain/history/Account.js"
import type * as AccountDirectory from "../AccountDirectory.js"
import type * as Answers from "../Answers.js"
import type * as Leases from "../Leases.js"
import type * as SnapshotStore from "../SnapshotStore.js"
import type * as StoreCare from "../StoreCare.js"
import { StoreOlderVersion, type StoreOpenError } from "../StoreError.js"
import * as Connection from "./Connection.js"
import { Encoder, type Entry } from "./Entry.js"
import type { Known } from "./Explainer.js"
import * as Fault from "./Fault.js"
import * as Migrations from "./Migrations.js"
import * as OpenFile from "./OpenFile.js"
import * as Pruning from "./Pruning.js"
import * as Renewal from "./Renewal.js"
import * as SqliteAnswers from "./SqliteAnswers.js"
import * as SqliteCare from "./SqliteCare.js"
import * as SqliteDirectory from "./SqliteDirectory.js"
import * as SqliteLeases from "./SqliteLeases.js"
import * as Turn from "./Turn.js"

/** The services of a file. */
export interface Engine {
  readonly store: SnapshotStore.Service
  readonly directory: AccountDirectory.Service
  readonly answers: Answers.Service
  readonly leases: Leases.Service
  readonly care: StoreCare.Service
}

const makeStore = (connection: Connection.Connection, file: OpenFile.OpenFile): SnapshotStore.Service => {
  const { keeper, reader, usage } = file
  const encoder = new Encoder()

  const keep = (operation: string, entries: ReadonlyArray<Entry>) =>
    connection.write(
      operation,
      () => {
        const outcomes = keeper.keep(operation, entries, OpenFile.slice())
        return { outcomes, behind: keeper.behind(entries) }
      },
      () => keeper.forget(),
    )
  /** What is left to explain after a transaction is explained in further ones, before anybody is told that all is well. */
  const keepAll = (operation: string, entries: ReadonlyArray<Entry>) =>
    Effect.flatMap(keep(operation, entries), ({ behind, outcomes }) =>
      behind.length === 0
        ? Effect.succeed(outcomes)
        : Effect.as(
            Effect.forEach(behind, (known) => OpenFile.explainQuietly(connection, file, operation, known), {
              discard: true,
            }),
            outcomes,
          ),
    )

  const append: SnapshotStore.Service["append"] = (snapshot) =>
    Effect.flatMap(
      Effect.suspend(() => encoder.encode("SnapshotStore.append", snapshot)),
      (entry) =>
        Effect.flatMap(keepAll("SnapshotStore.append", [entry]), ([outcome]) =>
          outcome === undefined || outcome._tag === "Refused"
            ? Effect.fail((outcome as SnapshotStore.Refused).error)
            : Effect.succeed(outcome._tag),
        ),
    )

  const appendAll: SnapshotStore.Service["appendAll"] = (snapshots) =>
    Effect.suspend(() => {
      const encoded = Array.from(snapshots, (snapshot) => encoder.encode("SnapshotStore.appendAll", snapshot))
      const entries = encoded.flatMap((each) => (Either.isRight(each) ? [each.right] : []))
      if (entries.length === 0) return Effect.succeed(encoded.flatMap(refusalOf))
      return Effect.map(keepAll("SnapshotStore.appendAll", entries), (outcomes) => {
        const kept = outcomes.values()
        return encoded.map((each) =>
          Either.isRight(each) ? (kept.next().value as SnapshotStore.Outcome) : refused(each.left),
        )
      })
    })

  const page = (operation: string, account: Account.Account, request: SnapshotStore.PageRequest) =>
    connection.read(operation, () => reader.page(account, request))

  /** Asks for sums; where they are behind and may be brought up to date, that comes first. Another process may put them behind in between. */
  const ofUsage = <A>(operation: string, account: Account.Account, ask: (known: Known | undefined) => A) => {
    const attempt = Effect.gen(function* () {
      const known = yield* connection.read(operation, () => usage.find(account))
      if (known !== undefined && !connection.isReadOnly) yield* OpenFile.explain(connection, file, operation, known)
      return yield* connection.read(operation, () => {
        const found = usage.find(account)
        if (found !== undefined && !connection.isReadOnly && usage.isBehind(found)) throw Fault.busy()
        return ask(found)
      })
    })
    return Effect.flatMap(
      connection.read(operation, () => {
        const found = usage.find(account)
        return found !== undefined && usage.isBehind(found) ? Option.none<A>() : Option.some(ask(found))
      }),
      Option.match({ onNone: () => Connection.patiently(attempt), onSome: Effect.succeed }),
    )
  }

  return {
    append,
    appendAll,
    latest: (account) => connection.read("SnapshotStore.latest", () => reader.newest(account, undefined)),
    asOf: (account, at) => connection.read("SnapshotStore.asOf", () => reader.newest(account, at)),
    page: (account, request = {}) => page("SnapshotStore.page", account, request),
    stream: (account, range = {}) =>
      Stream.paginateChunkEffect(range, (rest: SnapshotStore.Range) =>
        Effect.map(
          page("SnapshotStore.stream", account, rest),
          ({ next, snapshots }) => [Chunk.unsafeFromArray(snapshots), next] as const,
        ),
      ),
    usage: (account, window) =>
      ofUsage("SnapshotStore.usage", account, (known) => usage.over("SnapshotStore.usage", known, window)),
    usageByDay: (account, range = {}) =>
      ofUsage("SnapshotStore.usageByDay", account, (known) => usage.byDay("SnapshotStore.usageByDay", known, range)),
    accounts: connection.read("SnapshotStore.accounts", () =>
      file.days.summaries().toSorted((a, b) => Account.Order(a.account, b.account)),
    ),
    forget: (account) => SqliteCare.forget(connection, file, account),
    prune: (request) => Pruning.make(connection, file, request),
    statistics: connection.read("SnapshotStore.statistics", () => file.statistics()),
  }
}

const refused = (error: SnapshotStore.Refused["error"]): SnapshotStore.Outcome => ({ _tag: "Refused", error })

const refusalOf = (each: Either.Either<Entry, SnapshotStore.Refused["error"]>): ReadonlyArray<SnapshotStore.Outcome> =>
  Either.isLeft(each) ? [refused(each.left)] : []

/** Puts the rows in order that a migration left one a look, a slice at a time. */
const arrange = (connection: Connection.Connection, file: OpenFile.OpenFile): Effect.Effect<void, StoreOpenError> =>
  Effect.zipLeft(
    connection.prepare((database) =>
      database
        .transaction(() => {
          const id = file.days.unarranged()
          if (id === undefined) return true
          file.keeper.explain({ id, account: file.accounts.of(id) }, OpenFile.slice())
          return false
        })
        .immediate(),
    ),
    Turn.next,
  ).pipe(Effect.repeat({ until: (isDone) => isDone }), Effect.asVoid)

/** Opens a file; it closes with the scope. */
export const make = (options: Connection.Options): Effect.Effect<Engine, StoreOpenError, Scope.Scope> =>
  Effect.gen(function* () {
    const connection = yield* Connection.open(options)
    if (!connection.isReadOnly) yield* connection.prepare((database) => Renewal.run(connection.path, database))
    const file = yield* connection.prepare((database) => OpenFile.prepare(connection, database))
    const isArranged = yield* connection.prepare(() => file.days.unarranged() === undefined)
    if (!isArranged && connection.isReadOnly) {
      const { path } = connection
      const found = Migrations.UNARRANGED
      return yield* new StoreOlderVersion({ path, found, supported: Migrations.VERSION })
    }
    if (!isArranged) yield* arrange(connection, file)
    return {
      store: makeStore(connection, file),
      directory: SqliteDirectory.make(connection, file),
      answers: SqliteAnswers.make(connection, file),
      leases: SqliteLeases.make(connection, file),
      care: SqliteCare.make(connection, file),
    }
  })
