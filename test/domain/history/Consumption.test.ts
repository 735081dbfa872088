import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Estimate from "../../../src/domain/history/Estimate.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Window from "../../../src/domain/time/Window.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { look } from "./looks.js"
import { cents, poll, snapshotAt } from "./simulated.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.parse("2026-08-10T00:00:00Z")
const TO = FROM + 40 * DAY

const simulated = AccountSimulator.simulate({ seed: 5, from: FROM, to: TO, openingStableCents: 20_000 })
const consumption = Consumption.fromLedger(Ledger.fromHistory(poll(simulated, FROM, TO, HOUR)))
const window = (from: number, to: number) => Window.make(Timestamp.fromMillis(from), Timestamp.fromMillis(to))

const truth = (from: number, to: number) => cents(simulated.usageBetween(from, to).totalCents)

/** Looks at uneven times, the first at `FROM`, the last at `TO`. */
const unevenly = FastCheck.uniqueArray(FastCheck.integer({ min: 1, max: 40 * 24 - 1 }), {
  minLength: 1,
  maxLength: 60,
}).map((hours) => [0, ...hours.sort((a, b) => a - b), 40 * 24].map((hour) => FROM + hour * HOUR))
const of = (times: ReadonlyArray<number>) =>
  Consumption.fromLedger(Ledger.fromHistory(times.map((at) => snapshotAt(simulated, at, { includeTotalDue: true }))))

