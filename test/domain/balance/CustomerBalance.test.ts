import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import {
  bytes,
  canonical,
  changed,
  changedNewest,
  changedOlder,
  decoded,
  digits,
  older,
  reference,
  referenceNumbers,
  tier,
  write,
} from "./bodies.js"

/** The reference page's example in the terms of this library, digit for digit. */
const expected = {
  monthly: { value: "41.26", credits: "5" },
  stable: { _tag: "Granted", value: "63.35", credits: "6" },
  due: { _tag: "Due", usd: "86.32" },
  refresh: { _tag: "Unscheduled" },
  subscriptionId: "Wh2SRWgjTPwmZKkGLLr8MyvZ",
  subscription: {
    name: "team",
    displayName: null,
    description: "Mx0kix5W279znAVLGdcHlu",
    features: ["pAFbCtvtLDujHLTBpQKWs84T7pjo4GmmjL0ckyvY8WdKh9"],
    type: { _tag: "Organization", samlSso: true },
    price: { _tag: "PerUser", interval: "day", price: "17.07" },
    annualDiscount: 8,
    billingMode: "standard",
    customQuote: false,
    customModels: false,
    supportTier: "standard",
    trainingData: "default_on",
    endpointsIncluded: ["file"],
    toolsIncluded: ["modeling_app"],
    shareLinks: ["password_protected"],
    allowance: { value: "63.21", credits: "14" },
    creditPrice: "99.36",
    pendingAction: null,
  },
  enterprisePrice: { _tag: "PerUser", interval: "month", price: "27.84" },
  id: "ac585dad-c443-433e-9e24-1ac0d8585a08",
  mapId: "568d188b-4db2-4978-b6d4-199230d74b23",
  createdAt: "2025-05-08T23:03:21.704Z",
  updatedAt: "2025-05-08T23:03:21.704Z",
} satisfies CustomerBalance.Encoded

const readCanonical = Schema.decodeUnknownSync(CustomerBalance.CustomerBalance)

/** The same balance with its keys the other way round. */
const reversed = (balance: CustomerBalance.CustomerBalance): CustomerBalance.CustomerBalance => {
  const { monthly, stable, due, refresh, subscription, ...rest } = balance
  return {
    subscription: Option.map(subscription, ({ name, price, allowance, ...others }) => ({
      ...others,
      allowance: { credits: allowance.credits, value: allowance.value },
      price,
      name,
    })),
    refresh,
    due,
    stable:
      stable._tag === "Granted"
        ? { credits: stable.credits, value: stable.value, _tag: "Granted" }
        : { credits: stable.credits, cash: stable.cash, _tag: "PrePaid" },
    monthly: { credits: monthly.credits, value: monthly.value },
    ...rest,
  }
}

describe("the reference body", () => {
  it.each([
    ["money as text", reference],
    ["money as JSON numbers", referenceNumbers],
  ])("with %s decodes digit for digit, as text and as bytes, without drift", (_, body) => {
    for (const result of [CustomerBalance.decodeText(body), CustomerBalance.decodeBytes(bytes(body))]) {
      const { balance, drift } = Either.getOrThrow(result)
      expect(CustomerBalance.encode(balance)).toStrictEqual(expected)
      expect(drift).toStrictEqual([])
    }
  })

  it("has typed values behind its canonical text", () => {
    const { balance } = decoded(reference)
    expect(Usd.toNanos(balance.monthly.value)).toBe(41_260_000_000n)
    expect(balance.monthly.credits).toStrictEqual(Option.some(5n))
    expect(balance.stable).toMatchObject({ _tag: "Granted", credits: 6n })
    expect(Usd.toNanos(CustomerBalance.stableValue(balance))).toBe(63_350_000_000n)
    expect(balance.due._tag === "Due" ? Usd.toNanos(balance.due.usd) : undefined).toBe(86_320_000_000n)
    const subscription = Option.getOrThrow(balance.subscription)
    expect(subscription.supportTier).toStrictEqual({ _tag: "Standard" })
    expect(subscription.trainingData).toStrictEqual({ _tag: "DefaultOn" })
    expect(subscription.price).toMatchObject({ _tag: "PerUser", interval: { _tag: "Day" } })
    expect(subscription.endpointsIncluded).toStrictEqual([{ _tag: "File" }])
    expect(Option.map(subscription.allowance.value, Usd.toNanos)).toStrictEqual(Option.some(63_210_000_000n))
    expect(subscription.allowance.credits).toStrictEqual(Option.some(14n))
    expect(balance.updatedAt.epochMillis).toBe(Date.UTC(2025, 4, 8, 23, 3, 21, 704))
  })

  it("decodes to the same value with spaces, line ends and escapes written otherwise", () => {
    const compact = JSON.stringify(JSON.parse(reference))
    const escaped = reference.replace('"team"', '"\\u0074eam"').replaceAll("\n", "\r\n\t ")
    expect(canonical(compact)).toStrictEqual(expected)
    expect(canonical(escaped)).toStrictEqual(expected)
    expect(CustomerBalance.decodeBytes(bytes(`\ufeff${reference}`))._tag).toBe("Right")
  })
})

