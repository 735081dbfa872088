/** A trial: statements of a history by months and by days, in turns. */
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as PeriodStatement from "../../src/services/PeriodStatement.js"
import { account } from "../store/Polled.js"
import { answer, must, sweep, timed, told } from "../store/Trial.js"
import * as World from "./World.js"

const { path, times } = told<{ readonly path: string; readonly times: number }>()

const runtime = ManagedRuntime.make(World.services(path))
const state = (by: PeriodStatement.By) =>
  runtime.runPromise(Effect.map(PeriodStatement.of(account, { by }), Option.getOrThrow))

const nanoseconds: Record<"month" | "day", Array<number>> = { month: [], day: [] }
const first = await timed(() => state("month"))
for (let nth = 0; nth < times + 3; nth++) {
  for (const by of ["month", "day"] as const) {
    let rows = 0
    sweep()
    const nanos = await timed(async () => {
      const { rows: found, totals } = await state(by)
      rows = found.length
      must(totals.usage.expected.value > 0n, "something was used")
    })
    must(rows >= (by === "day" ? 300 : 10), "a statement of a year")
    // The first ones warm up.
    if (nth >= 3) nanoseconds[by].push(nanos)
  }
}
await runtime.dispose()
const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
answer({ first, month: median(nanoseconds.month), day: median(nanoseconds.day) })
