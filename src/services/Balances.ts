/**
 * Balances for a backend: what is kept while it is fresh, the API when it is not, and every answer kept as history.
 *
 * One layer serves many tokens: a call may bring its own credential, and what one credential was answered is never handed to another, in
 * memory, in the file or in flight. Whoever asks for what is being asked for waits for that one call, in this process and in others that
 * share the file. A failure never replaces a good reading, and is remembered for a short time of its own.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Subject from "../domain/balance/Subject.js"
import type * as Account from "../domain/history/Account.js"
import * as Pacing from "../domain/polling/Pacing.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import { AccountDirectory } from "../infra/store/AccountDirectory.js"
import { Answers } from "../infra/store/Answers.js"
import { BillingState } from "../infra/store/BillingState.js"
import { Leases } from "../infra/store/Leases.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import * as Credentials from "../infra/zoo/Credentials.js"
import { ZooClient } from "../infra/zoo/ZooClient.js"
import { NoCredential, unanswered, type ZooError } from "../infra/zoo/ZooError.js"
import * as Accounts from "./Accounts.js"
import * as Cache from "./balances/Cache.js"
import * as CacheEntry from "./balances/CacheEntry.js"
import * as Changes from "./balances/Changes.js"
import * as Fetch from "./balances/Fetch.js"
import * as TokenOwners from "./balances/TokenOwners.js"
import * as DriftWatch from "./DriftWatch.js"
import * as FetchPolicy from "./FetchPolicy.js"
import type * as Overdraft from "./Overdraft.js"
import type { Reading } from "./Reading.js"
import * as TodaysRate from "./TodaysRate.js"
import { UsageSeries } from "./UsageSeries.js"

export { NothingCached } from "./Accounts.js"
export { GetError } from "./balances/CacheEntry.js"

/** How one balance is got. */
export interface GetOptions {
  /** When to ask the API; the layer's by default. */
  readonly policy?: FetchPolicy.FetchPolicy | undefined
  /** The token of this call; without it the layer's. */
  readonly credential?: Redacted.Redacted | undefined
  /** Whether the amount due is wanted, which makes the call slower; true by default. */
  readonly includeTotalDue?: boolean | undefined
}

/** How a subject is followed. */
export interface ChangesOptions extends GetOptions {
  /** The time between looks where nothing draws the next one nearer or puts it off; a quarter of an hour by default. */
  readonly every?: Duration.DurationInput | undefined
}

/** Whose history is opened, and up to when. */
export interface History {
  readonly account: Account.Account
  readonly until: Option.Option<Timestamp.Timestamp>
}

/** Balances of one base URL. */
export interface Service {
  /**
   * The balance of a subject. Fails with the `ZooError` when the API could not be asked and nothing usable is kept, with `NothingCached`
   * when the API was not to be asked, and then with a `StoreError` when the history cannot be read. What is handed out was answered to this
   * very credential; one that is refused is handed nothing.
   */
  readonly get: (subject: Subject.Subject, options?: GetOptions) => Effect.Effect<Reading, CacheEntry.GetError>
  /** The balance of a subject as the API tells it now, kept as history. */
  readonly refresh: (
    subject: Subject.Subject,
    options?: Omit<GetOptions, "policy">,
  ) => Effect.Effect<Reading, CacheEntry.GetError>
  /**
   * The readings of a subject: first what a get gives, then each that tells more, whoever asked for it. Between them the API is asked when
   * something may have changed: sooner when a refresh or the expected end of the credits is near, later when nothing can change. What may
   * pass is waited out; fails where asking again would not help.
   */
  readonly changes: (subject: Subject.Subject, options?: ChangesOptions) => Stream.Stream<Reading, CacheEntry.GetError>
  /**
   * What the API says about the account of `me` or `org` beside its balance: whether pay as you go is on, and why service stopped. Cached for
   * ten minutes. `None` for other subjects, and where the API is not to be asked.
   */
  readonly told: (
    subject: Subject.Subject,
    options?: Pick<GetOptions, "credential">,
  ) => Effect.Effect<Option.Option<Overdraft.Told>, ZooError>
  /**
   * The account whose history a subject opens, and up to when: what others fetched of it after the credential was last answered is not its to
   * see. `None`: all of it, where whoever reads the file is trusted with it. The API is not asked.
   */
  readonly historyOf: (
    subject: Subject.Subject,
    options?: Pick<GetOptions, "credential">,
  ) => Effect.Effect<History, CacheEntry.GetError>
  /** The account whose history a subject opens, without asking the API. */
  readonly accountOf: (
    subject: Subject.Subject,
    options?: Pick<GetOptions, "credential">,
  ) => Effect.Effect<Account.Account, CacheEntry.GetError>
}

