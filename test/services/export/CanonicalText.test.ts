import { describe, expect, it } from "@effect/vitest"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as CanonicalText from "../../../src/services/export/CanonicalText.js"
import * as Arbitraries from "../../../src/testing/Arbitraries.js"

const canonical = (balance: CustomerBalance.CustomerBalance) => JSON.stringify(CustomerBalance.encode(balance))

describe("CanonicalText", () => {
  it.prop(
    "A balance's text is that of its canonical JSON, to the last character.",
    [Arbitraries.customerBalance],
    ([balance]) => {
      expect(CanonicalText.balance(balance)).toBe(canonical(balance))
    },
  )

  it.prop(
    "Balances that share a plan have it in common and nothing else.",
    [Arbitraries.customerBalance, Arbitraries.customerBalance],
    ([first, other]) => {
      const { enterprisePrice, subscription } = first
      const second = { ...other, enterprisePrice, subscription }
      const texts = [first, second, first].map(CanonicalText.balance)
      expect(texts).toEqual([first, second, first].map(canonical))
    },
  )
})
