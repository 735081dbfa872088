import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { between, type Look, look, told, usd } from "./looks.js"
import { account, snapshotAt } from "./simulated.js"

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
      "Usage Stable 0.00..",
      "Correction Stable -0.05..",
    ])
    expect(told(Ledger.between(older, later("24.00", "0")))).toStrictEqual([
      "Usage Monthly 7.50",
      "Usage Stable 0.00..",
      "Correction Stable 0.25..",
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
    ).toEqual(["Usage RefreshesShow", "Usage GrantsShow"])
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
