import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CollectionThreshold from "../../../src/domain/balance/CollectionThreshold.js"
import * as Usd from "../../../src/domain/money/Usd.js"

const decoded = (body: unknown) =>
  Either.getOrThrow(CollectionThreshold.decodeText(typeof body === "string" ? body : JSON.stringify(body)))

describe("CollectionThreshold.decodeText", () => {
  it("reads the published body", () => {
    const body = {
      effective_amount: 50.1,
      default_amount: 20,
      source: "customer",
      version: 4,
      customer_bounds: { minimum_amount: 10, maximum_amount: 100 },
      admin_bounds: { minimum_amount: 0, maximum_amount: 10_000 },
      customer_amount: 50.1,
      admin_amount: null,
    }
    expect(decoded(body)).toStrictEqual({
      amount: Usd.unsafeFromText("50.10"),
      source: Option.some({ _tag: "Customer" }),
    })
  })

  it.each([
    ["admin", { _tag: "Admin" }],
    ["customer", { _tag: "Customer" }],
    ["system_default", { _tag: "SystemDefault" }],
    ["contract", { _tag: "Unknown", raw: "contract" }],
  ])("reads the source %s, published or not", (source, expected) => {
    expect(decoded({ effective_amount: 1, source }).source).toStrictEqual(Option.some(expected))
  })

  it.each([{}, { source: null }])("reads an amount without a source: %j", (more) => {
    expect(decoded({ effective_amount: 1, ...more }).source).toStrictEqual(Option.none())
  })

  it.each(["90071992.547409931", "0.1", "1e2", "50.100000000"])(
    "reads the number %s exactly, also as text",
    (token) => {
      const { amount } = decoded(`{"effective_amount":${token}}`)
      expect(Usd.toNanos(amount)).toBe(
        { "1e2": 100_000_000_000n, "0.1": 100_000_000n }[token] ?? Usd.toNanos(Usd.unsafeFromText(token)),
      )
      if (token !== "1e2") expect(decoded({ effective_amount: token }).amount).toStrictEqual(amount)
    },
  )

  it.each([
    "",
    "null",
    "[]",
    "{}",
    '{"effective_amount":{}}',
    '{"effective_amount":-1}',
    '{"effective_amount":""}',
    "<p>",
  ])("rejects %j", (body) => {
    expect(Either.isLeft(CollectionThreshold.decodeText(body))).toBe(true)
  })
})

describe("CollectionThreshold's codec", () => {
  it.prop(
    "reads back every threshold that it writes",
    { threshold: Arbitrary.make(Schema.typeSchema(CollectionThreshold.CollectionThreshold)) },
    ({ threshold }) => {
      const { CollectionThreshold: codec } = CollectionThreshold
      expect(Schema.decodeSync(codec)(Schema.encodeSync(codec)(threshold))).toEqual(threshold)
    },
  )
})
