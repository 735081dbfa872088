/**
 * Balances for a backend: what is kept while it is fresh, the API when it is not, and every answer kept as history.
 *
 * One layer serves many tokens: a call may bring its own credential, and what one credential fetched is never handed to another. A failure
 * never replaces a good reading. What a body says beyond the contract stands in the reading, and the layer counts and logs it (`DriftWatch`).
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Subject from "../domain/balance/Subject.js"
import type * as Account from "../domain/history/Account.js"
import * as Snapshot from "../domain/history/Snapshot.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import { AccountDirectory, type Holder } from "../infra/store/AccountDirectory.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"
import { ZooClient } from "../infra/zoo/ZooClient.js"
import { NoCredential, unanswered, type ZooError } from "../infra/zoo/ZooError.js"
import * as Accounts from "./Accounts.js"
import * as DriftWatch from "./DriftWatch.js"
import * as FetchPolicy from "./FetchPolicy.js"
import { Reading, Warning } from "./Reading.js"

export { NothingCached } from "./Accounts.js"

/** How one balance is got. */
export interface GetOptions {
  /** When to ask the API; `FetchPolicy.cacheFirst()` by default. */
  readonly policy?: FetchPolicy.FetchPolicy | undefined
  /** The token of this call; without it the layer's. */
  readonly credential?: Redacted.Redacted | undefined
}

/** Balances of one base URL. */
export interface Service {
  /**
   * The balance of a subject. Fails with the `ZooError` when the API could not be asked and nothing usable is kept, with `NothingCached`
   * when the API was not to be asked, and with a `StoreError` when the history cannot be read. What is handed out was answered to this
   * very credential; one that is refused is handed nothing.
   */
  readonly get: (
    subject: Subject.Subject,
    options?: GetOptions,
  ) => Effect.Effect<Reading, ZooError | Accounts.NothingCached | StoreError>
  /** The balance of a subject as the API tells it now, kept as history. */
  readonly refresh: (
    subject: Subject.Subject,
    options?: Pick<GetOptions, "credential">,
  ) => Effect.Effect<Reading, ZooError | Accounts.NothingCached | StoreError>
  /** The account whose history a subject opens, without asking the API. */
  readonly accountOf: (
    subject: Subject.Subject,
    options?: Pick<GetOptions, "credential">,
  ) => Effect.Effect<Account.Account, ZooError | Accounts.NothingCached | StoreError>
}

/** Balances of one base URL. */
export class Balances extends Context.Tag("zoo-runway/Balances")<Balances, Service>() {}

/** What the layers are made of. */
export interface Options {
  /** The token of calls that bring none. */
  readonly token?: Redacted.Redacted | undefined
}

const ageOf = (snapshot: Snapshot.Snapshot, now: number): Duration.Duration =>
  Duration.millis(Math.max(0, now - snapshot.observedAt.epochMillis))

const offline = (snapshot: Snapshot.Snapshot, now: number): Reading =>
  Reading.Offline({ snapshot, warnings: [], age: ageOf(snapshot, now) })

/** Whether a failure says nothing about the credential's rights, so that what it fetched before may still be handed out. */
const mayServeStale = (error: ZooError): boolean => error._tag === "Unavailable" || error._tag === "RateLimited"