describe("amounts on the wire", () => {
  const amounts = FastCheck.tuple(
    FastCheck.constantFrom("", "-"),
    FastCheck.bigInt({ min: 0n, max: 9_199_999_999n }),
    FastCheck.string({ unit: FastCheck.constantFrom(..."0123456789"), maxLength: 9 }),
  ).map(([sign, whole, decimals]) => `${sign}${whole}${decimals === "" ? "" : `.${decimals}`}`)

  it.prop("are the same as text and as numbers, to the last of nine decimals", [amounts], ([text]) => {
    const at = ["monthly_api_credits_remaining_monetary_value"]
    const [asText, asNumber] = [decoded(changed([at, text])), decoded(changed([at, digits(text)]))]
    const [, whole = "", decimals = ""] = /^-?(\d+)\.?(\d*)$/.exec(text) ?? []
    const nanos = BigInt(whole + decimals.padEnd(9, "0")) * (text.startsWith("-") ? -1n : 1n)
    for (const { balance, drift } of [asText, asNumber]) {
      expect(Usd.toNanos(balance.monthly.value)).toBe(nanos)
      expect(drift).toStrictEqual([])
    }
    expect(CustomerBalance.encode(asNumber.balance)).toStrictEqual(CustomerBalance.encode(asText.balance))
  })

  it("may carry an exponent as numbers, exact", () => {
    for (const token of ["4126e-2", "4.126E1", "0.4126e+2", "41260000000000e-12"]) {
      expect(canonical(changed([["total_due"], digits(token)])).due).toStrictEqual({ _tag: "Due", usd: "41.26" })
    }
  })

  it("keep digits that a double loses", () => {
    for (const token of ["9007199254740993e-6", "9007199254.740993", "1234567890.123456789", "0.1"]) {
      const usd = canonical(changed([["total_due"], digits(token)])).due
      expect(usd).toStrictEqual({
        _tag: "Due",
        usd: token === "0.1" ? "0.10" : token.startsWith("9007") ? "9007199254.740993" : token,
      })
    }
  })

  it("finer than a nano-dollar are rounded half-even and reported", () => {
    for (const [token, usd] of [
      ["0.0000000005", "0.00"],
      ["0.0000000015", "0.000000002"],
      ["41.2600000000000012", "41.26"],
      ["0.30000000000000004", "0.30"],
      ["1e-999999999", "0.00"],
    ]) {
      const { balance, drift } = decoded(changed([["total_due"], digits(token ?? "")]))
      expect(CustomerBalance.encode(balance).due).toStrictEqual({ _tag: "Due", usd })
      expect(drift).toStrictEqual([
        { kind: "FinerThanNano", path: "$.total_due", found: `a number of ${token?.length} characters` },
      ])
    }
    const asText = decoded(changed([["total_due"], "0.0000000025"]))
    expect(CustomerBalance.encode(asText.balance).due).toStrictEqual({ _tag: "Due", usd: "0.000000002" })
    expect(asText.drift).toStrictEqual([
      { kind: "FinerThanNano", path: "$.total_due", found: "a text of 12 characters" },
    ])
  })

  it("are not requested where the amount due is null or absent, and known where it is 0", () => {
    for (const body of [changed([["total_due"], null]), changed([["total_due"], undefined])]) {
      expect(canonical(body)).toStrictEqual({ ...expected, due: { _tag: "NotRequested" } })
    }
    for (const nothing of [0, "0", "0.00", digits("0.0"), digits("-0.0")]) {
      expect(canonical(changed([["total_due"], nothing])).due).toStrictEqual({ _tag: "Due", usd: "0.00" })
    }
  })
})

