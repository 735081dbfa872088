/** Everything assembled. Of the host only `HttpClient` is asked; offline, nothing. */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Account from "../domain/history/Account.js"
import * as SnapshotStore from "../infra/SnapshotStore.js"
import type { AccountDirectory } from "../infra/store/AccountDirectory.js"
import type { BillingState } from "../infra/store/BillingState.js"
import type { FileCare } from "../infra/store/FileCare.js"
import { StoreOpenError } from "../infra/store/StoreError.js"
import type { UsageStore } from "../infra/store/UsageStore.js"
import * as ZooClient from "../infra/zoo/ZooClient.js"
import * as Balances from "./Balances.js"
import * as Poller from "./Poller.js"
import * as RunwayAnalysis from "./RunwayAnalysis.js"
import * as TodaysRate from "./TodaysRate.js"
import * as UsageSeries from "./UsageSeries.js"

/** How balances are got and watched. */
export interface ServiceOptions extends ZooClient.Options, Omit<Balances.Options, "token">, RunwayAnalysis.Options {
  /** How the poller works. It does nothing until it is told what to watch. */
  readonly poller?: Poller.Options | undefined
}

/** Where the history is and how the API is reached. */
export interface Options extends ServiceOptions {
  /** The file of the history; it is made where there is none. */
  readonly database: string
  /** Whether to make the file's folder where it is missing, for its owner alone. Default: yes. */
  readonly createFolder?: boolean | undefined
  /** How durable an acknowledged balance is: `FULL` (the default) against loss of power, `NORMAL` against a crash of the process. */
  readonly synchronous?: "FULL" | "NORMAL" | undefined
}

/** Services of the assembled layers that do not need the API. */
export type OfflineServices =
  | Balances.Balances
  | RunwayAnalysis.RunwayAnalysis
  | UsageSeries.UsageSeries
  | SnapshotStore.SnapshotStore
  | UsageStore
  | AccountDirectory
  | BillingState

/** Services of the assembled layers. */
export type Services = OfflineServices | ZooClient.ZooClient | Poller.Poller

/** Errors of making the assembled layers over a file. Not among them: what the services fail with, once they are made. */
export const OpenError = Schema.Union(StoreOpenError, Account.InvalidBaseUrl)
/** Errors of making the assembled layers over a file. */
export type OpenError = typeof OpenError.Type

/** The poller polls sooner where an account's credits are expected to run out, as `Balances` does. */
const poller = ({ crossing, poller: options }: ServiceOptions) =>
  Layer.unwrapEffect(
    Effect.map(UsageSeries.UsageSeries, (usage) =>
      Poller.layer({ crossing: crossing ?? TodaysRate.crossing(usage), ...options }),
    ),
  )

const services = (options: ServiceOptions) =>
  RunwayAnalysis.layerWith(options).pipe(
    Layer.provideMerge(poller(options)),
    Layer.provideMerge(Balances.layer(options)),
    Layer.provideMerge(UsageSeries.layer),
  )

/**
 * The services over whatever provides the store's ports: `SnapshotStore`, `UsageStore`, `AccountDirectory`, `Answers` and `Leases`.
 */
export const layerOver = (
  options: ServiceOptions = {},
): Layer.Layer<
  Exclude<Services, SnapshotStore.Ports>,
  Account.InvalidBaseUrl,
  ZooClient.Requirements | SnapshotStore.Ports
> => Layer.provideMerge(services(options), ZooClient.layer(options))

/**
 * Balances and reports over the API and a history in a SQLite file. The base URL is checked before the file is opened.
 *
 * @example
 * import { Balances, Subject, Usd, Zoo } from "zoo-runway"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const program = Effect.gen(function* () {
 *   const balances = yield* Balances.Balances
 *   const reading = yield* balances.get(Subject.me)
 *   return Usd.format(reading.snapshot.balance.monthly.value)
 * }).pipe(
 *   Effect.provide(Zoo.layer({ database: "history.db", token: Redacted.make("…") })),
 *   Effect.provide(FetchHttpClient.layer),
 * )
 */
export const layer = (options: Options): Layer.Layer<Services | FileCare, OpenError, ZooClient.Requirements> => {
  const { createFolder, database, synchronous } = options
  return services(options).pipe(
    Layer.provideMerge(SnapshotStore.layerSqlite({ path: database, createFolder, synchronous })),
    Layer.provideMerge(ZooClient.layer(options)),
  )
}

