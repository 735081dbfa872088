import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../../src/domain/balance/CustomerBalance.js"
import {
  bytes,
  changed,
  changedNewest,
  changedOlder,
  digits,
  type Json,
  type Path,
  reference,
  rejected,
  tier,
} from "../bodies.js"

const MONEY = 'money as a plain decimal such as "41.26"'
const CREDITS = "whole credits, 0 to 18446744073709551615"
const DATE = "an existing date and time with a zone, such as 2025-05-08T23:03:21Z"
const REQUIRED = "a value (the field is required)"
const app = "$.subscription_details.modeling_app"

type Case = readonly [path: Path, value: Json | undefined, where: string, expected: string, found: string]

const cases: ReadonlyArray<Case> = [
  // Missing fields.
  [["updated_at"], undefined, "$.updated_at", REQUIRED, "nothing"],
  [["monthly_api_credits_remaining"], undefined, "$.monthly_api_credits_remaining", REQUIRED, "nothing"],
  [[...tier, "name"], undefined, `${app}.name`, REQUIRED, "nothing"],
  [[...tier, "price", "price"], undefined, `${app}.price.price`, REQUIRED, "nothing"],
  [[...tier, "price", "type"], undefined, `${app}.price.type`, REQUIRED, "nothing"],
  [[...tier, "type", "saml_sso"], undefined, `${app}.type.saml_sso`, REQUIRED, "nothing"],
  [tier, undefined, app, REQUIRED, "nothing"],
  // Wrong types, in nested places too.
  [["updated_at"], null, "$.updated_at", DATE, "null"],
  [["total_due"], {}, "$.total_due", MONEY, "an object"],
  [["total_due"], true, "$.total_due", MONEY, "true"],
  [["subscription_id"], 5, "$.subscription_id", "a text", "a number of 1 character"],
  [["subscription_id"], digits("5.5"), "$.subscription_id", "a text", "a number of 3 characters"],
  [["subscription_details"], "x", "$.subscription_details", "an object", "a text of 1 character"],
  [["subscription_details"], 1, "$.subscription_details", "an object", "a number of 1 character"],
  [["subscription_details"], digits("1.5"), "$.subscription_details", "an object", "a number of 3 characters"],
  [["subscription_details"], [], "$.subscription_details", "an object", "an array of 0"],
  [["modeling_app_enterprise_price"], 1, "$.modeling_app_enterprise_price", "an object", "a number of 1 character"],
  [
    ["modeling_app_enterprise_price"],
    digits("1.5"),
    "$.modeling_app_enterprise_price",
    "an object",
    "a number of 3 characters",
  ],
  [[...tier, "features"], "x", `${app}.features`, "an array", "a text of 1 character"],
  [[...tier, "features"], [{ info: "a" }, { info: 3 }], `${app}.features[1].info`, "a text", "a number of 1 character"],
  [[...tier, "features"], [digits("0.5")], `${app}.features[0]`, "an object", "a number of 3 characters"],
  [[...tier, "share_links"], ["public", null], `${app}.share_links[1]`, "a text", "null"],
  [[...tier, "support_tier"], null, `${app}.support_tier`, "a text", "null"],
  [[...tier, "price", "interval"], 5, `${app}.price.interval`, "a text", "a number of 1 character"],
  [[...tier, "type", "saml_sso"], "yes", `${app}.type.saml_sso`, "true or false", "a text of 3 characters"],
  [
    [...tier, "annual_discount"],
    -8,
    `${app}.annual_discount`,
    "a number that is not negative",
    "a number of 2 characters",
  ],
  [
    [...tier, "annual_discount"],
    "8",
    `${app}.annual_discount`,
    "a number that is not negative",
    "a text of 1 character",
  ],
  [
    [...tier, "annual_discount"],
    digits("1e999"),
    `${app}.annual_discount`,
    "a number that is not negative",
    "a number of 5 characters",
  ],
  // Money.
  [["total_due"], "1e3", "$.total_due", MONEY, "a text of 3 characters"],
  [["total_due"], "", "$.total_due", MONEY, "a text of 0 characters"],
  [["total_due"], "$86.32", "$.total_due", MONEY, "a text of 6 characters"],
  [["total_due"], "86,32", "$.total_due", MONEY, "a text of 5 characters"],
  [["total_due"], " 86.32", "$.total_due", MONEY, "a text of 6 characters"],
  [["total_due"], "NaN", "$.total_due", MONEY, "a text of 3 characters"],
  [[...tier, "price", "price"], "free", `${app}.price.price`, MONEY, "a text of 4 characters"],
  // Credits.
  [["stable_api_credits_remaining"], -1, "$.stable_api_credits_remaining", CREDITS, "a number of 2 characters"],
  [
    ["stable_api_credits_remaining"],
    digits("1.5"),
    "$.stable_api_credits_remaining",
    CREDITS,
    "a number of 3 characters",
  ],
  [
    ["stable_api_credits_remaining"],
    digits("6.0"),
    "$.stable_api_credits_remaining",
    CREDITS,
    "a number of 3 characters",
  ],
  [
    ["stable_api_credits_remaining"],
    digits("6e0"),
    "$.stable_api_credits_remaining",
    CREDITS,
    "a number of 3 characters",
  ],
  [["stable_api_credits_remaining"], "6", "$.stable_api_credits_remaining", CREDITS, "a text of 1 character"],
  [["stable_api_credits_remaining"], null, "$.stable_api_credits_remaining", CREDITS, "null"],
  [
    ["stable_api_credits_remaining"],
    digits("18446744073709551616"),
    "$.stable_api_credits_remaining",
    CREDITS,
    "a number of 20 characters",
  ],
  [
    ["stable_api_credits_remaining"],
    digits("-18446744073709551615"),
    "$.stable_api_credits_remaining",
    CREDITS,
    "a number of 21 characters",
  ],
  // Dates.
  [["created_at"], "2025-02-30T00:00:00Z", "$.created_at", DATE, "a text of 20 characters"],
  [["created_at"], "2025-05-08T23:03:21", "$.created_at", DATE, "a text of 19 characters"],
  [["created_at"], 1746745401, "$.created_at", DATE, "a number of 10 characters"],
  [["monthly_api_credits_refresh_at"], "soon", "$.monthly_api_credits_refresh_at", DATE, "a text of 4 characters"],
]