describe("Consumption", () => {
  it("expects of a hidden span what the whole history tells where nothing is known within a week of it", () => {
    const light = AccountSimulator.simulate({
      seed: 1,
      from: FROM,
      to: TO,
      calls: Array.from({ length: 40 }, (_, day) => ({ at: FROM + day * DAY + HOUR, seconds: 60 })),
    })
    const looks = [FROM, FROM + DAY, FROM + 20 * DAY, FROM + 39 * DAY].map((at) =>
      snapshotAt(light, at, { includeTotalDue: true }),
    )
    // Nothing is known in the week before the last span, which has the refresh in it, but its neighbour, which is taken away.
    const [first, , last] = [...Ledger.fromHistory(looks)].filter(({ _tag }) => _tag === "Pools")
    if (first === undefined || last === undefined) return expect.fail("three spans")
    const far = Consumption.fromLedger([first, last]).credits
    const hidden = far.filter(({ lower, upper }) => !Option.exists(upper, (most) => Usd.Equivalence(lower, most)))
    expect(hidden.length).toBeGreaterThan(0)
    for (const { expected, lower } of hidden) expect(Usd.lessThan(lower, expected)).toBe(true)
  })

  it("marks the newest interval as provisional, and no other", () => {
    const marks = consumption.credits.map(({ provisional }) => provisional)
    expect(marks.at(-1)).toBe(true)
    expect(marks.slice(0, -1).includes(true)).toBe(false)
  })

  it("marks time without credits as censored, unless pay as you go was used within three days of it", () => {
    const call = (hour: number) => ({ at: FROM + hour * HOUR + HOUR / 2, seconds: 600 })
    const account = (payAsYouGo: boolean, hours: number) =>
      AccountSimulator.simulate({
        seed: 1,
        from: FROM,
        to: FROM + hours * HOUR,
        openingMonthlyCents: 500,
        openingStableCents: 0,
        payAsYouGo,
        collectionThresholdCents: 1_000_000,
        calls: [call(0), call(1), call(3)],
      })
    const marksOf = (payAsYouGo: boolean, hours = 6) =>
      Consumption.fromLedger(
        Ledger.fromHistory(poll(account(payAsYouGo, hours), FROM, FROM + hours * HOUR, HOUR)),
      ).credits.map(
        ({ censored, exhausted }) => `${exhausted ? "exhausted" : "credits"}${censored ? ", censored" : ""}`,
      )
    const censored = "exhausted, censored"
    expect(marksOf(false)).toStrictEqual(["credits", censored, censored, censored, censored, censored])
    expect(marksOf(true)).toStrictEqual(["credits", ...Array.from({ length: 5 }, () => "exhausted")])
    expect(marksOf(true, 4 * 24).slice(4 + 3 * 24)).toStrictEqual(Array.from({ length: 4 * 24 - 76 }, () => censored))
  })

  it("has lower <= expected <= upper in every interval, none of them negative", () => {
    for (const interval of [...consumption.credits, ...consumption.payAsYouGo]) {
      expect(Usd.isNegative(interval.lower)).toBe(false)
      expect(Usd.lessThan(interval.expected, interval.lower)).toBe(false)
      expect(Option.exists(interval.upper, (upper) => Usd.lessThan(upper, interval.expected))).toBe(false)
    }
  })

  it("bounds the simulator's usage over any whole number of looks", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.nat(40 * 24 - 1), FastCheck.integer({ min: 1, max: 400 }), (start, length) => {
        const [from, to] = [FROM + start * HOUR, Math.min(TO, FROM + (start + length) * HOUR)]
        const { usage } = Consumption.over(consumption, window(from, to))
        const used = truth(from, to)
        return !Usd.lessThan(used, usage.lower) && !Option.exists(usage.upper, (upper) => Usd.lessThan(upper, used))
      }),
    )
  })

  it("splits into parts that add up to the whole exactly, however it is cut", () => {
    FastCheck.assert(
      FastCheck.property(
        unevenly,
        FastCheck.array(FastCheck.integer({ min: FROM + 1, max: TO - 1 }), { maxLength: 20 }),
        (times, cuts) => {
          const series = of(times)
          const borders = [FROM, ...new Set(cuts.sort((a, b) => a - b)), TO]
          const whole = Consumption.over(series, window(FROM, TO)).usage.expected
          const parts = borders
            .slice(1)
            .map((to, index) => Consumption.over(series, window(borders[index] ?? FROM, to)).usage.expected)
          return Usd.Equivalence(Usd.sum(parts), whole)
        },
      ),
      { numRuns: 50 },
    )
  })

  it("bounds the truth on uneven looks, over the whole history", () => {
    FastCheck.assert(
      FastCheck.property(unevenly, (times) => {
        const { usage } = Consumption.over(of(times), window(FROM, TO))
        const used = truth(FROM, TO)
        return !Usd.lessThan(used, usage.lower) && !Option.exists(usage.upper, (upper) => Usd.lessThan(upper, used))
      }),
      { numRuns: 50 },
    )
  })

  it("estimates what is hidden at a refresh from the use around it, within its bounds", () => {
    const thrifty = AccountSimulator.simulate({ seed: 3, from: FROM, to: TO, dailyCents: 100 })
    const refresh = thrifty.events.find((event) => event._tag === "Refresh" && event.expiredCents > 0)
    const at = refresh?.at ?? Number.NaN
    // Looks every 12 hours: a quarter of a day before the refresh is hidden.
    const series = Consumption.fromLedger(
      Ledger.fromHistory(poll(thrifty, at - 126 * HOUR, at + 126 * HOUR, 12 * HOUR)),
    )
    const hidden = series.credits.find((interval) => !Estimate.isExact(interval))
    if (hidden === undefined) return expect.fail("every interval is exact")
    expect(Usd.lessThan(hidden.lower, hidden.expected)).toBe(true)
    expect(Option.exists(hidden.upper, (upper) => Usd.lessThan(hidden.expected, upper))).toBe(true)
  })

  it("does not cover a gap between snapshots", () => {
    const looks = [...poll(simulated, FROM, FROM + DAY, HOUR)]
    const series = Consumption.fromLedger(Ledger.fromHistory(looks))
    const { coveredMillis } = Consumption.over(series, window(FROM, FROM + 2 * DAY))
    expect(coveredMillis).toBe(DAY)
  })

  it("knows the longest time between two snapshots that reaches into a window", () => {
    const series = of([0, 1, 2, 50, 51].map((hour) => FROM + hour * HOUR))
    expect(Consumption.over(series, window(FROM, FROM + 3 * HOUR)).longestGapMillis).toBe(48 * HOUR)
    expect(Consumption.over(series, window(FROM, FROM + 2 * HOUR)).longestGapMillis).toBe(HOUR)
  })

  it.each([
    ["36 hours where snapshots come every hour", 1, 36],
    ["36 hours where snapshots come twice a day", 12, 36],
    ["three days where snapshots come once a day", 24, 72],
    ["three weeks where snapshots come once a week", 168, 504],
    ["36 hours where snapshots come every five minutes", 1 / 12, 36],
  ])("has gaps above %s", (_, everyHours, maxHours) => {
    const regular = Array.from({ length: 5 }, (_, index) => index * everyHours)
    const isGap = (hours: number) => {
      const last = 4 * everyHours
      const times = [...regular, last + hours, last + hours + everyHours].map((hour) => FROM + hour * HOUR)
      return of(times.filter((time) => time <= TO)).credits.some(({ gap }) => gap)
    }
    expect([isGap(maxHours), isGap(maxHours + 0.5)]).toEqual([false, everyHours < 168])
  })

  it("names what usage takes for granted, of the window that is asked for", () => {
    const drained = AccountSimulator.simulate({
      seed: 1,
      from: FROM,
      to: FROM + DAY,
      openingMonthlyCents: 100,
      openingStableCents: 1000,
      calls: [2, 4, 20].map((hour) => ({ at: FROM + hour * HOUR + 1, seconds: 120 })),
    })
    const series = Consumption.fromLedger(Ledger.fromHistory(poll(drained, FROM, FROM + DAY, HOUR)))
    const assumed = (from: number, to: number) =>
      Consumption.over(series, window(FROM + from * HOUR, FROM + to * HOUR)).assumes
    expect(assumed(0, 2)).toEqual([])
    expect(assumed(0, 24)).toEqual(["GrantsShow"])
  })

  it("expects most of a rise that may hold a renewal to be usage, because there is one a month", () => {
    const looks = ["10.00", "35.00", "62.00"].map((due, day) =>
      look({ at: `2026-05-1${day}T00:00:00Z`, monthly: "0.00", stable: "0.00", due }),
    )
    const expected = Consumption.fromLedger(Ledger.fromHistory(looks)).payAsYouGo.map((interval) =>
      Usd.toNumberApproximate(interval.expected),
    )
    expect(expected.map(Math.round)).toEqual([24, 26])
  })

  it("keeps usage between two looks at one time in the sums, however they are cut", () => {
    const at = (time: string, monthly: string) =>
      look({ at: time, monthly, stable: "7.00", refreshAt: "2026-12-01T00:00:00Z" })
    const series = Consumption.fromLedger(
      Ledger.fromHistory([
        at("2026-05-10T10:00:00Z", "9.00"),
        at("2026-05-11T00:00:00Z", "8.00"),
        at("2026-05-11T00:00:00Z", "5.00"),
        at("2026-05-11T10:00:00Z", "4.00"),
      ]),
    )
    const day = Date.parse("2026-05-11T00:00:00Z")
    const used = (from: number, to: number) => Usd.format(Consumption.over(series, window(from, to)).usage.expected)
    expect([used(day - DAY, day + DAY), used(day - DAY, day), used(day, day + DAY)]).toEqual(["5.00", "4.00", "1.00"])
  })

  it("expects the least beside a renewal that is likely", () => {
    const looks = ["10.00", "30.00"].map((due, hour) =>
      look({ at: `2026-05-10T1${hour}:00:00Z`, monthly: "0.00", stable: "0.00", due }),
    )
    const [interval] = Consumption.fromLedger(Ledger.fromHistory(looks)).payAsYouGo
    expect(interval === undefined ? "" : [interval.lower, interval.expected].map(Usd.format).join()).toBe("0.00,0.00")
    expect(Option.map(interval?.upper ?? Option.none(), Usd.format)).toEqual(Option.some("20.00"))
  })

  it("has nothing to say of fewer than two looks", () => {
    const one = Consumption.fromLedger(Ledger.fromHistory([snapshotAt(simulated, FROM, { includeTotalDue: true })]))
    expect(Consumption.seen(one)).toEqual(Option.none())
    expect(Consumption.seen(consumption)).toEqual(
      Option.some({ from: DateTime.unsafeMake(FROM), to: DateTime.unsafeMake(TO) }),
    )
  })

  it("marks time in which no credits were left at either end", () => {
    const broke = AccountSimulator.simulate({
      seed: 1,
      from: FROM,
      to: FROM + 5 * DAY,
      openingStableCents: 0,
      openingMonthlyCents: 0,
      payAsYouGo: false,
      grants: [],
    })
    const series = Consumption.fromLedger(Ledger.fromHistory(poll(broke, FROM, FROM + 5 * DAY, HOUR)))
    expect(series.credits.every((interval) => interval.exhausted)).toBe(true)
    expect(consumption.credits.some((interval) => interval.exhausted)).toBe(false)
  })
})
