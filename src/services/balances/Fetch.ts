/** Asks the API for a balance and its account, and stores the snapshot. What goes wrong beside the balance is a warning. */
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

/** Dependencies of fetching. */
export interface Parts extends Accounts.Parts {
  readonly store: SnapshotStore.Service
  readonly driftWatch: DriftWatch.DriftWatch
}

/** A balance that the API just returned. */
export interface Answer {
  readonly holder: AccountDirectory.Holder
  readonly snapshot: Snapshot.Snapshot
  /** Whether its account is identified, so that it can be stored. */
  readonly named: boolean
  readonly warnings: ReadonlyArray<Warning>
}

/** A balance after an attempt to store it. */
export interface Fetched {
  readonly snapshot: Snapshot.Snapshot
  /** Whether the history has it. */
  readonly isKept: boolean
  /** Whether it was stored as the newest snapshot of its account: then nobody has stored a newer one. */
  readonly isNewest: boolean
  readonly warnings: ReadonlyArray<Warning>
}

/** Longest time that an answer waits until it is stored. */
const STORE_TIMEOUT = "1 second"

/** Fetches balances. */
export interface Fetch {
  /** Asks for the balance of a holder, and for its account where that is not stored yet. */
  readonly ask: (holder: AccountDirectory.Holder, includeTotalDue: boolean) => Effect.Effect<Answer, ZooError>
  /** Stores an answer as a snapshot and as the last answer to its holder, in one transaction. */
  readonly store: (answer: Answer) => Effect.Effect<Fetched>
}

/** Creates a `Fetch`. A history that cannot be written is logged once until it can be again; every reading carries it as a warning. */
export const make = (parts: Parts): Effect.Effect<Fetch, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => over(parts, scope))

const over = (parts: Parts, scope: Scope.Scope): Fetch => {
  const { client, driftWatch, store } = parts
  let logged: StoreError["_tag"] | undefined

  /** Does not wait long for a history that is locked: storing goes on behind the reading. */
  const soon = <A>(storing: Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> =>
    Effect.flatMap(Effect.forkIn(Effect.either(Effect.interruptible(storing)), scope), (fiber) =>
      Effect.timeoutTo(Fiber.join(fiber), {
        duration: STORE_TIMEOUT,
        onSuccess: (stored) => stored,
        onTimeout: () => Either.left(new StoreBusy({ operation: "Balances.fetch" })),
      }),
    ).pipe(Effect.flatten)

  const notKept = (cause: StoreError): Effect.Effect<Warning> => {
    const isNew = logged !== cause._tag
    logged = cause._tag
    return Metrics.increment(Metrics.notKept).pipe(
      Effect.zipRight(isNew ? Effect.logWarning(`balances are fetched and not kept: ${cause.message}`) : Effect.void),
      Effect.as(Warning.NotKept({ cause })),
    )
  }

  return {
    ask: (holder, includeTotalDue) =>
      Effect.gen(function* () {
        const { credential, subject } = holder
        const { balance, drift } = yield* client.balance({ subject, credential, includeTotalDue })
        yield* driftWatch.note(drift)
        const observedAt = Timestamp.fromMillis(yield* Clock.currentTimeMillis)
        const { account, named, warnings } = yield* Accounts.resolve(parts, holder)
        const drifted = drift.length === 0 ? [] : [Warning.Drifted({ drift })]
        return {
          holder,
          snapshot: Snapshot.make(account, observedAt, balance),
          named,
          warnings: [...warnings, ...drifted],
        }
      }),
    store: ({ holder, named, snapshot, warnings }) =>
      named
        ? Effect.matchEffect(soon(store.append(snapshot, { answered: holder })), {
            onSuccess: (stored) => {
              logged = undefined
              // The history returns no snapshot of a label as an answer.
              const isKept = snapshot.account.owner._tag !== "Labelled"
              return Effect.succeed({
                snapshot,
                isKept,
                isNewest: stored === "Appended" || stored === "Extended",
                warnings,
              })
            },
            onFailure: (cause) =>
              Effect.map(notKept(cause), (warning) => ({
                snapshot,
                isKept: false,
                isNewest: false,
                warnings: [...warnings, warning],
              })),
          })
        : Effect.succeed({ snapshot, isKept: false, isNewest: false, warnings }),
  }
}
