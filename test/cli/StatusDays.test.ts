/** What `status` says about days, of one history, by zone and moment. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { run } from "./run.js"

const HOUR = 3_600_000
const SUBJECT = "user:days"

/** A snapshot every hour of November to the 24th, 12:00 UTC; 9 USD are used from 20:00 to 21:00 UTC on the 21st. */
const lines = (): ReadonlyArray<string> => {
  const all: Array<string> = []
  for (let at = Date.parse("2025-11-01T00:00:00Z"); at <= Date.parse("2025-11-24T12:00:00Z"); at += HOUR) {
    const time = new Date(at).toISOString()
    const monthly = at >= Date.parse("2025-11-21T21:00:00Z") ? 31 : 40
    const body = {
      created_at: "2025-01-01T00:00:00Z",
      updated_at: time,
      monthly_api_credits_remaining: 0,
      monthly_api_credits_remaining_monetary_value: monthly,
      monthly_api_credits_refresh_at: "2025-12-01T00:00:00Z",
      stable_api_credits_remaining: 0,
      stable_api_credits_remaining_monetary_value: 0,
      total_due: 0,
    }
    all.push(JSON.stringify({ subject: SUBJECT, observed_at: time, body }))
  }
  return all
}

let folder: string
let database: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-days-"))
  database = join(folder, "history.db")
  const file = join(folder, "lines.jsonl")
  writeFileSync(file, `${lines().join("\n")}\n`)
  expect(await run(["import", file, "--db", database])).toMatchObject({ code: 0 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const status = (...args: ReadonlyArray<string>) =>
  run(["status", "--offline", "--subject", SUBJECT, "--db", database, ...args])

interface Day {
  readonly date: string
  readonly usage: { readonly expected: string }
  readonly coverage: number
  readonly complete: boolean
}
const days = async (...args: ReadonlyArray<string>): Promise<ReadonlyArray<Day>> => {
  const ran = await status("--json", ...args)
  expect(ran).toMatchObject({ code: 0, err: "" })
  return JSON.parse(ran.out).days
}

describe("the days of zoo-runway status", () => {
  it.each([
    ["UTC", "2025-11-21"],
    ["Europe/Berlin", "2025-11-21"],
    ["Asia/Tokyo", "2025-11-22"],
    ["Pacific/Auckland", "2025-11-22"],
    ["America/Los_Angeles", "2025-11-21"],
    ["Asia/Kathmandu", "2025-11-22"],
  ])("are calendar days of %s", async (zone, date) => {
    const used = (await days("--zone", zone, "--as-of", "2025-11-24T12:00:00Z")).filter(
      ({ usage }) => Number(usage.expected) !== 0,
    )
    expect(used.map((day) => [day.date, day.usage.expected, day.coverage])).toEqual([[date, "9.00", 1]])
  })

  it("are the same for the past at noon and at four", async () => {
    const [noon, four] = [await days("--as-of", "2025-11-24T12:00:00Z"), await days("--as-of", "2025-11-24T16:00:00Z")]
    expect(noon?.slice(0, -1)).toEqual(four?.slice(0, -1))
    expect([noon, four].map((all) => all?.at(-1)?.complete)).toEqual([false, false])
  })

  it("after the last snapshot are not observed", async () => {
    const past = await days("--as-of", "2025-11-28T12:00:00Z")
    expect(past.slice(-4).map(({ coverage, date }) => [date, coverage])).toEqual([
      ["2025-11-25", 0],
      ["2025-11-26", 0],
      ["2025-11-27", 0],
      ["2025-11-28", 0],
    ])
    const { out } = await status("--as-of", "2025-11-28T12:00:00Z")
    expect(out.split("\n")[0]).toBe("As of Fri 28 Nov 2025 12:00 UTC: balance observed 4 d before")
    expect(out).toContain("  4 of 28 days not observed (?)\n")
  })
})
