import { describe, expect, it } from "@effect/vitest"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Column from "../../../src/services/export/Column.js"
import * as Arbitraries from "../../../src/testing/Arbitraries.js"

describe("Column", () => {
  it.prop(
    "A column that is required has a value of every snapshot, and each value is of its kind.",
    [Arbitraries.snapshot],
    ([snapshot]) => {
      for (const column of Column.all) {
        const value = column.value(snapshot)
        if (value === null) expect(column.required, column.name).toBe(false)
        else
          expect(typeof value, column.name).toBe(
            { Text: "string", Time: "number", Money: "bigint", Count: "bigint" }[column.kind],
          )
      }
    },
  )

  it.prop("An amount has no more digits than its column.", [Arbitraries.snapshot, Arbitraries.usd], ([drawn, usd]) => {
    const most = Usd.unsafeFromNanos(9_199_999_999_999_999_999n)
    for (const amount of [usd, most, Usd.negate(most)]) {
      const stable = { _tag: "PrePaid" as const, cash: amount, credits: amount }
      const snapshot = Snapshot.make(drawn.account, drawn.observedAt, { ...drawn.balance, stable })
      for (const column of Column.all) {
        const value = column.value(snapshot)
        if (column.kind !== "Money" || typeof value !== "bigint") continue
        expect(value.toString().replace("-", "").length, column.name).toBeLessThanOrEqual(column.digits)
      }
    }
  })

  it("No two columns have one name.", () => {
    expect(new Set(Column.all.map(({ name }) => name)).size).toBe(Column.all.length)
    for (const { name } of Column.all) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/)
  })
})