const oneLine = (rejection: CustomerBalance.BodyRejected): void => {
  expect(rejection.message).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
  expect(rejection.message.length).toBeLessThan(500)
}

/** Bytes of a body, at most. */
const MOST_BYTES = 1_048_576

describe("a body with one thing wrong", () => {
  it.each(cases)(
    "at %j: %j is rejected at %s, expecting %s, with what was found",
    (path, value, where, expected, found) => {
      const rejection = rejected(changed([path, value]))
      expect(rejection._tag).toBe("BodyRejected")
      expect(rejection.kind).toBe("Invalid")
      expect(rejection.issues).toStrictEqual([{ path: where, expected, found }])
      expect(rejection.message).toBe(
        `the body is no customer balance: at ${where} expected ${expected}, found ${found}`,
      )
      oneLine(rejection)
    },
  )

  it("is rejected in the same words in the older credit model", () => {
    expect(rejected(changedOlder([["pre_pay_cash_remaining"], "1e3"])).issues).toStrictEqual([
      { path: "$.pre_pay_cash_remaining", expected: MONEY, found: "a text of 3 characters" },
    ])
    expect(rejected(changedOlder([["pre_pay_cash_remaining"], undefined])).issues).toStrictEqual([
      { path: "$.pre_pay_cash_remaining", expected: REQUIRED, found: "nothing" },
    ])
  })

  it("names no type of this library where it says what belongs there", () => {
    for (const type of [5, null, [], {}]) {
      const { issues } = rejected(changed([[...tier, "price", "type"], type]))
      expect(issues.length).toBe(1)
      expect(issues[0]?.path).toBe(`${app}.price.type`)
      expect(issues[0]?.expected).not.toMatch(/Wire|readonly/)
    }
  })
})

