import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { between, look, plan, told, usd } from "./looks.js"

describe("The ledger of the amount due", () => {
  it("reads a risen amount due as pay-as-you-go usage only once both pools are empty", () => {
    const empty = { monthly: "0.00", stable: "0.00" }
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", ...empty, due: "1.00" },
        { at: "2026-05-10T11:00:00Z", ...empty, due: "2.50" },
      ),
    ).toEqual(["Usage PayAsYouGo 1.50", "Charge Usage 1.50"])
    const left = { monthly: "0.00", stable: "5.00" }
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", ...left, due: "1.00" },
        { at: "2026-05-10T11:00:00Z", ...left, due: "2.50" },
      ),
    ).toEqual(["Charge Unknown 1.50"])
  })

  it("recognises a renewal by the plan's price, and bounds usage that may hide beside one", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "0.00", due: "0.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "0.00", due: "20.00" },
      ),
    ).toEqual(["Charge Renewal 20.00"])
    const empty = { monthly: "0.00", stable: "0.00" }
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", ...empty, due: "0.00" },
        { at: "2026-05-10T11:00:00Z", ...empty, due: "21.00" },
      ),
    ).toEqual(["Usage PayAsYouGo 1.00..21.00", "Charge Usage 1.00..21.00", "Charge Renewal 0.00..20.00"])
  })

  it("takes a rise below one member's price for usage alone", () => {
    const perMember = Option.map(plan, (subscription) => ({
      ...subscription,
      price: { _tag: "PerUser", interval: { _tag: "Month" }, price: usd("65") } as const,
    }))
    const due = (at: string, amount: string) => look({ at, monthly: "0.00", stable: "0.00", due: amount }, perMember)
    const rise = (amount: string) =>
      told(Ledger.between(due("2026-05-10T10:00:00Z", "260.00"), due("2026-05-10T11:00:00Z", amount)))
    expect(rise("260.29")).toEqual(["Usage PayAsYouGo 0.29", "Charge Usage 0.29"])
    expect(rise("324.99")).toEqual(["Usage PayAsYouGo 64.99", "Charge Usage 64.99"])
    expect(rise("390.00")).toEqual([
      "Usage PayAsYouGo 0.00..130.00",
      "Charge Usage 0.00..130.00",
      "Charge Renewal 0.00..130.00",
    ])
  })

  it("reads a fallen amount due as a payment, exact only where neither usage nor a renewal can hide beside it", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "0.00", due: "30.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "0.00", due: "10.00" },
      ),
    ).toEqual(["Payment 20.00..236.00", "Charge Renewal 0.00..216.00"]) // a year at 10 % off at most
    const free = Option.map(plan, (subscription) => ({
      ...subscription,
      price: { _tag: "Flat", interval: { _tag: "Month" }, price: Usd.zero } as const,
    }))
    const a = look({ at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "0.00", due: "30.00" }, free)
    const b = look({ at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "0.00", due: "10.00" }, free)
    expect(told(Ledger.between(a, b))).toEqual(["Payment 20.00"])
    const empty = { monthly: "0.00", stable: "0.00" }
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", ...empty, due: "30.00" },
        { at: "2026-05-10T11:00:00Z", ...empty, due: "10.00" },
      ),
    ).toEqual(["Payment 20.00..", "Usage PayAsYouGo 0.00..", "Charge Usage 0.00..", "Charge Renewal 0.00..216.00"])
  })

  it("never mistakes an amount due that was not asked for for 0", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "0.00", due: "30.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "0.00" },
      ),
    ).toEqual([])
  })

  describe("that holds a renewal beside pay as you go", () => {
    const empty = { monthly: "0.00", stable: "0.00", refreshAt: "2026-12-01T00:00:00Z" }
    /** Looks an hour apart from noon of a day on, with these amounts due. */
    const hourly = (day: string, dues: ReadonlyArray<string>) =>
      dues.map((due, hour) => look({ at: `${day}T${String(12 + hour).padStart(2, "0")}:00:00Z`, ...empty, due }))
    const charges = (looks: ReadonlyArray<Snapshot.Snapshot>) =>
      [...Ledger.fromHistory(looks)]
        .flatMap(({ events }) => events)
        .flatMap((event) => (event._tag === "Charge" && event.kind === "Renewal" ? [event] : []))
    const confidences = (looks: ReadonlyArray<Snapshot.Snapshot>) => charges(looks).map(({ confidence }) => confidence)

    it("calls it likely where the rise is just the price, and possible where nothing speaks for it", () => {
      expect(confidences(hourly("2026-05-10", ["1.00", "21.00"]))).toEqual(["Likely"])
      expect(confidences(hourly("2026-05-10", ["1.00", "22.50"]))).toEqual(["Possible"])
    })

    it("calls it likely on the day of the month of an earlier one, and not on another day", () => {
      const may = hourly("2026-05-10", ["1.00", "21.00"])
      expect(confidences([...may, ...hourly("2026-06-10", ["21.00", "43.50"])])).toEqual(["Likely", "Likely"])
      expect(confidences([...may, ...hourly("2026-06-14", ["21.00", "43.50"])])).toEqual(["Likely", "Possible"])
    })

    it("follows months that are too short for the day", () => {
      const january = hourly("2026-01-31", ["1.00", "21.00"])
      expect(confidences([...january, ...hourly("2026-02-28", ["21.00", "43.50"])])).toEqual(["Likely", "Likely"])
      const february = hourly("2026-02-28", ["1.00", "21.00"])
      expect(confidences([...february, ...hourly("2026-03-31", ["21.00", "43.50"])])).toEqual(["Likely", "Likely"])
    })

    it("calls it likely where no rise without one ever came near the price", () => {
      const usual = ["1.00", "2.00", "3.50", "4.00", "5.00", "6.00"]
      expect(confidences(hourly("2026-05-10", [...usual, "27.50"]))).toEqual(["Likely"])
      expect(confidences(hourly("2026-05-10", ["1.00", "2.00", "17.50", "18.00", "19.00", "20.00", "41.50"]))).toEqual([
        "Possible",
      ])
    })

    it("lets none follow within a month of one that is certain", () => {
      const renewed = [
        look({ at: "2026-05-10T11:00:00Z", ...empty, monthly: "5.00", due: "1.00" }),
        look({ at: "2026-05-10T12:00:00Z", ...empty, monthly: "5.00", due: "21.00" }),
        look({ at: "2026-05-10T13:00:00Z", ...empty, due: "21.00" }),
      ]
      const soon = [...renewed, ...hourly("2026-05-20", ["21.00", "43.50"])]
      expect(told([...Ledger.fromHistory(soon)].slice(-1))).toEqual(["Usage PayAsYouGo 22.50", "Charge Usage 22.50"])
      const paid = [...renewed, ...hourly("2026-05-20", ["21.00", "1.00"])]
      expect(charges(paid)).toHaveLength(1)
      // By the month, so that no year's price hides beside the next payment.
      const later = [...renewed, ...hourly("2026-07-20", ["21.00", "1.00"])]
      expect(told([...Ledger.fromHistory(later)].slice(-1)).at(-1)).toBe("Charge Renewal 0.00..20.00")
    })

    it("calls one beside a payment likely on its day, and leaves the usage beside it open", () => {
      const may = hourly("2026-05-10", ["1.00", "21.00"])
      const onItsDay = [...may, ...hourly("2026-06-10", ["21.00", "10.00"])]
      expect(confidences(onItsDay)).toEqual(["Likely", "Likely"])
      expect(told([...Ledger.fromHistory(onItsDay)].slice(-1)).slice(0, 2)).toEqual([
        "Payment 11.00..",
        "Usage PayAsYouGo 0.00..",
      ])
      expect(confidences([...may, ...hourly("2026-06-14", ["21.00", "10.00"])])).toEqual(["Likely", "Possible"])
    })

    it("forgets what it saw where the plan changes", () => {
      const may = hourly("2026-05-10", ["1.00", "21.00"])
      const other = Option.map(plan, (subscription) => ({ ...subscription, name: "other" }))
      const june = ["43.50"].map((due) => look({ at: "2026-06-10T12:30:00Z", ...empty, due }, other))
      expect(confidences([...may, ...june])).toEqual(["Likely", "Possible"])
    })
  })

  it("takes a year's price, less the discount, for a renewal", () => {
    const rise = (due: string) =>
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "0.00", due: "0.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "0.00", due },
      )
    expect(rise("216.00")).toEqual(["Charge Renewal 216.00"])
    expect(rise("217.00")).toEqual(["Charge Unknown 217.00"])
  })

  it("bounds what two years' prices can make up between looks that are far apart", () => {
    const empty = { monthly: "0.00", stable: "0.00" }
    const events = between(
      { at: "2026-04-20T00:00:00Z", ...empty, due: "0.00" },
      { at: "2027-09-06T00:00:00Z", ...empty, due: "432.00" },
    )
    expect(events).toContain("Charge Renewal 0.00..432.00")
    expect(events).toContain("Usage PayAsYouGo 0.00..432.00")
  })

  it("takes a contract's rise for usage, and says what that rests on", () => {
    const contract = Option.map(plan, (subscription) => ({ ...subscription, price: { _tag: "Contract" } as const }))
    const empty = { monthly: "0.00", stable: "0.00" }
    const a = look({ at: "2026-05-10T10:00:00Z", ...empty, due: "10.00" }, contract)
    const b = look({ at: "2026-05-10T11:00:00Z", ...empty, due: "510.00" }, contract)
    const entries = Ledger.between(a, b)
    expect(told(entries)).toEqual(["Usage PayAsYouGo 500.00", "Charge Usage 500.00"])
    expect(Ledger.assumptions(entries.flatMap(({ events }) => events))).toEqual(["PaymentsShow", "ContractsRenewApart"])
  })

  describe("where the plan changed", () => {
    const priced = (name: string, price: string, more: object = {}) =>
      Option.map(plan, (subscription) => ({
        ...subscription,
        name,
        annualDiscount: Option.none<number>(),
        price: { _tag: "Flat", interval: { _tag: "Month" }, price: usd(price) } as const,
        ...more,
      }))
    const refreshAt = "2026-12-01T00:00:00Z"
    const at = (day: number, due: string | undefined, of: typeof plan, monthly = "0.00") =>
      look({ at: `2026-05-${day}T00:00:00Z`, monthly, stable: "0.00", refreshAt, ...(due && { due }) }, of)

    it("lets a renewal be that of any plan since the amount due was known", () => {
      const [pro, free] = [priced("pro", "99.00"), priced("free", "0.00")]
      const last = (looks: ReadonlyArray<Snapshot.Snapshot>) => told([...Ledger.fromHistory(looks)].slice(-1))
      const unsure = ["Usage PayAsYouGo 0.00..99.00", "Charge Usage 0.00..99.00", "Charge Renewal 0.00..99.00"]
      expect(last([at(10, "0.00", pro), at(11, "99.00", free)])).toEqual(unsure)
      expect(last([at(10, "0.00", pro), at(11, undefined, free), at(12, "99.00", free)])).toEqual(unsure)
      expect(last([at(10, "0.00", pro), at(11, "0.00", free), at(12, "99.00", free)])).toEqual([
        "Usage PayAsYouGo 99.00",
        "Charge Usage 99.00",
      ])
      expect(last([at(10, "10.00", pro, "5.00"), at(11, "0.00", free, "5.00")])).toContain(
        "Charge Renewal 0.00..198.00",
      )
    })

    it("counts renewals by the interval of the price", () => {
      const daily = priced("daily", "1.00", { price: { _tag: "Flat", interval: { _tag: "Day" }, price: usd("1.00") } })
      expect(told(Ledger.between(at(10, "0.00", daily), at(20, "10.00", daily)))).toEqual([
        "Usage PayAsYouGo 0.00..10.00",
        "Charge Usage 0.00..10.00",
        "Charge Renewal 0.00..10.00",
      ])
    })
  })

  it("says nothing of the pools where a charge came although they cannot have run dry", () => {
    expect(
      between(
        {
          at: "2026-05-31T23:00:00Z",
          monthly: "5.00",
          stable: "50.00",
          due: "0.00",
          refreshAt: "2026-06-01T00:00:00Z",
        },
        {
          at: "2026-06-01T01:00:00Z",
          monthly: "20.00",
          stable: "50.00",
          due: "7.00",
          refreshAt: "2026-07-01T00:00:00Z",
        },
      ),
    ).toEqual(["Usage Monthly 0.00..5.00", "Expiry 0.00..5.00", "Refresh 20.00", "Charge Unknown 7.00"])
  })

  it("names what pools rest on that were used up because pay as you go was drawn", () => {
    const [pools] = Ledger.between(
      look({
        at: "2026-05-31T12:00:00Z",
        monthly: "4.00",
        stable: "0.00",
        due: "1.00",
        refreshAt: "2026-06-01T00:00:00Z",
      }),
      look({
        at: "2026-06-01T12:00:00Z",
        monthly: "20.00",
        stable: "0.00",
        due: "3.00",
        refreshAt: "2026-07-01T00:00:00Z",
      }),
    )
    expect(pools?.assumes).toContain("PaymentsShow")
  })
})

