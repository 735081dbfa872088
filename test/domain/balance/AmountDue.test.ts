import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AmountDue from "../../../src/domain/balance/AmountDue.js"
import * as Usd from "../../../src/domain/money/Usd.js"

const encode = Schema.encodeSync(AmountDue.AmountDue)

describe("an amount due", () => {
  it("that was not asked for is no amount, not even 0", () => {
    expect(Option.isNone(AmountDue.known(AmountDue.notRequested))).toBe(true)
    expect(Option.map(AmountDue.known(AmountDue.due(Usd.zero)), Usd.format)).toStrictEqual(Option.some("0.00"))
    const equivalence = Schema.equivalence(AmountDue.AmountDue)
    expect(equivalence(AmountDue.notRequested, AmountDue.due(Usd.zero))).toBe(false)
    expect(equivalence(AmountDue.notRequested, AmountDue.notRequested)).toBe(true)
  })

  it("is written with its tag and exact text", () => {
    expect(encode(AmountDue.notRequested)).toStrictEqual({ _tag: "NotRequested" })
    expect(encode(AmountDue.due(Usd.unsafeFromText("86.32")))).toStrictEqual({ _tag: "Due", usd: "86.32" })
  })

  it.prop("reads back, also when it is negative", { due: Schema.typeSchema(AmountDue.AmountDue) }, ({ due }) => {
    const back = Schema.decodeUnknownSync(AmountDue.AmountDue)(JSON.parse(JSON.stringify(encode(due))))
    expect(Schema.equivalence(AmountDue.AmountDue)(back, due)).toBe(true)
    expect(Option.map(AmountDue.known(back), Usd.format)).toStrictEqual(
      due._tag === "Due" ? Option.some(Usd.format(due.usd)) : Option.none(),
    )
  })

  it("is none of these", () => {
    for (const other of [
      {},
      { _tag: "Due" },
      { _tag: "Due", usd: 1 },
      { _tag: "Due", usd: "1e3" },
      { _tag: "Owed" },
      null,
    ]) {
      expect(Schema.decodeUnknownEither(AmountDue.AmountDue)(other)._tag, JSON.stringify(other)).toBe("Left")
    }
  })
})
