import { describe, expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as FastCheck from "effect/FastCheck"
import * as Leases from "../../../../src/infra/store/Leases.js"
import { digestOf, LeaseTable } from "../../../../src/infra/store/sqlite/LeaseTable.js"
import * as Migrations from "../../../../src/infra/store/sqlite/Migrations.js"

const opened = () => {
  const database = new Database(":memory:")
  Migrations.run(":memory:", database)
  return { database, table: new LeaseTable(database) }
}

const rows = (database: Database.Database): number =>
  database.prepare<[], number>("SELECT count(*) FROM lease").pluck().get() ?? Number.NaN

const key = digestOf(Buffer.alloc(32, 7), "key")
const holders = [1, 2, 3].map((each) => Buffer.alloc(16, each))

type Step =
  | { readonly _tag: "take" | "renew" | "release" | "fail"; readonly who: number }
  | { readonly _tag: "wait"; readonly millis: number }

const steps: FastCheck.Arbitrary<ReadonlyArray<Step>> = FastCheck.array(
  FastCheck.oneof(
    FastCheck.record({
      _tag: FastCheck.constantFrom(...(["take", "take", "renew", "release", "fail"] as const)),
      who: FastCheck.nat({ max: 2 }),
    }),
    FastCheck.record({
      _tag: FastCheck.constant("wait" as const),
      millis: FastCheck.oneof(FastCheck.constantFrom(0, 1, Leases.TERM - 1, Leases.TERM), FastCheck.nat({ max: 4000 })),
    }),
  ),
  { maxLength: 40 },
)

describe("the table of leases", () => {
  it.prop("is held by one at a time, as a model of it says, while time goes on", [steps], ([given]) => {
    const { table } = opened()
    let now = 1_000_000
    let last: { readonly who: number; readonly endsAt: number; readonly isFailed: boolean } | undefined
    for (const step of given) {
      if (step._tag === "wait") {
        now += step.millis
        continue
      }
      const holder = holders[step.who] ?? key
      const isOwn = last !== undefined && !last.isFailed && last.who === step.who
      const isHeld = last !== undefined && !last.isFailed && now < last.endsAt
      const endsAt = now + Leases.TERM
      switch (step._tag) {
        case "take":
          expect(table.take(key, holder, now)).toBe(!isHeld)
          if (!isHeld) last = { who: step.who, endsAt, isFailed: false }
          break
        case "renew":
          expect(table.renew(key, holder, now)).toBe(isOwn)
          if (isOwn) last = { who: step.who, endsAt, isFailed: false }
          break
        case "release":
          expect(table.release(key, holder, undefined, now)).toBe(isOwn)
          if (isOwn) last = undefined
          break
        case "fail":
          expect(table.release(key, holder, "failure", now)).toBe(isOwn)
          if (isOwn) last = { who: step.who, endsAt, isFailed: true }
      }
      const isOver = last === undefined || now >= last.endsAt
      const wanted = isOver
        ? Leases.State.Free()
        : last?.isFailed
          ? Leases.State.Failed({ text: "failure" })
          : Leases.State.Held()
      expect(Leases.stateAt(table.find(key), now)).toEqual(wanted)
    }
  })

  it.prop(
    "lets the next one in after a time to live as he sees it, whatever clock the last one went by",
    [FastCheck.maxSafeInteger(), FastCheck.maxSafeNat()],
    ([theirs, ours]) => {
      const { table } = opened()
      const [first = key, second = key] = holders
      expect(table.take(key, first, Math.min(theirs, Number.MAX_SAFE_INTEGER - Leases.TERM))).toBe(true)
      const isIn = table.take(key, second, ours)
      expect(isIn || table.take(key, second, ours + Leases.TIME_TO_LIVE)).toBe(true)
    },
  )

  it("takes an end that no number holds for none", () => {
    const { database, table } = opened()
    const [first = key, second = key] = holders
    table.take(key, first, 0)
    for (const end of ["9223372036854775807", "-9223372036854775808"]) {
      database.exec(`UPDATE lease SET ends_at = ${end}`)
      expect(Leases.stateAt(table.find(key), 1_000_000)).toEqual(Leases.State.Free())
    }
    expect(table.take(key, second, 1_000_000)).toBe(true)
  })

  it("stays small, whatever became of 100,000 keys", () => {
    const { database, table } = opened()
    const [holder = key] = holders
    let most = 0
    const secret = Buffer.alloc(32, 1)
    database.transaction(() => {
      for (let now = 0; now < 100_000; now++) {
        const each = digestOf(secret, `key ${now}`)
        table.take(each, holder, now * 10)
        // A third is given back, a third fails, of a third the holder dies.
        if (now % 3 === 0) table.release(each, holder, undefined, now * 10)
        if (now % 3 === 1) table.release(each, holder, "failure", now * 10)
        if (now % 1000 === 0) most = Math.max(most, rows(database))
      }
    })()
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(300)
  })

  it("is rid of ends in the far future, which a clock left that was set forward", () => {
    const { database, table } = opened()
    const [holder = key] = holders
    table.take(digestOf(key, "future"), holder, 1e12)
    new LeaseTable(database).take(key, holder, 1000)
    expect(rows(database)).toBe(1)
  })
})
