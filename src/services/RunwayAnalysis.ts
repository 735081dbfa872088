/** Reports over an account's history: what is left, how fast it goes, how long it lasts, what will be charged. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Subject from "../domain/balance/Subject.js"
import * as Subscription from "../domain/balance/Subscription.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as OverdraftPolicy from "../domain/runway/OverdraftPolicy.js"
import * as Report from "../domain/runway/Report.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import type { StoreError } from "../infra/store/StoreError.js"
import type { ZooError } from "../infra/zoo/ZooError.js"
import * as Accounts from "./Accounts.js"
import { Balances } from "./Balances.js"
import type * as FetchPolicy from "./FetchPolicy.js"
import type { Reading } from "./Reading.js"
import { UsageSeries } from "./UsageSeries.js"

/** An end of the projection that does not lie after its moment: give a later one. */
export class InvalidHorizon extends Data.TaggedError("InvalidHorizon")<{
  readonly horizon: Timestamp.Timestamp
  readonly now: Timestamp.Timestamp
}> {
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
  /** What happens once credits are gone; for `me` the API tells it where it is not given and the balance is fresh. */
  readonly overdraft?: OverdraftPolicy.OverdraftPolicy | undefined
  /** When to ask the API. */
  readonly policy?: FetchPolicy.FetchPolicy | undefined
  /** The token of this call; without it the layer's. */
  readonly credential?: Redacted.Redacted | undefined
}

/** Reports over histories. */
export interface Service {
  /** The report of a subject. Fails as `Balances.get` does, and with `InvalidHorizon`. */
  readonly report: (
    subject: Subject.Subject,
    options?: ReportOptions,
  ) => Effect.Effect<Report.Report, ZooError | Accounts.NothingCached | InvalidHorizon | StoreError>
  /** The report on a reading that is at hand, as of now. */
  readonly reportOn: (
    reading: Reading,
    subject: Subject.Subject,
    options?: Pick<ReportOptions, "horizon" | "overdraft" | "credential">,
  ) => Effect.Effect<Report.Report, InvalidHorizon | StoreError>
}

/** Reports over histories. */
export class RunwayAnalysis extends Context.Tag("zoo-runway/RunwayAnalysis")<RunwayAnalysis, Service>() {}

/** Pay as you go at the price that the body tells, else the published one. */
const payAsYouGo = (snapshot: Snapshot.Snapshot): OverdraftPolicy.OverdraftPolicy =>
  OverdraftPolicy.payAsYouGo(
    Option.getOrUndefined(Option.flatMap(snapshot.balance.subscription, Subscription.creditPrice)),
  )

/** Long enough for an API that is well; a report does not wait for more. */
const PATIENCE = "2 seconds"

/** Reports over the balances and the history. */
const make: Effect.Effect<Service, never, Balances | UsageSeries> = Effect.gen(function* () {
  const balances = yield* Balances
  const usage = yield* UsageSeries

  const consumptionUpTo = (newest: Snapshot.Snapshot, now: Timestamp.Timestamp) =>
    usage.series({
      account: newest.account,
      from: DateTime.subtract(newest.observedAt, { days: Report.HISTORY_DAYS }),
      until: newest.observedAt,
      cuts: Report.cuts(now, newest.observedAt),
      // A fresh snapshot that could not be stored still counts.
      newest,
    })

  /** For `me`, and only beside an answer of the API: what is kept says nothing of it. */
  const overdraftOf = (
    subject: Subject.Subject,
    snapshot: Snapshot.Snapshot,
    isFresh: boolean,
    options: ReportOptions,
  ) => {
    if (options.overdraft !== undefined) return Effect.succeedSome(options.overdraft)
    if (subject._tag !== "Me" || !isFresh) return Effect.succeedNone
    return balances.holder({ credential: options.credential }).pipe(
      Effect.timeout(PATIENCE),
      Effect.map(Option.flatMap((user) => user.allowPayAsYouGo)),
      Effect.map(Option.map((on) => (on ? payAsYouGo(snapshot) : OverdraftPolicy.blocked))),
      // An API that does not tell makes no report fail.
      Effect.orElseSucceed(() => Option.none<OverdraftPolicy.OverdraftPolicy>()),
    )
  }

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
      if (horizon !== undefined && DateTime.lessThanOrEqualTo(horizon, now))
        return yield* new InvalidHorizon({ horizon, now })
      const consumption = yield* consumptionUpTo(snapshot, now)
      const overdraft = yield* overdraftOf(subject, snapshot, isFresh, options)
      return Report.make({ snapshot, consumption, now, overdraft, ...(horizon === undefined ? {} : { horizon }) })
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
    return reported.pipe(
      Effect.withSpan("RunwayAnalysis.report", { captureStackTrace: false, attributes: { subject: subject._tag } }),
    )
  }

  return { report, reportOn }
})

/** Reports over balances and the history. */
export const layer: Layer.Layer<RunwayAnalysis, never, Balances | UsageSeries> = Layer.effect(RunwayAnalysis, make)
