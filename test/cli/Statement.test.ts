/** `statement` as a user runs it: text, JSON, CSV and refusals. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as PeriodStatement from "../../src/services/PeriodStatement.js"
import * as MonthlyAccount from "../services/statement/MonthlyAccount.js"
import * as Csv from "../support/Csv.js"
import { run } from "./run.js"

const { HOUR } = MonthlyAccount
const EVERY = { every: 6 * HOUR }

const HISTORIES = {
  plain: MonthlyAccount.snapshots(EVERY),
  /** The amount due is asked for once a week. */
  weekly: MonthlyAccount.snapshots({ ...EVERY, dueEvery: 7 * MonthlyAccount.DAY }),
  one: MonthlyAccount.snapshots(EVERY).slice(0, 1),
}
type Name = keyof typeof HISTORIES

let folder: string
const file = (name: Name): string => join(folder, `${name}.db`)
const store = (path: string, snapshots: ReadonlyArray<Snapshot.Snapshot>) =>
  Effect.flatMap(SnapshotStore.SnapshotStore, (kept) => kept.appendAll(snapshots)).pipe(
    Effect.provide(SnapshotStore.layerSqlite({ path })),
    Effect.runPromise,
  )

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-statement-"))
  for (const [name, snapshots] of Object.entries(HISTORIES)) await store(file(name as Name), snapshots)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const stating = (name: Name, ...args: ReadonlyArray<string>) => run(["statement", "--db", file(name), ...args])

const printed = async (name: Name, ...args: ReadonlyArray<string>): Promise<string> => {
  const { code, err, out } = await stating(name, ...args)
  expect({ code, err }).toEqual({ code: 0, err: "" })
  return out
}

const decode = Schema.decodeUnknownSync(PeriodStatement.PeriodStatement)

