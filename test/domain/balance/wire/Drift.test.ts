import { describe, expect, it } from "@effect/vitest"
import * as CustomerBalance from "../../../../src/domain/balance/CustomerBalance.js"
import * as Drift from "../../../../src/domain/balance/wire/Drift.js"
import { canonical, changed, changedOlder, decoded, digits, type Json, type Path, reference, tier } from "../bodies.js"

const driftOf = (...edits: ReadonlyArray<readonly [Path, Json | undefined]>) => decoded(changed(...edits)).drift
const subscriptionOf = (...edits: ReadonlyArray<readonly [Path, Json | undefined]>) =>
  canonical(changed(...edits)).subscription

describe("a field that no revision has", () => {
  it.each<[Path, Json, string, string]>([
    [["brand_new"], 1, "$.brand_new", "the number 1"],
    [["brand_new"], null, "$.brand_new", "null"],
    [["brand_new"], { deep: { deeper: "x" } }, "$.brand_new", "an object"],
    [["brand_new"], digits("1.50"), "$.brand_new", "the number 1.50"],
    [["message"], "x", "$.message", 'the text "x"'],
    [["__proto__"], 1, "$.__proto__", "the number 1"],
    [["constructor"], [1, 2], "$.constructor", "an array of 2"],
    [["toString"], "x", "$.toString", 'the text "x"'],
    [["subscription_details", "renews"], true, "$.subscription_details.renews", "true"],
    [[...tier, "new limit"], 5, '$.subscription_details.modeling_app["new limit"]', "the number 5"],
    [[...tier, "price", "currency"], "usd", "$.subscription_details.modeling_app.price.currency", 'the text "usd"'],
    [[...tier, "type", "members"], 3, "$.subscription_details.modeling_app.type.members", "the number 3"],
    [
      [...tier, "features"],
      [{ info: "a" }, { info: "b", icon: "x" }],
      "$.subscription_details.modeling_app.features[1].icon",
      'the text "x"',
    ],
    [["session_token"], "abc", "$.session_token", "a text (not shown)"],
    [["session_token"], 4242, "$.session_token", "a number (not shown)"],
  ])("%j: %j is reported as %s, %s, and changes nothing else", (path, value, where, found) => {
    const { balance, drift } = decoded(changed([path, value]))
    expect(drift).toStrictEqual([{ kind: "UnknownField", path: where, found }])
    if (!path.includes("features")) expect(CustomerBalance.encode(balance)).toStrictEqual(canonical(reference))
  })

  it("of one credit model is unknown to the other", () => {
    const { drift } = decoded(changedOlder([["monthly_api_credits_refresh_at"], "2026-09-01T00:00:00Z"]))
    expect(drift.map(({ kind, path }) => [kind, path])).toStrictEqual([
      ["UnknownField", "$.monthly_api_credits_refresh_at"],
    ])
  })
})

describe("a member that a set does not have", () => {
  it.each<[Path, string, string]>([
    [[...tier, "support_tier"], "platinum", "$.subscription_details.modeling_app.support_tier"],
    [[...tier, "training_data_behavior"], "never", "$.subscription_details.modeling_app.training_data_behavior"],
    [[...tier, "price", "interval"], "quarter", "$.subscription_details.modeling_app.price.interval"],
    [[...tier, "billing_mode"], "reseller", "$.subscription_details.modeling_app.billing_mode"],
    [["subscription_details", "action_type"], "call_us", "$.subscription_details.action_type"],
    [["modeling_app_enterprise_price", "interval"], "decade", "$.modeling_app_enterprise_price.interval"],
  ])("at %j is kept as %j and reported", (path, text, where) => {
    const { balance, drift } = decoded(changed([path, text]))
    expect(drift).toStrictEqual([{ kind: "UnknownMember", path: where, found: `the text "${text}"` }])
    expect(JSON.stringify(CustomerBalance.encode(balance))).toContain(`"${text}"`)
  })

  it("is reported at its place in a list, and the others stay", () => {
    const edits = [
      [
        [...tier, "endpoints_included"],
        ["modeling", "quantum", "file"],
      ],
      [[...tier, "zoo_tools_included"], ["abacus"]],
      [
        [...tier, "share_links"],
        ["public", "public", "family"],
      ],
    ] as const
    expect(driftOf(...edits).map(({ kind, path, found }) => [kind, path, found])).toStrictEqual([
      ["UnknownMember", "$.subscription_details.modeling_app.endpoints_included[1]", 'the text "quantum"'],
      ["UnknownMember", "$.subscription_details.modeling_app.zoo_tools_included[0]", 'the text "abacus"'],
      ["UnknownMember", "$.subscription_details.modeling_app.share_links[2]", 'the text "family"'],
    ])
    expect(subscriptionOf(...edits)).toMatchObject({
      endpointsIncluded: ["modeling", "quantum", "file"],
      toolsIncluded: ["abacus"],
      shareLinks: ["public", "public", "family"],
    })
  })
})

