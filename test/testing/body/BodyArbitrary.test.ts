import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { CustomerBalance, Price, Subscription, Usd } from "../../../src/domain.js"
import { Arbitraries, Bodies } from "../../../src/testing.js"
import * as Published from "./Published.js"

const utf8 = new TextEncoder()

const canonical = (decoded: ReturnType<typeof CustomerBalance.decodeText>) => {
  const { balance, drift } = Either.getOrThrowWith(decoded, (rejected) => rejected)
  return { balance: CustomerBalance.encode(balance), drift }
}

const sample = (revision: Bodies.Revision, count = 200, options?: Arbitraries.BodyOptions) =>
  FastCheck.sample(Arbitraries.body(revision, options), { numRuns: count, seed: 7 })

/** What some balances use of each closed set. */
const used = (
  balances: ReadonlyArray<CustomerBalance.CustomerBalance>,
): { [Set in keyof Published.Members]: unknown } => {
  const plans = balances.flatMap(({ subscription }) => Option.toArray(subscription))
  const prices = [
    ...plans.map(({ price }) => price),
    ...balances.flatMap(({ enterprisePrice }) => Option.toArray(enterprisePrice)),
  ]
  const { Endpoint, PendingAction, ShareLink, SupportTier, Tool, TrainingData, BillingMode } = Subscription
  const sorted = (values: ReadonlyArray<unknown>) => [...new Set(values)].sort()
  const discounts = plans.flatMap(({ annualDiscount }) => Option.toArray(annualDiscount))
  const names = new Set(["free", "plus", "pro", "team", "enterprise"])
  return {
    names: sorted(plans.map(({ name }) => (names.has(name) ? name : "*"))),
    supportTiers: sorted(plans.map(({ supportTier }) => SupportTier.toText(supportTier))),
    tools: sorted(plans.flatMap(({ toolsIncluded }) => toolsIncluded.map(Tool.toText))),
    endpoints: sorted(plans.flatMap(({ endpointsIncluded }) => endpointsIncluded.map(Endpoint.toText))),
    shareLinks: sorted(plans.flatMap(({ shareLinks }) => shareLinks.map(ShareLink.toText))),
    intervals: sorted(prices.flatMap((price) => ("interval" in price ? Price.Interval.toText(price.interval) : []))),
    trainingData: sorted(plans.map(({ trainingData }) => TrainingData.toText(trainingData))),
    billingModes: sorted(plans.map(({ billingMode }) => BillingMode.toText(billingMode))),
    pendingActions: sorted(
      plans.map(({ pendingAction }) =>
        Option.match(pendingAction, { onNone: () => "none", onSome: PendingAction.toText }),
      ),
    ),
    prices: sorted(prices.map(({ _tag }) => _tag)),
    tierTypes: sorted(plans.map(({ type }) => type._tag)),
    stable: sorted(balances.map(({ stable }) => stable._tag)),
    due: sorted(balances.map(({ due }) => due._tag)),
    refresh: sorted(balances.map(({ refresh }) => refresh._tag)),
    withId: sorted(balances.flatMap(({ id, mapId }) => [Option.isSome(id), Option.isSome(mapId)])),
    withEnterprisePrice: sorted(balances.map(({ enterprisePrice }) => Option.isSome(enterprisePrice))),
    withAllowanceValue: sorted(plans.map(({ allowance }) => Option.isSome(allowance.value))),
    withDisplayName: sorted(plans.map(({ displayName }) => Option.isSome(displayName))),
    withDiscount: sorted(plans.map(({ annualDiscount }) => Option.isSome(annualDiscount))),
    wholeDiscount: sorted(discounts.map(Number.isInteger)),
    customQuote: sorted(plans.map(({ customQuote }) => customQuote)),
    customModels: sorted(plans.map(({ customModels }) => customModels)),
  }
}

