import { describe, expect, it } from "vitest"
import * as Warnings from "../../../src/cli/render/Warnings.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"

const at = Timestamp.unsafeFromText("2026-09-01T12:00:00Z")
const on = OverdraftPolicy.payAsYouGo()
const off = OverdraftPolicy.blocked

describe("the warnings of a report", () => {
  it.each([
    ["off", "on", off, on],
    ["on", "off", on, off],
  ] as const)(
    "name the policy that was given as %s and that the history shows to be %s, with its time",
    (given, shown, overruled, policy) => {
      const overdraft = { ...OverdraftPolicy.sourced(policy, "observed"), overruled: { policy: overruled, at } }
      expect(Warnings.ofReport({ overdraft })).toEqual([
        `the history since 2026-09-01T12:00:00.000Z shows that pay as you go is ${shown}, although it was given as ${given} then`,
      ])
    },
  )

  it.each(["given", "stored", "observed"] as const)(
    "are none where the policy is %s and contradicts none",
    (source) => {
      expect(Warnings.ofReport({ overdraft: OverdraftPolicy.sourced(on, source) })).toEqual([])
    },
  )

  it("are none where the policy is unknown", () => {
    expect(Warnings.ofReport({ overdraft: OverdraftPolicy.unknown })).toEqual([])
  })
})
