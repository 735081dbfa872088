/**
 * A job that looks after one's own credits. For cron, it looks once and exits with 1 where something needs a person:
 *
 *     17 * * * *  ZOO_API_TOKEN=… ZOO_RUNWAY_DATABASE=history.db node scheduled-job.js || notify
 *
 * With `watch` it stays, looks when something may have changed, and warns when the credits are about to end:
 *
 *     ZOO_API_TOKEN=… ZOO_RUNWAY_DATABASE=history.db node scheduled-job.js watch
 */
import { fileURLToPath } from "node:url"
import { FetchHttpClient } from "@effect/platform"
import { Clock, Effect, Stream } from "effect"
import { Poller, type Report, type Runway, RunwayAnalysis, Subject, Timestamp, Zoo } from "zoo-runway"

const LEAST_DAYS = 7
const MOST_DOLLARS = 50

const DAY = 86_400_000

const isNear = (at: Timestamp.Timestamp, now: number): boolean => at.epochMillis - now < LEAST_DAYS * DAY

/** What is wrong with how long credits last; `undefined` where nothing is. */
const complaintAbout = (runway: Runway.Runway, now: number): string | undefined => {
  switch (runway._tag) {
    case "Empty":
      return "no credits are left"
    case "RunsOut":
      return isNear(runway.at, now) ? `credits run out on ${Timestamp.format(runway.at)}` : undefined
    case "Blocked":
      return "service is stopped"
    case "NotEnoughHistory":
      return `nobody can tell yet how long credits last: ${runway.why}`
    case "TooOld":
      return "the newest balance is too old to tell how long credits last"
    case "LastsBeyond":
    case "LastsCycle":
    case "NoUse":
      return undefined
  }
}

/** All that is wrong. A charge counts where it is more likely than one in ten: the upper end of an interval of 80 %. */
export const complaints = ({ now, projection, runway }: Report.Report): ReadonlyArray<string> => {
  const charges = projection._tag === "Projected" ? projection.charges : []
  const worst = Math.max(0, ...charges.map(({ usd }) => usd.intervals[0]?.upper ?? usd.point))
  return [
    complaintAbout(runway, now.epochMillis),
    worst > MOST_DOLLARS ? `up to ${worst.toFixed(2)} USD will be charged` : undefined,
  ].filter((complaint) => complaint !== undefined)
}

/** Looks once; tells the exit code. An answer that cannot be had is no good news either. */
export const check = Effect.gen(function* () {
  const analysis = yield* RunwayAnalysis.RunwayAnalysis
  const found = complaints(yield* analysis.report(Subject.me))
  yield* Effect.forEach(found, (complaint) => Effect.logWarning(complaint))
  return found.length === 0 ? 0 : 1
}).pipe(Effect.catchAll((error) => Effect.as(Effect.logError(error.message), 1)))

/** Looks until it is interrupted; warns once each time that the end of the credits comes near. */
export const watch = Effect.gen(function* () {
  const poller = yield* Poller.Poller
  const analysis = yield* RunwayAnalysis.RunwayAnalysis
  yield* poller.watch({ subject: Subject.me })
  yield* poller.events.pipe(
    Stream.tap((event) => (event._tag === "Failed" ? Effect.logError(event.error.message) : Effect.void)),
    Stream.filter((event) => event._tag === "Polled"),
    Stream.mapEffect(({ reading }) => analysis.reportOn(reading, Subject.me)),
    Stream.mapEffect(({ runway }) => Effect.map(Clock.currentTimeMillis, (now) => complaintAbout(runway, now))),
    Stream.changesWith((one, next) => (one === undefined) === (next === undefined)),
    Stream.runForEach((complaint) =>
      complaint === undefined ? Effect.logInfo("the credits last") : Effect.logWarning(complaint),
    ),
  )
}).pipe(Effect.scoped)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const job = process.argv[2] === "watch" ? Effect.as(watch, 0) : check
  const provided = job.pipe(Effect.provide(Zoo.layerConfig), Effect.provide(FetchHttpClient.layer))
  process.exitCode = await Effect.runPromise(provided)
}
