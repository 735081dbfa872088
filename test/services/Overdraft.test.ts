import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Consumption from "../../src/domain/history/Consumption.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as OverdraftPolicy from "../../src/domain/runway/OverdraftPolicy.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import type * as BillingState from "../../src/infra/store/BillingState.js"
import * as Overdraft from "../../src/services/Overdraft.js"
import { look } from "../domain/history/looks.js"

const usd = Usd.unsafeFromText
const price = usd("0.01")
const on: BillingState.GivenPolicy = { _tag: "On" }
const off: BillingState.GivenPolicy = OverdraftPolicy.blocked
const dear = OverdraftPolicy.payAsYouGo(usd("0.02"), "Up")

/** Noon of a day of October 2026. */
const noon = (day: number): string => new Date(Date.UTC(2026, 9, day, 12)).toISOString()
const at = (day: number): Timestamp.Timestamp => Timestamp.unsafeFromText(noon(day))

/** Looks at noon of some days, with the amounts due and nothing else left. */
const emptyWithDues = (first: number, ...dues: ReadonlyArray<string>): Consumption.Consumption =>
  Consumption.fromLedger(
    Ledger.fromHistory(
      dues.map((due, index) =>
        look({
          at: noon(first + index),
          monthly: "0",
          stable: "0",
          due,
          refreshAt: "2026-11-01T00:00:00Z",
        }),
      ),
    ),
  )

const nothingSeen = emptyWithDues(1)
/** Charges between the 4th and the 6th. */
const charged = emptyWithDues(4, "5.00", "6.00", "8.00")
/** Nothing charged from the 4th to the 8th. */
const stopped = emptyWithDues(4, "5.00", "5.00", "5.00", "5.00", "5.00")

const choose = (evidence: Partial<Overdraft.Evidence>) =>
  Overdraft.choose({
    given: Option.none(),
    stored: Option.none(),
    consumption: nothingSeen,
    since: at(1),
    price,
    ...evidence,
  })
const stored = (day: number, policy: BillingState.GivenPolicy) => Option.some({ policy, at: at(day) })

const policies: ReadonlyArray<BillingState.GivenPolicy> = [on, off, dear]

describe("the overdraft policy of a report", () => {
  it("is unknown where nothing was said and the history shows nothing", () => {
    expect(choose({})).toStrictEqual({ policy: Option.none(), source: "unknown" })
  })

  it("is the observed one where nothing was said: on after charges, off after three days without any", () => {
    expect(choose({ consumption: charged })).toStrictEqual({
      policy: Option.some(OverdraftPolicy.payAsYouGo(price)),
      source: "observed",
    })
    expect(choose({ consumption: stopped })).toStrictEqual({
      policy: Option.some(OverdraftPolicy.blocked),
      source: "observed",
    })
  })

  it("is not observed from charges before the previous cycle", () => {
    expect(choose({ consumption: charged, since: at(7) })).toMatchObject({ source: "unknown" })
  })

  it("is on at the price of the balance where a switch was given", () => {
    const given = Option.some(on)
    expect(choose({ given })).toStrictEqual({
      policy: Option.some(OverdraftPolicy.payAsYouGo(price)),
      source: "given",
    })
    expect(choose({ stored: stored(1, on) })).toStrictEqual({
      policy: Option.some(OverdraftPolicy.payAsYouGo(price)),
      source: "stored",
    })
  })

  it("keeps the price and rounding that were given with it", () => {
    for (const evidence of [{ given: Option.some(dear) }, { stored: stored(1, dear) }]) {
      expect(choose(evidence).policy).toStrictEqual(Option.some(dear))
    }
  })

  it("is the given one, whatever was stored and whatever the history shows", () => {
    for (const given of policies) {
      for (const before of [Option.none(), ...policies.map((policy) => stored(1, policy))]) {
        for (const consumption of [nothingSeen, charged, stopped]) {
          const chosen = choose({ given: Option.some(given), stored: before, consumption })
          expect(chosen.source).toBe("given")
          expect(chosen.overruled).toBeUndefined()
          expect(Option.exists(chosen.policy, ({ _tag }) => (_tag === "Blocked") === (given._tag === "Blocked"))).toBe(
            true,
          )
        }
      }
    }
  })

  it("is the stored one while the history since does not contradict it", () => {
    for (const [policy, consumption] of [
      [on, charged],
      [off, stopped],
      [dear, charged],
      [on, nothingSeen],
      [off, nothingSeen],
    ] as const) {
      const chosen = choose({ stored: stored(3, policy), consumption })
      expect(chosen.source).toBe("stored")
      expect(chosen.overruled).toBeUndefined()
    }
  })

  it("is the observed one where charges contradict an older stored one, which is named with its time", () => {
    expect(choose({ stored: stored(4, off), consumption: charged })).toStrictEqual({
      policy: Option.some(OverdraftPolicy.payAsYouGo(price)),
      source: "observed",
      overruled: { policy: OverdraftPolicy.blocked, at: at(4) },
    })
  })

  it("is the observed one where three days without charges contradict an older stored one", () => {
    for (const policy of [on, dear]) {
      expect(choose({ stored: stored(5, policy), consumption: stopped })).toMatchObject({
        policy: Option.some(OverdraftPolicy.blocked),
        source: "observed",
        overruled: { at: at(5) },
      })
    }
  })

  it("is the stored one where it is newer than the history that contradicts it, or than a part of it", () => {
    // The charge between the 5th and the 6th may have come before it.
    const half = Option.some({ policy: off, at: Timestamp.fromMillis(at(5).epochMillis + 3_600_000) })
    for (const evidence of [
      { stored: stored(6, off), consumption: charged },
      { stored: stored(9, off), consumption: charged },
      { stored: half, consumption: charged },
      { stored: stored(6, on), consumption: stopped },
      { stored: stored(9, on), consumption: stopped },
    ]) {
      expect(choose(evidence)).toMatchObject({ source: "stored" })
      expect(choose(evidence).overruled).toBeUndefined()
    }
  })

  it("is the later of two observations", () => {
    const first = emptyWithDues(4, "5.00", "5.00", "5.00", "5.00", "9.00")
    expect(choose({ consumption: first })).toMatchObject({ policy: Option.some({ _tag: "PayAsYouGo" }) })
    const then = emptyWithDues(4, "5.00", "9.00", "9.00", "9.00", "9.00")
    expect(choose({ consumption: then })).toMatchObject({ policy: Option.some({ _tag: "Blocked" }) })
  })

  it.prop(
    "has no policy exactly where its source is unknown",
    {
      given: FastCheck.option(FastCheck.constantFrom(...policies), { nil: undefined }),
      before: FastCheck.option(
        FastCheck.tuple(FastCheck.integer({ min: 1, max: 12 }), FastCheck.constantFrom(...policies)),
        {
          nil: undefined,
        },
      ),
      consumption: FastCheck.constantFrom(nothingSeen, charged, stopped),
    },
    ({ before, consumption, given }) => {
      const chosen = choose({
        given: Option.fromNullable(given),
        stored: Option.flatMap(Option.fromNullable(before), ([day, policy]) => stored(day, policy)),
        consumption,
      })
      expect(Option.isNone(chosen.policy)).toBe(chosen.source === "unknown")
      expect(chosen.overruled !== undefined).toBe(
        chosen.source === "observed" && before !== undefined && given === undefined,
      )
    },
  )
})