describe.each(Bodies.revisions)("Arbitrary bodies of %s", (revision) => {
  it("decode to the balance that they tell, without drift: as text, as bytes, and strictly", () => {
    FastCheck.assert(
      FastCheck.property(Arbitraries.body(revision), ({ balance, text }) => {
        const expected = { balance: CustomerBalance.encode(balance), drift: [] }
        expect(canonical(CustomerBalance.decodeText(text))).toEqual(expected)
        expect(canonical(CustomerBalance.decodeBytes(utf8.encode(text)))).toEqual(expected)
        expect(canonical(CustomerBalance.decodeText(text, { strict: true }))).toEqual(expected)
        expect(canonical(CustomerBalance.decodeBytes(utf8.encode(text), { strict: true }))).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  it("use every member that each closed set has in this revision, and no other", () => {
    const sorted = Object.entries(Published.members(revision)).map(([set, texts]) => [set, [...texts].sort()] as const)
    expect(used(sample(revision).map(({ balance }) => balance))).toEqual(Object.fromEntries(sorted))
  })
})

describe("Arbitrary bodies", () => {
  const texts = sample("2026-08-04", 600).map(({ text }) => text)
  const older = sample("2024-02-29").map(({ text }) => text)

  it.each([
    ["money as text", /"total_due":"-?\d+\.\d+"/],
    ["money as text with nine decimals", /"[a-z_]*(?:due|value)":"\d+\.\d{8}0"/],
    ["money as a number", /"total_due":-?\d+[.,}]/],
    ["money as a number with zeros at its end", /"[a-z_]*(?:due|value)":\d+\.\d*0[,}]/],
    ["money as a number with an exponent below 0", /"[a-z_]*(?:due|value)":\d+e-\d/],
    ["money as a number with an exponent above 0", /"[a-z_]*(?:due|value)":\d(\.\d+)?E\+\d/],
    ["debts", /"[a-z_]*(?:due|value)":"-[1-9]/],
    ["no amount due", /^(?!.*total_due)/s],
    ["null for no amount due", /"total_due":null/],
    ["no list", /^(?=.*"name")(?!.*share_links)/s],
    ["null for a list", /"share_links":null/],
    ["an empty list", /"share_links":\[\]/],
    ["a default", /"ml_custom_models":false/],
    ["no default", /^(?=.*"name")(?!.*ml_custom_models)/s],
    ["no subscription", /"subscription_details":null/],
    ["a payment secret", /"action_client_secret":"/],
    ["another order of keys", /^\{"(?!created_at)/],
    ["white space", /^\s*\{[^"]*\n/],
    ["escapes", /\\u00[0-9a-f]{2}/],
    ["escapes in capitals", /\\u00[0-9][A-F]/],
    ["escaped keys", /"[a-z_]*\\u00[0-9a-f]{2}[a-z_]*\\?[^"]*":/],
    ["characters of four bytes", /[\u{10000}-\u{10ffff}]/u],
    ["times in UTC without a fraction", /"created_at":"[\dT:-]{19}Z"/],
    ["times with one digit behind the second", /"created_at":"[\dT:-]{19}\.\dZ"/],
    ["times with nine digits behind the second", /"created_at":"[\dT:-]{19}\.\d{9}Z"/],
    ["times east of UTC", /"created_at":"[\dT:.-]{19,29}\+05:30"/],
    ["times west of UTC", /"created_at":"[\dT:.-]{19,29}-08:00"/],
    ["counts of credits beyond 2^53", /"stable_api_credits_remaining":\d{18,20}[,}]/],
    ["a whole discount with a point", /"annual_discount":\d+\.0/],
    ["a discount of a fraction", /"annual_discount":\d+(\.\d+)?e-\d+/],
  ])("spell %s", (_, form) => {
    expect(texts.some((text) => form.test(text))).toBe(true)
    expect(texts.every((text) => form.test(text))).toBe(false)
  })

  it("have amounts on the whole range", () => {
    const amounts = sample("2025-05-07").map(({ balance }) => Number(Usd.format(balance.monthly.value)))
    expect(Math.min(...amounts)).toBeLessThan(-5e9)
    expect(Math.max(...amounts)).toBeGreaterThan(5e9)
    expect(amounts.filter((dollars) => dollars >= 0 && dollars <= 1000).length).toBeGreaterThan(100)
  })

  it("have up to 15 features of 1 to 80 characters", () => {
    const plans = sample("2026-08-04").flatMap(({ balance }) => Option.toArray(balance.subscription))
    const counts = plans.map(({ features }) => features.length)
    const lengths = plans.flatMap(({ features }) => features.map((feature) => [...feature].length))
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([0, 15])
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([1, 80])
  })

  it("tell every contract by the type that its revision has for it", () => {
    expect(older.some((text) => /"type":"enterprise"/.test(text))).toBe(true)
    expect(older.some((text) => /"type":"contract"/.test(text))).toBe(false)
    expect(texts.some((text) => /"type":"contract"/.test(text))).toBe(true)
    expect(texts.some((text) => /"type":"enterprise"/.test(text))).toBe(false)
  })

  it("have money in the one form that is asked for", () => {
    const plainly = (text: string) => JSON.stringify(JSON.parse(text))
    const kinds = (money: "text" | "number") =>
      new Set(
        sample("2025-05-07", 50, { money }).map(
          ({ text }) => /"[a-z_]*monetary_value":(.)/.exec(plainly(text))?.[1] === '"',
        ),
      )
    expect(kinds("text")).toEqual(new Set([true]))
    expect(kinds("number")).toEqual(new Set([false]))
  })

  it("shrink to a short text of the plainest spelling", () => {
    const property = FastCheck.property(Arbitraries.body("2026-08-04", { money: "text" }), ({ text }) => text === "")
    const { counterexample } = FastCheck.check(property, { seed: 3 })
    const shrunk = counterexample?.[0].text ?? "nothing was shrunk"
    expect(shrunk).toBe(JSON.stringify(JSON.parse(shrunk)))
    expect(Object.keys(JSON.parse(shrunk))).toEqual(expect.arrayContaining(["created_at", "updated_at"]))
    expect(shrunk).not.toContain("null")
  })
})

describe("Arbitraries.revision", () => {
  it("gives every published revision", () => {
    const drawn = FastCheck.sample(Arbitraries.revision, { numRuns: 500, seed: 1 })
    expect([...new Set(drawn)].sort()).toEqual(Bodies.revisions)
  })
})
