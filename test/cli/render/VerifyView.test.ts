import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as VerifyView from "../../../src/cli/render/VerifyView.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import type * as Verification from "../../../src/services/Verification.js"

const [from, to] = [Timestamp.unsafeFromText("2026-05-10T00:00:00Z"), Timestamp.unsafeFromText("2026-05-10T00:01:00Z")]
const sound: Verification.AccountVerification = {
  account: Account.user(Account.DEFAULT_BASE_URL, "ada"),
  days: 1,
  sealedDays: 0,
  snapshots: 2,
  damage: [],
  pairs: 1,
  corrections: 0,
  firstCorrections: [],
  open: 0,
  firstOpen: [],
  outdated: 0,
  misdated: 0,
  firstMisdated: [],
}
const open: Verification.AccountVerification = {
  ...sound,
  open: 1,
  firstOpen: [{ book: "Stable", from, to, residual: Option.some(Usd.unsafeFromText("0.01")) }],
}
const place = (key: string): Verification.Damage => ({ table: "snapshot", key, what: "not what was written" })
const nothing: VerifyView.Found = { file: [], accounts: [] }

describe("VerifyView", () => {
  it("writes a line for an account that is sound", () => {
    expect(VerifyView.lines(sound, "UTC")).toEqual([
      "user:ada at api.zoo.dev: 2 snapshots on 1 day, ledger balanced, 0 corrections",
    ])
    expect(VerifyView.lines({ ...sound, days: 3, sealedDays: 1 }, "UTC")).toEqual([
      "user:ada at api.zoo.dev: 2 snapshots on 3 days, 1 sealed day, ledger balanced, 0 corrections",
    ])
  })

  it("counts outdated snapshots, and names the first misdated ones", () => {
    const clocks = { ...sound, outdated: 3, misdated: 2, firstMisdated: [from] }
    expect(VerifyView.lines(clocks, "UTC")).toEqual([
      "user:ada at api.zoo.dev: 2 snapshots on 1 day, ledger balanced, 0 corrections, 3 outdated, 2 misdated",
      "  Sun 10 May 2026 00:00 UTC  misdated snapshot, which does not count: forget --from --to removes it",
      "  and 1 more",
    ])
  })

  it("reports balance equations that do not hold", () => {
    expect(VerifyView.lines(open, "UTC")).toEqual([
      "user:ada at api.zoo.dev: 2 snapshots on 1 day, 1 entry out of balance, 0 corrections",
      "  Sun 10 May 2026 00:01 UTC  stable credits: out of balance by 0.01",
    ])
    const found = { ...nothing, accounts: [open] }
    expect(VerifyView.isSound(found)).toBe(false)
    expect(VerifyView.verdict(found)).toBe("the history is damaged (1 entry out of balance): restore a backup")
  })

  it("shows the first damage, counts the rest, and does not call a ledger balanced that was not computed", () => {
    const damage = Array.from({ length: 23 }, (_, day) => place(`1/${day}`))
    const lines = VerifyView.lines({ ...sound, snapshots: 0, damage }, "UTC")
    expect(lines[0]).toBe(
      "user:ada at api.zoo.dev: 0 snapshots on 1 day, 23 damaged places, ledger not checked in full",
    )
    expect(lines[1]).toBe("  damaged: snapshot 1/0: not what was written")
    expect(lines).toHaveLength(22)
    expect(lines.at(-1)).toBe("  and 3 more")
    expect(VerifyView.fileLines([])).toEqual([])
    expect(VerifyView.fileLines([place("pages")])).toEqual([
      "the file: 1 damaged place",
      "  damaged: snapshot pages: not what was written",
    ])
  })

  it("keeps what steers a terminal out of its lines", () => {
    const lines = VerifyView.fileLines([place("\u001b[2J\nx")]).join("\n")
    expect(lines.split("\n")).toHaveLength(2)
    expect(lines).not.toContain("\u001b")
  })

  it("sums up what was checked", () => {
    const found = { ...nothing, accounts: [sound, sound] }
    expect(VerifyView.isSound(found)).toBe(true)
    expect(VerifyView.summary(found)).toEqual([
      "checked: the file, 2 accounts, 4 snapshots, 2 days; nothing is damaged",
    ])
    expect(VerifyView.summary({ ...nothing, accounts: [sound, { ...sound, days: 9, sealedDays: 4 }] })).toEqual([
      "checked: the file, 2 accounts, 4 snapshots, 10 days (4 sealed); nothing is damaged",
    ])
    expect(VerifyView.summary({ ...nothing, file: [place("x")] })).toEqual([
      "checked: the file, 0 accounts, 0 snapshots, 0 days; it is damaged",
    ])
  })

  it("writes JSON that its schema reads", () => {
    const found = { ...nothing, file: [place("x")], accounts: [open] }
    expect(Schema.decodeUnknownSync(VerifyView.Result)(JSON.parse(VerifyView.json(found)))).toEqual({
      ok: false,
      ...found,
    })
  })
})
