/** Removes old looks, account by account, a slice at a time. */
import * as Effect from "effect/Effect"
import * as Account from "../../../domain/history/Account.js"
import * as Ledger from "../../../domain/history/Ledger.js"
import type * as SnapshotStore from "../SnapshotStore.js"
import type { StoreError } from "../StoreError.js"
import type * as Connection from "./Connection.js"
import type { Known } from "./Explainer.js"
import { explain, type OpenFile, slice } from "./OpenFile.js"
import * as Turn from "./Turn.js"

const PRUNE = "SnapshotStore.prune"

/** What is to be pruned of an account, as of a revision of it. */
interface Plan {
  readonly revision: number | undefined
  readonly days: ReadonlyArray<number>
  readonly protectedTimes: ReadonlySet<number>
}

/** Somebody else changed what is being pruned. */
const CHANGED = "Changed"

/** What is to be pruned; found in several transactions, which must all see the same. */
const planOf = (
  connection: Connection.Connection,
  file: OpenFile,
  known: Known,
  { before, thin }: SnapshotStore.PruneRequest,
): Effect.Effect<Plan | typeof CHANGED, StoreError> =>
  Effect.gen(function* () {
    const { days, revision } = yield* connection.read(PRUNE, () => ({
      revision: file.accounts.revisionOf(known.id),
      days: file.pruner.daysBefore(known, before.epochMillis, thin),
    }))
    const protectedTimes = new Set<number>()
    const plan = { revision, days, protectedTimes }
    if (thin === undefined) return plan
    let steps = file.pruner.protect(known, days, protectedTimes)
    for (;;) {
      const state = yield* connection.read(PRUNE, () => {
        if (file.accounts.revisionOf(known.id) !== revision) return CHANGED
        const isTimeUp = slice()
        try {
          do if (steps.next().done) return "Done"
          while (!isTimeUp())
          return "More"
        } catch (cause) {
          // What failed half way is tried again from its beginning.
          steps = file.pruner.protect(known, days, protectedTimes)
          throw cause
        }
      })
      if (state === CHANGED) return CHANGED
      if (state === "Done") return plan
      yield* Turn.next
    }
  })

type Sum = { -readonly [Name in keyof SnapshotStore.Pruned]: SnapshotStore.Pruned[Name] }

const pruneAccount = (
  connection: Connection.Connection,
  file: OpenFile,
  known: Known,
  request: SnapshotStore.PruneRequest,
  sum: Sum,
): Effect.Effect<typeof CHANGED | "Done", StoreError> =>
  Effect.gen(function* () {
    const { dryRun = false, thin } = request
    if (!dryRun) yield* explain(connection, file, PRUNE, known)
    const plan = yield* planOf(connection, file, known, request)
    if (plan === CHANGED) return CHANGED
    let [next, revision] = [0, plan.revision]
    const some = () => {
      if (file.accounts.revisionOf(known.id) !== revision) return CHANGED
      const isTimeUp = slice()
      const done = { next, removed: 0, kept: 0 }
      do {
        const day = plan.days[done.next++] as number
        const pruned = file.pruner.prune(known, day, thin, plan.protectedTimes, Ledger.VERSION, dryRun)
        done.removed += pruned.removed
        done.kept += pruned.kept
      } while (done.next < plan.days.length && !isTimeUp())
      if (dryRun) return { ...done, revision }
      file.keeper.forget()
      file.accounts.revise(known.id)
      return { ...done, revision: file.accounts.revisionOf(known.id) }
    }
    while (next < plan.days.length) {
      const done = yield* dryRun
        ? connection.read(PRUNE, some)
        : connection.write(PRUNE, some, () => file.keeper.forget())
      if (done === CHANGED) return CHANGED
      sum.days += done.next - next
      sum.removed += done.removed
      sum.kept += done.kept
      next = done.next
      revision = done.revision
      yield* Turn.next
    }
    return "Done"
  })

/** Prunes, or counts what that comes to. Where others put looks into what is being pruned, it begins again with what is there then. */
export const make = (
  connection: Connection.Connection,
  file: OpenFile,
  request: SnapshotStore.PruneRequest,
): Effect.Effect<SnapshotStore.Pruned, StoreError> =>
  Effect.gen(function* () {
    const all = yield* connection.read(PRUNE, () => file.accounts.all())
    const { account } = request
    const meant = account === undefined ? all : all.filter((known) => Account.equals(known.account, account))
    const total: Sum = { accounts: 0, days: 0, removed: 0, kept: 0 }
    for (const known of meant) {
      let sum: Sum = { accounts: 0, days: 0, removed: 0, kept: 0 }
      while ((yield* pruneAccount(connection, file, known, request, sum)) === CHANGED) {
        if (request.dryRun) sum = { accounts: 0, days: 0, removed: 0, kept: 0 }
      }
      total.accounts += sum.days > 0 ? 1 : 0
      total.days += sum.days
      total.removed += sum.removed
      total.kept += sum.kept
    }
    return total
  })
