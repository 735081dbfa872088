/** Reports over an account's history: what is left, how fast it goes, how long it lasts, what will be charged. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Subject from "../domain/balance/Subject.js"
import * as Subscription from "../domain/balance/Subscription.js"
import type * as Account from "../domain/history/Account.js"
import type * as Consumption from "../domain/history/Consumption.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as Credits from "../domain/money/Credits.js"
import * as BillingCalendar from "../domain/runway/BillingCalendar.js"
import type * as OverdraftPolicy from "../domain/runway/OverdraftPolicy.js"
import * as Report from "../domain/runway/Report.js"
import * as Calendar from "../domain/time/Calendar.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import { BillingState } from "../infra/store/BillingState.js"
import type { StoreError } from "../infra/store/StoreError.js"
import * as Accounts from "./Accounts.js"
import { Balances, GetError } from "./Balances.js"
import type * as FetchPolicy from "./FetchPolicy.js"
import * as Overdraft from "./Overdraft.js"
import type { Reading } from "./Reading.js"
import { UsageSeries } from "./UsageSeries.js"

/** An end of the projection that does not lie after its moment: give a later one. */
export class InvalidHorizon extends Schema.TaggedError<InvalidHorizon>("zoo-runway/InvalidHorizon")("InvalidHorizon", {
  horizon: Timestamp.FromText,
  now: Timestamp.FromText,
}) {
  override get message(): string {
    const [horizon, now] = [Timestamp.format(this.horizon), Timestamp.format(this.now)]
    return `RunwayAnalysis.report: the horizon ${horizon} does not lie after ${now}: give a later one`
  }
}

/** What a report covers. */
export interface ReportOptions {
  /** The moment that is reported on, from what was observed at or before it and without asking the API; without it, now. */
  readonly now?: Timestamp.Timestamp | undefined
  /** The end of the projection, after the moment; without it the next refresh. */
  readonly horizon?: Timestamp.Timestamp | undefined
  /**
   * What happens once credits are gone, before every other source. Without it: `payAsYouGo`, the layer's configuration, for `me` the API's answer
   * where the balance is fresh, the policy given last for this account, and what the history shows.
   */
  readonly overdraft?: OverdraftPolicy.OverdraftPolicy | undefined
  /** Whether pay as you go is on, at the price that the balance tells: short for `overdraft`. */
  readonly payAsYouGo?: boolean | undefined
  /** The zone whose calendar days the report is of: an IANA name, an offset, or a zone of Effect's. @default UTC */
  readonly zone?: Calendar.Zone | undefined
  /** When to ask the API. */
  readonly policy?: FetchPolicy.FetchPolicy | undefined
  /** The token of this call; without it the layer's. */
  readonly credential?: Redacted.Redacted | undefined
}

/** Errors of a report. Not among them: too little history, which the report says itself. */
export const ReportError = Schema.Union(GetError, InvalidHorizon, Calendar.InvalidZone)
/** Errors of a report. */
export type ReportError = typeof ReportError.Type

/** Reports over histories. */
export interface Service {
  /** The report of a subject. Fails as `Balances.get` does, and with `InvalidHorizon` and `InvalidZone`. */
  readonly report: (subject: Subject.Subject, options?: ReportOptions) => Effect.Effect<Report.Report, ReportError>
  /** The report on a reading that is at hand, as of now. */
  readonly reportOn: (
    reading: Reading,
    subject: Subject.Subject,
    options?: Pick<ReportOptions, "horizon" | "overdraft" | "payAsYouGo" | "credential" | "zone">,
  ) => Effect.Effect<Report.Report, InvalidHorizon | Calendar.InvalidZone | StoreError>
}

/** Reports over histories. */
export class RunwayAnalysis extends Context.Tag("zoo-runway/RunwayAnalysis")<RunwayAnalysis, Service>() {}

/** Options of the layer. */
export interface Options {
  /** Whether pay as you go is on for the accounts that are reported on; by default, each account's own sources tell it. */
  readonly payAsYouGo?: boolean | undefined
}

/** Long enough for an API that is well; a report does not wait for more. */
const TOLD_TIMEOUT = "2 seconds"

const zoneOf = ({ zone = Calendar.UTC }: ReportOptions) => Calendar.parseZone(zone)

