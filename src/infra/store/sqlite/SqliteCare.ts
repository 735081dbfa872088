/** Care of an open file. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs"
import { resolve } from "node:path"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Account from "../../../domain/history/Account.js"
import * as Ledger from "../../../domain/history/Ledger.js"
import type * as SnapshotStore from "../SnapshotStore.js"
import type * as StoreCare from "../StoreCare.js"
import { StoreCannotOpen, type StoreError, StoreJoinRefused } from "../StoreError.js"
import * as Checker from "./Checker.js"
import type * as Connection from "./Connection.js"
import { Encoder, type Entry } from "./Entry.js"
import type { Known } from "./Explainer.js"
import * as Fault from "./Fault.js"
import { explain, type OpenFile, slice } from "./OpenFile.js"
import * as Turn from "./Turn.js"

const find = (connection: Connection.Connection, file: OpenFile, operation: string, account: Account.Account) =>
  connection.read(operation, (): Known | undefined => {
    const id = file.accounts.find(account)
    return id === undefined ? undefined : { id, account }
  })

const FORGET = "SnapshotStore.forget"

/** Removes an account, and with it every trace in free pages and in the log. */
export const forget = (
  connection: Connection.Connection,
  file: OpenFile,
  account: Account.Account,
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const count = yield* connection.write(
      FORGET,
      () => {
        file.keeper.forget()
        const id = file.accounts.find(account)
        if (id === undefined) return undefined
        const looks = file.days.between(id, -1e9, 1e9).reduce((sum, row) => sum + Number(row.looks), 0)
        file.remove({ id, account })
        return looks
      },
      () => file.keeper.forget(),
    )
    // Also where nothing was kept: a removal that was stopped here may have left its traces.
    yield* connection.alone(FORGET, () => file.database.exec("VACUUM"))
    yield* checkpoint(connection, file, FORGET)
    return count ?? 0
  })

const checkpoint = (
  connection: Connection.Connection,
  file: OpenFile,
  operation: string,
): Effect.Effect<void, StoreError> =>
  connection.alone(operation, () => {
    const [result] = file.database.pragma("wal_checkpoint(TRUNCATE)") as ReadonlyArray<{ readonly busy: number }>
    if (result !== undefined && result.busy !== 0) throw Fault.busy()
  })

const PRUNE = "SnapshotStore.prune"

/** The times of looks that are not to be thinned, found a slice at a time. */
const protectedTimes = (
  connection: Connection.Connection,
  file: OpenFile,
  known: Known,
  days: ReadonlyArray<number>,
): Effect.Effect<ReadonlySet<number>, StoreError> =>
  Effect.gen(function* () {
    const times = new Set<number>()
    let steps = file.pruner.protect(known, days, times)
    let isDone = false
    while (!isDone) {
      isDone = yield* connection.read(PRUNE, () => {
        const isTimeUp = slice()
        try {
          do if (steps.next().done) return true
          while (!isTimeUp())
          return false
        } catch (cause) {
          // What failed half way is tried again from its beginning.
          steps = file.pruner.protect(known, days, times)
          throw cause
        }
      })
      yield* Turn.next
    }
    return times
  })

