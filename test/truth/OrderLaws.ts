/** Looks that arrive late, out of order and more than once give the same ledger once they are sorted and repeats are dropped. */
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import { Random } from "../fuzz/Random.js"
import type { Scenario } from "./Scenario.js"
import * as Show from "./Show.js"
import type { Violation } from "./Violation.js"

/** The looks as they may arrive: every third one twice, in any order. */
const arrivals = (looks: ReadonlyArray<Snapshot.Snapshot>, random: Random): ReadonlyArray<Snapshot.Snapshot> => {
  const arrived = looks.flatMap((look) => (random.chance(1 / 3) ? [look, { ...look }] : [look]))
  for (let last = arrived.length - 1; last > 0; last--) {
    const other = random.below(last + 1)
    const [a, b] = [arrived[last], arrived[other]]
    if (a !== undefined && b !== undefined) [arrived[last], arrived[other]] = [b, a]
  }
  return arrived
}

const isRepeat = (look: Snapshot.Snapshot, before: Snapshot.Snapshot | undefined): boolean =>
  before !== undefined && Snapshot.Order(before, look) === 0 && Snapshot.agrees(before, look)

const lines = (entries: Iterable<Ledger.Entry>): ReadonlyArray<string> => Array.from(entries, Show.whole)

const firstDifference = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): string | undefined => {
  const index = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => index).find((at) => a[at] !== b[at])
  return index === undefined ? undefined : `    ${a[index]}\n    ${b[index]}`
}

/** Spans of no time, in which nothing can have happened. */
const isMoment = (entry: Ledger.Entry): boolean =>
  entry.from.epochMillis === entry.to.epochMillis && entry.events.length === 0

/** Checks the ledger of looks that arrived in disorder against its entries. */
export const check = (
  scenario: Scenario,
  looks: ReadonlyArray<Snapshot.Snapshot>,
  entries: ReadonlyArray<Ledger.Entry>,
): ReadonlyArray<Violation> => {
  const sorted = arrivals(looks, new Random(scenario.polling.seed, 2)).toSorted(Snapshot.Order)
  const history = sorted.filter((look, index) => !isRepeat(look, sorted[index - 1]))
  const expected = lines(entries)
  const found = [
    ["dropped repeats", firstDifference(expected, lines(Ledger.fromHistory(history)))],
    [
      "repeats that were kept",
      firstDifference(expected, lines([...Ledger.fromHistory(sorted)].filter((entry) => !isMoment(entry)))),
    ],
  ] as const
  return found.flatMap(([sort, detail]) =>
    detail === undefined
      ? []
      : [{ law: "order and repeats do not matter" as const, sort, number: scenario.number, detail }],
  )
}
