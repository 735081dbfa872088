import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { changed, decoded, digits, type Json, older, type Path, reference, tier, write } from "../balance/bodies.js"

const account = Account.user(Account.DEFAULT_BASE_URL, "ac585dad-c443-433e-9e24-1ac0d8585a08")
const noon = Timestamp.unsafeFromText("2025-05-09T12:00:00Z")
const of = (body: string, observedAt: Timestamp.Timestamp = noon) =>
  Snapshot.make(account, observedAt, decoded(body).balance)
const withEdit = (path: Path, value: Json | undefined) => of(changed([path, value]))
const seen = of(reference)

describe("a snapshot", () => {
  it("tells what is left of both pools, and the allowance where the plan tells it", () => {
    expect(Usd.format(Snapshot.monthly(seen))).toBe("41.26")
    expect(Usd.format(Snapshot.stable(seen))).toBe("63.35")
    expect(Option.map(Snapshot.allowance(seen), Usd.format)).toStrictEqual(Option.some("63.21"))
    expect(Usd.format(Snapshot.stable(of(write(older))))).toBe("24.00")
    expect(Option.map(Snapshot.allowance(of(write(older))), Usd.format)).toStrictEqual(Option.some("10.00"))
    expect(Option.isNone(Snapshot.allowance(withEdit(["subscription_details"], null)))).toBe(true)
    const field = [...tier, "monthly_pay_as_you_go_api_credits_monetary_value"]
    expect(Option.isNone(Snapshot.allowance(withEdit(field, undefined)))).toBe(true)
  })

  it("is written with its account, its time and its canonical balance, and reads back", () => {
    const encoded = Schema.encodeSync(Snapshot.Snapshot)(seen)
    expect(Object.keys(encoded)).toStrictEqual(["account", "observedAt", "balance"])
    expect(encoded.observedAt).toBe("2025-05-09T12:00:00.000Z")
    expect(encoded.balance).toStrictEqual(CustomerBalance.encode(seen.balance))
    const back = Schema.decodeUnknownSync(Snapshot.Snapshot)(JSON.parse(JSON.stringify(encoded)))
    expect(Schema.encodeSync(Snapshot.Snapshot)(back)).toStrictEqual(encoded)
  })
})

describe("the order of snapshots", () => {
  const times = FastCheck.nat(3)
  const placed = FastCheck.tuple(times, times).map(([observed, updated]) =>
    Snapshot.make(account, Timestamp.fromMillis(observed), {
      ...seen.balance,
      updatedAt: Timestamp.fromMillis(updated),
    }),
  )

  it.prop("is by the time of observation, then by the server's", { a: placed, b: placed }, ({ a, b }) => {
    const byObservation = a.observedAt.epochMillis - b.observedAt.epochMillis
    const byServer = a.balance.updatedAt.epochMillis - b.balance.updatedAt.epochMillis
    expect(Snapshot.Order(a, b)).toBe(Math.sign(byObservation || byServer))
  })
})

describe("two looks at a balance", () => {
  const anyBalance = Arbitrary.make(Schema.typeSchema(CustomerBalance.CustomerBalance))

  it.each<[string, Path, Json | undefined]>([
    ["the monthly amount", ["monthly_api_credits_remaining_monetary_value"], digits("41.260000001")],
    ["the monthly credits", ["monthly_api_credits_remaining"], 4],
    ["the stable amount", ["stable_api_credits_remaining_monetary_value"], "63.349999999"],
    ["the stable credits", ["stable_api_credits_remaining"], 7],
    ["the amount due", ["total_due"], "86.33"],
    ["the refresh", ["monthly_api_credits_refresh_at"], "2025-06-01T00:00:00Z"],
    ["that there is a plan", ["subscription_details"], null],
    ["the plan's name", [...tier, "name"], "pro"],
    ["the plan's price", [...tier, "price", "price"], "17.08"],
    ["the plan's interval", [...tier, "price", "interval"], "month"],
    ["the plan's allowance", [...tier, "monthly_pay_as_you_go_api_credits_monetary_value"], "63.22"],
    ["the plan's credits", [...tier, "monthly_pay_as_you_go_api_credits"], 15],
    ["the price of a credit", [...tier, "pay_as_you_go_api_credit_price"], "99.37"],
    ["the plan's tools", [...tier, "zoo_tools_included"], []],
  ])("that differ in %s do not agree", (_, path, value) => {
    const other = withEdit(path, value)
    expect(Snapshot.agrees(seen, other)).toBe(false)
    expect(Snapshot.agrees(other, seen)).toBe(false)
  })

  it.each<[string, Path, Json | undefined]>([
    ["the server's time", ["updated_at"], "2025-05-09T11:00:00Z"],
    ["the time of creation", ["created_at"], "2025-01-01T00:00:00Z"],
    ["drift", ["brand_new"], 1],
    ["how an amount is written", ["total_due"], digits("8632e-2")],
    ["whether the amount due was asked for", ["total_due"], undefined],
  ])("that differ in %s alone agree", (_, path, value) => {
    const other = withEdit(path, value)
    expect(Snapshot.agrees(seen, other)).toBe(true)
    expect(Snapshot.agrees(other, seen)).toBe(true)
  })

  it("agree whenever they were observed", () => {
    expect(Snapshot.agrees(seen, of(reference, Timestamp.unsafeFromText("2025-06-09T12:00:00Z")))).toBe(true)
  })

  it("agree on a refresh at the same time alone", () => {
    const at = ["monthly_api_credits_refresh_at"]
    const [first, again, later] = [
      withEdit(at, "2025-06-01T00:00:00Z"),
      withEdit(at, "2025-06-01T02:00:00+02:00"),
      withEdit(at, "2025-06-01T00:00:00.001Z"),
    ]
    expect(Snapshot.agrees(first, again)).toBe(true)
    expect(Snapshot.agrees(first, later)).toBe(false)
  })

  it("do not agree across the credit models, worth the same or not", () => {
    const granted = { ...seen.balance, subscription: Option.none() }
    const prePaid = {
      ...granted,
      stable: { _tag: "PrePaid", cash: Usd.unsafeFromText("63.35"), credits: Usd.zero } as const,
    }
    const [a, b] = [granted, prePaid].map((balance) => Snapshot.make(account, noon, balance))
    if (a === undefined || b === undefined) throw new Error("two snapshots")
    expect(Usd.Equivalence(Snapshot.stable(a), Snapshot.stable(b))).toBe(true)
    expect(Snapshot.agrees(a, b)).toBe(false)
  })

  it.prop(
    "agree with themselves, also read back from their text, and both ways or not at all",
    { a: anyBalance, b: anyBalance },
    ({ a, b }) => {
      const [one, two] = [Snapshot.make(account, noon, a), Snapshot.make(account, noon, b)]
      const text = JSON.stringify(Schema.encodeSync(Snapshot.Snapshot)(one))
      expect(Snapshot.agrees(one, one)).toBe(true)
      expect(Snapshot.agrees(one, Schema.decodeUnknownSync(Snapshot.Snapshot)(JSON.parse(text)))).toBe(true)
      expect(Snapshot.agrees(one, two)).toBe(Snapshot.agrees(two, one))
    },
    { fastCheck: { numRuns: 100 } },
  )
})