describe("credits on the wire", () => {
  it.prop(
    "are exact over the whole of uint64",
    [FastCheck.oneof(FastCheck.bigInt({ min: 0n, max: Credits.MAX }), FastCheck.bigInt({ min: 0n, max: 9n }))],
    ([credits]) => {
      const { monthly } = canonical(changed([["monthly_api_credits_remaining"], digits(String(credits))]))
      expect(monthly.credits).toBe(String(credits))
    },
    { fastCheck: { examples: [[Credits.MAX], [2n ** 53n + 1n]] } },
  )
})

describe("a body of the older credit model", () => {
  it("decodes with pre-paid cash and credits as the stable pool, and no credits", () => {
    const { balance, drift } = decoded(write(older))
    expect(drift).toStrictEqual([])
    expect(CustomerBalance.encode(balance)).toStrictEqual({
      monthly: { value: "7.50", credits: null },
      stable: { _tag: "PrePaid", cash: "20.25", credits: "3.75" },
      due: { _tag: "Due", usd: "0.00" },
      refresh: { _tag: "Unscheduled" },
      subscriptionId: null,
      subscription: {
        name: "pro",
        displayName: null,
        description: "Pro",
        features: [],
        type: { _tag: "Individual" },
        price: { _tag: "Flat", interval: "month", price: "99.00" },
        annualDiscount: null,
        billingMode: "standard",
        customQuote: false,
        customModels: false,
        supportTier: "priority",
        trainingData: "default_on",
        endpointsIncluded: [],
        toolsIncluded: ["modeling_app", "text_to_cad", "diff_chrome_extension"],
        shareLinks: [],
        allowance: { value: "10.00", credits: null },
        creditPrice: "0.00",
        pendingAction: null,
      },
      enterprisePrice: { _tag: "Contract" },
      id: "ac585dad-c443-433e-9e24-1ac0d8585a08",
      mapId: "568d188b-4db2-4978-b6d4-199230d74b23",
      createdAt: "2024-03-01T00:00:00.000Z",
      updatedAt: "2024-03-02T12:30:00.123Z",
    })
    expect(Usd.format(CustomerBalance.stableValue(balance))).toBe("24.00")
  })

  it("decodes alike without what may be absent or null", () => {
    const fields = ["total_due", "subscription_id", "subscription_details", "modeling_app_enterprise_price"]
    const absent = changedOlder(...fields.map((field) => [[field], undefined] as const))
    const empty = changedOlder(...fields.map((field) => [[field], null] as const))
    expect(canonical(absent)).toStrictEqual(canonical(empty))
    expect(canonical(absent)).toMatchObject({
      due: { _tag: "NotRequested" },
      subscription: null,
      enterprisePrice: null,
    })
  })

  it("that carries the current amounts too is read as a current one, and the older amounts are drift", () => {
    const { balance, drift } = decoded(changed([["monthly_credits_remaining"], "1"], [["pre_pay_cash_remaining"], 2]))
    expect(CustomerBalance.encode(balance)).toStrictEqual(expected)
    expect(drift.map(({ kind, path }) => [kind, path])).toStrictEqual([
      ["BothCreditModels", "$.monthly_credits_remaining"],
      ["BothCreditModels", "$.pre_pay_cash_remaining"],
    ])
  })
})

