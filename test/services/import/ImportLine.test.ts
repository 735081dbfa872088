import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as ImportLine from "../../../src/services/import/ImportLine.js"
import * as Arbitraries from "../../../src/testing/Arbitraries.js"

const body = readFileSync(new URL("../../fixtures/reference-2025-05-07.json", import.meta.url), "utf8").trim()
const line = (subject: string, observedAt: string, rest = `"body":${body}`) =>
  `{"subject":${JSON.stringify(subject)},"observed_at":${JSON.stringify(observedAt)}${rest === "" ? "" : `,${rest}`}}`
const parse = (text: string) => ImportLine.parse(text, Account.DEFAULT_BASE_URL)
const isSame = Schema.equivalence(Snapshot.Snapshot)
const NOON = "2026-11-22T12:00:00Z"

describe("ImportLine", () => {
  it("reads user, organisation or label, time and balance, at the base URL by default or at its own", () => {
    const parsed = Either.getOrThrow(parse(line("user:ada", "2026-11-22T13:00:00+01:00")))
    expect(parsed.snapshot.account).toEqual(Account.user(Account.DEFAULT_BASE_URL, "ada"))
    expect(Timestamp.format(parsed.snapshot.observedAt)).toBe("2026-11-22T12:00:00.000Z")
    expect(CustomerBalance.encode(parsed.snapshot.balance).monthly.value).toBe("41.26")
    expect(parsed.drift).toEqual([])
    const elsewhere = parse(line("org:acme", NOON, `"base_url":"HTTPS://Zoo.Example.com:443/","body":${body}`))
    expect(Either.getOrThrow(elsewhere).snapshot.account).toEqual(
      Account.organization("https://zoo.example.com", "acme"),
    )
    const labelled = parse(line("me:laptop", NOON))
    expect(Either.getOrThrow(labelled).snapshot.account).toEqual(Account.labelled(Account.DEFAULT_BASE_URL, "laptop"))
  })

  it.prop(
    "gives back every exported snapshot, of any owner, to the last digit",
    [Arbitraries.snapshot, FastCheck.webUrl({ validSchemes: ["https"] })],
    ([{ account, balance, observedAt }, url]) => {
      const baseUrl = Either.getOrThrow(Account.parseBaseUrl(url))
      const exported = Snapshot.make({ baseUrl, owner: account.owner }, observedAt, balance)
      const text = JSON.stringify({
        subject: Account.formatOwner(account.owner),
        base_url: baseUrl,
        observed_at: Timestamp.format(observedAt),
        balance: CustomerBalance.encode(balance),
      })
      const { drift, snapshot } = Either.getOrThrow(ImportLine.parse(text, "https://other.example.com"))
      expect(drift).toEqual([])
      expect(Account.equals(snapshot.account, exported.account)).toBe(true)
      expect(snapshot.observedAt.epochMillis).toBe(observedAt.epochMillis)
      expect(CustomerBalance.encode(snapshot.balance)).toEqual(CustomerBalance.encode(balance))
      expect(isSame(snapshot, exported)).toBe(true)
    },
  )

  it("keeps the digits of the body's numbers, and tells of those that an amount has no place for", () => {
    const exact = body
      .replace('"monthly_api_credits_remaining": 5', '"monthly_api_credits_remaining": 18446744073709551615')
      .replace('"41.26"', "9007199254.740993001")
      .replace('"63.35"', "1.00000000001")
    const { drift, snapshot } = Either.getOrThrow(parse(line("user:ada", NOON, `"body":${exact}`)))
    expect(CustomerBalance.encode(snapshot.balance)).toMatchObject({
      monthly: { value: "9007199254.740993001", credits: "18446744073709551615" },
      stable: { value: "1.00" },
    })
    expect(drift.map(({ kind, path }) => [kind, path])).toEqual([
      ["FinerThanNano", "$.stable_api_credits_remaining_monetary_value"],
    ])
  })

  it.each([
    ["no JSON", "nonsense", /^it is no JSON object: write/],
    ["a list", "[]", /^it is no JSON object/],
    ["me", line("me", NOON), /^the subject "me" names no account: write user:ID, org:ID or me:LABEL$/],
    ["org", line("org", NOON), /^the subject "org" names no account: /],
    ["no subject", `{"observed_at":"${NOON}","body":${body}}`, /^it has no subject$/],
    ["a subject that is none", line("ada", NOON), /^the subject "ada" names no account: /],
    ["a subject that is no text", `{"subject":1,"observed_at":"${NOON}","body":${body}}`, /^subject is no text$/],
    ["no time", `{"subject":"user:ada","body":${body}}`, /^it has no observed_at$/],
    [
      "a day that does not exist",
      line("user:ada", "2026-02-30T00:00:00Z"),
      /^observed_at "2026-02-30T00:00:00Z" is no time/,
    ],
    [
      "a time without a zone",
      line("user:ada", "2026-02-03T00:00:00"),
      /^observed_at .* is no time: write RFC 3339 with a zone/,
    ],
    ["neither body nor balance", line("user:ada", NOON, ""), /^it has neither body nor balance$/],
    [
      "both body and balance",
      line("user:ada", NOON, `"body":${body},"balance":{}`),
      /^it has body and balance: write one of them$/,
    ],
    [
      "a balance and me",
      line("me", NOON, '"balance":{}'),
      /^the subject "me" names no account: write user:ID, org:ID or me:LABEL$/,
    ],
    ["a balance that is none", line("user:ada", NOON, '"balance":[]'), /^the balance is no JSON object/],
    [
      "a body that is no balance",
      line("user:ada", NOON, '"body":{}'),
      /^the body is no customer balance: at \$\.created_at/,
    ],
    ["a body that is text", line("user:ada", NOON, `"body":${JSON.stringify(body)}`), /expected one JSON object/],
    [
      "a body that is no JSON",
      line("user:ada", NOON, '"body":{"a":}'),
      /expected one JSON object, found a text that is no JSON/,
    ],
    [
      "an unknown field",
      line("user:ada", NOON, `"baseurl":"https://x.dev","body":${body}`),
      /^it has a field "baseurl": a line has subject, observed_at, body, balance, base_url, credit_unit alone$/,
    ],
    [
      "a field that stands twice",
      line("user:ada", NOON, `"subject":"user:bob","body":${body}`),
      /^it has subject more than once$/,
    ],
    [
      "a base URL that a token must not travel over",
      line("user:ada", NOON, `"base_url":"http://zoo.dev","body":${body}`),
      /^base_url: .*http is for loopback only/,
    ],
  ])("says what is wrong with a line that has %s", (_, text, why) => {
    expect(Either.getOrThrow(Either.flip(parse(text)))).toMatch(why)
  })

  it("takes blank bytes for nothing, a byte order mark for none, and bytes that are no UTF-8 for a bad line", () => {
    const parseBytes = (bytes: Uint8Array) => ImportLine.parseBytes(bytes, Account.DEFAULT_BASE_URL)
    expect(parseBytes(Buffer.from(""))).toEqual(Option.none())
    expect(parseBytes(Buffer.from(" \t"))).toEqual(Option.none())
    const marked = Buffer.from(`\uFEFF${line("user:ada", NOON)}`)
    expect(Either.isRight(Option.getOrThrow(parseBytes(marked)))).toBe(true)
    expect(parseBytes(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual(Option.some(Either.left("it is no UTF-8 text")))
  })
})
