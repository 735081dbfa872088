import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { Account, Credits, CustomerBalance, Snapshot, Subject, Usd } from "../../src/domain.js"
import { Arbitraries } from "../../src/testing.js"

const roundTrips = <A, I>(schema: Schema.Schema<A, I>, arbitrary: FastCheck.Arbitrary<A>) => {
  const same = Schema.equivalence(schema)
  FastCheck.assert(
    FastCheck.property(arbitrary, (value) => {
      const text = JSON.stringify(Schema.encodeSync(schema)(value))
      return same(Schema.decodeUnknownSync(schema)(JSON.parse(text)), value)
    }),
    { numRuns: 200 },
  )
}

describe("Arbitraries", () => {
  it("give amounts, credits, subjects, accounts, balances and snapshots that survive JSON", () => {
    roundTrips(Usd.FromText, Arbitraries.usd)
    roundTrips(Credits.FromText, Arbitraries.credits)
    roundTrips(Subject.FromText, Arbitraries.subject)
    roundTrips(Account.Account, Arbitraries.account)
    roundTrips(CustomerBalance.CustomerBalance, Arbitraries.customerBalance)
    roundTrips(Snapshot.Snapshot, Arbitraries.snapshot)
  })

  it("give balances of both credit models and every kind of subject", () => {
    const balances = FastCheck.sample(Arbitraries.customerBalance, { numRuns: 200, seed: 1 })
    expect(new Set(balances.map((balance) => balance.stable._tag))).toEqual(new Set(["Granted", "PrePaid"]))
    const subjects = FastCheck.sample(Arbitraries.subject, { numRuns: 200, seed: 1 })
    expect(new Set(subjects.map((subject) => subject._tag))).toEqual(new Set(["Me", "User", "Org", "AnyOrg"]))
  })
})