describe("an amount beyond the range", () => {
  it.each<Json>([
    "9200000000",
    "-9200000000",
    digits("9.2e9"),
    digits("-92e8"),
    digits("1e999999999"),
    digits("9".repeat(400)),
    "9".repeat(400),
  ])("such as %s is out of range, not merely invalid", (value) => {
    for (const path of [["total_due"], [...tier, "price", "price"]]) {
      const rejection = rejected(changed([path, value]))
      expect(rejection.kind).toBe("OutOfRange")
      expect(rejection.issues.map((issue) => [issue.path, issue.expected])).toStrictEqual([
        [`$.${path.join(".")}`, "an amount below 9.2e9 dollars"],
      ])
      oneLine(rejection)
    }
  })

  it("beside another flaw is invalid, and both are listed", () => {
    const rejection = rejected(changed([["total_due"], "9200000000"], [["updated_at"], "never"]))
    expect(rejection.kind).toBe("Invalid")
    expect(rejection.issues.map(({ path }) => path).sort()).toStrictEqual(["$.total_due", "$.updated_at"])
  })
})

describe("a body with many things wrong", () => {
  it("lists each of them", () => {
    const rejection = rejected("{}")
    expect(rejection.issues.map(({ path, expected }) => [path, expected])).toStrictEqual([
      ["$.created_at", REQUIRED],
      ["$.updated_at", REQUIRED],
      ["$.monthly_api_credits_remaining", REQUIRED],
      ["$.monthly_api_credits_remaining_monetary_value", REQUIRED],
      ["$.stable_api_credits_remaining", REQUIRED],
      ["$.stable_api_credits_remaining_monetary_value", REQUIRED],
    ])
    expect(rejection.message).toMatch(/found nothing \(and 5 more\)$/)
  })

  it("lists ten at most, and counts the rest", () => {
    const rejection = rejected(changed([[...tier, "endpoints_included"], Array.from({ length: 40 }, () => 1)]))
    expect(rejection.issues.length).toBe(10)
    expect(rejection.issues[9]?.path).toBe(`${app}.endpoints_included[9]`)
    expect(rejection.message).toMatch(/\(and 39 more\)$/)
    oneLine(rejection)
  })
})

