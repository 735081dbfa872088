/** A trial: reports over a history, and the parts of a report, in turns. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Consumption from "../../src/domain/history/Consumption.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as BillingCalendar from "../../src/domain/runway/BillingCalendar.js"
import * as BurnRate from "../../src/domain/runway/BurnRate.js"
import * as DecayedRate from "../../src/domain/runway/DecayedRate.js"
import * as Pace from "../../src/domain/runway/Pace.js"
import * as Projection from "../../src/domain/runway/Projection.js"
import * as Report from "../../src/domain/runway/Report.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as Window from "../../src/domain/time/Window.js"
import { RunwayAnalysis } from "../../src/services/RunwayAnalysis.js"
import { UsageSeries } from "../../src/services/UsageSeries.js"
import { account } from "../store/Polled.js"
import { answer, must, sweep, timed, told } from "../store/Trial.js"
import * as World from "./World.js"

const { path, times, until } = told<{ readonly path: string; readonly until: number; readonly times: number }>()

const runtime = ManagedRuntime.make(World.services(path))
const now = Timestamp.fromMillis(until)

const series = Effect.gen(function* () {
  const usage = yield* UsageSeries
  const newest = Option.getOrThrow(yield* usage.balanceAt(account, now))
  const consumption = yield* usage.series({
    account,
    from: DateTime.subtract(newest.observedAt, { days: Report.HISTORY_DAYS }),
    until: newest.observedAt,
    cuts: Report.cuts(now, newest.observedAt),
    newest,
  })
  return { newest, consumption }
})

type Read = Effect.Effect.Success<typeof series>

/** What a report says without a forecast. */
const rates = ({ consumption, newest }: Read) => [
  ...Report.WINDOWS.map((days) => BurnRate.over(consumption, Window.lastDays(now, days))),
  DecayedRate.at(consumption, now, Report.HALF_LIFE_HOURS),
  Pace.ofMonthly({ ...newest, now }, BillingCalendar.scheduleOf({ ...newest, now })),
  ...Consumption.days(consumption, { from: DateTime.subtract(now, { days: 29 }), to: now }),
]

const forecast = (consumption: Consumption.Consumption, { balance, observedAt }: Snapshot.Snapshot) =>
  Projection.project({ now, observedAt, balance, consumption, overdraft: Option.none() })

const report = Effect.flatMap(RunwayAnalysis, (analysis) => analysis.report(World.subject, { now }))

const first = await timed(() => runtime.runPromise(report))
const read = await runtime.runPromise(series)
must(read.consumption.credits.length > 30, "there is a series")
must((await runtime.runPromise(report)).days.length === 30, "the report has 30 days")

const parts = {
  "the series of usage": () => runtime.runPromise(series),
  "rates, pace and days": () => rates(read),
  "the analysis without the forecast": () => runtime.runPromise(Effect.map(series, rates)),
  "the forecast": () => forecast(read.consumption, read.newest),
  "the whole report": () => runtime.runPromise(report),
}
const nanoseconds = new Map<string, Array<number>>()
for (let nth = 0; nth < times + 3; nth++) {
  for (const [name, work] of Object.entries(parts)) {
    sweep()
    const nanos = await timed(work)
    // The first ones warm up.
    if (nth >= 3) nanoseconds.set(name, [...(nanoseconds.get(name) ?? []), nanos])
  }
}
await runtime.dispose()
const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
answer({
  first,
  nanoseconds: Object.fromEntries([...nanoseconds].map(([name, values]) => [name, median(values)])),
})