/** Balances of one base URL. */
export class Balances extends Context.Tag("zoo-runway/Balances")<Balances, Service>() {}

/** What the layers are made of. */
export interface Options {
  /** The token of calls that bring none, or where it comes from. */
  readonly token?: Redacted.Redacted | Credentials.Credentials | undefined
  /** The policy of calls that bring none; {@link FetchPolicy.cacheFirst} by default. */
  readonly policy?: FetchPolicy.FetchPolicy | undefined
  /** The most balances that are remembered in memory, each of a subject and a credential; 10,000 by default. Others are read from the file. */
  readonly capacity?: number | undefined
  /** Where the expected end of an account's credits comes from; by default the rate of its last day. */
  readonly crossing?: TodaysRate.ExpectedCrossing | undefined
  /**
   * Under which name gauges tell of a subject (`Metrics`), where they do. By default `me` and `org` of the layer's own token are told under
   * their own names, and nobody else: a name may be a person's.
   */
  readonly observe?: ((subject: Subject.Subject, isOwn: boolean) => string | undefined) | undefined
}

/** Balances that are remembered unless told otherwise. */
export const DEFAULT_CAPACITY = 10_000

/** What the layers ask for. */
export type Requirements = ZooClient | SnapshotStore | AccountDirectory | Answers | Leases | BillingState | UsageSeries

const ownSubjects: NonNullable<Options["observe"]> = (subject, isOwn) =>
  isOwn && (subject._tag === "Me" || subject._tag === "Org") ? Subject.format(subject) : undefined

/** Balances from memory, the history and the API. */
export const make = (options: Options): Effect.Effect<Service, never, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* ZooClient
    const store = yield* SnapshotStore
    const directory = yield* AccountDirectory
    const answers = yield* Answers
    const { baseUrl } = client
    const owners = yield* TokenOwners.make(client, answers.fingerprint)
    const listeners = Changes.makeListeners()
    const cache = yield* Cache.make({
      baseUrl,
      answers,
      leases: yield* Leases,
      directory,
      fetch: yield* Fetch.make({
        client,
        owners,
        store,
        directory,
        billing: yield* BillingState,
        driftWatch: yield* DriftWatch.make,
      }),
      listeners,
      capacity: options.capacity ?? DEFAULT_CAPACITY,
    })
    const credentials = Credentials.of(options.token)
    const crossing = options.crossing ?? TodaysRate.crossing(yield* UsageSeries)
    const observe = options.observe ?? ownSubjects
    const usual = options.policy ?? FetchPolicy.cacheFirst()

    const required =
      (method: string, subject: Subject.Subject) =>
      (token: Option.Option<Redacted.Redacted>): Effect.Effect<Redacted.Redacted, NoCredential> =>
        Option.match(token, {
          onNone: () => Effect.fail(new NoCredential(unanswered(method, Subject.format(subject)))),
          onSome: Effect.succeed,
        })

    /** The token of a call: its own, or else the layer's. */
    const credentialOf = (method: string, subject: Subject.Subject, own: Redacted.Redacted | undefined) =>
      own === undefined ? Effect.flatMap(credentials.current, required(method, subject)) : Effect.succeed(own)

    const get: Service["get"] = (subject, { credential: own, includeTotalDue = true, policy = usual } = {}) => {
      const asked = (credential: Redacted.Redacted) =>
        Effect.suspend(() => {
          const observed = observe(subject, own === undefined)
          return cache.get({ subject, credential, policy, includeTotalDue, observed })
        })
      return own !== undefined
        ? asked(own)
        : Credentials.use(credentials, {
            call: (token) => Effect.flatMap(required("Balances.get", subject)(token), asked),
            isRefused: Credentials.isUnauthorized,
          })
    }

    const changes: Service["changes"] = (subject, { every = "15 minutes", ...getOptions } = {}) =>
      Stream.unwrap(
        Effect.map(credentialOf("Balances.changes", subject, getOptions.credential), (credential) =>
          Changes.make({
            get: (policy) => get(subject, { ...getOptions, policy }),
            policy: getOptions.policy ?? usual,
            listen: listeners.listen(cache.keyOf(subject, credential)),
            crossing,
            limits: Pacing.limitsOf({ soonest: Duration.min(every, "1 minute"), every, latest: "6 hours" }),
          }),
        ),
      )

    /** A backend's callers must show a credential that was answered with the account before. */
    const accountOf: Service["accountOf"] = (subject, { credential: own } = {}) =>
      Effect.gen(function* () {
        const credential = yield* credentialOf("Balances.accountOf", subject, own)
        const account = yield* directory.find({ baseUrl, credential, subject })
        return Option.isSome(account) ? account.value : yield* Accounts.nothingCached(subject)
      })

    const historyOf: Service["historyOf"] = (subject, { credential: own } = {}) =>
      Effect.gen(function* () {
        const credential = yield* credentialOf("Balances.historyOf", subject, own)
        const holder = { baseUrl, credential, subject }
        const [account, until] = [yield* directory.find(holder), yield* directory.lastAnswered(holder)]
        return Option.isSome(account) && Option.isSome(until)
          ? { account: account.value, until }
          : yield* Accounts.nothingCached(subject)
      })

    const told: Service["told"] = (subject, { credential: own } = {}) =>
      Effect.flatMap(credentialOf("Balances.told", subject, own), (credential) => {
        switch (subject._tag) {
          case "Me":
            return Effect.map(owners.user(credential), (user) => Option.some(Accounts.toldOfUser(user)))
          case "Org":
            return Effect.map(owners.org(credential), (org) => Option.some(Accounts.toldOfOrg(org)))
          case "User":
          case "AnyOrg":
            return Effect.succeedNone
        }
      })

    const refresh: Service["refresh"] = (subject, getOptions) =>
      get(subject, { ...getOptions, policy: FetchPolicy.refresh })

    return { get, refresh, changes, told, accountOf, historyOf }
  })