describe("later revisions of the body", () => {
  const recent = changed(
    [["id"], undefined],
    [["map_id"], undefined],
    [["modeling_app_enterprise_price"], undefined],
    [["monthly_api_credits_refresh_at"], "2026-09-01T02:00:00.123456+02:00"],
    [["subscription_details", "action_type"], "payment_intent"],
    [["subscription_details", "action_client_secret"], "pi_123_secret_456"],
    [[...tier, "display_name"], "Team"],
    [[...tier, "billing_mode"], "contract"],
    [[...tier, "ml_custom_models"], true],
    [[...tier, "annual_discount"], digits("8.5")],
    [[...tier, "support_tier"], "standard_email"],
    [[...tier, "price"], { type: "contract" }],
    [[...tier, "monthly_pay_as_you_go_api_credits"], undefined],
    [[...tier, "monthly_pay_as_you_go_api_credits_monetary_value"], undefined],
    [[...tier, "pay_as_you_go_api_credit_price"], 0],
  )

  it("decode without drift", () => {
    const { balance, drift } = decoded(recent)
    expect(drift).toStrictEqual([])
    expect(CustomerBalance.encode(balance)).toStrictEqual({
      ...expected,
      refresh: { _tag: "RefreshAt", at: "2026-09-01T00:00:00.123Z" },
      subscription: {
        ...expected.subscription,
        displayName: "Team",
        billingMode: "contract",
        customModels: true,
        annualDiscount: 8.5,
        supportTier: "standard_email",
        price: { _tag: "Contract" },
        allowance: { value: "0.00", credits: "0" },
        creditPrice: "0.00",
        pendingAction: "payment_intent",
      },
      enterprisePrice: null,
      id: null,
      mapId: null,
    })
  })

  it("say the same in both spellings of a contract, and of an absent and an empty field", () => {
    const price = (type: string) => canonical(changed([[...tier, "price"], { type }])).subscription?.price
    expect(price("enterprise")).toStrictEqual({ _tag: "Contract" })
    expect(price("contract")).toStrictEqual({ _tag: "Contract" })
    expect(decoded(changed([[...tier, "price"], { type: "enterprise" }])).drift).toStrictEqual([])
    for (const [field, value] of [
      [[...tier, "display_name"], ""],
      [[...tier, "billing_mode"], "standard"],
      [[...tier, "is_custom_quote"], false],
      [[...tier, "ml_custom_models"], false],
      [[...tier, "pay_as_you_go_api_credit_price"], "0"],
      [[...tier, "monthly_pay_as_you_go_api_credits"], 0],
      [[...tier, "annual_discount"], null],
      [[...tier, "features"], null],
      [["monthly_api_credits_refresh_at"], null],
      [["subscription_details", "action_type"], null],
      [["subscription_details"], null],
    ] as const) {
      expect(canonical(changed([field, value])), field.join(".")).toStrictEqual(canonical(changed([field, undefined])))
    }
  })

  it("may name an interval that is not told, as published", () => {
    const price = { type: "flat", interval: "unknown", price: "1" }
    const { balance, drift } = decoded(changedNewest([[...tier, "price"], price]))
    expect(CustomerBalance.encode(balance).subscription?.price).toMatchObject({ interval: "unknown" })
    expect(drift).toStrictEqual([])
  })
})