/** Reports over the balances and the history. */
const make = (configured: Options): Effect.Effect<Service, never, Balances | UsageSeries | BillingState> =>
  Effect.gen(function* () {
    const balances = yield* Balances
    const usage = yield* UsageSeries
    const billing = yield* BillingState

    const consumptionUpTo = (newest: Snapshot.Snapshot, now: Timestamp.Timestamp, zone: Calendar.Zone | undefined) =>
      usage.series({
        account: newest.account,
        from: DateTime.subtract(newest.observedAt, { days: Report.HISTORY_DAYS }),
        until: newest.observedAt,
        cuts: Report.cuts(now, newest.observedAt, zone),
        // A fresh snapshot that could not be stored still counts.
        newest,
      })

    /** Asks the API, beside an answer of the API only, and stores what it says. An API that does not answer in time fails no report. */
    const toldOf = (subject: Subject.Subject, account: Account.Account, credential: Redacted.Redacted | undefined) =>
      balances.told(subject, { credential }).pipe(
        Effect.timeout(TOLD_TIMEOUT),
        Effect.orElseSucceed(() => Option.none<Overdraft.Told>()),
        Effect.tap(
          Option.match({ onNone: () => Effect.void, onSome: (told) => Overdraft.noteTold(billing, account, told) }),
        ),
      )

    /** The policy of an option or of the configuration, which is stored. */
    const givenOf = (
      account: Account.Account,
      { now, overdraft, payAsYouGo = configured.payAsYouGo }: ReportOptions,
    ) => {
      const policy = Option.orElse(Option.fromNullable(overdraft), () =>
        Option.map(Option.fromNullable(payAsYouGo), Overdraft.switched),
      )
      return Option.match(policy, {
        onNone: () => Effect.succeedNone,
        onSome: (given) =>
          // What is assumed of a moment of the past says nothing of later ones.
          now !== undefined
            ? Effect.succeed(policy)
            : Effect.flatMap(Clock.currentTimeMillis, (millis) =>
                Effect.as(
                  Overdraft.note(billing, account, {
                    overdraft: Option.some({ policy: given, at: Timestamp.fromMillis(millis) }),
                  }),
                  policy,
                ),
              ),
      })
    }

    /** The policy, the block and the collection threshold of an account. Of a moment of the past, what had been said by then. */
    const billingOf = (
      subject: Subject.Subject,
      { account, balance, observedAt }: Snapshot.Snapshot,
      consumption: Consumption.Consumption,
      now: Timestamp.Timestamp,
      isFresh: boolean,
      options: ReportOptions,
    ) =>
      Effect.gen(function* () {
        const isSaid = ({ at }: { readonly at: Timestamp.Timestamp }): boolean =>
          options.now === undefined || at.epochMillis <= now.epochMillis
        const stored = yield* billing.find(account)
        const given = yield* givenOf(account, options)
        const told = isFresh ? yield* toldOf(subject, account, options.credential) : Option.none<Overdraft.Told>()
        const flag = Option.map(
          Option.flatMap(told, ({ allowPayAsYouGo }) => allowPayAsYouGo),
          Overdraft.switched,
        )
        return {
          overdraft: Overdraft.choose({
            given: Option.orElse(given, () => flag),
            stored: Option.filter(stored.overdraft, isSaid),
            consumption,
            since: BillingCalendar.previousCycle({ balance, observedAt, now, refreshes: consumption.refreshes }),
            price: Option.getOrElse(Option.flatMap(balance.subscription, Subscription.creditPrice), () =>
              Credits.publishedPrice(Credits.unitAt(observedAt)),
            ),
          }),
          block: Option.flatMap(
            Option.orElse(told, () => Option.filter(stored.block, isSaid)),
            ({ block }) => block,
          ),
          threshold: Option.orElse(
            Option.flatMap(told, ({ threshold }) => threshold),
            () => Option.map(Option.filter(stored.threshold, isSaid), ({ threshold }) => threshold),
          ),
        }
      })

    const newestAsOf = (subject: Subject.Subject, at: Timestamp.Timestamp, credential: Redacted.Redacted | undefined) =>
      Effect.gen(function* () {
        const { account, until } = yield* balances.historyOf(subject, { credential })
        const snapshot = yield* usage.balanceAt(
          account,
          Option.match(until, { onNone: () => at, onSome: DateTime.min(at) }),
        )
        if (Option.isSome(snapshot)) return snapshot.value
        return yield* new Accounts.NothingCached({ subject, asOf: Option.some(at), kept: Option.none() })
      })

    const reportAt = (
      subject: Subject.Subject,
      snapshot: Snapshot.Snapshot,
      at: Timestamp.Timestamp,
      isFresh: boolean,
      options: ReportOptions,
    ) =>
      Effect.gen(function* () {
        const now = DateTime.max(at, snapshot.observedAt)
        const { horizon } = options
        const zone = yield* zoneOf(options)
        if (horizon !== undefined && DateTime.lessThanOrEqualTo(horizon, now))
          return yield* new InvalidHorizon({ horizon, now })
        const consumption = yield* consumptionUpTo(snapshot, now, zone)
        const { block, overdraft, threshold } = yield* billingOf(subject, snapshot, consumption, now, isFresh, options)
        return Report.make({
          snapshot,
          consumption,
          now,
          overdraft,
          block,
          threshold,
          horizon,
          zone,
        })
      })

    const reportOn: Service["reportOn"] = (reading, subject, options = {}) =>
      Effect.flatMap(Clock.currentTimeMillis, (millis) =>
        reportAt(subject, reading.snapshot, Timestamp.fromMillis(millis), reading._tag === "Fresh", options),
      ).pipe(
        Effect.withSpan("RunwayAnalysis.reportOn", { captureStackTrace: false, attributes: { subject: subject._tag } }),
      )

    const report: Service["report"] = (subject, options = {}) => {
      const { credential, now, policy } = options
      const reported =
        now === undefined
          ? Effect.flatMap(balances.get(subject, { credential, policy }), (reading) =>
              reportOn(reading, subject, options),
            )
          : Effect.flatMap(newestAsOf(subject, now, credential), (snapshot) =>
              reportAt(subject, snapshot, now, false, options),
            )
      // A wrong name costs no call of the API.
      return Effect.zipRight(zoneOf(options), reported).pipe(
        Effect.withSpan("RunwayAnalysis.report", { captureStackTrace: false, attributes: { subject: subject._tag } }),
      )
    }

    return { report, reportOn }
  })

/** Reports over balances and the history, with options. */
export const layerWith = (
  options: Options,
): Layer.Layer<RunwayAnalysis, never, Balances | UsageSeries | BillingState> =>
  Layer.effect(RunwayAnalysis, make(options))

/** Reports over balances and the history. */
export const layer: Layer.Layer<RunwayAnalysis, never, Balances | UsageSeries | BillingState> = layerWith({})
