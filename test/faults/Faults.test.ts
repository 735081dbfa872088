import { beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Matrix from "./Matrix.js"
import * as Page from "./Page.js"
import type { Row } from "./Row.js"
import * as Table from "./Table.js"
import * as Verdict from "./Verdict.js"

let played: ReadonlyMap<Row, Matrix.Played> = new Map()

const playedOf = (row: Row): Matrix.Played => {
  const one = played.get(row)
  if (one === undefined) throw new Error(`${row.fault} was not played`)
  return one
}

beforeAll(async () => {
  played = await Effect.runPromise(Matrix.run)
})

describe.each(Matrix.groups)("Faults: $title", ({ rows }) => {
  describe.each(rows)("$fault", (row) => {
    it("comes to what it should in ZooClient.balance", () => {
      expect(Verdict.ofCall(row, playedOf(row).called)).toEqual([])
    })

    it("comes to what it should in Balances.get where a good reading is kept", () => {
      expect(Verdict.ofGet(row, playedOf(row).got)).toEqual([])
    })
  })
})

describe("docs/faults.md", () => {
  it("says what came of every fault (npm run faults writes it)", () => {
    expect(Page.read()).toBe(Table.page(Matrix.groups, played))
  })
})