describe("the payment secret of a body", () => {
  const WORD = "seti_Zk41qGm7"
  const at = ["subscription_details", "action_client_secret"]

  it.each([
    ["a text", WORD],
    ["an array", [WORD]],
    ["an object", { value: WORD, [WORD]: 1 }],
    ["a nested one", [[{ [WORD]: [WORD] }]]],
  ])("appears nowhere as %s, not in the balance, not in the drift", (_, secret) => {
    const result = decoded(changed([at, secret], [["brand_new"], 1]))
    const encoded = CustomerBalance.encode(result.balance)
    expect(encoded).toStrictEqual(expected)
    expect(result.drift.map(({ kind, path }) => [kind, path])).toContainEqual(["UnknownField", "$.brand_new"])
    expect(
      JSON.stringify([encoded, result], (_, value) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toContain(WORD)
  })
})

describe("canonical JSON", () => {
  const Domain = Schema.typeSchema(CustomerBalance.CustomerBalance)

  it.prop(
    "reads back to the same balance and the same text",
    { balance: Domain },
    ({ balance }) => {
      const text = JSON.stringify(CustomerBalance.encode(balance))
      const back = readCanonical(JSON.parse(text))
      expect(JSON.stringify(CustomerBalance.encode(back))).toBe(text)
      expect(Schema.equivalence(CustomerBalance.CustomerBalance)(back, balance)).toBe(true)
    },
    { fastCheck: { numRuns: 200 } },
  )

  it.prop(
    "has its keys in one order, in whatever order the balance was put together",
    { balance: Domain },
    ({ balance }) => {
      const encoded = CustomerBalance.encode(balance)
      expect(Object.keys(encoded)).toStrictEqual(Object.keys(expected))
      if (encoded.subscription !== null) {
        expect(Object.keys(encoded.subscription)).toStrictEqual(Object.keys(expected.subscription))
      }
      expect(JSON.stringify(CustomerBalance.encode(reversed(balance)))).toBe(JSON.stringify(encoded))
    },
    { fastCheck: { numRuns: 100 } },
  )

  it("has no room for what JSON cannot write", () => {
    const withDiscount = (annualDiscount: number) => {
      const { balance } = decoded(reference)
      const discounted = { annualDiscount: Option.some(annualDiscount) }
      return { ...balance, subscription: Option.map(balance.subscription, (plan) => ({ ...plan, ...discounted })) }
    }
    expect(CustomerBalance.encode(withDiscount(8.5)).subscription?.annualDiscount).toBe(8.5)
    for (const annualDiscount of [Number.POSITIVE_INFINITY, Number.NaN, -1]) {
      expect(() => CustomerBalance.encode(withDiscount(annualDiscount))).toThrow()
    }
  })

  it("has no negative nothing", () => {
    const { balance } = decoded(changed([[...tier, "annual_discount"], digits("-0.0")], [["total_due"], "-0.00"]))
    expect(Option.getOrThrow(Option.getOrThrow(balance.subscription).annualDiscount)).toBe(0)
    expect(CustomerBalance.encode(balance).due).toStrictEqual({ _tag: "Due", usd: "0.00" })
  })

  it("has each amount once, under a key of its own, as a plain decimal", () => {
    const text = JSON.stringify(canonical(reference))
    for (const amount of ["41.26", "63.35", "86.32", "17.07", "27.84", "63.21", "99.36"]) {
      expect(text.split(`"${amount}"`).length - 1, amount).toBe(1)
    }
  })

  it.effect("is read by decodeCanonical, which fails on anything else", () =>
    Effect.gen(function* () {
      const balance = yield* CustomerBalance.decodeCanonical(expected)
      expect(CustomerBalance.encode(balance)).toStrictEqual(expected)
      // What the first history files have for fields that their bodies left out.
      const untold = { billingMode: null, customQuote: null, customModels: null, creditPrice: null }
      const early = yield* CustomerBalance.decodeCanonical({
        ...expected,
        subscription: { ...expected.subscription, ...untold },
      })
      expect(CustomerBalance.encode(early).subscription).toStrictEqual({
        ...expected.subscription,
        creditPrice: "0.00",
      })
      for (const other of [null, {}, JSON.parse(reference), { ...expected, monthly: { value: 41.26, credits: "5" } }]) {
        expect(Exit.isFailure(yield* Effect.exit(CustomerBalance.decodeCanonical(other)))).toBe(true)
      }
    }),
  )

  it("has a JSON Schema that names its parts", () => {
    const { $defs } = JSONSchema.make(CustomerBalance.CustomerBalance)
    expect($defs?.["CustomerBalance"]).toMatchObject({
      type: "object",
      required: Object.keys(expected),
      properties: { createdAt: { $ref: "#/$defs/TimestampText" } },
    })
    expect(Object.keys($defs ?? {})).toEqual(
      expect.arrayContaining(["MonthlyPool", "StablePool", "AmountDue", "RefreshSchedule", "Subscription", "Price"]),
    )
  })
})
