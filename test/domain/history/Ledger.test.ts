import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AmountDue from "../../../src/domain/balance/AmountDue.js"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as RefreshSchedule from "../../../src/domain/balance/RefreshSchedule.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { account, snapshotAt } from "./simulated.js"

const usd = Usd.unsafeFromText

interface Look {
  readonly at: string
  readonly monthly: string
  readonly stable: string
  readonly due?: string
  readonly refreshAt?: string
}

const plan = Either.getOrThrow(
  CustomerBalance.decodeText(
    AccountSimulator.simulate({ seed: 1, from: 0, to: 1, plan: "plus" }).bodyAt(0, { includeTotalDue: false }),
  ),
).balance.subscription

/** A look at an account on the plus plan: an allowance of 20 USD, 20 USD a month. */
const look = ({ at, due, monthly, refreshAt, stable }: Look, subscription = plan): Snapshot.Snapshot => {
  const observed = Timestamp.unsafeFromText(at)
  return Snapshot.make(account, observed, {
    monthly: { value: usd(monthly), credits: Option.none() },
    stable: { _tag: "Granted", value: usd(stable), credits: Credits.unsafeFromBigInt(0n) },
    due: due === undefined ? AmountDue.notRequested : AmountDue.due(usd(due)),
    refresh:
      refreshAt === undefined
        ? RefreshSchedule.unscheduled
        : RefreshSchedule.refreshAt(Timestamp.unsafeFromText(refreshAt)),
    subscriptionId: Option.none(),
    subscription,
    enterprisePrice: Option.none(),
    id: Option.none(),
    mapId: Option.none(),
    createdAt: observed,
    updatedAt: observed,
  })
}

/** Events in a form that reads well in a failure: `Usage Monthly 1.50`, `Grant 5.00..`. */
const told = (entries: ReadonlyArray<Ledger.Entry>): ReadonlyArray<string> =>
  entries.flatMap((entry) =>
    entry.events.map((event) => {
      const detail =
        "pool" in event
          ? ` ${event.pool}`
          : "kind" in event
            ? ` ${event.kind}`
            : "book" in event
              ? ` ${event.book}`
              : ""
      const { amount } = event
      const written =
        amount._tag === "Exact"
          ? Usd.format(amount.usd)
          : `${Usd.format(amount.lower)}..${Option.match(amount.upper, { onNone: () => "", onSome: Usd.format })}`
      return `${event._tag}${detail} ${written}`
    }),
  )

const between = (a: Look, b: Look) => told(Ledger.between(look(a), look(b)))

describe("the change of the credit model", () => {
  const current = look({ at: "2025-05-04T12:00:00Z", monthly: "7.00", stable: "23.75" })
  const before = look({ at: "2025-05-04T09:00:00Z", monthly: "7.50", stable: "0" })
  const older: Snapshot.Snapshot = Snapshot.make(account, before.observedAt, {
    ...before.balance,
    monthly: { value: usd("7.50"), credits: Option.none() },
    stable: { _tag: "PrePaid", cash: usd("20.00"), credits: usd("3.75") },
  })

  it("leaves no trace in the books but the usage that fell into it", () => {
    expect(told(Ledger.between(older, current))).toStrictEqual(["Usage Monthly 0.50"])
  })

  it("corrects the stable book by what its two pools were worth more or less", () => {
    const later = (stable: string, monthly = "7.00") => look({ at: "2025-05-04T12:00:00Z", monthly, stable })
    expect(told(Ledger.between(older, later("24.00")))).toStrictEqual(["Usage Monthly 0.50", "Correction Stable 0.25"])
    expect(told(Ledger.between(older, later("23.70")))).toStrictEqual(["Usage Monthly 0.50", "Correction Stable -0.05"])
    expect(told(Ledger.between(older, later("23.70", "0")))).toStrictEqual([
      "Usage Monthly 7.50",
      "Usage Stable 0.00..0.05",
      "Correction Stable -0.05..0.00",
    ])
    expect(told(Ledger.between(older, later("24.00", "0")))).toStrictEqual([
      "Usage Monthly 7.50",
      "Correction Stable 0.25..",
      "Usage Stable 0.00..",
      "Usage PayAsYouGo 0.00..",
    ])
    for (const b of [later("24.00"), later("23.70"), later("23.70", "0"), later("24.00", "0")]) {
      for (const entry of Ledger.between(older, b)) {
        for (const { usd: left } of Ledger.residuals(entry)) expect(Option.getOrThrow(left).value).toBe(0n)
      }
    }
  })
})

