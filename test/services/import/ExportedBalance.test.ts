import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as ExportedBalance from "../../../src/services/import/ExportedBalance.js"
import * as Arbitraries from "../../../src/testing/Arbitraries.js"

const isSame = Schema.equivalence(CustomerBalance.CustomerBalance)
const reference = Either.getOrThrow(
  CustomerBalance.decodeText(
    readFileSync(new URL("../../fixtures/reference-2025-05-07.json", import.meta.url), "utf8"),
  ),
).balance
const canonical = CustomerBalance.encode(reference)
const written = JSON.stringify(canonical)
const whyNot = (text: string) => Either.getOrThrow(Either.flip(ExportedBalance.parse(text)))
const withMember = (key: string, value: unknown) => JSON.stringify({ ...canonical, [key]: value })

describe("ExportedBalance", () => {
  it.prop(
    "gives back what was encoded, whatever was read before and however it is laid out",
    [FastCheck.array(Arbitraries.customerBalance, { minLength: 1, maxLength: 4 }), FastCheck.nat({ max: 2 })],
    ([balances, indent]) => {
      // Twice: what is remembered is right as well.
      for (const balance of [...balances, ...balances]) {
        const read = Either.getOrThrow(
          ExportedBalance.parse(JSON.stringify(CustomerBalance.encode(balance), null, indent)),
        )
        expect(isSame(read, balance)).toBe(true)
        expect(JSON.stringify(CustomerBalance.encode(read))).toBe(JSON.stringify(CustomerBalance.encode(balance)))
      }
    },
  )

  it("takes the parts in any order", () => {
    const turned = JSON.stringify(Object.fromEntries(Object.entries(canonical).reverse()))
    expect(turned).not.toBe(written)
    expect(JSON.stringify(CustomerBalance.encode(Either.getOrThrow(ExportedBalance.parse(turned))))).toBe(written)
  })

  it("does not give the part of one line to another", () => {
    const other = JSON.stringify({ ...canonical, monthly: { value: "1.000000001", credits: null } })
    expect(JSON.stringify(CustomerBalance.encode(Either.getOrThrow(ExportedBalance.parse(written))))).toBe(written)
    expect(JSON.stringify(CustomerBalance.encode(Either.getOrThrow(ExportedBalance.parse(other))))).toBe(other)
    // The same text means another thing in another place.
    const crossed = withMember("id", "sub_1").replace(/"subscriptionId":("[^"]*"|null)/, '"subscriptionId":"sub_1"')
    const { id, subscriptionId } = CustomerBalance.encode(Either.getOrThrow(ExportedBalance.parse(crossed)))
    expect([id, subscriptionId]).toEqual(["sub_1", "sub_1"])
  })

  it.each([
    ["no object", "[]", "the balance is no JSON object: write what export writes"],
    ["no JSON", '{"monthly":{"value":}}', "balance.monthly: it is no JSON"],
    ["a part too few", withMember("due", undefined), "balance.due is missing"],
    [
      "a part that it does not know",
      withMember("total_due", "1.00"),
      "balance.total_due is no field of an exported balance",
    ],
    [
      "an unknown field within a part",
      withMember("monthly", { value: "1.00", credits: null, extra: 1 }),
      "balance.monthly.extra is no field of an exported balance",
    ],
    ["a part twice", `${written.slice(0, -1)},"id":null}`, "balance.id stands more than once"],
    [
      "a field twice within a part",
      withMember("monthly", 0).replace('"monthly":0', '"monthly":{"value":"1.00","credits":null,"value":"2.00"}'),
      "balance.monthly.value stands more than once",
    ],
    [
      "an amount as a number",
      withMember("monthly", { value: 41.26, credits: null }),
      "balance.monthly.value: expected a text, found a number of 5 characters",
    ],
    [
      "an amount finer than a nano-dollar",
      withMember("monthly", { value: "1.0000000001", credits: null }),
      'balance.monthly.value: expected a plain decimal such as "12.50", below 9.2e9, found a text of 12 characters',
    ],
    [
      "credits past 64 bits",
      withMember("monthly", { value: "1.00", credits: "18446744073709551616" }),
      "balance.monthly.credits: expected whole digits, 0 to 18446744073709551615, found a text of 20 characters",
    ],
    [
      "a day that does not exist",
      withMember("updatedAt", "2026-02-30T00:00:00Z"),
      "balance.updatedAt: expected an existing date and time with a zone, such as 2025-05-08T23:03:21Z, found a text of 20 characters",
    ],
    [
      "a pool of neither credit model",
      withMember("stable", { _tag: "Cash", value: "1.00" }),
      'balance.stable._tag: expected "Granted" | "PrePaid", found a text of 4 characters',
    ],
    [
      "a field too few within a part",
      withMember("stable", { _tag: "Granted", value: "1.00" }),
      "balance.stable.credits is missing",
    ],
  ])("says what is wrong with a balance that has %s", (_, text, why) => {
    expect(whyNot(text)).toBe(why)
  })

  it("tells a short line of whatever is wrong", () => {
    const long = "x\n".repeat(10_000)
    for (const text of [
      withMember(long, 1),
      withMember("updatedAt", long),
      withMember("subscription", { [long]: 1 }),
    ]) {
      expect(whyNot(text).length).toBeLessThan(400)
      expect(whyNot(text)).not.toContain("\n")
    }
  })
})
