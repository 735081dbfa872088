import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Histories from "../../infra/store/Histories.js"
import * as Model from "../../infra/store/Model.js"
import * as Samples from "../../infra/store/Samples.js"

/** What every version of the ledger made of the same histories: stores keep its sums together with its version. */
const MADE: Readonly<Record<number, string>> = {
  2: "12340b27499586576d3517ebf48be3fa73c913d21e9919e1b7732e3d45618ab6",
}

const told = (entry: Ledger.Entry): string => {
  const usage = Ledger.usage(entry.events)
  const upper = Option.getOrElse(Option.map(Amount.upper(usage), Usd.format), () => "none")
  return [
    entry._tag,
    entry.from.epochMillis,
    entry.to.epochMillis,
    Usd.format(Amount.lower(usage)),
    upper,
    ...entry.assumes,
  ].join()
}

describe("the version of the ledger", () => {
  it("is raised when any history is explained differently: raise it, and write down what it makes now", () => {
    const hash = createHash("sha256")
    for (const given of FastCheck.sample(Histories.of(Samples.user), { numRuns: 400, seed: 5 })) {
      for (const entry of Ledger.fromHistory(Model.history(given))) hash.update(`${told(entry)}\n`)
    }
    expect(MADE[Ledger.VERSION]).toBe(hash.digest("hex"))
    expect(Math.max(...Object.keys(MADE).map(Number))).toBe(Ledger.VERSION)
  })
})
