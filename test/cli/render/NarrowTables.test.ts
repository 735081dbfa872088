/** Tables on a terminal of 80 columns. */
import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import pico from "picocolors"
import * as AccountsView from "../../../src/cli/render/AccountsView.js"
import * as HistoryView from "../../../src/cli/render/HistoryView.js"
import * as LedgerView from "../../../src/cli/render/LedgerView.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Statement from "../../../src/services/Statement.js"
import { at, every, nextFirst } from "../../domain/runway/histories.js"

const plain = pico.createColors(false)
const COLUMNS = 80
const NOW = at("2026-12-01T00:00:00Z")

/** Usage, refreshes with hidden usage before them, grants, renewals and payments, in amounts of many digits. */
const snapshots = every(30, "2026-09-20T00:00:00Z", "2026-11-20T00:00:00Z", (time, index) => ({
  monthly: 1234.567891 - ((time / 86_400_000) % 30) * 3.456789 - 1000 * (index % 7 === 3 ? 1 : 0),
  stable: 10_000.123456 + (index > 20 ? 500.5 : 0),
  due: index % 5 === 4 ? 20.654321 : 0,
  refreshAt: nextFirst(time),
  allowance: 1234.567891,
}))

const [opening, closing] = [snapshots[0], snapshots.at(-1)] as [Snapshot.Snapshot, Snapshot.Snapshot]
const statement: Statement.Statement = {
  opening,
  closing,
  openingDue: Option.none(),
  closingDue: Option.none(),
  isDueKnown: false,
  snapshots: Stream.empty,
}

const ledger = (zone: string, columns?: number): ReadonlyArray<string> => {
  const view = LedgerView.make(zone, plain, columns)
  const sums = new Statement.Sums()
  const rows = [...Ledger.fromHistory(snapshots)].flatMap((entry) => {
    sums.add(entry)
    const snapshot = snapshots.find(({ observedAt }) => observedAt.epochMillis === entry.to.epochMillis) ?? closing
    return view.closed({ snapshot, entries: [entry] })
  })
  return [...view.head(closing.account, statement), ...rows, ...view.foot(sums.totals(statement))].flatMap((each) =>
    each.split("\n"),
  )
}

const history = (zone: string, columns?: number): ReadonlyArray<string> => {
  const view = HistoryView.make(zone, plain, at("2026-11-01T00:00:00Z"), columns)
  const rows = snapshots.map((snapshot) => view.row({ ...snapshot, standing: "Outdated" }))
  return [...view.head(closing.account), ...rows].flatMap((each) => each.split("\n"))
}

const accounts = (zone: string, columns?: number): ReadonlyArray<string> => {
  const [first, last] = [at("2026-08-31T10:00:00Z"), at("2026-11-30T10:00:00Z")]
  const summaries = [
    Account.user(Account.DEFAULT_BASE_URL, "6a0b6e4e-8a2a-4c39-9d5e-0f0b0c0d0e0f"),
    Account.organization("https://zoo.example.com/a/longer/path", `${"a-long-name-".repeat(5)}@example.com`),
    Account.labelled(Account.DEFAULT_BASE_URL, "0badcafe"),
  ].map((account) => ({ account, snapshots: 123_456, first, last, sealedUntil: Option.some(NOW) }))
  return AccountsView.lines(summaries, zone, plain, columns)
}

const widest = (lines: ReadonlyArray<string>): number => Math.max(...lines.map((line) => [...line].length))

const tables = [
  ["ledger", ledger],
  ["history", history],
  ["accounts", accounts],
] as const

describe.each(tables)("the table of %s", (_, table) => {
  it.each(["UTC", "Asia/Kathmandu"])("fits 80 columns in %s, and says no less than without a limit", (zone) => {
    const [narrow, wide] = [table(zone, COLUMNS), table(zone)]
    expect(widest(narrow)).toBeLessThanOrEqual(COLUMNS)
    expect(widest(wide)).toBeGreaterThan(COLUMNS)
    const amounts = (lines: ReadonlyArray<string>) => lines.join("\n").match(/\d+\.\d\d+/g) ?? []
    expect(amounts(narrow)).toEqual(amounts(wide))
  })

  it("is the same with room enough as without a limit", () => {
    expect(table("UTC", 250)).toEqual(table("UTC"))
  })
})

describe("narrow tables", () => {
  it("name the zone of their times, and keep marks and balances on lines of their own", () => {
    expect(history("Asia/Kathmandu", COLUMNS).slice(1, 5)).toEqual([
      "times in Asia/Kathmandu",
      "",
      "Seen                   Monthly        Stable           Due  Next refresh",
      expect.stringMatching(/^2026-09-20 05:45 +[\d.]+ +10000\.123456 +0\.00 {2}2026-10-01 05:45$/),
    ])
    expect(history("UTC", COLUMNS)).toContain("  outdated, in the future")
    const rows = ledger("UTC", COLUMNS)
    expect(rows.slice(4, 8)).toEqual([
      expect.stringMatching(/^Until +within +what +USD$/),
      "2026-09-20 00:00             opening balance",
      expect.stringMatching(/^ {29}monthly [\d.]+, stable 10000\.123456,$/),
      "                             due not asked",
    ])
  })

  it("keep the account, its base URL and its pruned span", () => {
    expect(accounts("UTC", COLUMNS).slice(0, 6)).toEqual([
      "user:6a0b6e4e-8a2a-4c39-9d5e-0f0b0c0d0e0f at https://api.zoo.dev",
      "  123456 snapshots, Mon 31 Aug 2026 10:00 UTC to Mon 30 Nov 2026 10:00 UTC",
      "  (pruned up to Tue 1 Dec 2026 00:00 UTC)",
      `org:${"a-long-name-".repeat(5)}@example.com`,
      "at https://zoo.example.com/a/longer/path",
      "  123456 snapshots, Mon 31 Aug 2026 10:00 UTC to Mon 30 Nov 2026 10:00 UTC",
    ])
  })
})
