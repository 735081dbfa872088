/**
 * Balances for a backend: what is kept while it is fresh, the API when it is not, and every answer kept as history.
 *
 * One layer serves many tokens: a call may bring its own credential, and what one credential was answered is never handed to another, in
 * memory, in the file or in flight. Whoever asks for what is being asked for waits for that one call, in this process and in others that
 * share the file. A failure never replaces a good reading, and is remembered for a short time of its own.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Subject from "../domain/balance/Subject.js"
import type * as Account from "../domain/history/Account.js"
import type * as Timestamp from "../domain/time/Timestamp.js"
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
import * as Changes from "./balances/Changes.js"
import * as Fetch from "./balances/Fetch.js"
import * as Holders from "./balances/Holders.js"
import * as Listeners from "./balances/Listeners.js"
import * as Offline from "./balances/Offline.js"
import type { GetError } from "./balances/Query.js"
import * as DriftWatch from "./DriftWatch.js"
import * as FetchPolicy from "./FetchPolicy.js"
import type * as Overdraft from "./Overdraft.js"
import type { Reading } from "./Reading.js"
import * as TodaysRate from "./TodaysRate.js"
import { UsageSeries } from "./UsageSeries.js"

export { NothingCached } from "./Accounts.js"
export type { GetError } from "./balances/Query.js"

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
  readonly get: (subject: Subject.Subject, options?: GetOptions) => Effect.Effect<Reading, GetError>
  /** The balance of a subject as the API tells it now, kept as history. */
  readonly refresh: (subject: Subject.Subject, options?: Omit<GetOptions, "policy">) => Effect.Effect<Reading, GetError>
  /**
   * The readings of a subject: first what a get gives, then each that tells more, whoever asked for it. Between them the API is asked when
   * something may have changed: sooner when a refresh or the expected end of the credits is near, later when nothing can change. What may
   * pass is waited out; fails where asking again would not help.
   */
  readonly changes: (subject: Subject.Subject, options?: ChangesOptions) => Stream.Stream<Reading, GetError>
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
  ) => Effect.Effect<History, GetError>
  /** The account whose history a subject opens, without asking the API. */
  readonly accountOf: (
    subject: Subject.Subject,
    options?: Pick<GetOptions, "credential">,
  ) => Effect.Effect<Account.Account, GetError>
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

const MINUTE = 60_000

/** Who asks: a call's own credential, or the layer's. */
interface Caller {
  readonly credential: Redacted.Redacted
  readonly isOwn: boolean
}