describe("a variant that is not known", () => {
  it("of a price is kept by its type; its other fields are its own", () => {
    const edit = [[...tier, "price"], { type: "tiered", steps: [{ upTo: 5, price: "x" }], interval: 7 }] as const
    expect(driftOf(edit)).toStrictEqual([
      {
        kind: "UnknownMember",
        path: "$.subscription_details.modeling_app.price.type",
        found: 'the text "tiered"',
      },
    ])
    expect(subscriptionOf(edit)?.price).toStrictEqual({ _tag: "Unknown", raw: "tiered" })
  })

  it("of a tier's type is kept by its type", () => {
    const edit = [[...tier, "type"], { type: "household", saml_sso: "maybe" }] as const
    expect(driftOf(edit).map(({ kind, path }) => [kind, path])).toStrictEqual([
      ["UnknownMember", "$.subscription_details.modeling_app.type.type"],
    ])
    expect(subscriptionOf(edit)?.type).toStrictEqual({ _tag: "Unknown", raw: "household" })
  })

  it("of the enterprise price is kept too", () => {
    const edit = [["modeling_app_enterprise_price"], { type: "gift" }] as const
    expect(driftOf(edit).map(({ path }) => path)).toStrictEqual(["$.modeling_app_enterprise_price.type"])
    expect(canonical(changed(edit)).enterprisePrice).toStrictEqual({ _tag: "Unknown", raw: "gift" })
  })
})

describe("digits past the ninth", () => {
  it.each<Path>([
    ["total_due"],
    ["monthly_api_credits_remaining_monetary_value"],
    ["stable_api_credits_remaining_monetary_value"],
    ["modeling_app_enterprise_price", "price"],
    [...tier, "price", "price"],
    [...tier, "pay_as_you_go_api_credit_price"],
    [...tier, "monthly_pay_as_you_go_api_credits_monetary_value"],
  ])("at %s, %s, %s, %s are reported, as a number and as text", (...path) => {
    const keys = path.filter((key) => key !== undefined)
    for (const value of [digits("1.00000000001"), "1.00000000001"]) {
      expect(driftOf([keys, value]).map((each) => [each.kind, each.path])).toStrictEqual([
        ["FinerThanNano", `$.${keys.join(".")}`],
      ])
    }
    expect(driftOf([keys, digits("1.00000000000")])).toStrictEqual([])
  })
})

describe("a body with much drift", () => {
  it("has findings of every kind reported side by side, in the order of the body", () => {
    const drift = driftOf(
      [["total_due"], digits("1.00000000001")],
      [["monthly_api_credits_refresh_at"], "2026-09-01T00:00:00.123456789Z"],
      [["zz_new"], 1],
      [["modeling_app_enterprise_price", "interval"], "decade"],
    )
    expect(drift.map(({ kind }) => kind).sort()).toStrictEqual(["FinerThanNano", "UnknownField", "UnknownMember"])
  })

  it("has the first fifty findings reported, and decodes", () => {
    const many = Array.from({ length: 200 }, (_, index) => [[`new_${index}`], index] as const)
    const { balance, drift } = decoded(changed(...many))
    expect(drift.length).toBe(Drift.MOST)
    expect(drift[49]).toStrictEqual({ kind: "UnknownField", path: "$.new_49", found: "the number 49" })
    expect(CustomerBalance.encode(balance)).toStrictEqual(canonical(reference))
  })
})
