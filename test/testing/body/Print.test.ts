import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { AmountDue, Credits, CustomerBalance, Usd } from "../../../src/domain.js"
import { AccountSimulator, Bodies } from "../../../src/testing.js"
import * as Published from "./Published.js"

type JsonObject = { [key: string]: unknown }

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/reference-2025-05-07${name}.json`, import.meta.url), "utf8")

const decoded = (text: string) => Either.getOrThrowWith(CustomerBalance.decodeText(text), (rejected) => rejected)
const { balance: reference } = decoded(fixture(""))

const isRecord = (json: unknown): json is JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const record = (json: unknown): JsonObject => {
  if (!isRecord(json)) throw new Error("there is no object")
  return json
}

/** The objects of a body whose fields came and went, by what stands before their names. */
const parts = (json: unknown): ReadonlyArray<readonly [prefix: string, part: JsonObject]> => {
  const body = record(json)
  const details = record(body["subscription_details"])
  return [
    ["", body],
    ["details.", details],
    ["tier.", record(details["modeling_app"])],
  ]
}

const fieldsOf = (json: unknown): ReadonlyArray<string> =>
  parts(json)
    .flatMap(([prefix, part]) => Object.keys(part).map((name) => `${prefix}${name}`))
    .sort()

/** The text of a body without some of its fields. */
const without = (text: string, ...names: ReadonlyArray<string>): string => {
  const json: unknown = JSON.parse(text)
  for (const [prefix, part] of parts(json)) {
    for (const name of Object.keys(part)) if (names.includes(`${prefix}${name}`)) delete part[name]
  }
  return JSON.stringify(json)
}

/** A value without the members that are `null`. */
const withoutNulls = (json: unknown): unknown =>
  isRecord(json)
    ? Object.fromEntries(
        Object.entries(json).flatMap(([key, value]) => (value === null ? [] : [[key, withoutNulls(value)]])),
      )
    : json

/** The fields of a revision: those of the first, with every change up to it. */
const publishedIn = (revision: Bodies.Revision): ReadonlyArray<string> => {
  let fields = Published.first
  for (const day of Bodies.revisions.filter((day) => day <= revision)) {
    const { came = [], went = [] } = Published.changes[day]
    fields = fields.filter((field) => !went.includes(field)).concat(came)
  }
  return [...fields].sort()
}

const published = Bodies.revisions.map((revision) => [revision, publishedIn(revision)] as const)

describe.each(published)("A printed body of %s", (revision, fields) => {
  const text = Bodies.print(reference, revision, { blank: "null" })

  it("has the fields of its revision, and no other", () => {
    expect(fieldsOf(JSON.parse(text))).toEqual(fields)
  })

  it("is rejected without a field that the revision required, and taken without any other", () => {
    expect(decoded(without(text)).drift).toEqual([])
    for (const field of fields) {
      const result = CustomerBalance.decodeText(without(text, field))
      expect([field, result._tag]).toEqual([field, Published.alwaysRequired.includes(field) ? "Left" : "Right"])
      if (Either.isRight(result)) continue
      expect(result.left.issues.map(({ path }) => path)).toEqual([
        expect.stringMatching(`\\.${field.split(".").at(-1)}$`),
      ])
    }
  })

  it("is rejected without a part of a price, of what the plan is for, or of a feature", () => {
    for (const name of ["interval", "price", "type", "saml_sso", "info"]) {
      const count = text.split(`"${name}":`).length - 1
      for (let place = 0; place < count; place++) {
        let seen = 0
        const broken = text.replaceAll(`"${name}":`, (key) => (seen++ === place ? `"${name}_":` : key))
        expect([name, place, CustomerBalance.decodeText(broken)._tag]).toEqual([name, place, "Left"])
      }
    }
  })

  it("tells nothing of the amount due without the field that tells it", () => {
    expect(decoded(without(text, "total_due")).balance.due).toEqual({ _tag: "NotRequested" })
  })
})

describe("Bodies.print", () => {
  it("gives back the reference page's body, with money as text and as numbers", () => {
    const options = { blank: "null" } as const
    expect(JSON.parse(Bodies.print(reference, "2025-05-07", options))).toEqual(JSON.parse(fixture("")))
    const numbers = Bodies.print(reference, "2025-05-07", { ...options, money: "number" })
    expect(JSON.parse(numbers)).toEqual(JSON.parse(fixture("-numbers")))
  })

  it("speaks the older credit model as its bodies did", () => {
    const body = Bodies.print(reference, "2024-02-29", { money: "number" })
    expect(body).toBe(
      '{"id":"ac585dad-c443-433e-9e24-1ac0d8585a08","map_id":"568d188b-4db2-4978-b6d4-199230d74b23",' +
        '"created_at":"2025-05-08T23:03:21.704Z","updated_at":"2025-05-08T23:03:21.704Z",' +
        '"monthly_credits_remaining":41.26,"pre_pay_cash_remaining":0,"pre_pay_credits_remaining":63.35,' +
        '"total_due":86.32,"subscription_id":"Wh2SRWgjTPwmZKkGLLr8MyvZ","subscription_details":{"modeling_app":{' +
        '"name":"team","description":"Mx0kix5W279znAVLGdcHlu",' +
        '"features":[{"info":"pAFbCtvtLDujHLTBpQKWs84T7pjo4GmmjL0ckyvY8WdKh9"}],' +
        '"type":{"type":"organization","saml_sso":true},' +
        '"price":{"type":"per_user","interval":"day","price":17.07},"support_tier":"standard",' +
        '"training_data_behavior":"default_on","zoo_tools_included":["modeling_app"],' +
        '"pay_as_you_go_credits":63.21}},' +
        '"modeling_app_enterprise_price":{"type":"per_user","interval":"month","price":27.84}}',
    )
  })

  it.each(["text", "number"] as const)("agrees with the simulator on the newest revision, money as %s", (money) => {
    const from = Date.UTC(2026, 5, 5)
    const to = Date.UTC(2026, 7, 4)
    for (const plan of ["free", "plus", "pro", "team", "contract"] as const) {
      const account = AccountSimulator.simulate({ seed: 2, from, to, plan })
      for (const includeTotalDue of [true, false]) {
        const body = account.bodyAt((from + to) / 2, { includeTotalDue, money })
        const printed = Bodies.print(decoded(body).balance, "2026-08-04", { money, blank: "meaning" })
        expect(withoutNulls(JSON.parse(printed))).toEqual(withoutNulls(JSON.parse(body)))
      }
    }
  })

  it("writes every digit of amounts and counts", () => {
    const credits = Credits.unsafeFromBigInt(Credits.MAX)
    const value = Usd.unsafeFromText("-9199999999.999999999")
    const balance: CustomerBalance.CustomerBalance = {
      ...reference,
      monthly: { value, credits: Option.some(credits) },
      stable: { _tag: "Granted", value: Usd.unsafeFromText("0.000000001"), credits },
      due: AmountDue.due(Usd.zero),
    }
    const number = Bodies.print(balance, "2026-08-04", { money: "number" })
    expect(number).toContain('"monthly_api_credits_remaining":18446744073709551615,')
    expect(number).toContain('"monthly_api_credits_remaining_monetary_value":-9199999999.999999999,')
    expect(number).toContain('"stable_api_credits_remaining_monetary_value":0.000000001,')
    expect(number).toContain('"total_due":0,')
    const text = Bodies.print(balance, "2026-08-04")
    expect(text).toContain('"monthly_api_credits_remaining":18446744073709551615,')
    expect(text).toContain('"monthly_api_credits_remaining_monetary_value":"-9199999999.999999999",')
    expect(text).toContain('"total_due":"0.00",')
  })

  it("leaves out what has nothing to say, or writes null or what absence means", () => {
    const nothing: CustomerBalance.CustomerBalance = {
      ...reference,
      due: AmountDue.notRequested,
      subscription: Option.map(reference.subscription, (plan) => ({
        ...plan,
        toolsIncluded: [],
        creditPrice: Usd.zero,
      })),
    }
    const tierOf = (blank: Bodies.Blank) => {
      const body = JSON.parse(Bodies.print(nothing, "2026-08-04", { blank }))
      return [body.total_due, body.subscription_details.modeling_app]
    }
    expect(tierOf("absent")).toEqual([
      undefined,
      expect.not.objectContaining({ zoo_tools_included: expect.anything() }),
    ])
    expect(Object.keys(tierOf("absent")[1])).not.toContain("pay_as_you_go_api_credit_price")
    expect(tierOf("null")).toMatchObject([
      null,
      { zoo_tools_included: null, pay_as_you_go_api_credit_price: "0.00", display_name: "", billing_mode: "standard" },
    ])
    expect(tierOf("meaning")).toMatchObject([
      null,
      { zoo_tools_included: [], pay_as_you_go_api_credit_price: "0.00", display_name: "", billing_mode: "standard" },
    ])
  })

  it("calls a price that a contract owns enterprise before 2026-04-02, and contract from then on", () => {
    const owned: CustomerBalance.CustomerBalance = {
      ...reference,
      subscription: Option.map(reference.subscription, (plan) => ({ ...plan, price: { _tag: "Contract" } })),
      enterprisePrice: Option.none(),
    }
    for (const revision of Bodies.revisions) {
      const { modeling_app: tier } = JSON.parse(Bodies.print(owned, revision)).subscription_details
      expect([revision, tier.price]).toEqual([revision, { type: revision < "2026-04-02" ? "enterprise" : "contract" }])
    }
  })

  it("has a payment secret only where one is given and the revision had one", () => {
    const actionClientSecret = "seti_1_secret_2"
    expect(Bodies.print(reference, "2025-12-17", { actionClientSecret })).toContain('"action_client_secret":"seti_1')
    expect(Bodies.print(reference, "2025-12-17")).not.toContain("action_client_secret")
    expect(Bodies.print(reference, "2025-11-10", { actionClientSecret })).not.toContain("secret")
  })
})
