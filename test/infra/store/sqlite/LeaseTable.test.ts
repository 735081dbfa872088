import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Leases from "../../../../src/infra/store/Leases.js"
import * as Driver from "../../../../src/infra/store/sqlite/Driver.js"
import { LeaseTable } from "../../../../src/infra/store/sqlite/LeaseTable.js"
import * as Migrations from "../../../../src/infra/store/sqlite/Migrations.js"

const secret = Buffer.alloc(32, 7)

const opened = () => {
  const database = Driver.open(":memory:")
  // Nothing is written, and the level cannot be changed within the transaction of a test.
  database.pragma("synchronous = NORMAL")
  Migrations.run(undefined, database)
  return { database, table: new LeaseTable(secret, database) }
}

const rows = (database: Driver.Database): number =>
  database.prepare<[], number>("SELECT count(*) FROM lease").pluck().get() ?? Number.NaN

const isHeld = (table: LeaseTable, key: string, now: number): boolean => {
  const expiry = table.expiries().get(table.nameOf(key))
  return expiry !== undefined && Leases.isHeldAt(expiry, now)
}

const holders = [1, 2, 3].map((each) => Buffer.alloc(16, each)) as [Buffer, Buffer, Buffer]

type Step =
  | { readonly _tag: "take" | "renew" | "release"; readonly who: 0 | 1 | 2 }
  | { readonly _tag: "wait"; readonly millis: number }

const steps: FastCheck.Arbitrary<ReadonlyArray<Step>> = FastCheck.array(
  FastCheck.oneof(
    FastCheck.record({
      _tag: FastCheck.constantFrom(...(["take", "take", "renew", "release"] as const)),
      who: FastCheck.constantFrom(...([0, 1, 2] as const)),
    }),
    FastCheck.record({
      _tag: FastCheck.constant("wait" as const),
      millis: FastCheck.oneof(FastCheck.constantFrom(0, 1, 2_500 - 1, 2_500), FastCheck.nat({ max: 4000 })),
    }),
  ),
  { maxLength: 40 },
)

describe("the table of leases", () => {
  it.prop("holds a lease for one holder at a time, like its model, as time goes on", [steps], ([given]) => {
    const { table } = opened()
    let now = 1_000_000
    let last: { readonly who: number; readonly expiresAt: number } | undefined
    for (const step of given) {
      if (step._tag === "wait") {
        now += step.millis
        continue
      }
      const holder = holders[step.who]
      const isOwn = last !== undefined && last.who === step.who
      const wasHeld = last !== undefined && now < last.expiresAt
      const expiresAt = now + 2_500
      switch (step._tag) {
        case "take":
          expect(table.take("key", holder, () => now)).toBe(!wasHeld)
          if (!wasHeld) last = { who: step.who, expiresAt }
          break
        case "renew":
          expect(table.renew("key", holder, () => now)).toBe(isOwn)
          if (isOwn) last = { who: step.who, expiresAt }
          break
        case "release":
          expect(table.release("key", holder)).toBe(isOwn)
          if (isOwn) last = undefined
      }
      expect(isHeld(table, "key", now)).toBe(last !== undefined && now < last.expiresAt)
    }
  })

  it.prop(
    "lets the next caller in after a time to live by the caller's own clock, whatever the clock of the last one",
    [FastCheck.maxSafeInteger(), FastCheck.maxSafeNat()],
    ([theirs, ours]) => {
      const { table } = opened()
      const [first, second] = holders
      expect(table.take("key", first, () => Math.min(theirs, Number.MAX_SAFE_INTEGER - 2_500))).toBe(true)
      const isIn = table.take("key", second, () => ours)
      expect(isIn || table.take("key", second, () => ours + 3_000)).toBe(true)
    },
  )

  it("ignores an expiry that a number cannot hold", () => {
    const { database, table } = opened()
    const [first, second] = holders
    table.take("key", first, () => 0)
    for (const end of ["9223372036854775807", "-9223372036854775808"]) {
      database.exec(`UPDATE lease SET expires_at = ${end}`)
      expect(isHeld(table, "key", 1_000_000)).toBe(false)
    }
    expect(table.take("key", second, () => 1_000_000)).toBe(true)
  })

  it("stays small after 100,000 keys, of which half were never given back", () => {
    const { database, table } = opened()
    const [holder] = holders
    let most = 0
    database.transaction(() => {
      for (let count = 0; count < 100_000; count++) {
        table.take(`key ${count}`, holder, () => count * 10)
        if (count % 2 === 0) table.release(`key ${count}`, holder)
        if (count % 1000 === 0) most = Math.max(most, rows(database))
      }
    })()
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(300)
  })

  it("removes expiries in the far future, which a clock left that was set forward", () => {
    const { database, table } = opened()
    const [holder] = holders
    table.take("future", holder, () => 1e12)
    new LeaseTable(secret, database).take("key", holder, () => 1000)
    expect(rows(database)).toBe(1)
  })
})