/** Balances from memory, the history and the API. */
export const make = (options: Options): Effect.Effect<Service, never, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* ZooClient
    const store = yield* SnapshotStore
    const directory = yield* AccountDirectory
    const answers = yield* Answers
    const holders = yield* Holders.make(client, answers.fingerprint)
    const listeners = Listeners.make()
    const cache = yield* Cache.make({
      baseUrl: client.baseUrl,
      answers,
      leases: yield* Leases,
      directory,
      fetch: yield* Fetch.make({
        client,
        holders,
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

    const callerOf = (method: string, subject: Subject.Subject, own: Redacted.Redacted | undefined) =>
      own !== undefined
        ? Effect.succeed<Caller>({ credential: own, isOwn: false })
        : Effect.flatMap(
            credentials.current,
            Option.match({
              onNone: () => Effect.fail(new NoCredential(unanswered(method, Subject.format(subject)))),
              onSome: (credential) => Effect.succeed<Caller>({ credential, isOwn: true }),
            }),
          )

    const asked = (subject: Subject.Subject, getOptions: GetOptions, { credential, isOwn }: Caller) =>
      Effect.suspend(() =>
        cache.get({
          subject,
          credential,
          policy: getOptions.policy ?? usual,
          includeTotalDue: getOptions.includeTotalDue ?? true,
          observed: observe(subject, isOwn),
        }),
      )

    /** A token of the layer that the API does not know may have been replaced meanwhile. */
    const askedAsLayer = (subject: Subject.Subject, getOptions: GetOptions, caller: Caller) =>
      Effect.catchTag(asked(subject, getOptions, caller), "Refused", (refused) =>
        refused.reason === "Forbidden"
          ? Effect.fail(refused)
          : Effect.flatMap(
              credentials.renewed(caller.credential),
              Option.match({
                onNone: () => Effect.fail(refused),
                onSome: (credential) => asked(subject, getOptions, { credential, isOwn: true }),
              }),
            ),
      )

    const get: Service["get"] = (subject, getOptions = {}) =>
      getOptions.credential !== undefined
        ? asked(subject, getOptions, { credential: getOptions.credential, isOwn: false })
        : Effect.flatMap(callerOf("Balances.get", subject, undefined), (caller) =>
            askedAsLayer(subject, getOptions, caller),
          )

    const changes: Service["changes"] = (subject, { every = Duration.minutes(15), ...getOptions } = {}) => {
      const millis = Duration.toMillis(every)
      return Stream.unwrap(
        Effect.map(callerOf("Balances.changes", subject, getOptions.credential), ({ credential }) =>
          Changes.make({
            get: (policy) => get(subject, { ...getOptions, policy }),
            policy: getOptions.policy ?? usual,
            listen: listeners.listen(cache.keyOf(subject, credential)),
            crossing,
            limits: { every: millis, soonest: Math.min(MINUTE, millis), latest: Math.max(360 * MINUTE, millis) },
          }),
        ),
      )
    }

    /** A backend's callers must show a credential that was answered with the account before. */
    const accountOf: Service["accountOf"] = (subject, { credential: own } = {}) =>
      Effect.gen(function* () {
        const { credential } = yield* callerOf("Balances.accountOf", subject, own)
        const account = yield* directory.find({ baseUrl: client.baseUrl, credential, subject })
        return Option.isSome(account) ? account.value : yield* Accounts.nothingCached(subject)
      })

    const historyOf: Service["historyOf"] = (subject, { credential: own } = {}) =>
      Effect.gen(function* () {
        const { credential } = yield* callerOf("Balances.historyOf", subject, own)
        const holder = { baseUrl: client.baseUrl, credential, subject }
        const [account, until] = [yield* directory.find(holder), yield* directory.lastAnswered(holder)]
        return Option.isSome(account) && Option.isSome(until)
          ? { account: account.value, until }
          : yield* Accounts.nothingCached(subject)
      })

    return {
      get,
      historyOf,
      refresh: (subject: Subject.Subject, getOptions?: Omit<GetOptions, "policy">) =>
        get(subject, { ...getOptions, policy: FetchPolicy.refresh }),
      changes,
      told: (subject, { credential: own } = {}) =>
        Effect.flatMap(callerOf("Balances.told", subject, own), ({ credential }) => {
          switch (subject._tag) {
            case "Me":
              return Effect.map(holders.user(credential), (told) => Option.some(Accounts.toldOfUser(told)))
            case "Org":
              return Effect.map(holders.org(credential), (told) => Option.some(Accounts.toldOfOrg(told)))
            case "User":
            case "AnyOrg":
              return Effect.succeedNone
          }
        }),
      accountOf,
    }
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
    return Offline.make({
      store: yield* SnapshotStore,
      directory: yield* AccountDirectory,
      baseUrl: Option.fromNullable(baseUrl),
      token: Option.fromNullable(token),
      label: Option.fromNullable(label),
    })
  })

/** Balances from memory, the history and the API. What is under way ends with the layer. */
export const layer = (options: Options = {}): Layer.Layer<Balances, never, Requirements> =>
  Layer.scoped(Balances, make(options))

/** Balances from the history alone. */
export const layerOffline = (
  options: OfflineOptions = {},
): Layer.Layer<Balances, never, SnapshotStore | AccountDirectory> => Layer.effect(Balances, makeOffline(options))
