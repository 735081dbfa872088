/** `status`: balance, burn rate, runway and projected charge, from what is kept where that is fresh. */

import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Report from "../../domain/runway/Report.js"
import * as Balances from "../../services/Balances.js"
import * as FetchPolicy from "../../services/FetchPolicy.js"
import * as MarkedHistory from "../../services/MarkedHistory.js"
import type { Reading } from "../../services/Reading.js"
import * as RunwayAnalysis from "../../services/RunwayAnalysis.js"
import type * as Command from "../Command.js"
import * as Layers from "../Layers.js"
import * as Json from "../render/Json.js"
import * as ReadingJson from "../render/ReadingJson.js"
import * as StatusView from "../render/StatusView.js"
import * as Warnings from "../render/Warnings.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** A report, and the reading that it is on; a moment of the past has none. */
interface Reported {
  readonly report: Report.Report
  readonly reading: Option.Option<Reading>
}

const reportOf = ({ asOf, maxAge, payAsYouGo, subject, zone }: Settings.Settings) =>
  Effect.gen(function* () {
    const analysis = yield* RunwayAnalysis.RunwayAnalysis
    const terminal = yield* Terminal
    const warn = (lines: ReadonlyArray<string>) =>
      Effect.forEach(lines, (line) => terminal.note(`zoo-runway: ${line}`), { discard: true })
    const options = { payAsYouGo: Option.getOrUndefined(payAsYouGo), zone }
    const warnOfReport = (report: Report.Report) =>
      Effect.gen(function* () {
        yield* warn(Warnings.ofReport(report))
        yield* warn(Warnings.ofMisdated(report.account, yield* MarkedHistory.misdatedStart(report.account)))
      })
    if (Option.isSome(asOf)) {
      const report = yield* analysis.report(subject, { ...options, now: asOf.value })
      yield* warnOfReport(report)
      return { report, reading: Option.none() }
    }
    const balances = yield* Balances.Balances
    const policy = FetchPolicy.cacheFirst({
      maxAge: Option.getOrUndefined(maxAge),
      // Whoever reads this sees how old it is.
      staleIfError: Duration.infinity,
      jitter: 0,
    })
    const reading = yield* balances.get(subject, { policy })
    yield* warn(Warnings.lines(reading))
    const report = yield* analysis.reportOn(reading, subject, options)
    yield* warnOfReport(report)
    return { report, reading: Option.some(reading) }
  })

/** Prints a report, as JSON or as a table. */
export const print = ({ reading, report }: Reported, { json, zone }: Pick<Settings.Settings, "json" | "zone">) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    if (json) {
      const read = Option.getOrNull(Option.map(reading, ReadingJson.encode))
      return yield* terminal.print(Json.document({ ...Report.encode(report), reading: read }))
    }
    for (const line of StatusView.lines(report, zone, terminal.colors, { isPast: Option.isNone(reading) }))
      yield* terminal.print(line)
  })

/** Runs the command. */
export const run = (settings: Settings.Settings) =>
  reportOf(settings).pipe(
    Effect.provide(Layers.of(settings)),
    Effect.flatMap((reported) => print(reported, settings)),
  )

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written> = ({ environment, written }) =>
  Effect.flatMap(Settings.make(written, environment), run)
