/** A trial: how long the event loop stands still while one thing is done, for the first time in a process and again. */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import * as PeriodStatement from "../../src/services/PeriodStatement.js"
import { RunwayAnalysis } from "../../src/services/RunwayAnalysis.js"
import * as Statement from "../../src/services/Statement.js"
import { UsageSeries } from "../../src/services/UsageSeries.js"
import * as Verification from "../../src/services/Verification.js"
import { account } from "../store/Polled.js"
import { answer, must, told } from "../store/Trial.js"
import * as World from "./World.js"

const { again, count, path, until, what } = told<{
  readonly path: string
  readonly count: number
  readonly until: number
  readonly what: string
  /** How often it is done after the first time. */
  readonly again: number
}>()

const works = {
  nothing: Effect.as(
    Effect.promise(() => setTimeout(500)),
    true,
  ),
  report: Effect.flatMap(RunwayAnalysis, (analysis) =>
    Effect.map(
      analysis.report(World.subject, { now: Timestamp.fromMillis(until) }),
      (report) => report.days.length === 30,
    ),
  ),
  fill: Effect.flatMap(UsageSeries, (usage) =>
    Effect.map(usage.fill(account), (days) => days >= Math.floor(count / 1440) - 1),
  ),
  statement: Effect.gen(function* () {
    const statement = Option.getOrThrow(yield* Statement.of(account, {}))
    const sums = new Statement.Sums()
    let snapshots = 1
    yield* Stream.runForEachChunk(statement.snapshots, (chunk) =>
      Effect.sync(() => {
        for (const { entries } of chunk) {
          snapshots++
          for (const entry of entries) sums.add(entry)
        }
      }),
    )
    return snapshots >= count && sums.totals().usage.expected.value > 0n
  }),
  periods: Effect.map(
    PeriodStatement.of(account, { by: "day" }),
    (statement) => Option.getOrThrow(statement).rows.length >= Math.floor(count / 1440) - 1,
  ),
  stream: Effect.flatMap(SnapshotStore, (store) =>
    Effect.map(
      Stream.runFoldWhileEffect(
        Stream.chunks(store.stream(account)),
        0,
        () => true,
        (sum, chunk) => Effect.succeed(sum + chunk.length),
      ),
      (read) => read === count,
    ),
  ),
  verify: Effect.gen(function* () {
    const file = yield* Verification.file
    const found = yield* Verification.account(account)
    return file.length === 0 && Verification.isSound(found) && found.snapshots === count
  }),
} as const

const runtime = ManagedRuntime.make(World.services(path))
await runtime.runPromise(Effect.void)
const delay = monitorEventLoopDelay({ resolution: 1 })

const held = async (): Promise<{ readonly hold: number; readonly millis: number }> => {
  // The monitor leaves out what begins before its first turn, also after a reset.
  delay.enable()
  await setTimeout(20)
  delay.reset()
  await setTimeout(20)
  const started = performance.now()
  const holds = await runtime.runPromise(works[what as keyof typeof works])
  const millis = performance.now() - started
  await setTimeout(5)
  delay.disable()
  must(holds, `${what} does what it has to do`)
  return { hold: delay.max / 1e6, millis }
}

const first = await held()
const later: Array<number> = []
for (let nth = 0; nth < again; nth++) later.push((await held()).hold)
await runtime.dispose()
answer({ first: first.hold, millis: first.millis, later: later.length === 0 ? null : Math.max(...later) })
