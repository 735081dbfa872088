import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as CreditUnit from "../../../src/services/export/CreditUnit.js"
import * as JsonLine from "../../../src/services/export/JsonLine.js"
import * as Arbitraries from "../../../src/testing/Arbitraries.js"

const same = Schema.equivalence(Snapshot.Snapshot)

describe("JsonLine", () => {
  it.prop(
    "A line is JSON of five fields in a fixed order, and ends with a line feed.",
    [Arbitraries.snapshot],
    ([snapshot]) => {
      const { account, balance, observedAt } = snapshot
      const fields = {
        subject: Account.formatOwner(account.owner),
        base_url: account.baseUrl,
        observed_at: Timestamp.format(observedAt),
        balance: CustomerBalance.encode(balance),
        credit_unit: Option.getOrNull(CreditUnit.of(snapshot)),
      }
      expect(JsonLine.of(snapshot)).toBe(`${JSON.stringify(fields)}\n`)
    },
  )

  it.effect.prop("A line loses nothing of a snapshot.", [Arbitraries.snapshot], ([snapshot]) =>
    Effect.gen(function* () {
      const { balance, base_url, observed_at, subject } = JSON.parse(JsonLine.of(snapshot))
      const account = yield* Schema.decodeUnknown(Account.Account)({ baseUrl: base_url, owner: subject })
      const read = yield* CustomerBalance.decodeCanonical(balance)
      expect(same(Snapshot.make(account, Timestamp.unsafeFromText(observed_at), read), snapshot)).toBe(true)
    }),
  )

  it.prop("Lines of many are the lines of each.", [Arbitraries.snapshot, Arbitraries.snapshot], ([a, b]) => {
    expect(JsonLine.ofAll([a, b, a])).toBe(JsonLine.of(a) + JsonLine.of(b) + JsonLine.of(a))
    expect(JsonLine.ofAll([])).toBe("")
  })
})