describe("An amount due that was not asked for", () => {
  const HOUR = 3_600_000
  const START = Date.UTC(2026, 4, 2)
  /** 4.00 used by the hour from 20.00, 2.00 an hour once the credits are gone; the amount due is asked for at some hours. */
  const history = (hours: number, asked: ReadonlyArray<number>) =>
    Array.from({ length: hours + 1 }, (_, hour) =>
      look({
        at: new Date(START + hour * HOUR).toISOString(),
        monthly: Math.max(0, 20 - 4 * hour).toFixed(2),
        stable: "0.00",
        refreshAt: "2026-06-01T00:00:00Z",
        ...(asked.includes(hour) ? { due: (2 * Math.max(0, hour - 5)).toFixed(2) } : {}),
      }),
    )
  const over = (asked: ReadonlyArray<number>, from: number, to: number, hours = 10) =>
    Consumption.over(Consumption.fromLedger(Ledger.fromHistory(history(hours, asked))), {
      from: Timestamp.fromMillis(START + from * HOUR),
      to: Timestamp.fromMillis(START + to * HOUR),
    }).usage
  const exact = (text: string) => ({ lower: usd(text), expected: usd(text), upper: Option.some(usd(text)) })

  it.each([
    { name: "never", asked: [] },
    { name: "at the beginning", asked: [0] },
    { name: "at the end", asked: [10] },
    { name: "at both ends", asked: [0, 10] },
    { name: "in the middle", asked: [7] },
    { name: "always", asked: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
  ])("leaves usage exact while credits remain: $name", ({ asked }) => {
    expect(over(asked, 0, 4)).toEqual(exact("16.00"))
  })

  it("opens the time in which both pools can have been empty", () => {
    expect(over([], 0, 10)).toEqual({ lower: usd("20.00"), expected: usd("20.00"), upper: Option.none() })
    expect(over([0], 4, 10).upper).toEqual(Option.none())
  })

  it("is known again between two amounts due, in the time in which the credits were gone", () => {
    expect(over([0, 10], 0, 10)).toEqual(exact("30.00"))
    expect(over([0, 10], 4, 10)).toEqual(exact("14.00"))
  })

  it("opens nothing where credits never ran out", () => {
    expect(over([], 0, 4, 4)).toEqual(exact("16.00"))
  })
})
