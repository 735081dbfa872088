import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as CustomerBalance from "../../../../src/domain/balance/CustomerBalance.js"
import type * as Drift from "../../../../src/domain/balance/wire/Drift.js"
import * as Revision from "../../../../src/domain/balance/wire/Revision.js"
import {
  bytes,
  canonical,
  changed,
  changedNewest,
  changedOlder,
  decoded,
  digits,
  type Edit,
  type Json,
  type Path,
  reference,
  rejected,
  tier,
} from "../bodies.js"

const driftOf = (...edits: ReadonlyArray<Edit>) => decoded(changed(...edits)).drift
const subscriptionOf = (...edits: ReadonlyArray<Edit>) => canonical(changed(...edits)).subscription

describe("a field that no revision has", () => {
  it.each<[Path, Json, string, string]>([
    [["brand_new"], 1, "$.brand_new", "a number of 1 character"],
    [["brand_new"], null, "$.brand_new", "null"],
    [["brand_new"], { deep: { deeper: "x" } }, "$.brand_new", "an object"],
    [["brand_new"], digits("1.50"), "$.brand_new", "a number of 4 characters"],
    [["message"], "x", "$.message", "a text of 1 character"],
    [["__proto__"], 1, "$[a key of 9 characters]", "a number of 1 character"],
    [["constructor"], [1, 2], "$.constructor", "an array of 2"],
    [["toString"], "x", "$.toString", "a text of 1 character"],
    [["subscription_details", "renews"], true, "$.subscription_details.renews", "true"],
    [
      [...tier, "new limit"],
      5,
      "$.subscription_details.modeling_app[a key of 9 characters]",
      "a number of 1 character",
    ],
    [
      [...tier, "price", "currency"],
      "usd",
      "$.subscription_details.modeling_app.price.currency",
      "a text of 3 characters",
    ],
    [[...tier, "type", "members"], 3, "$.subscription_details.modeling_app.type.members", "a number of 1 character"],
    [
      [...tier, "features"],
      [{ info: "a" }, { info: "b", icon: "x" }],
      "$.subscription_details.modeling_app.features[1].icon",
      "a text of 1 character",
    ],
    [["session_token"], "abc", "$.session_token", "a text of 3 characters"],
    [["session_token"], 4242, "$.session_token", "a number of 4 characters"],
  ])("%j: %j is reported as %s, %s, and changes nothing else", (path, value, where, found) => {
    const { balance, drift } = decoded(changed([path, value]))
    expect(drift).toStrictEqual([{ kind: "UnknownField", path: where, found }])
    if (!path.includes("features")) expect(CustomerBalance.encode(balance)).toStrictEqual(canonical(reference))
  })

  it("of one credit model has no place in the other", () => {
    const { drift } = decoded(changedOlder([["monthly_api_credits_refresh_at"], "2026-09-01T00:00:00Z"]))
    expect(drift.map(({ kind, path }) => [kind, path])).toStrictEqual([
      ["BothCreditModels", "$.monthly_api_credits_refresh_at"],
    ])
  })
})

