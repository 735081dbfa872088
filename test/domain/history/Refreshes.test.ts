import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import { between, look, plan, told, usd } from "./looks.js"

describe("The ledger of refreshes", () => {
  it("bounds what was used before a refresh by what was left, and links it with what expired", () => {
    expect(
      between(
        { at: "2026-05-31T23:00:00Z", monthly: "3.00", stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" },
        { at: "2026-06-01T01:00:00Z", monthly: "19.50", stable: "7.00", refreshAt: "2026-07-01T00:00:00Z" },
      ),
    ).toEqual(["Usage Monthly 0.00..3.00", "Expiry 0.00..3.00", "Refresh 20.00", "Usage Monthly 0.50"])
  })

  it("knows that all of it was used where stable credits fell before the refresh", () => {
    expect(
      between(
        { at: "2026-05-31T23:00:00Z", monthly: "3.00", stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" },
        { at: "2026-06-01T01:00:00Z", monthly: "20.00", stable: "6.00", refreshAt: "2026-07-01T00:00:00Z" },
      ),
    ).toEqual(["Usage Monthly 3.00", "Refresh 20.00", "Usage Stable 1.00"])
  })

  it("sees no refresh while an announced one is pending, whatever the calendar says", () => {
    const pending = { refreshAt: "2026-06-01T00:00:00Z", stable: "7.00" }
    expect(
      between(
        { at: "2026-05-31T23:00:00Z", monthly: "3.00", ...pending },
        { at: "2026-06-01T02:00:00Z", monthly: "2.50", ...pending },
      ),
    ).toEqual(["Usage Monthly 0.50"])
  })

  it("takes announced times that jitter by seconds for the same cycle", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "3.00", stable: "0.00", refreshAt: "2026-06-01T00:00:00Z" },
        { at: "2026-05-10T11:00:00Z", monthly: "2.00", stable: "0.00", refreshAt: "2026-06-01T00:00:01.250Z" },
      ),
    ).toEqual(["Usage Monthly 1.00"])
  })

  it("covers both readings of a month's first without a rise: refreshed and used, or not refreshed yet", () => {
    expect(
      between(
        { at: "2026-05-31T12:00:00Z", monthly: "8.00", stable: "7.00" },
        { at: "2026-06-01T12:00:00Z", monthly: "7.00", stable: "7.00" },
      ),
    ).toEqual(["Refresh 0.00..20.00", "Expiry 0.00..8.00", "Usage Monthly 1.00..21.00"])
  })

  it("counts the whole allowance of cycles that nobody looked at as possible usage", () => {
    expect(
      between(
        { at: "2026-04-20T00:00:00Z", monthly: "4.00", stable: "7.00", refreshAt: "2026-05-01T00:00:00Z" },
        { at: "2026-06-02T00:00:00Z", monthly: "18.00", stable: "7.00", refreshAt: "2026-07-01T00:00:00Z" },
      ),
    ).toEqual([
      "Usage Monthly 0.00..4.00",
      "Expiry 0.00..4.00",
      "Refresh 20.00",
      "Usage Monthly 0.00..20.00",
      "Expiry 0.00..20.00",
      "Refresh 20.00",
      "Usage Monthly 2.00",
    ])
  })

  it("leaves usage after a refresh without a bound where no plan tells the allowance", () => {
    const a = look({ at: "2026-05-31T23:00:00Z", monthly: "0.00", stable: "7.00" }, Option.none())
    const b = look({ at: "2026-06-01T01:00:00Z", monthly: "9.00", stable: "7.00" }, Option.none())
    expect(told(Ledger.between(a, b))).toEqual(["Refresh 9.00..", "Usage Monthly 0.00.."])
  })

  it("takes the highest that was seen for the allowance where that is chosen, and names it", () => {
    const looks = [
      look({ at: "2026-05-20T00:00:00Z", monthly: "15.00", stable: "7.00" }, Option.none()),
      look({ at: "2026-05-31T23:00:00Z", monthly: "0.00", stable: "7.00" }, Option.none()),
      look({ at: "2026-06-01T01:00:00Z", monthly: "9.00", stable: "7.00" }, Option.none()),
    ]
    const entries = [...Ledger.fromHistory(looks, { assume: ["AllowanceIsHighestSeen"] })]
    expect(told(entries)).toEqual(["Usage Monthly 15.00", "Refresh 15.00", "Usage Monthly 6.00"])
    expect(entries.map((entry) => Ledger.assumptions(entry.events))).toEqual([
      ["RefreshesShow"],
      ["AllowanceIsHighestSeen"],
    ])
  })

  it("leaves usage beside a rise above the allowance without a bound", () => {
    const looks = { stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" }
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "3.00", ...looks },
        { at: "2026-05-10T11:00:00Z", monthly: "21.00", ...looks },
      ),
    ).toEqual(["Correction Monthly 18.00..", "Usage Monthly 0.00.."])
  })

  it("take a rise to nearly the allowance for a refresh that came early, although its date stays", () => {
    const looks = { stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" }
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "3.00", ...looks },
        { at: "2026-05-10T11:00:00Z", monthly: "18.50", ...looks },
      ),
    ).toEqual(["Usage Monthly 0.00..3.00", "Expiry 0.00..3.00", "Refresh 20.00", "Usage Monthly 1.50"])
  })

  it("take a rise that stays far below the allowance for a refresh, or for credits that were given back", () => {
    const looks = { stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" }
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "3.00", ...looks },
        { at: "2026-05-10T11:00:00Z", monthly: "5.00", ...looks },
      ),
    ).toEqual([
      "Refresh 0.00..20.00",
      "Expiry 0.00..3.00",
      "Correction Monthly 0.00..2.00",
      "Usage Monthly 0.00..18.00",
    ])
  })

  it("takes an announcement that moves before it is due for a new date, not for a refresh", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" },
        { at: "2026-05-11T10:00:00Z", monthly: "4.00", stable: "7.00", refreshAt: "2026-06-15T00:00:00Z" },
      ),
    ).toEqual(["Usage Monthly 1.00"])
  })

  it("bounds the cycles that nobody looked at by both allowances where the plan changed", () => {
    const other = Option.map(plan, (subscription) => ({
      ...subscription,
      allowance: { value: Option.some(usd("40")), credits: Option.none() },
    }))
    const a = look(
      { at: "2026-04-20T00:00:00Z", monthly: "4.00", stable: "7.00", refreshAt: "2026-05-01T00:00:00Z" },
      other,
    )
    const b = look({ at: "2026-06-02T00:00:00Z", monthly: "18.00", stable: "7.00", refreshAt: "2026-07-01T00:00:00Z" })
    const entries = Ledger.between(a, b)
    expect(told(entries)).toEqual([
      "Usage Monthly 0.00..4.00",
      "Expiry 0.00..4.00",
      // The change of plan may have set them once more.
      "Refresh 20.00..80.00",
      "Usage Monthly 0.00..80.00",
      "Expiry 0.00..80.00",
      "Refresh 20.00..40.00",
      "Usage Monthly 2.00..22.00",
    ])
    for (const entry of entries) {
      for (const { usd: left } of Ledger.residuals(entry)) expect(Option.getOrThrow(left).value).toBe(0n)
    }
  })

  it("lets what earlier refreshes brought expire too where months' firsts passed without a rise", () => {
    expect(
      between(
        { at: "2026-04-20T00:00:00Z", monthly: "8.00", stable: "7.00" },
        { at: "2026-06-02T00:00:00Z", monthly: "7.00", stable: "7.00" },
      ),
    ).toEqual(["Refresh 0.00..40.00", "Expiry 0.00..28.00", "Usage Monthly 1.00..41.00"])
  })

  it("notes a change of plan", () => {
    const pro = Option.map(plan, (subscription) => ({ ...subscription, name: "pro" }))
    const a = look({ at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "0.00" })
    const b = look({ at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "0.00" }, pro)
    expect(told(Ledger.between(a, b))).toEqual(["PlanChange 0.00"])
  })

  describe("that nothing announces", () => {
    const at = (day: string, monthly: string) => look({ at: `${day}Z`, monthly, stable: "7.00" })
    const first = at("2026-04-30T12:00:00", "4.00")

    it("finds a late one by its rise, and exactly from then on", () => {
      const entries = [
        ...Ledger.fromHistory([
          first,
          at("2026-05-01T12:00:00", "4.00"),
          at("2026-05-02T12:00:00", "19.00"),
          at("2026-05-02T18:00:00", "18.00"),
        ]),
      ]
      expect(told(entries)).toEqual([
        "Refresh 0.00..20.00",
        "Expiry 0.00..4.00",
        "Usage Monthly 0.00..20.00",
        "Usage Monthly 0.00..4.00",
        "Expiry 0.00..4.00",
        "Refresh 20.00",
        "Usage Monthly 1.00",
        "Usage Monthly 1.00",
      ])
      expect(entries.at(-1)?.events[0]?.assumes).toEqual([])
    })

    it("bounds a late one that may have been used up between looks a day apart, and names it between closer ones", () => {
      const pending = [first, at("2026-05-01T00:00:00", "4.00")]
      const last = (look: Snapshot.Snapshot) => [...Ledger.fromHistory([...pending, look])].at(-1)
      const far = last(at("2026-05-02T00:00:00", "3.00"))
      expect(told(far === undefined ? [] : [far])).toEqual([
        "Refresh 0.00..20.00",
        "Expiry 0.00..4.00",
        "Usage Monthly 1.00..21.00",
      ])
      const close = last(at("2026-05-01T18:00:00", "3.00"))
      expect(told(close === undefined ? [] : [close])).toEqual(["Usage Monthly 1.00"])
      expect(close?.events[0]?.assumes).toEqual(["RefreshesShow"])
      const later = last(at("2026-05-05T00:00:00", "3.00"))
      expect(told(later === undefined ? [] : [later])).toEqual(told(far === undefined ? [] : [far]))
    })

    it("takes a rise at any later time for the refresh that was not seen yet", () => {
      const looks = [first, at("2026-05-01T12:00:00", "4.00"), at("2026-05-09T12:00:00", "4.00")]
      const late = [...Ledger.fromHistory([...looks, at("2026-05-09T13:00:00", "20.00")])].at(-1)
      expect(told(late === undefined ? [] : [late])).toEqual([
        "Usage Monthly 0.00..4.00",
        "Expiry 0.00..4.00",
        "Refresh 20.00",
      ])
    })

    it("is exact far from a month's first, and on its own just after one, which says what it rests on", () => {
      expect(told(Ledger.between(at("2026-05-10T00:00:00", "4.00"), at("2026-05-20T00:00:00", "3.00")))).toEqual([
        "Usage Monthly 1.00",
      ])
      const [entry] = Ledger.between(at("2026-05-01T10:00:00", "4.00"), at("2026-05-20T00:00:00", "3.00"))
      expect(told(entry === undefined ? [] : [entry])).toEqual(["Usage Monthly 1.00"])
      expect(entry?.events[0]?.assumes).toEqual(["RefreshesShow"])
    })

    it("lets a contract's come at any time, once a month at most", () => {
      const contract = Option.map(plan, (subscription) => ({ ...subscription, price: { _tag: "Contract" } as const }))
      const of = (day: string, monthly: string) => look({ at: `${day}Z`, monthly, stable: "7.00" }, contract)
      expect(told(Ledger.between(of("2026-05-10T00:00:00", "4.00"), of("2026-05-11T00:00:00", "18.00")))).toEqual([
        "Usage Monthly 0.00..4.00",
        "Expiry 0.00..4.00",
        "Refresh 20.00",
        "Usage Monthly 2.00",
      ])
      const [fell] = Ledger.between(of("2026-05-10T00:00:00", "4.00"), of("2026-05-20T00:00:00", "3.00"))
      expect(told(fell === undefined ? [] : [fell])).toEqual(["Usage Monthly 1.00"])
      expect(fell?.events[0]?.assumes).toEqual(["RefreshesShow"])
      expect(told(Ledger.between(of("2026-05-02T00:00:00", "4.00"), of("2026-05-31T00:00:00", "3.00")))).toEqual([
        "Refresh 0.00..40.00",
        "Expiry 0.00..24.00",
        "Usage Monthly 1.00..41.00",
      ])
    })
  })

  describe("at a change of plan", () => {
    const other = (name: string, allowance: string) =>
      Option.map(plan, (subscription) => ({
        ...subscription,
        name,
        allowance: { value: Option.some(usd(allowance)), credits: Option.none() },
      }))
    const refreshAt = "2026-06-01T00:00:00Z"
    const changed = (monthly: readonly [string, string], allowances: readonly [string, string], hours = 1) => {
      const end = new Date(Date.UTC(2026, 4, 10, hours)).toISOString()
      const a = look(
        { at: "2026-05-10T00:00:00Z", monthly: monthly[0], stable: "7.00", refreshAt },
        other("a", allowances[0]),
      )
      const b = look({ at: end, monthly: monthly[1], stable: "7.00", refreshAt }, other("b", allowances[1]))
      return Ledger.between(a, b)
    }

    it("explains credits that it sets to the new allowance, and ones that it tops up", () => {
      expect(told(changed(["5.00", "38.00"], ["20.00", "40.00"]))).toEqual([
        "PlanChange 0.00",
        "Refresh 40.00",
        "Expiry 0.00..5.00",
        "Usage Monthly 2.00..7.00",
      ])
      expect(told(changed(["15.00", "34.00"], ["20.00", "40.00"]))).toEqual([
        "PlanChange 0.00",
        "Refresh 20.00..40.00",
        "Expiry 0.00..15.00",
        "Usage Monthly 1.00..21.00",
      ])
      expect(told(changed(["95.00", "10.00"], ["150.00", "10.00"]))).toEqual([
        "PlanChange 0.00",
        "Refresh 0.00..10.00",
        "Expiry 0.00..95.00",
        "Usage Monthly 0.00..95.00",
      ])
    })

    it("takes credits that went on falling for kept between close looks, and says so; not between far ones", () => {
      const close = changed(["15.00", "14.00"], ["20.00", "40.00"])
      expect(told(close)).toEqual(["PlanChange 0.00", "Usage Monthly 1.00"])
      expect(close[0]?.events[1]?.assumes).toEqual(["RefreshesShow"])
      expect(told(changed(["15.00", "14.00"], ["20.00", "40.00"], 48))).toEqual([
        "PlanChange 0.00",
        "Refresh 0.00..40.00",
        "Expiry 0.00..15.00",
        "Usage Monthly 1.00..41.00",
      ])
    })
  })

  it("knows that a cycle's were used up where a later pool was drawn before the last of two refreshes", () => {
    expect(
      between(
        { at: "2026-04-30T12:00:00Z", monthly: "4.00", stable: "7.00", refreshAt: "2026-05-01T00:00:00Z" },
        { at: "2026-06-02T10:00:00Z", monthly: "20.00", stable: "5.00", refreshAt: "2026-07-01T00:00:00Z" },
      ),
    ).toEqual([
      "Refresh 20.00",
      "Usage Monthly 4.00..24.00",
      "Expiry 0.00..20.00",
      "Refresh 20.00",
      "Usage Stable 2.00",
    ])
  })

  it("knows that what was left was used up where pay as you go was drawn before the refresh", () => {
    expect(
      between(
        { at: "2026-05-31T12:00:00Z", monthly: "4.00", stable: "0.00", due: "1.00", refreshAt: "2026-06-01T00:00:00Z" },
        {
          at: "2026-06-01T12:00:00Z",
          monthly: "20.00",
          stable: "0.00",
          due: "3.00",
          refreshAt: "2026-07-01T00:00:00Z",
        },
      ),
    ).toEqual(["Usage Monthly 4.00", "Refresh 20.00", "Usage PayAsYouGo 2.00", "Charge Usage 2.00"])
  })

  it("counts no more refreshes than the time between the looks holds, however far the announced time moved", () => {
    expect(
      between(
        { at: "2026-05-31T23:00:00Z", monthly: "3.00", stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" },
        { at: "2026-06-01T01:00:00Z", monthly: "20.00", stable: "7.00", refreshAt: "2027-06-01T00:00:00Z" },
      ),
    ).toEqual(["Usage Monthly 0.00..3.00", "Expiry 0.00..3.00", "Refresh 20.00"])
  })

  it("takes a date that moved by half a month without a rise for a new one, or for a refresh", () => {
    expect(
      between(
        { at: "2026-05-31T23:00:00Z", monthly: "5.00", stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" },
        { at: "2026-06-01T02:00:00Z", monthly: "4.00", stable: "7.00", refreshAt: "2026-06-15T00:00:00Z" },
      ),
    ).toEqual(["Refresh 0.00..20.00", "Expiry 0.00..5.00", "Usage Monthly 1.00..21.00"])
  })

  it("keeps in mind what one look alone announces", () => {
    const of = (monthly: readonly [string, string], refreshAt: readonly [string | undefined, string | undefined]) =>
      between(
        {
          at: "2026-05-10T00:00:00Z",
          monthly: monthly[0],
          stable: "7.00",
          ...(refreshAt[0] && { refreshAt: refreshAt[0] }),
        },
        {
          at: "2026-05-20T00:00:00Z",
          monthly: monthly[1],
          stable: "7.00",
          ...(refreshAt[1] && { refreshAt: refreshAt[1] }),
        },
      )
    const possible = ["Refresh 0.00..20.00", "Expiry 0.00..5.00", "Usage Monthly 1.00..21.00"]
    expect(of(["5.00", "4.00"], ["2026-05-15T00:00:00Z", undefined])).toEqual(possible)
    expect(of(["5.00", "4.00"], [undefined, "2026-06-15T00:00:00Z"])).toEqual(possible)
    expect(of(["5.00", "18.00"], ["2026-05-15T00:00:00Z", undefined])).toEqual([
      "Usage Monthly 0.00..5.00",
      "Expiry 0.00..5.00",
      "Refresh 20.00",
      "Usage Monthly 2.00",
    ])
    expect(of(["5.00", "4.00"], ["2026-06-01T00:00:00Z", undefined])).toEqual(["Usage Monthly 1.00"])
    expect(of(["5.00", "4.00"], [undefined, "2026-06-01T00:00:00Z"])).toEqual(["Usage Monthly 1.00"])
  })

  it("takes looks minutes apart across a month's first for proof that the refresh did not come yet", () => {
    const at = (time: string, monthly: string) => look({ at: time, monthly, stable: "7.00" })
    const looks = [
      at("2026-05-31T23:59:30Z", "4.00"),
      at("2026-06-01T00:00:30Z", "3.00"),
      at("2026-06-01T00:01:30Z", "20.00"),
    ]
    const entries = [...Ledger.fromHistory(looks)]
    expect(told(entries)).toEqual([
      "Usage Monthly 1.00",
      "Usage Monthly 0.00..3.00",
      "Expiry 0.00..3.00",
      "Refresh 20.00",
    ])
    expect(entries[0]?.assumes).toEqual(["RefreshesShow"])
    // Untouched credits show nothing when they are refreshed.
    expect(told(Ledger.between(at("2026-05-31T23:59:30Z", "20.00"), at("2026-06-01T00:00:30Z", "20.00")))).toEqual([
      "Refresh 0.00..20.00",
      "Expiry 0.00..20.00",
      "Usage Monthly 0.00..20.00",
    ])
  })

  it("names what it rests on that nothing was used", () => {
    const at = (time: string) => look({ at: time, monthly: "0.00", stable: "7.00" })
    const [still] = Ledger.between(at("2026-05-10T00:00:00Z"), at("2026-05-20T00:00:00Z"))
    expect(still?.events).toEqual([])
    expect(still?.assumes).toEqual(["GrantsShow", "RefreshesShow"])
  })

  it("leaves usage open where more is left after a refresh than the allowance", () => {
    expect(
      between(
        { at: "2026-05-31T23:00:00Z", monthly: "0.00", stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" },
        { at: "2026-06-01T01:00:00Z", monthly: "30.00", stable: "7.00", refreshAt: "2026-07-01T00:00:00Z" },
      ),
    ).toEqual(["Refresh 20.00", "Correction Monthly 10.00..", "Usage Monthly 0.00.."])
  })
})
