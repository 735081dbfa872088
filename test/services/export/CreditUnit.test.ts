import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Column from "../../../src/services/export/Column.js"
import * as CreditUnit from "../../../src/services/export/CreditUnit.js"
import * as JsonLine from "../../../src/services/export/JsonLine.js"
import * as ImportLine from "../../../src/services/import/ImportLine.js"
import * as Samples from "../../infra/store/Samples.js"

const observed = (at: string, parts: Partial<CustomerBalance.CustomerBalance> = {}): Snapshot.Snapshot =>
  Snapshot.make(Samples.user, Timestamp.unsafeFromText(at), Samples.balance("10.00", parts))

const column = (snapshot: Snapshot.Snapshot) =>
  Column.all.find(({ name }) => name === "credit_unit")?.value(snapshot) ?? null

const prePaid = { _tag: "PrePaid", cash: Usd.zero, credits: Usd.zero } as const
const noCredits = { monthly: { value: Usd.zero, credits: Option.none() }, stable: prePaid }

describe("the unit of exported credits", () => {
  it.each([
    ["2025-05-04T00:00:00Z", "minute"],
    ["2025-09-01T12:00:00Z", "minute"],
    ["2025-09-29T23:59:59.999Z", "minute"],
    ["2025-09-30T00:00:00Z", "second"],
    ["2025-09-30T01:30:00+02:00", "minute"],
    ["2025-09-29T22:30:00-02:00", "second"],
    ["2026-11-22T09:00:00Z", "second"],
  ] as const)("of a snapshot observed at %s is the %s", (at, unit) => {
    const snapshot = observed(at)
    expect(CreditUnit.of(snapshot)).toEqual(Option.some(unit))
    expect(column(snapshot)).toBe(unit)
    expect(JSON.parse(JsonLine.of(snapshot))).toMatchObject({ credit_unit: unit })
  })

  it("is absent where a snapshot has no credits, and not where one part has", () => {
    const older = observed("2024-06-01T00:00:00Z", noCredits)
    expect(CreditUnit.of(older)).toEqual(Option.none())
    expect(column(older)).toBeNull()
    expect(JSON.parse(JsonLine.of(older))).toMatchObject({ credit_unit: null })
    const { monthly } = Samples.balance("1.00")
    expect(CreditUnit.of(observed("2025-06-01T00:00:00Z", { ...noCredits, monthly }))).toEqual(Option.some("minute"))
  })

  it.each(["2024-06-01T00:00:00Z", "2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z"])(
    "of a line observed at %s is read back by import, and the credits are as they were",
    (at) => {
      for (const snapshot of [observed(at), observed(at, noCredits)]) {
        const parsed = ImportLine.parse(JsonLine.of(snapshot).trim(), Samples.user.baseUrl)
        expect(parsed).toMatchObject({ _tag: "Right" })
        if (parsed._tag === "Right") expect(Samples.text(parsed.right.snapshot)).toBe(Samples.text(snapshot))
      }
    },
  )

  it.each([
    ["2025-06-01T00:00:00Z", '"second"'],
    ["2026-06-01T00:00:00Z", '"minute"'],
    ["2026-06-01T00:00:00Z", '"hour"'],
    ["2026-06-01T00:00:00Z", "1"],
  ])("of a line observed at %s is refused by import where it says %s", (at, unit) => {
    const line = JsonLine.of(observed(at)).replace(/"credit_unit":"\w+"/, `"credit_unit":${unit}`)
    const refused = ImportLine.parse(line.trim(), Samples.user.baseUrl)
    const shown = JSON.stringify(unit.replaceAll('"', ""))
    expect(refused).toMatchObject({
      _tag: "Left",
      left: `credit_unit ${shown} is not the unit of its time: a credit was a minute until 2025-09-29, and is a second since`,
    })
  })
})
