import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as LedgerDay from "../../../src/domain/history/LedgerDay.js"
import * as LedgerDayText from "../../../src/domain/history/LedgerDayText.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Polling from "../../truth/Polling.js"
import * as Scenario from "../../truth/Scenario.js"
import * as TrueAccount from "../../truth/TrueAccount.js"
import { look } from "./looks.js"

const SEED = 20_261_201
const ACCOUNTS = 100
const AT_ONCE = 20
const DAY = 86_400_000
const QUARTER = 900_000

/** The days of a history, each as it comes back from its text. */
const daysOf = (snapshots: ReadonlyArray<Snapshot.Snapshot>) => {
  const builders = new Map<number, LedgerDay.Builder>()
  let state = Ledger.start
  for (const snapshot of snapshots) {
    const [next, entries] = Ledger.step(state, snapshot)
    state = next
    const closedAt = snapshot.observedAt.epochMillis
    const day = LedgerDay.dayOf(closedAt)
    const builder = builders.get(day) ?? new LedgerDay.Builder(day)
    builders.set(day, builder)
    for (const entry of entries) builder.add(entry, closedAt)
  }
  const texts = [...builders.values()].map((builder) => LedgerDayText.encode(builder.build()))
  const days = [...builders.keys()].map((day, index) =>
    Either.getOrThrow(LedgerDayText.decode(day, texts[index] ?? "")),
  )
  return { builders, days, texts, open: Ledger.finish(state) }
}

const seriesOf = (
  days: ReadonlyArray<LedgerDay.LedgerDay>,
  open: ReadonlyArray<Ledger.Entry>,
  cuts?: ReadonlyArray<number>,
): Consumption.Consumption => {
  const collector = new Consumption.Collector({ cuts })
  for (const day of days) LedgerDay.collect(day, collector)
  for (const entry of open) collector.add(entry)
  return collector.series()
}

const window = (from: number, to: number) => ({ from: Timestamp.fromMillis(from), to: Timestamp.fromMillis(to) })

const usageOf = ({ usage }: Consumption.WindowUsage): string =>
  `${usage.lower.value} ${usage.expected.value} ${Option.match(usage.upper, { onNone: () => "", onSome: ({ value }) => `${value}` })}`

const told = (all: Consumption.WindowUsage): string =>
  `${usageOf(all)} ${all.coveredMillis} ${all.exhaustedMillis} ${all.longestGapMillis} ${[...all.assumes].sort()}`

const historyOf = (number: number): ReadonlyArray<Snapshot.Snapshot> => {
  const scenario = Scenario.make(SEED, number, { mostLooks: 300 })
  return Polling.looks(scenario.polling, TrueAccount.make(scenario), scenario.options.from)
}

