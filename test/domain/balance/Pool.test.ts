import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Pool from "../../../src/domain/balance/Pool.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"

const usd = Usd.unsafeFromText
const Monthly = Schema.typeSchema(Pool.Monthly)
const Stable = Schema.typeSchema(Pool.Stable)

describe("the stable pool", () => {
  it("is worth its value, or cash and credits together", () => {
    const granted = { _tag: "Granted", value: usd("63.35"), credits: Credits.unsafeFromBigInt(6n) } as const
    const prePaid = { _tag: "PrePaid", cash: usd("20.25"), credits: usd("3.75") } as const
    expect(Usd.format(Pool.stableValue(granted))).toBe("63.35")
    expect(Usd.format(Pool.stableValue(prePaid))).toBe("24.00")
    expect(Schema.encodeSync(Pool.Stable)(granted)).toStrictEqual({ _tag: "Granted", value: "63.35", credits: "6" })
    expect(Schema.encodeSync(Pool.Stable)(prePaid)).toStrictEqual({ _tag: "PrePaid", cash: "20.25", credits: "3.75" })
  })

  it("of one credit model never equals one of the other", () => {
    const equivalence = Schema.equivalence(Pool.Stable)
    const granted = { _tag: "Granted", value: Usd.zero, credits: Credits.unsafeFromBigInt(0n) } as const
    const prePaid = { _tag: "PrePaid", cash: Usd.zero, credits: Usd.zero } as const
    expect(equivalence(granted, prePaid)).toBe(false)
    expect(equivalence(granted, { ...granted, value: usd("0.00") })).toBe(true)
    expect(equivalence(granted, { ...granted, credits: Credits.unsafeFromBigInt(1n) })).toBe(false)
  })

  it.prop("reads back", { stable: Stable }, ({ stable }) => {
    const back = Schema.decodeUnknownSync(Pool.Stable)(
      JSON.parse(JSON.stringify(Schema.encodeSync(Pool.Stable)(stable))),
    )
    expect(Schema.equivalence(Pool.Stable)(back, stable)).toBe(true)
    expect(Usd.toNanos(Pool.stableValue(back))).toBe(Usd.toNanos(Pool.stableValue(stable)))
  })
})

describe("the monthly pool", () => {
  it.prop("reads back, with or without credits", { monthly: Monthly }, ({ monthly }) => {
    const encoded = Schema.encodeSync(Pool.Monthly)(monthly)
    expect(encoded).toStrictEqual({
      value: Usd.format(monthly.value),
      credits: Option.getOrNull(Option.map(monthly.credits, Credits.format)),
    })
    const back = Schema.decodeUnknownSync(Pool.Monthly)(JSON.parse(JSON.stringify(encoded)))
    expect(Schema.equivalence(Pool.Monthly)(back, monthly)).toBe(true)
  })

  it("does not take credits for money", () => {
    for (const credits of [5, "5.00", -1, "18446744073709551616"]) {
      expect(Schema.decodeUnknownEither(Pool.Monthly)({ value: "1.00", credits })._tag, String(credits)).toBe("Left")
    }
  })

  it("is the first of the pools that usage draws on", () => {
    expect(Pool.Name.literals).toStrictEqual(["Monthly", "Stable", "PayAsYouGo"])
  })
})
