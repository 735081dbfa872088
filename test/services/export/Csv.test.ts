import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Csv from "../../../src/services/export/Csv.js"
import * as Arbitraries from "../../../src/testing/Arbitraries.js"
import * as Parsed from "../../support/Csv.js"
import * as ExportedRow from "../../support/ExportedRow.js"

const reference = readFileSync(new URL("../../fixtures/reference-2025-05-07.json", import.meta.url), "utf8")
const { balance } = Either.getOrThrow(CustomerBalance.decodeText(reference))
const plan = Option.getOrThrow(balance.subscription)
const at = Timestamp.unsafeFromText("2026-11-22T09:00:00Z")
const ada = Account.user(Account.DEFAULT_BASE_URL, "ada")
const rowsOf = (...snapshots: ReadonlyArray<Snapshot.Snapshot>) => Parsed.objects(Csv.header + Csv.ofAll(snapshots))

describe("Csv", () => {
  it.prop("A record loses nothing of a snapshot.", [Arbitraries.snapshot], ([snapshot]) => {
    const [row = {}] = rowsOf(snapshot)
    expect([row["base_url"], row["subject"], row["observed_at"]]).toEqual([
      snapshot.account.baseUrl,
      Account.formatOwner(snapshot.account.owner),
      Timestamp.format(snapshot.observedAt),
    ])
    expect(ExportedRow.balanceOf(row)).toEqual(CustomerBalance.encode(snapshot.balance))
  })

  it.prop("A record is the same whatever stands before it.", [Arbitraries.snapshot, Arbitraries.snapshot], ([a, b]) => {
    expect(Csv.ofAll([a, b, a, a])).toBe([a, b, a, a].map(Csv.of).join(""))
    expect(Csv.of(a)).toBe(Csv.of({ ...a }))
  })

  it("A body of the reference page is a record with its amounts, times and plan in columns of their own.", () => {
    const [row] = rowsOf(Snapshot.make(ada, at, balance))
    expect(row).toMatchObject({
      base_url: "https://api.zoo.dev",
      subject: "user:ada",
      observed_at: "2026-11-22T09:00:00.000Z",
      monthly_usd: "41.26",
      stable_usd: "63.35",
      plan_type: expect.stringMatching(/^(individual|organization)$/),
      support_tier: expect.any(String),
    })
    expect(Object.keys(row ?? {})).not.toContain("prepaid_cash_usd")
  })

  it("A pre-paid pool has its sum beside its parts.", () => {
    const most = CustomerBalance.encode(balance).monthly.value
    const stable = { _tag: "PrePaid" as const, cash: balance.monthly.value, credits: balance.monthly.value }
    const [row] = rowsOf(Snapshot.make(ada, at, { ...balance, stable }))
    expect(row).toMatchObject({ prepaid_cash_usd: most, prepaid_credits_usd: most, stable_usd: "82.52" })
    expect(row).not.toHaveProperty("stable_credits")
  })

  it("An empty text is told from an absent one, and no text is changed for a spreadsheet's sake.", () => {
    const name = '=1+1,"two"\r\nlines'
    const subscription = Option.some({ ...plan, name, displayName: Option.some("") })
    const named = Csv.of(Snapshot.make(ada, at, { ...balance, subscription, subscriptionId: Option.none() }))
    expect(named).toContain(',"=1+1,""two""\r\nlines","",')
    expect(Parsed.objects(Csv.header + named)[0]).toMatchObject({ plan_name: name, plan_display_name: "" })
    expect(Parsed.objects(Csv.header + named)[0]).not.toHaveProperty("subscription_id")
  })

  it("The header and every record end with CR LF and have as many fields.", () => {
    const text = Csv.header + Csv.ofAll([Snapshot.make(ada, at, balance), Snapshot.make(ada, at, balance)])
    expect(text.endsWith("\r\n")).toBe(true)
    expect(new Set(Parsed.parse(text).map((record) => record.length)).size).toBe(1)
    expect(Parsed.parse(text)).toHaveLength(3)
  })
})