describe("zoo-runway statement", () => {
  it("prints usage, credits and the amount due by months", async () => {
    expect((await printed("plain")).split("\n")).toEqual([
      "user:ac585dad-c443-433e-9e24-1ac0d8585a08 at api.zoo.dev",
      "By month in UTC, from 2026-08-01 00:00 to 2026-11-30 18:00. Amounts are in USD.",
      "",
      "Used",
      "                  Monthly         Stable  Pay as you go            All",
      "2026-08             10.00           4.17           0.00          14.17",
      "2026-09             10.00           2.66           0.00          12.66",
      "2026-10             10.00          13.17         ~21.62         ~44.79",
      "  at least                                        21.62          44.79",
      "  at most                                         31.62          54.79",
      "2026-11             10.00           0.00           2.69          12.69",
      "total               40.00          20.00         ~24.31         ~84.31",
      "  at least                                        24.31          84.31",
      "  at most                                         34.31          94.31",
      "",
      "Credits",
      "            Refreshed    Granted       Used    Expired       Left",
      "opening                                                     10.00",
      "2026-08          0.00      20.00      14.17       0.00      15.83",
      "2026-09         10.00       0.00      12.66       0.00      13.17",
      "2026-10         10.00       0.00      23.17       0.00       0.00",
      "2026-11         10.00       0.00      10.00       0.00       0.00",
      "total           30.00      20.00      60.00       0.00       0.00",
      "",
      "Amount due",
      "                 Renewals  Other charges           Paid            Due",
      "opening                                                           0.00",
      "2026-08              0.00           0.00           0.00           0.00",
      "2026-09             10.00           0.00          10.00           0.00",
      "2026-10             10.00         ~21.62          10.00         ~21.62",
      "  at least                         21.62                         21.62",
      "  at most                          31.62                         31.62",
      "2026-11            ~10.00           2.69         ~31.62           2.69",
      "  at least           0.00                         31.62",
      "  at most          118.00                        139.62",
      "total              ~30.00         ~24.31         ~51.62           2.69",
      "  at least          20.00          24.31          51.62",
      "  at most          138.00          34.31         159.62",
      "",
      "~ is an estimate between bounds: no snapshot tells the amount to the cent.",
      "Assumes: grants are only what the snapshots show; payments are only what the",
      "snapshots show.",
      "",
    ])
  })

  it("prints JSON that is the statement of the library", async () => {
    const statement = decode(JSON.parse(await printed("plain", "--json", "--zone", "Europe/Berlin")))
    expect([statement.by, statement.zone]).toEqual(["month", "Europe/Berlin"])
    expect(statement.rows.map(({ from }) => from.epochMillis)).toEqual([
      MonthlyAccount.FROM,
      Date.UTC(2026, 8, 1) - 2 * HOUR,
      Date.UTC(2026, 9, 1) - 2 * HOUR,
      Date.UTC(2026, 10, 1) - HOUR,
    ])
    const { from, to } = statement.totals
    const truth = MonthlyAccount.between(from.epochMillis, to.epochMillis)
    expect(Usd.format(statement.totals.usage.expected)).toBe(
      ((truth.monthly + truth.stable + truth.payAsYouGo) / 100).toFixed(2),
    )
    const used = Usd.sum(statement.rows.map(({ usage }) => usage.expected))
    expect(Usd.format(used)).toBe(Usd.format(statement.totals.usage.expected))
  })

  it("prints CSV with a cell for each column", async () => {
    const name = "weekly"
    const out = await printed(name, "--format", "csv", "--by", "week")
    expect(out.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/)
    const records = Csv.parse(out)
    const [header = []] = records
    expect(new Set(records.map((record) => record.length))).toEqual(new Set([header.length]))
    expect(header.slice(0, 6)).toEqual([
      "period",
      "from",
      "to",
      "opening_monthly",
      "opening_monthly_lower",
      "opening_monthly_upper",
    ])
    expect(new Set(header).size).toBe(header.length)
    const rows = Csv.objects(out)
    expect(rows.at(-1)?.["period"]).toBe("total")
    for (const { from, period, to, ...amounts } of rows) {
      expect(period).toMatch(/^(?:\d{4}-\d\d-\d\d|total)$/)
      for (const time of [from, to]) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      for (const amount of Object.values(amounts)) expect(amount).toMatch(/^-?\d+\.\d{2,9}$/)
    }
    const statement = decode(JSON.parse(await printed(name, "--json", "--by", "week")))
    const upper = ({ upper: most }: (typeof statement.totals)["paid"]) =>
      Option.getOrUndefined(Option.map(most, Usd.format))
    expect(rows.map((row) => [row["usage"], row["paid_upper"], row["closing_due"]])).toEqual(
      [...statement.rows, statement.totals].map((row) => [
        Usd.format(row.usage.expected),
        upper(row.paid),
        Option.getOrUndefined(Option.map(row.closing.due, ({ expected }) => Usd.format(expected))),
      ]),
    )
  })

  it("states a part of the history", async () => {
    const { rows, totals } = decode(
      JSON.parse(
        await printed("plain", "--json", "--by", "day", "--from", "2026-10-12", "--to", "2026-10-14T03:00:00Z"),
      ),
    )
    expect(rows).toHaveLength(3)
    expect([totals.from, totals.to].map(({ epochMillis }) => epochMillis)).toEqual([
      Date.UTC(2026, 9, 12),
      Date.UTC(2026, 9, 14, 3),
    ])
  })

  it.each([
    ["--by year", ["--by", "year"], 64, /argument 'year' is invalid\. Allowed choices are day, week, month, cycle\./],
    ["--format xml", ["--format", "xml"], 64, /argument 'xml' is invalid\. Allowed choices are text, csv\./],
    [
      "JSON as CSV",
      ["--json", "--format", "csv"],
      64,
      /--json and --format csv are two formats: leave out one of them/,
    ],
    ["a span of the future", ["--from", "2096-01-01"], 64, /--from 2096-01-01T00:00:00\.000Z lies in the future/],
    [
      "a span after the moment of --as-of",
      ["--from", "2026-10-02", "--as-of", "2026-10-01"],
      64,
      /--from 2026-10-02T00:00:00\.000Z is not before --as-of 2026-10-01T00:00:00\.000Z/,
    ],
    [
      "a span that ends before it begins",
      ["--from", "2026-10-02", "--to", "2026-10-01"],
      64,
      /--to is not after --from/,
    ],
    ["an unknown zone", ["--zone", "Europe/Atlantis"], 64, /invalid --zone "Europe\/Atlantis"/],
    ["a span after the last snapshot", ["--from", "2026-11-30T20:00:00Z"], 66, /fewer than two snapshots in that span/],
    ["a moment before the first snapshot", ["--as-of", "2026-07-01"], 66, /fewer than two snapshots in that span/],
    [
      "a subject that is not known",
      ["--subject", "user:ada"],
      66,
      /no history for user:ada; accounts in this file: user:/,
    ],
  ] as const)("refuses %s in one line", async (_, args, exit, words) => {
    const { code, err, out } = await stating("plain", ...args)
    expect(err).toMatch(words)
    expect(err).toMatch(/^zoo-runway: [^\n]+\n$/)
    expect({ code, out }).toEqual({ code: exit, out: "" })
  })

  it("refuses one snapshot, which has no statement", async () => {
    const { code, err, out } = await stating("one")
    expect({ code, out }).toEqual({ code: 66, out: "" })
    expect(err).toBe("zoo-runway: fewer than two snapshots in that span: zoo-runway history lists what is stored\n")
  })
})