const pruneAccount = (
  connection: Connection.Connection,
  file: OpenFile,
  known: Known,
  { before, dryRun = false, thin }: SnapshotStore.PruneRequest,
): Effect.Effect<SnapshotStore.Pruned, StoreError> =>
  Effect.gen(function* () {
    const isBehind = yield* connection.read(PRUNE, () => file.usage.isBehind(known))
    if (isBehind && !dryRun) yield* explain(connection, file, PRUNE, known)
    const days = yield* connection.read(PRUNE, () => file.pruner.daysBefore(known, before.epochMillis, thin))
    const times = thin === undefined ? new Set<number>() : yield* protectedTimes(connection, file, known, days)
    const sum = { accounts: days.length > 0 ? 1 : 0, days: days.length, removed: 0, kept: 0 }
    let next = 0
    const some = (): void => {
      const isTimeUp = slice()
      do {
        const pruned = file.pruner.prune(known, days[next] as number, thin, times, Ledger.VERSION, dryRun)
        next++
        sum.removed += pruned.removed
        sum.kept += pruned.kept
      } while (next < days.length && !isTimeUp())
    }
    while (next < days.length) {
      const begun = { ...sum, next }
      yield* dryRun
        ? connection.read(PRUNE, some)
        : connection.write(
            PRUNE,
            () => {
              file.keeper.forget()
              file.accounts.revise(known.id)
              some()
            },
            () => {
              file.keeper.forget()
              Object.assign(sum, { removed: begun.removed, kept: begun.kept })
              next = begun.next
            },
          )
      yield* Turn.next
    }
    return sum
  })

/** Removes old looks, account by account. */
export const prune = (
  connection: Connection.Connection,
  file: OpenFile,
  request: SnapshotStore.PruneRequest,
): Effect.Effect<SnapshotStore.Pruned, StoreError> =>
  Effect.gen(function* () {
    const all = yield* connection.read(PRUNE, () => file.accounts.all())
    const { account } = request
    const meant = account === undefined ? all : all.filter((known) => Account.equals(known.account, account))
    const total = { accounts: 0, days: 0, removed: 0, kept: 0 }
    for (const known of meant) {
      const pruned = yield* pruneAccount(connection, file, known, request)
      total.accounts += pruned.accounts
      total.days += pruned.days
      total.removed += pruned.removed
      total.kept += pruned.kept
    }
    return total
  })

const CHECK = "StoreCare.checkAccount"

const checkAccount = (
  connection: Connection.Connection,
  file: OpenFile,
  account: Account.Account,
): Effect.Effect<StoreCare.Checked, StoreError> =>
  Effect.gen(function* () {
    const known = yield* find(connection, file, CHECK, account)
    if (known === undefined) return { days: 0, snapshots: 0, damage: [] }
    const damage: Array<StoreCare.Damage> = [...(yield* connection.read(CHECK, () => file.checker.strays(known)))]
    const sum = { days: 0, snapshots: 0 }
    let day: number | undefined = -1_000_000_000
    while (day !== undefined) {
      const from: number = day
      day = yield* connection.read(CHECK, () => {
        const isTimeUp = slice()
        let last: number | undefined = from
        do {
          const checked = file.checker.nextDay(known, last)
          last = checked?.day
          if (checked === undefined) continue
          sum.days++
          sum.snapshots += checked.snapshots
          damage.push(...checked.damage.slice(0, Checker.MOST - damage.length))
        } while (last !== undefined && !isTimeUp())
        return last
      })
      yield* Turn.next
    }
    return { ...sum, damage }
  })

const BACKUP = "StoreCare.backup"

/** Pages that are copied in one turn of the event loop. */
const PAGES_AT_ONCE = 256

const copy = async (
  path: string,
  target: string,
  onProgress: StoreCare.BackupOptions["onProgress"],
  signal: AbortSignal,
): Promise<number> => {
  const refuseExisting = (): void => {
    if (existsSync(target)) throw new StoreCannotOpen({ path: target, reason: "Exists" })
  }
  refuseExisting()
  const temporary = `${target}.${process.pid}.part`
  closeSync(openSync(temporary, "wx", 0o600))
  try {
    const source = new Database(path, { readonly: true, fileMustExist: true })
    try {
      // A transaction that reads holds the moment that is copied: what others write meanwhile does not begin the copy anew.
      source.exec("BEGIN")
      source.prepare("SELECT count(*) FROM sqlite_schema").get()
      await source.backup(temporary, {
        progress: ({ remainingPages, totalPages }) => {
          signal.throwIfAborted()
          onProgress?.(totalPages - remainingPages, totalPages)
          return PAGES_AT_ONCE
        },
      })
    } finally {
      source.close()
    }
    const file = openSync(temporary, "r+")
    fsyncSync(file)
    closeSync(file)
    signal.throwIfAborted()
    refuseExisting()
    renameSync(temporary, target)
    return statSync(target).size
  } catch (cause) {
    for (const leftover of [temporary, `${temporary}-wal`, `${temporary}-shm`]) rmSync(leftover, { force: true })
    throw cause
  }
}