describe("Ledger", () => {
  it("says nothing of two equal looks", () => {
    const same = { monthly: "5.00", stable: "7.00", due: "3.00" }
    expect(between({ at: "2026-05-10T10:00:00Z", ...same }, { at: "2026-05-10T11:00:00Z", ...same })).toEqual([])
  })

  it("reads falling monthly credits as usage, and falling stable credits as usage once the monthly ones are gone", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "1.25", stable: "7.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "0.00", stable: "6.10" },
      ),
    ).toEqual(["Usage Monthly 1.25", "Usage Stable 0.90"])
  })

  it("does not take falling stable credits for usage for certain while monthly credits remain", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "7.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "6.00" },
      ),
    ).toEqual(["Usage Stable 0.00..1.00", "Correction Stable -1.00..0.00"])
  })

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
    expect(entries.map((entry) => Ledger.assumptions(entry.events))).toEqual([[], ["AllowanceIsHighestSeen"]])
  })

  it("names what an amount takes for granted, and nothing where the looks alone tell it", () => {
    const assumed = (a: Look, b: Look) =>
      Ledger.between(look(a), look(b)).flatMap(({ events }) =>
        events.map((event) => [event._tag, event.assumes.join()].join(" ").trim()),
      )
    const empty = { monthly: "0.00", stable: "0.00" }
    expect(
      assumed(
        { at: "2026-05-10T10:00:00Z", monthly: "1.00", stable: "5.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "0.00", stable: "4.00" },
      ),
    ).toEqual(["Usage", "Usage GrantsShow"])
    expect(
      assumed(
        { at: "2026-05-10T10:00:00Z", ...empty, due: "1.00" },
        { at: "2026-05-10T11:00:00Z", ...empty, due: "2.50" },
      ),
    ).toEqual(["Usage PaymentsShow", "Charge PaymentsShow"])
    expect(
      assumed(
        { at: "2026-05-10T10:00:00Z", ...empty, due: "30.00" },
        { at: "2026-05-10T11:00:00Z", ...empty, due: "10.00" },
      ),
    ).toEqual(["Payment", "Usage", "Charge", "Charge"])
  })

  it("leaves usage beside a rise that no refresh explains without a bound", () => {
    const looks = { stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" }
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "3.00", ...looks },
        { at: "2026-05-10T11:00:00Z", monthly: "5.00", ...looks },
      ),
    ).toEqual(["Correction Monthly 2.00..", "Usage Monthly 0.00.."])
  })

  it("takes an announcement that moves before it is due for a new date, not for a refresh", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "7.00", refreshAt: "2026-06-01T00:00:00Z" },
        { at: "2026-05-11T10:00:00Z", monthly: "4.00", stable: "7.00", refreshAt: "2026-06-15T00:00:00Z" },
      ),
    ).toEqual(["Usage Monthly 1.00"])
  })

  it("reads risen stable credits as an exact grant while monthly credits remain, and as at least that much when not", () => {
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "7.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "4.00", stable: "17.00" },
      ),
    ).toEqual(["Usage Monthly 1.00", "Grant 10.00"])
    expect(
      between(
        { at: "2026-05-10T10:00:00Z", monthly: "0.00", stable: "7.00", due: "0.00" },
        { at: "2026-05-10T11:00:00Z", monthly: "0.00", stable: "17.00", due: "0.00" },
      ),
    ).toEqual(["Grant 10.00..", "Usage Stable 0.00.."])
  })

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

  it("notes a change of plan", () => {
    const pro = Option.map(plan, (subscription) => ({ ...subscription, name: "pro" }))
    const a = look({ at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "0.00" })
    const b = look({ at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "0.00" }, pro)
    expect(told(Ledger.between(a, b))).toEqual(["PlanChange 0.00"])
  })

  it("refuses looks of two accounts and looks out of order", () => {
    const a = look({ at: "2026-05-10T10:00:00Z", monthly: "5.00", stable: "0.00" })
    const b = look({ at: "2026-05-10T11:00:00Z", monthly: "5.00", stable: "0.00" })
    expect(() => Ledger.between(b, a)).toThrow(/order/)
    expect(() => Ledger.between(a, { ...b, account: Account.user(Account.DEFAULT_BASE_URL, "other") })).toThrow(
      /one account/,
    )
  })

  it("folds step by step to the same entries as over a whole history", () => {
    const from = Date.parse("2026-08-25T00:00:00Z")
    const simulated = AccountSimulator.simulate({ seed: 9, from, to: from + 10 * 86_400_000 })
    const looks = Array.from({ length: 240 }, (_, hour) =>
      snapshotAt(simulated, from + hour * 3_600_000, { includeTotalDue: hour % 3 === 0 }),
    )
    const entries: Array<Ledger.Entry> = []
    let state = Ledger.start
    for (const snapshot of looks) {
      const [next, closed] = Ledger.step(state, snapshot)
      entries.push(...closed)
      state = next
    }
    expect([...entries, ...Ledger.finish(state)]).toEqual([...Ledger.fromHistory(looks)])
  })
})

const balances = Arbitrary.make(Schema.typeSchema(CustomerBalance.CustomerBalance))
const times = FastCheck.integer({ min: 0, max: 400 * 86_400 }).map((seconds) =>
  DateTime.unsafeMake(Date.UTC(2025, 0, 1) + seconds * 1000),
)
const pairs = FastCheck.tuple(balances, balances, times, times).map(([first, second, one, other]) => {
  const [from, to] = DateTime.lessThanOrEqualTo(one, other) ? [one, other] : [other, one]
  return [Snapshot.make(account, from, first), Snapshot.make(account, to, second)] as const
})

describe("Ledger of any two snapshots", () => {
  it("closes the books exactly", () => {
    FastCheck.assert(
      FastCheck.property(pairs, ([a, b]) => {
        for (const entry of Ledger.between(a, b)) {
          for (const { book, usd: residual } of Ledger.residuals(entry)) {
            const shown = Option.match(residual, { onNone: () => "an open amount", onSome: Usd.format })
            if (shown !== "0.00") throw new Error(`${book} leaves ${shown}`)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  it("has amounts of usage whose bounds are in order and not negative", () => {
    FastCheck.assert(
      FastCheck.property(pairs, ([a, b]) => {
        for (const entry of Ledger.between(a, b)) {
          const usage = Ledger.usage(entry.events)
          expect(Usd.isNegative(Amount.lower(usage))).toBe(false)
          expect(Option.exists(Amount.upper(usage), (upper) => Usd.lessThan(upper, Amount.lower(usage)))).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })
})