describe("LedgerDay", () => {
  it.each(Array.from({ length: ACCOUNTS / AT_ONCE }, (_, part) => part * AT_ONCE))(
    "tells the same of every UTC day and of the whole as the ledger that it was built from, on simulated accounts from %i on",
    (firstNumber) => {
      for (let number = firstNumber; number < firstNumber + AT_ONCE; number++) {
        const snapshots = historyOf(number)
        const [first, last] = [snapshots[0], snapshots.at(-1)]
        if (first === undefined || last === undefined) continue
        const raw = Consumption.fromLedger(Ledger.fromHistory(snapshots))
        const { days, open } = daysOf(snapshots)
        const midnights: Array<number> = []
        const from = Math.floor(first.observedAt.epochMillis / DAY) * DAY
        for (let at = from; at <= last.observedAt.epochMillis + DAY; at += DAY) midnights.push(at)
        for (const series of [seriesOf(days, open), seriesOf(days, open, midnights)]) {
          const compare = (start: number, end: number) => {
            const [mine, its] = [series, raw].map((each) => told(Consumption.over(each, window(start, end))))
            if (mine !== its) expect(`account ${number} from ${start}: ${mine}`).toBe(its)
          }
          for (const at of midnights) compare(at, at + DAY)
          compare(from, last.observedAt.epochMillis + 1)
        }
      }
    },
  )

  it("gives back every entry that was not merged, and closes every balance equation", () => {
    for (let number = 0; number < 30; number++) {
      const snapshots = historyOf(number)
      const { builders, days } = daysOf(snapshots)
      const built = [...builders.values()].map((builder) => builder.build())
      for (const [index, day] of days.entries()) {
        expect(LedgerDayText.encode(day)).toEqual(LedgerDayText.encode(built[index] as LedgerDay.LedgerDay))
        const entries = LedgerDay.entries(day)
        const whole = (all: ReadonlyArray<LedgerDay.Closed>) =>
          all.filter(({ entry }) => entry.events.some(({ link }) => Option.isSome(link)))
        expect(whole(entries)).toEqual(whole(LedgerDay.entries(built[index] as LedgerDay.LedgerDay)))
        for (const { closedAt, entry } of entries) {
          expect(LedgerDay.dayOf(closedAt)).toBe(day.day)
          for (const { usd } of Ledger.residuals(entry))
            expect(Option.map(usd, Usd.format)).toEqual(Option.some("0.00"))
        }
      }
    }
  })

  it("gives back the entries of snapshots that are a quarter of an hour and more apart as they were", () => {
    const times = ["00:00", "00:20", "00:40", "01:10", "09:00"]
    const snapshots = ["9.00", "8.50", "4.00", "3.00", "0.00"].map((monthly, index) =>
      look({
        at: `2026-05-10T${times[index]}:00Z`,
        monthly,
        stable: index > 3 ? "4.00" : "5.00",
        refreshAt: "2026-06-01T00:00:00Z",
      }),
    )
    const { days } = daysOf(snapshots)
    expect(days.flatMap(LedgerDay.entries).map(({ entry }) => entry)).toEqual([...Ledger.fromHistory(snapshots)])
  })

  it("merges exact usage within a quarter of an hour, and idle time within a UTC day", () => {
    const minutes = [0, 3, 6, 14, 16, 29, 31, 600, 1430, 1450]
    const left = ["9", "8", "7", "6", "5", "5", "5", "5", "5", "5"]
    const snapshots = minutes.map((minute, index) =>
      look({
        at: new Date(Date.UTC(2026, 4, 10, 0, minute)).toISOString(),
        monthly: left[index] ?? "",
        stable: "0",
        refreshAt: "2026-06-01T00:00:00Z",
      }),
    )
    const entries = daysOf(snapshots).days.flatMap(LedgerDay.entries)
    const minute = (at: Timestamp.Timestamp) => (at.epochMillis - Date.UTC(2026, 4, 10)) / 60_000
    expect(entries.map(({ entry }) => [minute(entry.from), minute(entry.to)])).toEqual([
      [0, 14],
      [14, 16],
      [16, 1430],
      [1430, 1450],
    ])
  })

  it("divides usage as finely as quarters of an hour, which every zone's midnight falls on", () => {
    const snapshots = historyOf(8)
    const raw = Consumption.fromLedger(Ledger.fromHistory(snapshots))
    const { days, open } = daysOf(snapshots)
    const series = seriesOf(days, open)
    const first = Math.ceil((snapshots[0]?.observedAt.epochMillis ?? 0) / DAY) * DAY
    // Midnights of Kathmandu, 5:45 ahead of UTC.
    for (let day = 0; day < 5; day++) {
      const at = first + day * DAY + 73 * QUARTER
      const [mine, its] = [series, raw].map((each) => usageOf(Consumption.over(each, window(at, at + DAY))))
      expect(mine).toBe(its)
    }
  })

  it("writes amounts past 2^53 nano-dollars to the last digit", () => {
    const snapshots = ["9199999999.999999999", "0.000000001"].map((monthly, hour) =>
      look({ at: `2026-05-10T0${hour}:00:00Z`, monthly, stable: "0", refreshAt: "2026-06-01T00:00:00Z" }),
    )
    const { days, texts } = daysOf(snapshots)
    expect(texts[0]).toContain('"9199999999999999998"')
    const [closed] = days.flatMap(LedgerDay.entries)
    expect(closed?.entry.events.map(({ amount }) => amount)).toEqual([
      { _tag: "Exact", usd: Usd.unsafeFromText("9199999999.999999998") },
    ])
  })

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["no tracks", "{}"],
    ["an amount that is no whole number", '{"pools":[{"from":0,"monthly":0.5,"stable":0,"entries":[]}],"due":[]}'],
    ["an entry that ends before it begins", '{"pools":[{"from":9,"monthly":0,"stable":0,"entries":[[1]]}],"due":[]}'],
    ["unknown assumptions", '{"pools":[{"from":0,"monthly":0,"stable":0,"entries":[[1,0,0,99]]}],"due":[]}'],
    [
      "an entry that does not decode",
      '{"pools":[{"from":0,"monthly":0,"stable":0,"entries":[{"closedAt":1}]}],"due":[]}',
    ],
  ])("refuses a text with %s", (_, text) => {
    expect(Either.isLeft(LedgerDayText.decode(0, text))).toBe(true)
  })
})