/** Copies the file. One that is interrupted leaves nothing, and is over when the interruption is. */
const backup = (
  connection: Connection.Connection,
  path: string,
  onProgress: StoreCare.BackupOptions["onProgress"],
): Effect.Effect<number, StoreError> => {
  const target = resolve(path)
  const failed = (cause: unknown): Effect.Effect<never, StoreError> => {
    const error = Fault.whileCopying(connection.path, target, BACKUP, cause)
    return error === undefined ? Effect.die(cause) : Effect.fail(error)
  }
  return Effect.async<number, StoreError>((resume, signal) => {
    const over = copy(connection.path, target, onProgress, signal).then(
      (bytes) => resume(Effect.succeed(bytes)),
      (cause: unknown) => resume(failed(cause)),
    )
    return Effect.promise(() => over)
  })
}

const JOIN = "StoreCare.join"

/** Snapshots that move in one transaction. */
const MOVED_AT_ONCE = 500

const join = (
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
    const isKept = yield* find(connection, file, JOIN, from)
    if (isKept === undefined) return yield* refuse("NothingKept")
    const encoder = new Encoder()
    let moved = 0
    let rest: SnapshotStore.Range | undefined = {}
    while (rest !== undefined) {
      const range: SnapshotStore.Range = rest
      const part: { readonly count: number; readonly next: SnapshotStore.Range | undefined } | "Pruned" =
        yield* connection.write(
          JOIN,
          () => {
            const target = file.accounts.idOf(into)
            for (const id of [isKept.id, target]) if (file.days.lastFrozen(id) !== undefined) return "Pruned" as const
            const page = file.reader.page(from, { ...range, limit: MOVED_AT_ONCE })
            const entries: ReadonlyArray<Entry> = page.snapshots.map((snapshot) =>
              Either.getOrThrow(encoder.encode(JOIN, { ...snapshot, account: into })),
            )
            file.keeper.keep(JOIN, entries, slice())
            const next = page.next._tag === "Some" ? page.next.value : undefined
            if (next === undefined) {
              // In the transaction of the last page, so that nothing comes in between.
              file.holders.move(isKept.id, target, from)
              file.remove(isKept)
              file.keeper.forget()
            }
            return { count: page.snapshots.length, next }
          },
          () => file.keeper.forget(),
        )
      if (part === "Pruned") return yield* refuse("Pruned")
      moved += part.count
      rest = part.next
      yield* Turn.next
    }
    const joined = yield* find(connection, file, JOIN, into)
    if (joined !== undefined) yield* explain(connection, file, JOIN, joined)
    return moved
  })

/** The care of an open file. */
export const make = (connection: Connection.Connection, file: OpenFile): StoreCare.Service => ({
  checkFile: connection.read("StoreCare.checkFile", () => file.checker.file()),
  checkAccount: (account) => checkAccount(connection, file, account),
  backup: (path, { onProgress } = {}) =>
    connection.isFile
      ? backup(connection, path, onProgress)
      : Effect.fail(new StoreCannotOpen({ path: connection.path, reason: "NotAFile" })),
  join: (from, into) => join(connection, file, from, into),
  checkpoint: checkpoint(connection, file, "StoreCare.checkpoint"),
  explain: Effect.flatMap(
    connection.read("StoreCare.explain", () => file.accounts.all()),
    (all) => Effect.forEach(all, (known) => explain(connection, file, "StoreCare.explain", known), { discard: true }),
  ),
})
