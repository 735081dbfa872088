/**
 * Balances for a backend: what is kept while it is fresh, the API when it is not, and every answer kept as history.
 *
 * One layer serves many tokens: a call may bring its own credential, and what one credential fetched is never handed to another. A failure
 * never replaces a good reading.
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
import { AccountDirectory } from "../infra/store/AccountDirectory.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"
import { ZooClient } from "../infra/zoo/ZooClient.js"
import { NoCredential, unanswered, type ZooError } from "../infra/zoo/ZooError.js"
import * as Accounts from "./Accounts.js"
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
   * when the API was not to be asked, and with a `StoreError` when the history cannot be read. A refused credential is handed nothing
   * that is kept.
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
  ) => Effect.Effect<Account.Account, Accounts.NothingCached | StoreError>
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

/** Whether a failure says nothing about the credential's rights, so that what it fetched before may still be handed out. */
const mayServeStale = (error: ZooError): boolean => error._tag === "Unavailable" || error._tag === "RateLimited"

/** Balances from the API and the history. */
export const make = (options: Options): Effect.Effect<Service, never, ZooClient | SnapshotStore | AccountDirectory> =>
  Effect.gen(function* () {
    const client = yield* ZooClient
    const store = yield* SnapshotStore
    const directory = yield* AccountDirectory

    const credentialOf = (subject: Subject.Subject, credential: Redacted.Redacted | undefined) => {
      const given = credential ?? options.token
      return given === undefined
        ? Effect.fail(new NoCredential(unanswered("Balances.get", Subject.format(subject))))
        : Effect.succeed(given)
    }

    /** The newest balance that this credential fetched of this subject before. */
    const keptFor = (subject: Subject.Subject, credential: Redacted.Redacted) =>
      directory.find({ baseUrl: client.baseUrl, credential, subject }).pipe(
        Effect.flatMap(
          Option.match({
            onNone: () => Effect.succeedNone,
            onSome: (account) => store.latest(account),
          }),
        ),
      )

    const keep = (snapshot: Snapshot.Snapshot): Effect.Effect<ReadonlyArray<Warning>> =>
      store
        .append(snapshot)
        .pipe(Effect.match({ onSuccess: () => [], onFailure: (cause) => [Warning.NotKept({ cause })] }))

    const fetch = (subject: Subject.Subject, credential: Redacted.Redacted): Effect.Effect<Reading, ZooError> =>
      Effect.gen(function* () {
        const { balance, drift } = yield* client.balance({ subject, credential, includeTotalDue: true })
        const now = Timestamp.fromMillis(yield* Clock.currentTimeMillis)
        const { account, named, warnings } = yield* Accounts.resolve(client, directory, subject, credential)
        const snapshot = Snapshot.make(account, now, balance)
        const notKept = named ? yield* keep(snapshot) : []
        const drifted = drift.length === 0 ? [] : [Warning.Drifted({ drift })]
        return Reading.Fresh({ snapshot, warnings: [...warnings, ...notKept, ...drifted] })
      })

    const get: Service["get"] = (subject, { credential: own, policy = FetchPolicy.cacheFirst() } = {}) =>
      Effect.gen(function* () {
        if (policy._tag === "CacheOnly") return yield* getKept(subject, own)
        const credential = yield* credentialOf(subject, own)
        const kept = yield* keptFor(subject, credential)
        const now = yield* Clock.currentTimeMillis
        // What was kept in the future, before the clock was set back, has no age that tells whether it is fresh.
        const past = Option.filter(kept, (snapshot) => snapshot.observedAt.epochMillis <= now)
        const age = Option.map(past, (snapshot) => ageOf(snapshot, now))
        if (Option.isSome(kept) && FetchPolicy.decide(policy, age) === "UseKept") {
          return Reading.Fresh({ snapshot: kept.value, warnings: [] })
        }
        return yield* fetch(subject, credential).pipe(
          Effect.catchAll((cause) =>
            Option.isSome(kept) && policy._tag === "CacheFirst" && mayServeStale(cause)
              ? Effect.succeed(
                  Reading.Stale({ snapshot: kept.value, warnings: [], age: ageOf(kept.value, now), cause }),
                )
              : Effect.fail(cause),
          ),
        )
      }).pipe(Effect.withSpan("Balances.get", { attributes: { subject: subject._tag } }))

    const { accountOf, getKept } = offline(store, directory, client.baseUrl, options, { needsCredential: true })

    return {
      get,
      refresh: (subject, refreshOptions) => get(subject, { ...refreshOptions, policy: FetchPolicy.refresh }),
      accountOf,
    }
  })

/** Reading what is kept. A backend's callers must show the credential that fetched it; whoever reads a file by himself need not. */
const offline = (
  store: SnapshotStore["Type"],
  directory: AccountDirectory["Type"],
  baseUrl: string,
  options: Options,
  { needsCredential }: { readonly needsCredential: boolean },
) => {
  const strict = (subject: Subject.Subject, credential: Option.Option<Redacted.Redacted>) =>
    Effect.gen(function* () {
      if (Option.isSome(credential)) {
        const known = yield* directory.find({ baseUrl, credential: credential.value, subject })
        if (Option.isSome(known)) return known.value
      }
      return yield* new Accounts.NothingCached({ subject, kept: [] })
    })
  const accountOf: Service["accountOf"] = (subject, { credential: own } = {}) => {
    const credential = Option.fromNullable(own ?? options.token)
    return needsCredential
      ? strict(subject, credential)
      : Accounts.findOffline(store, directory, subject, baseUrl, credential)
  }
  const getKept = (subject: Subject.Subject, own: Redacted.Redacted | undefined) =>
    Effect.gen(function* () {
      const account = yield* accountOf(subject, { credential: own })
      const latest = yield* store.latest(account)
      if (Option.isNone(latest)) return yield* new Accounts.NothingCached({ subject, kept: [] })
      const now = yield* Clock.currentTimeMillis
      return Reading.Offline({ snapshot: latest.value, warnings: [], age: ageOf(latest.value, now) })
    })
  return { accountOf, getKept }
}

/** Balances from the history alone: every reading is `Offline`, `refresh` too, and the API is never asked. */
export const makeOffline = (
  options: Options & { readonly baseUrl: string },
): Effect.Effect<Service, never, SnapshotStore | AccountDirectory> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const directory = yield* AccountDirectory
    const { accountOf, getKept } = offline(store, directory, options.baseUrl, options, { needsCredential: false })
    const get = (subject: Subject.Subject, getOptions?: Pick<GetOptions, "credential">) =>
      getKept(subject, getOptions?.credential)
    return { get, refresh: get, accountOf }
  })

/** Balances from the API and the history. */
export const layer = (
  options: Options = {},
): Layer.Layer<Balances, never, ZooClient | SnapshotStore | AccountDirectory> => Layer.effect(Balances, make(options))

/** Balances from the history alone. */
export const layerOffline = (
  options: Options & { readonly baseUrl: string },
): Layer.Layer<Balances, never, SnapshotStore | AccountDirectory> => Layer.effect(Balances, makeOffline(options))