describe("what is no customer balance at all", () => {
  it.each([
    ["an empty body", "", "NotJson", "one JSON object", "an empty body"],
    ["blanks", " \r\n\t", "NotJson", "one JSON object", "an empty body"],
    ["a word", "hello", "NotJson", "one JSON object", "a text that is no JSON"],
    ["half a body", reference.slice(0, 500), "NotJson", "one JSON object", "a text that is no JSON"],
    ["two bodies", reference + reference, "NotJson", "one JSON object", "a text that is no JSON"],
    ["null", "null", "Invalid", "one JSON object", "null"],
    ["a number", "41.26", "Invalid", "one JSON object", "a number of 5 characters"],
    ["a text", '"x"', "Invalid", "one JSON object", "a text of 1 character"],
    ["an array", `[${reference}]`, "Invalid", "one JSON object", "an array of 1"],
    ["a page", "<!DOCTYPE html><html><body>no</body></html>", "Html", "a JSON object", "a page or XML"],
    ["XML", ' \n<?xml version="1.0"?><Error/>', "Html", "a JSON object", "a page or XML"],
    [
      "a page with a title",
      '<html><head><TITLE lang="en">\n 502 Bad Gateway </TITLE></head></html>',
      "Html",
      "a JSON object",
      "a page or XML",
    ],
    [
      "a page whose title may hold a secret",
      "<html><title>Bearer abc was refused</title></html>",
      "Html",
      "a JSON object",
      "a page or XML",
    ],
    ["a page full of scripts", `<html><script>${"[{(".repeat(100)}</script>`, "Html", "a JSON object", "a page or XML"],
    [
      "an error of the API",
      '{"message":"not found","request_id":"7c1"}',
      "ApiError",
      "a customer balance",
      "an error of the API",
    ],
    [
      "an error of the API with a code",
      '{"error_code":"Unauthorized","message":"invalid token abc","request_id":"7c1"}',
      "ApiError",
      "a customer balance",
      "an error of the API",
    ],
  ])("such as %s is rejected with its kind", (_, body, kind, expected, found) => {
    for (const rejection of [rejected(body), rejected(bytes(body))]) {
      expect(rejection.kind).toBe(kind)
      expect(rejection.issues).toStrictEqual([{ path: "$", expected, found }])
      expect(rejection.message).toBe(`the body is no customer balance: at $ expected ${expected}, found ${found}`)
      oneLine(rejection)
    }
  })

  it("is a balance still where it merely has a message", () => {
    const said = [
      [["message"], "hello"],
      [["request_id"], "7c1"],
      [["error_code"], "x"],
    ] as const
    expect(Either.isRight(CustomerBalance.decodeText(changed(...said)))).toBe(true)
    expect(rejected('{"message":"no","error_code":"x"}').kind).toBe("ApiError")
    expect(rejected('{"message":"no"}').kind).toBe("Invalid")
  })

  it.each([
    ["a byte that never occurs", [0x22, 0xff, 0x22]],
    ["a sequence cut short", [0x22, 0xe2, 0x82, 0x22]],
    ["half a surrogate pair", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["a letter written too long", [0x22, 0xc0, 0x80, 0x22]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])("such as %s in place of UTF-8 is no JSON", (_, raw) => {
    const rejection = rejected(Uint8Array.from(raw))
    expect(rejection.kind).toBe("NotJson")
    expect(rejection.issues).toStrictEqual([{ path: "$", expected: "UTF-8 text", found: "bytes that are no UTF-8" }])
  })

  it("is found out in the middle of an otherwise good body too", () => {
    const raw = bytes(reference)
    raw[raw.indexOf(0x4d)] = 0xff
    expect(rejected(raw).kind).toBe("NotJson")
  })
})

describe("the size of a body", () => {
  const padded = (length: number): string => reference.trimEnd().padEnd(length, " ")

  it("may be 1 MiB and no more, as text and as bytes", () => {
    expect(Either.isRight(CustomerBalance.decodeText(padded(MOST_BYTES)))).toBe(true)
    expect(Either.isRight(CustomerBalance.decodeBytes(bytes(padded(MOST_BYTES))))).toBe(true)
    for (const body of [padded(MOST_BYTES + 1), bytes(padded(MOST_BYTES + 1))]) {
      const rejection = rejected(body)
      expect(rejection.kind).toBe("TooLarge")
      expect(rejection.message).toContain("at most 1048576 bytes")
      expect(rejection.message).toContain("1048577")
    }
  })

  it("counts before anything is read", () => {
    expect(rejected(new Uint8Array(MOST_BYTES + 1).fill(0xff)).kind).toBe("TooLarge")
    expect(rejected("[".repeat(MOST_BYTES + 1)).kind).toBe("TooLarge")
  })

  it("may be 64 levels deep, drift included, and no more", () => {
    const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)])
    expect(Either.isRight(CustomerBalance.decodeText(changed([["brand_new"], nested(63)])))).toBe(true)
    const rejection = rejected(changed([["brand_new"], nested(64)]))
    expect(rejection.kind).toBe("TooDeep")
    expect(rejection.message).toContain("at most 64 levels")
    expect(rejected("[".repeat(200_000)).kind).toBe("TooDeep")
    expect(rejected(bytes('{"a":'.repeat(200_000))).kind).toBe("TooDeep")
  })

  it("is that of its UTF-8, as text too", () => {
    const wide = (characters: number) => changed([["brand_new"], "\u20ac".repeat(characters)])
    const rest = bytes(wide(0)).length
    const most = Math.floor((MOST_BYTES - rest) / 3)
    expect(Either.isRight(CustomerBalance.decodeText(wide(most)))).toBe(true)
    expect(Either.isRight(CustomerBalance.decodeBytes(bytes(wide(most))))).toBe(true)
    expect(rejected(wide(most + 1)).kind).toBe("TooLarge")
    expect(rejected(bytes(wide(most + 1))).kind).toBe("TooLarge")
  })

  it("may be 10,000 values and no more", () => {
    const list = (count: number) => changed([["brand_new"], Array.from({ length: count }, () => 0)])
    expect(Either.isRight(CustomerBalance.decodeText(list(9000)))).toBe(true)
    const rejection = rejected(list(10_002))
    expect(rejection.kind).toBe("TooLarge")
    expect(rejection.message).toContain("at most 10000 values")
  })

  it("counts nested values, not only those that a comma parts", () => {
    const nested = `[${Array.from({ length: 300 }, () => "[".repeat(40) + "]".repeat(40)).join(",")}]`
    expect(rejected(reference.replace("{", `{"new":${nested},`)).kind).toBe("TooLarge")
  })

  it("costs no more than linear time where a page is all titles that never end", () => {
    expect(rejected("<title ".repeat(MOST_BYTES / 7)).kind).toBe("Html")
  })
})