/** The switch of pay as you go in the host's configuration. */
const payAsYouGoConfig = Config.withDefault(
  Config.primitive("on or off", (text): Either.Either<boolean | undefined, ConfigError.ConfigError> => {
    if (text === "on" || text === "off") return Either.right(text === "on")
    return text === ""
      ? Either.right(undefined)
      : Either.left(ConfigError.InvalidData([], `expected on or off, found ${JSON.stringify(text)}`))
  }).pipe(Config.nested("ZOO_RUNWAY_PAY_AS_YOU_GO")),
  undefined,
)

/**
 * {@link layer} with `ZOO_HOST`, the token (`ZOO_API_TOKEN`, `ZOO_TOKEN`, `KITTYCAD_API_TOKEN` or `KITTYCAD_TOKEN`, in this order, looked up
 * anew once the API does not know it any more), `ZOO_RUNWAY_STRICT`, `ZOO_RUNWAY_DATABASE` and `ZOO_RUNWAY_PAY_AS_YOU_GO` (`on` or `off`, absent
 * or empty where each account's own sources are to tell it) read from the host's configuration.
 */
export const layerConfig: Layer.Layer<
  Services | FileCare,
  OpenError | ConfigError.ConfigError,
  ZooClient.Requirements
> = Layer.unwrapEffect(
  Effect.map(
    Effect.all({
      zoo: ZooClient.config,
      database: Config.nonEmptyString("ZOO_RUNWAY_DATABASE"),
      payAsYouGo: payAsYouGoConfig,
    }),
    ({ database, payAsYouGo, zoo }) => layer({ ...zoo, database, payAsYouGo }),
  ),
)

/**
 * {@link layer} for tests: the history is in memory, every call is one attempt, and none waits for its turn, so that nothing sleeps while a
 * test's clock stands still. Each of these can be told otherwise. The API is whatever `baseUrl` or the `HttpClient` stands for: the stub of
 * `zoo-runway/testing`, say.
 *
 * @example
 * import { Balances, Subject, Zoo } from "zoo-runway"
 * import { StubZoo } from "zoo-runway/testing"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const test = Effect.gen(function* () {
 *   const stub = yield* StubZoo.make()
 *   const reading = yield* Effect.flatMap(Balances.Balances, (balances) => balances.get(Subject.me)).pipe(
 *     Effect.provide(Zoo.layerTest({ baseUrl: stub.baseUrl, token: Redacted.make("example-token") })),
 *   )
 *   return reading._tag
 * }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))
 */
export const layerTest = (options: ServiceOptions = {}): Layer.Layer<Services, OpenError, ZooClient.Requirements> =>
  Layer.provideMerge(
    layerOver({ attempts: 1, callsPerSecond: Number.POSITIVE_INFINITY, ...options }),
    SnapshotStore.layerMemory,
  )

/** Where the history is, and what helps to tell which account is meant. */
export interface OfflineOptions extends RunwayAnalysis.Options {
  readonly database: string
  /** The base URL of the accounts that are meant; without it, that of whatever account is meant. */
  readonly baseUrl?: string | undefined
  /** The token that was used, for `me` and `org` of a file that has several accounts. */
  readonly token?: Redacted.Redacted | undefined
  /** The label of the account that `me` means, whose id could not be resolved: `LABEL` of `me:LABEL`. */
  readonly label?: string | undefined
}

/** Balances and reports over the history alone. The file is opened for reading; the API is never asked. */
export const layerOffline = ({
  baseUrl,
  database,
  label,
  payAsYouGo,
  token,
}: OfflineOptions): Layer.Layer<OfflineServices | FileCare, OpenError> =>
  Layer.unwrapEffect(
    Effect.map(baseUrl === undefined ? Either.right(undefined) : Account.parseBaseUrl(baseUrl), (url) =>
      RunwayAnalysis.layerWith({ payAsYouGo }).pipe(
        Layer.provideMerge(Balances.layerOffline({ baseUrl: url, label, token })),
        Layer.provideMerge(UsageSeries.layer),
        Layer.provideMerge(SnapshotStore.layerReadOnly({ path: database })),
      ),
    ),
  )
