/**
 * Pruning: removes old snapshots and leaves every total as it is. The usage of each day is stored before snapshots of it go, and the last snapshot
 * of each UTC day stays.
 */
import * as Effect from "effect/Effect"
import * as LedgerDay from "../domain/history/LedgerDay.js"
import * as EventLoop from "../infra/store/EventLoop.js"
import { type Pruned, type PruneRequest, SnapshotStore } from "../infra/store/SnapshotStore.js"
import { StoreBusy, type StoreError } from "../infra/store/StoreError.js"
import { UsageSeries } from "./UsageSeries.js"

export type { Pruned, PruneRequest } from "../infra/store/SnapshotStore.js"

/** How often usage is stored anew where late snapshots remove it meanwhile. */
const MAX_FILLS = 10

/** Counts what {@link run} would remove. */
export const count = (request: PruneRequest): Effect.Effect<Pruned, StoreError, SnapshotStore> =>
  Effect.flatMap(SnapshotStore, (store) => store.countPrunable(request))

/** Prunes an account, in steps that leave the event loop to others. */
export const run = (request: PruneRequest): Effect.Effect<Pruned, StoreError, SnapshotStore | UsageSeries> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const usage = yield* UsageSeries
    const { kept, sealedUntil } = yield* store.countPrunable(request)
    const fill = usage.fill(request.account, { before: LedgerDay.dayOf(request.before.epochMillis) })
    yield* fill
    let [removed, days, fills] = [0, 0, 1]
    for (;;) {
      const step = yield* store.pruneStep(request)
      if (step._tag === "UsageMissing") {
        if (fills++ >= MAX_FILLS) return yield* new StoreBusy({ operation: "Pruning.run" })
        yield* fill
      } else {
        removed += step.removed
        days += step.days
        if (step._tag === "Done") return { removed, kept, days, sealedUntil }
      }
      yield* EventLoop.turn
    }
  }).pipe(Effect.withSpan("Pruning.run", { captureStackTrace: false }))
