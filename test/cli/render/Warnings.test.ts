import * as Duration from "effect/Duration"
import { describe, expect, it } from "vitest"
import * as Warnings from "../../../src/cli/render/Warnings.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { StoreBusy } from "../../../src/infra/store/StoreError.js"
import { Refused, unanswered } from "../../../src/infra/zoo/ZooError.js"
import { Reading, Warning } from "../../../src/services/Reading.js"
import { snapshot } from "../../infra/store/Samples.js"

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

describe("the warnings of a reading", () => {
  it("name no function of the library", () => {
    const cause = new StoreBusy({ operation: "SnapshotStore.append" })
    const refused = new Refused({ ...unanswered("ZooClient.user", "me"), reason: "Unauthorized" })
    const reading = Reading.Offline({
      snapshot: snapshot(0, "1.00"),
      age: Duration.zero,
      isProvisional: false,
      warnings: [
        Warning.NotKept({ cause }),
        Warning.NotRead({ cause }),
        Warning.NotRefreshed({ cause: refused }),
        Warning.NotResolved({ cause: refused }),
      ],
    })
    expect(Warnings.lines(reading)).toEqual([
      "the balance was not kept: the history is locked by another process",
      "what is kept could not be read: the history is locked by another process",
      "a newer balance was asked for and not answered: me: 401, the API does not know the token: check it, or make a new one",
      "the history is kept under a label, as the account's id could not be asked: me: 401, the API does not know the token: check it, or make a new one",
    ])
  })
})