describe("a member that a set does not have", () => {
  it.each<[Path, string, string]>([
    [[...tier, "support_tier"], "platinum", "$.subscription_details.modeling_app.support_tier"],
    [[...tier, "training_data_behavior"], "never", "$.subscription_details.modeling_app.training_data_behavior"],
    [[...tier, "billing_mode"], "reseller", "$.subscription_details.modeling_app.billing_mode"],
    [["subscription_details", "action_type"], "call_us", "$.subscription_details.action_type"],
  ])("at %j is kept as %j and reported", (path, text, where) => {
    const { balance, drift } = decoded(changedNewest([path, text]))
    expect(drift).toStrictEqual([{ kind: "UnknownMember", path: where, found: `a text of ${text.length} characters` }])
    expect(JSON.stringify(CustomerBalance.encode(balance))).toContain(`"${text}"`)
  })

  it.each<[Path, string]>([
    [[...tier, "price", "interval"], "$.subscription_details.modeling_app.price.interval"],
    [["modeling_app_enterprise_price", "interval"], "$.modeling_app_enterprise_price.interval"],
  ])("at %j, how often a price is due, is kept and reported", (path, where) => {
    const { balance, drift } = decoded(changed([path, "quarter"]))
    expect(drift).toStrictEqual([{ kind: "UnknownMember", path: where, found: "a text of 7 characters" }])
    expect(JSON.stringify(CustomerBalance.encode(balance))).toContain('"quarter"')
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
      ["UnknownMember", "$.subscription_details.modeling_app.endpoints_included[1]", "a text of 7 characters"],
      ["UnknownMember", "$.subscription_details.modeling_app.zoo_tools_included[0]", "a text of 6 characters"],
      ["UnknownMember", "$.subscription_details.modeling_app.share_links[2]", "a text of 6 characters"],
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
        found: "a text of 6 characters",
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

describe("a field that its variant does not have", () => {
  it.each<[Path, Json, Json]>([
    [["modeling_app_enterprise_price"], { type: "enterprise", price: null }, { _tag: "Contract" }],
    [["modeling_app_enterprise_price"], { type: "contract", price: "1", interval: "day" }, { _tag: "Contract" }],
    [["modeling_app_enterprise_price"], { type: "enterprise", interval: "month", price: 9.25 }, { _tag: "Contract" }],
  ])("is drift and no part of the price: %j is %j", (path, value, price) => {
    const { balance, drift } = decoded(changed([path, value]))
    expect(CustomerBalance.encode(balance).enterprisePrice).toStrictEqual(price)
    expect(drift.map(({ kind }) => kind)).toContain("UnknownField")
  })

  it.each<Json>([true, "anything", { action_client_secret: "pi_1_secret_Zk41qGm7" }])(
    "makes no organisation of an individual: saml_sso %j",
    (saml) => {
      const { balance, drift } = decoded(changed([[...tier, "type"], { type: "individual", saml_sso: saml }]))
      const text = JSON.stringify([CustomerBalance.encode(balance), drift])
      expect(CustomerBalance.encode(balance).subscription?.type).toStrictEqual({ _tag: "Individual" })
      expect(drift.map(({ kind }) => kind)).toStrictEqual(["UnknownField"])
      expect(text).not.toContain("Zk41qGm7")
    },
  )
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

describe("what is gone from the contract", () => {
  const secondTool = "$.subscription_details.modeling_app.zoo_tools_included[1]"

  it.each<[string, Path, Json, Drift.Kind, string]>([
    ["a field", ["id"], "6f1c0f5e-2a68-4f0e-9d0b-6f1f4f3a7c10", "DeprecatedField", "$.id"],
    [
      "a price",
      ["modeling_app_enterprise_price"],
      { type: "enterprise" },
      "DeprecatedField",
      "$.modeling_app_enterprise_price",
    ],
    [
      "a flag",
      [...tier, "is_custom_quote"],
      false,
      "DeprecatedField",
      "$.subscription_details.modeling_app.is_custom_quote",
    ],
    [
      "a member",
      [...tier, "support_tier"],
      "priority",
      "DeprecatedMember",
      "$.subscription_details.modeling_app.support_tier",
    ],
    [
      "a tool",
      [...tier, "zoo_tools_included"],
      ["text_to_cad", "diff_chrome_extension"],
      "DeprecatedMember",
      secondTool,
    ],
  ])("is reported in a body that is newer, and taken: %s", (_, path, value, kind, where) => {
    expect(decoded(changedNewest([path, value])).drift.map((each) => [each.kind, each.path])).toStrictEqual([
      [kind, where],
    ])
  })

  it("is no drift in a body that can be as old", () => {
    expect(driftOf([[...tier, "zoo_tools_included"], ["diff_chrome_extension"]])).toStrictEqual([])
    expect(driftOf([[...tier, "support_tier"], "priority"])).toStrictEqual([])
    // Nothing in this body came after the tool went.
    const bare = changedNewest(
      [["monthly_api_credits_refresh_at"], undefined],
      [["subscription_details", "action_type"], undefined],
      [["subscription_details", "action_client_secret"], undefined],
      [[...tier, "billing_mode"], undefined],
      [[...tier, "ml_custom_models"], undefined],
      [[...tier, "zoo_tools_included"], ["diff_chrome_extension"]],
      [[...tier, "price"], { type: "enterprise" }],
    )
    expect(decoded(bare).drift).toStrictEqual([])
  })

  /** What came, and the revision that brought it: each dates a body. */
  const came: ReadonlyArray<readonly [Revision.Revision, Edit]> = [
    ["2025-07-18", [[...tier, "annual_discount"], 8]], // Any number of it: it came earlier and dates nothing that went later.
    ["2025-10-30", [[...tier, "display_name"], "Team"]],
    ["2025-11-10", [[...tier, "ml_custom_models"], true]],
    ["2025-12-17", [["subscription_details", "action_type"], "payment_intent"]],
    ["2025-12-17", [["subscription_details", "action_client_secret"], "x"]],
    ["2025-12-17", [[...tier, "price"], { type: "flat", interval: "unknown", price: "1" }]],
    ["2026-03-31", [[...tier, "billing_mode"], "standard"]],
    ["2026-04-02", [[...tier, "price"], { type: "contract" }]],
    ["2026-08-04", [["monthly_api_credits_refresh_at"], "2026-09-01T00:00:00Z"]],
  ]

  /** What went, and the revision that it went with. */
  const went: ReadonlyArray<readonly [Revision.Revision, string, Edit]> = [
    ["2025-11-04", "$.modeling_app_enterprise_price", [["modeling_app_enterprise_price"], { type: "enterprise" }]],
    [
      "2025-11-07",
      "$.subscription_details.modeling_app.zoo_tools_included[0]",
      [[...tier, "zoo_tools_included"], ["diff_chrome_extension"]],
    ],
    ["2026-04-02", "$.subscription_details.modeling_app.is_custom_quote", [[...tier, "is_custom_quote"], true]],
  ]

  /** A body that can be of any revision since 2025-10-28. */
  const undated: ReadonlyArray<Edit> = [
    [["monthly_api_credits_refresh_at"], undefined],
    [["subscription_details", "action_type"], undefined],
    [["subscription_details", "action_client_secret"], undefined],
    [[...tier, "billing_mode"], undefined],
    [[...tier, "ml_custom_models"], undefined],
    [[...tier, "display_name"], undefined],
    [[...tier, "price"], { type: "enterprise" }],
  ]

  it("is drift beside whatever came with the same revision or later, and beside nothing that came before", () => {
    for (const [since, newer] of came) {
      for (const [until, path, older] of went) {
        const paths = decoded(changedNewest(...undated, newer, older)).drift.map((each) => each.path)
        expect(paths, `${newer[0].join(".")} (${since}) beside ${path} (${until})`).toStrictEqual(
          Revision.placeOf(since) >= Revision.placeOf(until) ? [path] : [],
        )
      }
    }
  })

  it("is drift beside members and fields of the year in which it went", () => {
    const kindsOf = (...edits: ReadonlyArray<Edit>) => driftOf(...edits).map(({ kind, path }) => `${kind} ${path}`)
    const app = "$.subscription_details.modeling_app"
    const bare = [["modeling_app_enterprise_price"], undefined] as const
    expect(kindsOf(bare, [[...tier, "display_name"], "x"])).toStrictEqual([
      "DeprecatedField $.id",
      "DeprecatedField $.map_id",
      `DeprecatedMember ${app}.support_tier`,
    ])
    const [email, members] = [
      [[...tier, "support_tier"], "standard_email"] as const,
      [[...tier, "zoo_tools_included"], ["modeling_app"]] as const,
    ]
    expect(kindsOf(bare, email, members)).toStrictEqual([])
    expect(kindsOf(email, [[...tier, "billing_mode"], "standard"])).toContain(
      "DeprecatedField $.modeling_app_enterprise_price",
    )
    expect(decoded(changedOlder([[...tier, "billing_mode"], "standard"])).drift.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "$.monthly_credits_remaining",
        "$.pre_pay_cash_remaining",
        "$.pre_pay_credits_remaining",
      ]),
    )
  })

  it("shows where fields are absent that older bodies had to have", () => {
    const kinds = (...edits: ReadonlyArray<Edit>) =>
      driftOf([["modeling_app_enterprise_price"], undefined], ...edits).map(({ kind }) => kind)
    expect(kinds()).toStrictEqual([])
    expect(kinds([["id"], undefined], [["map_id"], undefined])).toStrictEqual(["DeprecatedMember"])
  })

  it("reports a plan's name that was not yet free, in a body that is as old", () => {
    const named = [[...tier, "name"], "made-to-measure"] as const
    expect(driftOf(named).map(({ kind, path }) => [kind, path])).toStrictEqual([
      ["UnknownMember", "$.subscription_details.modeling_app.name"],
    ])
    expect(subscriptionOf(named)?.name).toBe("made-to-measure")
    expect(decoded(changedOlder(named)).drift.map(({ kind }) => kind)).toStrictEqual(["UnknownMember"])
    expect(decoded(changedNewest([[...tier, "name"], "another"])).drift).toStrictEqual([])
  })
})

describe("two credit models in one body", () => {
  it("are reported at each amount of the one that is not spoken", () => {
    const both = changed(
      [["monthly_credits_remaining"], "1"],
      [["pre_pay_cash_remaining"], digits("2.5")],
      [["pre_pay_credits_remaining"], null],
      [[...tier, "pay_as_you_go_credits"], "3"],
    )
    expect(
      decoded(both)
        .drift.map(({ kind, path }) => [kind, path])
        .sort(),
    ).toStrictEqual([
      ["BothCreditModels", "$.monthly_credits_remaining"],
      ["BothCreditModels", "$.pre_pay_cash_remaining"],
      ["BothCreditModels", "$.subscription_details.modeling_app.pay_as_you_go_credits"],
    ])
    expect(canonical(both)).toStrictEqual(canonical(reference))
    expect(
      decoded(changedOlder([[...tier, "monthly_pay_as_you_go_api_credits"], 5])).drift.map(({ kind, path }) => [
        kind,
        path,
      ]),
    ).toStrictEqual([["BothCreditModels", "$.subscription_details.modeling_app.monthly_pay_as_you_go_api_credits"]])
  })

  it("lose no allowance that only the other model tells", () => {
    const value = [...tier, "monthly_pay_as_you_go_api_credits_monetary_value"]
    const told = changed([value, undefined], [[...tier, "pay_as_you_go_credits"], "12.5"])
    expect(canonical(told).subscription?.allowance).toStrictEqual({ value: "12.50", credits: "14" })
    const finer = changed([value, undefined], [[...tier, "pay_as_you_go_credits"], "1.00000000001"])
    expect(canonical(finer).subscription?.allowance).toStrictEqual({ value: "1.00", credits: "14" })
  })

  it("are no balance where neither is complete", () => {
    const half = changed([["monthly_api_credits_remaining"], undefined], [["monthly_credits_remaining"], "1"])
    expect(rejected(half).issues.map(({ path }) => path)).toStrictEqual(["$.monthly_api_credits_remaining"])
  })

  it("are read as the older one where that is whole and the current one is not", () => {
    for (const value of [5, null]) {
      const { balance, drift } = decoded(changedOlder([["stable_api_credits_remaining"], value]))
      expect(balance.stable._tag).toBe("PrePaid")
      expect(drift.map(({ kind, path }) => [kind, path])).toStrictEqual(
        value === null ? [] : [["BothCreditModels", "$.stable_api_credits_remaining"]],
      )
    }
  })
})

describe("a key that stands twice", () => {
  const twice = (text: string, at: string) => text.replace(at, `${at}${at}`)

  it.each([
    ["at the top", '"subscription_id": "Wh2SRWgjTPwmZKkGLLr8MyvZ",', "$.subscription_id"],
    ["in the plan", '"support_tier": "standard",', "$.subscription_details.modeling_app.support_tier"],
    ["in a price", '"price": "17.07",', "$.subscription_details.modeling_app.price.price"],
  ])("%s is reported", (_, member, path) => {
    expect(decoded(twice(reference, member)).drift).toStrictEqual([
      { kind: "DuplicateKey", path, found: "the key more than once" },
    ])
  })

  it("counts as it stands last", () => {
    const body = reference.replace(
      '"total_due": "86.32"',
      '"total_due": "x", "total_due": 1.5, "tot\\u0061l_due": "2.50"',
    )
    expect(canonical(body).due).toStrictEqual({ _tag: "Due", usd: "2.50" })
    expect(decoded(body).drift.map(({ kind, path }) => [kind, path])).toStrictEqual([["DuplicateKey", "$.total_due"]])
  })

  it.each([
    ['"new": {"a": [1, {"b": 1, "c": {}, "b": 2}]}', "$.new.a[1].b"],
    ['"new": {"": 1, "": 2}', "$.new[a key of 0 characters]"],
    ['"new": {"__proto__": 1, "__proto__": 2}', "$.new[a key of 9 characters]"],
    ['"new": {"a:\\"{,": 1, "a:\\"{,": 2}', "$.new[a key of 5 characters]"],
  ])("is found within what is not known: %s", (member, path) => {
    const body = reference.replace('"total_due"', `${member}, "total_due"`)
    expect(decoded(body).drift.map((each) => [each.kind, each.path])).toStrictEqual([
      ["UnknownField", "$.new"],
      ["DuplicateKey", path],
    ])
  })

  it("is found within a variant that is not known, and in what is dropped", () => {
    const variant = changed([[...tier, "price"], { type: "tiered" }]).replace('"tiered"', '"tiered","a":1,"a":2')
    expect(decoded(variant).drift.map(({ kind }) => kind)).toStrictEqual(["UnknownMember", "DuplicateKey"])
    const dropped = changedNewest([["subscription_details", "action_client_secret"], { a: 1 }]).replace(
      '"a":1',
      '"a":1,"a":2',
    )
    expect(decoded(dropped).drift.map(({ path }) => path)).toStrictEqual([
      "$.subscription_details.action_client_secret.a",
    ])
  })

  it("is no drift across objects", () => {
    expect(
      driftOf([
        [...tier, "features"],
        [{ info: "a" }, { info: "a" }],
      ]),
    ).toStrictEqual([])
  })
})

describe("what is longer, shorter or otherwise than published", () => {
  it.each<[string, Path, Json, string]>([
    [
      "more than 15 features",
      [...tier, "features"],
      Array.from({ length: 16 }, () => ({ info: "a" })),
      "$.subscription_details.modeling_app.features",
    ],
    ["an empty feature", [...tier, "features"], [{ info: "" }], "$.subscription_details.modeling_app.features[0].info"],
    [
      "a long feature",
      [...tier, "features"],
      [{ info: "a".repeat(81) }],
      "$.subscription_details.modeling_app.features[0].info",
    ],
    ["an id that is no UUID", ["id"], "me", "$.id"],
  ])("is taken and reported: %s", (_, path, value, where) => {
    expect(driftOf([path, value]).map((each) => [each.kind, each.path])).toStrictEqual([["UnmetConstraint", where]])
  })

  it("is not reported at the bounds", () => {
    expect(
      driftOf([[...tier, "features"], Array.from({ length: 15 }, () => ({ info: "a".repeat(80) }))]),
    ).toStrictEqual([])
    // Characters are code points, whatever JavaScript counts.
    expect(driftOf([[...tier, "features"], [{ info: "\u{1f600}".repeat(80) }]])).toStrictEqual([])
    expect(driftOf([[...tier, "features"], [{ info: "\u{1f600}".repeat(81) }]]).length).toBe(1)
  })
})

describe("strict decoding", () => {
  it("takes what has no drift, and rejects the rest with each finding as an issue", () => {
    expect(Either.isRight(CustomerBalance.decodeText(reference, { strict: true }))).toBe(true)
    const drifting = changed([["brand_new"], 1], [["total_due"], digits("1.00000000001")])
    for (const result of [
      CustomerBalance.decodeText(drifting, { strict: true }),
      CustomerBalance.decodeBytes(bytes(drifting), { strict: true }),
    ]) {
      const rejection = Either.isLeft(result) ? result.left : undefined
      expect(rejection?.kind).toBe("Invalid")
      expect(rejection?.issues).toStrictEqual([
        { path: "$.total_due", expected: "an amount of at most nine decimals", found: "a number of 13 characters" },
        { path: "$.brand_new", expected: "a published field", found: "a number of 1 character" },
      ])
    }
    expect(Either.isRight(CustomerBalance.decodeText(drifting))).toBe(true)
  })

  it("lists ten findings and counts the rest", () => {
    const many = Array.from({ length: 20 }, (_, index) => [[`new_${index}`], index] as const)
    const result = CustomerBalance.decodeText(changed(...many), { strict: true })
    const rejection = Either.isLeft(result) ? result.left : undefined
    expect(rejection?.issues.length).toBe(10)
    expect(rejection?.message).toMatch(/\(and 19 more\)$/)
  })
})

describe("a body with much drift", () => {
  it("has findings of every kind reported side by side", () => {
    const drift = decoded(
      changedNewest(
        [["total_due"], digits("1.00000000001")],
        [["zz_new"], 1],
        [[...tier, "billing_mode"], "barter"],
        [[...tier, "support_tier"], "standard"],
        [["map_id"], "none"],
        [["monthly_credits_remaining"], "1"],
      ).replace("{", '{"zz_new":0,'),
    ).drift
    expect(drift.map(({ kind }) => kind).sort()).toStrictEqual([
      "BothCreditModels",
      "DeprecatedField",
      "DeprecatedMember",
      "DuplicateKey",
      "FinerThanNano",
      "UnknownField",
      "UnknownMember",
      "UnmetConstraint",
    ])
  })

  it("has no finding more than fifty where keys stand twice too", () => {
    const many = Array.from({ length: 49 }, (_, index) => [[`new_${index}`], index] as const)
    const { drift } = decoded(changed(...many).replace("{", '{"a":1,"a":2,"b":1,"b":2,'))
    expect(drift.length).toBe(50)
  })

  it("has paths of bounded length", () => {
    const deep = Array.from({ length: 50 }, () => '{"\\u202e\\u202e\\u202e\\u202e\\u202e\\u202e\\u202e":').join("")
    const body = reference.replace("{", `{"new":${deep}{"a":1,"a":2}${"}".repeat(50)},`)
    for (const { path } of decoded(body).drift) expect(path.length).toBeLessThan(300)
    expect(decoded(body).drift.map(({ kind }) => kind)).toStrictEqual(["UnknownField", "DuplicateKey"])
  })

  it("has the first fifty findings reported, and decodes", () => {
    const many = Array.from({ length: 200 }, (_, index) => [[`new_${index}`], index] as const)
    const { balance, drift } = decoded(changed(...many))
    expect(drift.length).toBe(50)
    expect(drift[49]).toStrictEqual({ kind: "UnknownField", path: "$.new_49", found: "a number of 2 characters" })
    expect(CustomerBalance.encode(balance)).toStrictEqual(canonical(reference))
  })
})
