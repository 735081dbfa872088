/** Asks the API for a balance, finds out whose it is, and keeps it: one call, with all that went wrong beside it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import { StoreBusy, type StoreError } from "../../infra/store/StoreError.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import * as Accounts from "../Accounts.js"
import type * as DriftWatch from "../DriftWatch.js"
import * as Metrics from "../Metrics.js"
import { Warning } from "../Reading.js"

/** What a fetch works with. */
export interface Parts extends Accounts.Parts {
  readonly store: SnapshotStore.Service
  readonly driftWatch: DriftWatch.DriftWatch
}

/** A balance that was just fetched. */
export interface Fetched {
  readonly snapshot: Snapshot.Snapshot
  /** Whether the history has it. */
  readonly isKept: boolean
  readonly warnings: ReadonlyArray<Warning>
}

/** How long an answer waits until it is kept. */
const PATIENCE = "1 second"

/** Fetches balances. */
export interface Fetch {
  /** The balance of a holder. */
  readonly run: (holder: AccountDirectory.Holder, includeTotalDue: boolean) => Effect.Effect<Fetched, ZooError>
}

/** How balances are fetched. A history that cannot be written is logged once until it can be again: every reading says it besides. */
export const make = (parts: Parts): Effect.Effect<Fetch, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => over(parts, scope))

const over = (parts: Parts, scope: Scope.Scope): Fetch => {
  const { client, directory, driftWatch, store } = parts
  let told: string | undefined

  /**
   * Nobody waits for a history that is locked for long: the answer goes out, and is kept behind it when it can be.
   */
  const soon = (work: Effect.Effect<void, StoreError>): Effect.Effect<void, StoreError> =>
    Effect.flatMap(Effect.forkIn(Effect.either(Effect.interruptible(work)), scope), (keeping) =>
      Effect.timeoutTo(Fiber.join(keeping), {
        duration: PATIENCE,
        onSuccess: (kept) => kept,
        onTimeout: () => Either.left(new StoreBusy({ path: "of balances", operation: "Balances.fetch" })),
      }),
    ).pipe(Effect.flatten)

  const notKept = (cause: StoreError): Effect.Effect<ReadonlyArray<Warning>> => {
    const isNew = told !== cause._tag
    told = cause._tag
    return Metrics.increment(Metrics.notKept).pipe(
      Effect.zipRight(isNew ? Effect.logWarning(`balances are fetched and not kept: ${cause.message}`) : Effect.void),
      Effect.as([Warning.NotKept({ cause })]),
    )
  }

  const keep = (holder: AccountDirectory.Holder, snapshot: Snapshot.Snapshot) =>
    store.append(snapshot).pipe(
      Effect.zipRight(directory.noteAnswer(holder, snapshot.observedAt)),
      soon,
      Effect.matchEffect({
        onSuccess: () => {
          told = undefined
          return Effect.succeed<ReadonlyArray<Warning>>([])
        },
        onFailure: notKept,
      }),
    )

  return {
    run: (holder, includeTotalDue) =>
      Effect.gen(function* () {
        const { credential, subject } = holder
        const { balance, drift } = yield* client.balance({ subject, credential, includeTotalDue })
        yield* driftWatch.note(drift)
        const now = Timestamp.fromMillis(yield* Clock.currentTimeMillis)
        const { account, named, warnings } = yield* Accounts.resolve(parts, holder)
        const snapshot = Snapshot.make(account, now, balance)
        const failed = named ? yield* keep(holder, snapshot) : []
        const drifted = drift.length === 0 ? [] : [Warning.Drifted({ drift })]
        // What is kept under a label is nobody's to be handed out of the history.
        const isKept = named && account.owner._tag !== "Labelled" && failed.length === 0
        return { snapshot, isKept, warnings: [...warnings, ...failed, ...drifted] }
      }),
  }
}
