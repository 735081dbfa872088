/** Asks the API for a balance, finds out whose it is, and keeps it: one call, with all that went wrong beside it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import type { StoreError } from "../../infra/store/StoreError.js"
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

/** Fetches balances. */
export interface Fetch {
  /** The balance of a holder. */
  readonly run: (holder: AccountDirectory.Holder, includeTotalDue: boolean) => Effect.Effect<Fetched, ZooError>
}

/** How balances are fetched. A history that cannot be written is logged once until it can be again: every reading says it besides. */
export const make = (parts: Parts): Fetch => {
  const { client, directory, driftWatch, store } = parts
  let told: string | undefined

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