describe("what would be kept", () => {
  it("is a text of 10,000 characters at most", () => {
    const named = (length: number) => changed([[...tier, "name"], "team".padEnd(length, "m")])
    expect(Either.isRight(CustomerBalance.decodeText(named(10_000)))).toBe(true)
    expect(rejected(named(10_001)).issues).toStrictEqual([
      {
        path: `${app}.name`,
        expected: "a text of at most 10000 characters",
        found: "a text of 10001 characters",
      },
    ])
    expect(rejected(changed([[...tier, "support_tier"], "x".repeat(10_001)])).issues.length).toBe(1)
    expect(Either.isRight(CustomerBalance.decodeText(changed([["brand_new"], "x".repeat(100_000)])))).toBe(true)
  })

  it("is a list of 1,000 elements at most", () => {
    const shared = (count: number) => changed([[...tier, "share_links"], Array.from({ length: count }, () => "public")])
    expect(Either.isRight(CustomerBalance.decodeText(shared(1000)))).toBe(true)
    expect(rejected(shared(1001)).issues).toStrictEqual([
      { path: `${app}.share_links`, expected: "an array of at most 1000", found: "an array of 1001" },
    ])
  })

  it("may have half of a character in it, which reads back", () => {
    const body = reference.replace('"team"', '"te\\ud83dam\\u0000"')
    const { balance, drift } = Either.getOrThrow(CustomerBalance.decodeText(body))
    const text = JSON.stringify(CustomerBalance.encode(balance))
    expect(text).toContain('"te\\ud83dam\\u0000"')
    const back = Schema.decodeUnknownSync(CustomerBalance.CustomerBalance)(JSON.parse(text))
    expect(JSON.stringify(CustomerBalance.encode(back))).toBe(text)
    expect(drift.map(({ kind }) => kind)).toStrictEqual(["UnknownMember"])
    for (const { found } of drift) expect(found).toBe("a text of 6 characters")
  })

  it("has no key of any object's own in it", () => {
    const body = reference.replace("{", '{"__proto__": {"total_due": "1"}, "constructor": null, "hasOwnProperty": 1,')
    const { balance, drift } = Either.getOrThrow(CustomerBalance.decodeText(body))
    expect(CustomerBalance.encode(balance).due).toStrictEqual({ _tag: "Due", usd: "86.32" })
    expect(drift.map(({ path }) => path).sort()).toStrictEqual([
      "$.constructor",
      "$.hasOwnProperty",
      "$[a key of 9 characters]",
    ])
    const inherited = reference.replace("{", '{"__proto__": {"id": "x"},').replace(/"total_due".*\n/, "")
    expect(Either.getOrThrow(CustomerBalance.decodeText(inherited)).balance.due._tag).toBe("NotRequested")
    expect(rejected(`{"__proto__": ${reference}}`).kind).toBe("Invalid")
  })
})