/** Balances from the API and the history. */
export const make = (options: Options): Effect.Effect<Service, never, ZooClient | SnapshotStore | AccountDirectory> =>
  Effect.gen(function* () {
    const client = yield* ZooClient
    const store = yield* SnapshotStore
    const directory = yield* AccountDirectory
    const driftWatch = yield* DriftWatch.make

    const holderOf = (
      subject: Subject.Subject,
      own: Redacted.Redacted | undefined,
    ): Effect.Effect<Holder, NoCredential> => {
      const credential = own ?? options.token
      return credential === undefined
        ? Effect.fail(new NoCredential(unanswered("Balances.get", Subject.format(subject))))
        : Effect.succeed({ baseUrl: client.baseUrl, credential, subject })
    }

    /** The newest balance that this very credential was answered with: what others fetched of the account since is not its. */
    const keptFor = (holder: Holder) =>
      Effect.gen(function* () {
        const [account, answered] = [yield* directory.find(holder), yield* directory.lastAnswered(holder)]
        if (Option.isNone(account) || Option.isNone(answered)) return Option.none<Snapshot.Snapshot>()
        return yield* store.asOf(account.value, answered.value)
      })

    const keep = (holder: Holder, snapshot: Snapshot.Snapshot): Effect.Effect<ReadonlyArray<Warning>> =>
      store
        .append(snapshot)
        .pipe(
          Effect.zipRight(directory.noteAnswer(holder, snapshot.observedAt)),
          Effect.match({ onSuccess: () => [], onFailure: (cause) => [Warning.NotKept({ cause })] }),
        )

    const fetch = (holder: Holder): Effect.Effect<Reading, ZooError> =>
      Effect.gen(function* () {
        const { credential, subject } = holder
        const { balance, drift } = yield* client.balance({ subject, credential, includeTotalDue: true })
        yield* driftWatch.note(drift)
        const now = Timestamp.fromMillis(yield* Clock.currentTimeMillis)
        const { account, named, warnings } = yield* Accounts.resolve(client, directory, holder)
        const snapshot = Snapshot.make(account, now, balance)
        const notKept = named ? yield* keep(holder, snapshot) : []
        const drifted = drift.length === 0 ? [] : [Warning.Drifted({ drift })]
        return Reading.Fresh({ snapshot, warnings: [...warnings, ...notKept, ...drifted] })
      })

    const get: Service["get"] = (subject, { credential: own, policy = FetchPolicy.cacheFirst() } = {}) =>
      Effect.gen(function* () {
        const holder = yield* holderOf(subject, own)
        const kept = yield* keptFor(holder)
        const now = yield* Clock.currentTimeMillis
        if (policy._tag === "CacheOnly") {
          return Option.isSome(kept) ? offline(kept.value, now) : yield* Accounts.nothingCached(subject)
        }
        // What was kept in the future, before the clock was set back, has no age that tells whether it is fresh.
        const past = Option.filter(kept, (snapshot) => snapshot.observedAt.epochMillis <= now)
        const age = Option.map(past, (snapshot) => ageOf(snapshot, now))
        if (Option.isSome(kept) && FetchPolicy.decide(policy, age) === "UseKept") {
          return Reading.Fresh({ snapshot: kept.value, warnings: [] })
        }
        return yield* fetch(holder).pipe(
          Effect.catchAll((cause) =>
            Option.isSome(kept) && policy._tag === "CacheFirst" && mayServeStale(cause)
              ? Effect.succeed(
                  Reading.Stale({ snapshot: kept.value, warnings: [], age: ageOf(kept.value, now), cause }),
                )
              : Effect.fail(cause),
          ),
        )
      }).pipe(Effect.withSpan("Balances.get", { attributes: { subject: subject._tag } }))

    /** A backend's callers must show a credential that was answered with the account before. */
    const accountOf: Service["accountOf"] = (subject, { credential } = {}) =>
      Effect.gen(function* () {
        const account = yield* directory.find(yield* holderOf(subject, credential))
        return Option.isSome(account) ? account.value : yield* Accounts.nothingCached(subject)
      })

    return {
      get,
      refresh: (subject, refreshOptions) => get(subject, { ...refreshOptions, policy: FetchPolicy.refresh }),
      accountOf,
    }
  })

/** What the offline layer is made of. */
export interface OfflineOptions extends Options {
  /** The base URL of the accounts that are meant; without it, that of whatever account is meant. */
  readonly baseUrl?: string | undefined
}

/**
 * Balances from the history alone: every reading is `Offline`, `refresh` too, and the API is never asked. Whoever can read the file is
 * trusted with it, so no credential is needed where the file leaves no doubt about who is meant.
 */
export const makeOffline = (options: OfflineOptions): Effect.Effect<Service, never, SnapshotStore | AccountDirectory> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const directory = yield* AccountDirectory
    const baseUrl = Option.fromNullable(options.baseUrl)
    const accountOf: Service["accountOf"] = (subject, { credential } = {}) =>
      Accounts.findOffline(store, directory, subject, baseUrl, Option.fromNullable(credential ?? options.token))
    const get: Service["refresh"] = (subject, getOptions) =>
      Effect.gen(function* () {
        const latest = yield* store.latest(yield* accountOf(subject, getOptions))
        if (Option.isNone(latest)) return yield* Accounts.nothingCached(subject)
        return offline(latest.value, yield* Clock.currentTimeMillis)
      })
    return { get, refresh: get, accountOf }
  })

/** Balances from the API and the history. */
export const layer = (
  options: Options = {},
): Layer.Layer<Balances, never, ZooClient | SnapshotStore | AccountDirectory> => Layer.effect(Balances, make(options))

/** Balances from the history alone. */
export const layerOffline = (
  options: OfflineOptions = {},
): Layer.Layer<Balances, never, SnapshotStore | AccountDirectory> => Layer.effect(Balances, makeOffline(options))