/** What the offline layer is made of. */
export interface OfflineOptions {
  /** The token that was used, where the file does not tell who is meant. */
  readonly token?: Redacted.Redacted | undefined
  /** The base URL of the accounts that are meant; without it, that of whatever account is meant. */
  readonly baseUrl?: string | undefined
  /** The label of the account that `me` means, whose id could not be resolved: `LABEL` of `me:LABEL`. */
  readonly label?: string | undefined
}

type OfflineService = Pick<Service, "accountOf" | "get">

/**
 * Balances from the history alone: every reading is `Offline`, `refresh` too, and the API is never asked. Whoever can read the file is
 * trusted with it, so no credential is needed where the file leaves no doubt about who is meant.
 */
export const makeOffline = ({
  baseUrl,
  label,
  token,
}: OfflineOptions): Effect.Effect<Service, never, SnapshotStore | AccountDirectory> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const directory = yield* AccountDirectory

    const accountOf: OfflineService["accountOf"] = (subject, { credential } = {}) =>
      Accounts.findOffline(store, directory, {
        subject,
        baseUrl: Option.fromNullable(baseUrl),
        credential: Option.fromNullable(credential ?? token),
        label: Option.fromNullable(label),
      })

    /** The newest snapshot observed by now; the one before it tells whether it is confirmed. */
    const get: OfflineService["get"] = (subject, getOptions) =>
      Effect.gen(function* () {
        const account = yield* accountOf(subject, getOptions)
        const now = yield* Clock.currentTimeMillis
        const newest = yield* store.asOf(account, Timestamp.fromMillis(now))
        if (Option.isNone(newest)) return yield* Accounts.nothingCached(subject)
        const { observedAt } = newest.value
        const before = yield* store.asOf(account, DateTime.subtract(observedAt, { millis: 1 }))
        const previous = Option.getOrUndefined(
          Option.map(before, (snapshot) => ({ snapshot, agreedSince: snapshot.observedAt.epochMillis })),
        )
        const answer = { snapshot: newest.value, agreedSince: CacheEntry.agreedSince(previous, newest.value) }
        return CacheEntry.offline(CacheEntry.entryOf(answer, "", true), now)
      })

    return {
      get,
      refresh: get,
      told: () => Effect.succeedNone,
      accountOf,
      historyOf: (subject, getOptions) =>
        Effect.map(accountOf(subject, getOptions), (account) => ({ account, until: Option.none() })),
      /** A single reading: a history that is only read does not change. */
      changes: (subject, getOptions) => Stream.fromEffect(get(subject, getOptions)),
    } satisfies Service
  })

/** Balances from memory, the history and the API. What is under way ends with the layer. */
export const layer = (options: Options = {}): Layer.Layer<Balances, never, Requirements> =>
  Layer.scoped(Balances, make(options))

/** Balances from the history alone. */
export const layerOffline = (
  options: OfflineOptions = {},
): Layer.Layer<Balances, never, SnapshotStore | AccountDirectory> => Layer.effect(Balances, makeOffline(options))
