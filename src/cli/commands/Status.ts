/** `status`: balance, burn rate, runway and projected charge, from what is kept where that is fresh. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Report from "../../domain/runway/Report.js"
import * as Balances from "../../services/Balances.js"
import * as FetchPolicy from "../../services/FetchPolicy.js"
import * as RunwayAnalysis from "../../services/RunwayAnalysis.js"
import * as Layers from "../Layers.js"
import * as StatusView from "../render/StatusView.js"
import * as Warnings from "../render/Warnings.js"
import type { Settings } from "../Settings.js"
import { Terminal } from "../Terminal.js"

const reportOf = ({ asOf, maxAge, subject }: Settings) =>
  Effect.gen(function* () {
    const analysis = yield* RunwayAnalysis.RunwayAnalysis
    if (Option.isSome(asOf)) return yield* analysis.report(subject, { now: asOf.value })
    const terminal = yield* Terminal
    const balances = yield* Balances.Balances
    const reading = yield* balances.get(subject, { policy: FetchPolicy.cacheFirst(Option.getOrUndefined(maxAge)) })
    for (const line of Warnings.lines(reading)) yield* terminal.note(`zoo-runway: ${line}`)
    return yield* analysis.reportOn(reading, subject)
  })

/** Prints a report, as JSON or as a table. */
export const print = (report: Report.Report, { json, zone }: Pick<Settings, "json" | "zone">) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    if (json) return yield* terminal.print(JSON.stringify(Report.encode(report), null, 2))
    for (const line of StatusView.lines(report, zone, terminal.colors)) yield* terminal.print(line)
  })

/** Runs the command. */
export const run = (settings: Settings) =>
  reportOf(settings).pipe(
    Effect.provide(Layers.of(settings)),
    Effect.flatMap((report) => print(report, settings)),
  )