describe("a rejection", () => {
  const WORD = "Zk41qGm7"
  const secret = ["subscription_details", "action_client_secret"]

  it("is an error with a tag that prints in one line", () => {
    const rejection = rejected("{}")
    expect(rejection).toBeInstanceOf(Error)
    expect(rejection).toBeInstanceOf(CustomerBalance.BodyRejected)
    expect(String(rejection)).toBe(`BodyRejected: ${rejection.message}`)
  })

  it("has a codec of its own", () => {
    const rejection = rejected(changed([["total_due"], "1e3"]))
    const encoded = Schema.encodeSync(CustomerBalance.BodyRejected)(rejection)
    expect(encoded).toStrictEqual({
      _tag: "BodyRejected",
      message: `the body is no customer balance: at $.total_due expected ${MONEY}, found a text of 3 characters`,
      kind: "Invalid",
      issues: [{ path: "$.total_due", expected: MONEY, found: "a text of 3 characters" }],
    })
    expect(Schema.decodeUnknownSync(CustomerBalance.BodyRejected)(encoded).issues).toStrictEqual(rejection.issues)
  })

  it.each<[string, Json]>([
    ["a text", WORD],
    ["an array", [WORD]],
    ["an object", { [WORD]: WORD }],
  ])("never holds the payment secret, be it %s", (_, value) => {
    for (const flaw of [
      [["updated_at"], "never"],
      [[...tier, "name"], 5],
      [tier, undefined],
      [["monthly_api_credits_remaining"], -1],
    ] as const) {
      const rejection = rejected(changed([secret, value], flaw))
      for (const text of [
        rejection.message,
        String(rejection.stack),
        inspect(rejection, { depth: 20 }),
        JSON.stringify(rejection),
      ]) {
        expect(text).not.toContain(WORD)
      }
    }
  })

  it("never holds a payment secret that stands where a member, a type or a name belongs", () => {
    const value = `pi_1_secret_${WORD}`
    const result = CustomerBalance.decodeText(
      changedNewest(
        [["subscription_details", "action_type"], value],
        [[...tier, "price"], { type: value }],
        [[...tier, "name"], value],
        [[...tier, "share_links"], [value]],
        [[value], 1],
        [["new"], { [value]: value }],
      ),
    )
    const text =
      inspect(result, { depth: 20 }) +
      JSON.stringify(Either.map(result, ({ balance }) => CustomerBalance.encode(balance)))
    expect(Either.isRight(result)).toBe(true)
    expect(text).not.toContain(WORD)
  })

  it("never shows what stands in a field for a secret elsewhere", () => {
    for (const value of [`pi_${WORD}`, [WORD], 42424242]) {
      const result = CustomerBalance.decodeText(
        changed([["action_client_secret"], value], [[...tier, "client_secret"], value]),
      )
      const text = inspect(result, { depth: 20 })
      expect(Either.isRight(result) ? result.right.drift.length : 0).toBe(2)
      expect(text).not.toContain(WORD)
      expect(text).not.toContain("42424242")
    }
  })

  it.prop(
    "is one printable line whatever stands where an amount belongs",
    { found: FastCheck.string({ unit: "binary", minLength: 1 }).filter((text) => !/^-?\d/.test(text)) },
    ({ found }) => {
      const rejection = rejected(changed([["total_due"], `${found}!`]))
      expect(rejection.issues.map(({ path }) => path)).toStrictEqual(["$.total_due"])
      oneLine(rejection)
    },
  )

  it.prop(
    "or a balance is what any text and any bytes come to, never a defect",
    {
      text: FastCheck.string({ unit: "binary" }),
      json: FastCheck.json(),
      raw: FastCheck.uint8Array({ maxLength: 64 }),
    },
    ({ text, json, raw }) => {
      for (const body of [text, json]) expect(Either.isLeft(CustomerBalance.decodeText(body))).toBe(true)
      expect(Either.isLeft(CustomerBalance.decodeBytes(raw))).toBe(true)
    },
  )

  it.prop(
    "or a balance is what a body comes to with any JSON at any of its places, and it is a rejection that names a place near by",
    {
      place: FastCheck.constantFrom<Path>(
        ["total_due"],
        ["subscription_details"],
        ["modeling_app_enterprise_price"],
        tier,
        [...tier, "features"],
        [...tier, "price"],
        [...tier, "type"],
        [...tier, "support_tier"],
        ["updated_at"],
      ),
      value: FastCheck.jsonValue().filter((value) => !JSON.stringify(value).includes("raw-number:")),
    },
    ({ place, value }) => {
      const json: Json = JSON.parse(JSON.stringify(value))
      const result = CustomerBalance.decodeText(changed([place, json]))
      if (Either.isRight(result)) return
      expect(["Invalid", "OutOfRange"]).toContain(result.left.kind)
      for (const issue of result.left.issues) expect(issue.path.startsWith(`$.${place.join(".")}`)).toBe(true)
      oneLine(result.left)
    },
    { fastCheck: { numRuns: 300 } },
  )
})
