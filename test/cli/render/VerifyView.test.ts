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
  looks: 2,
  damage: [],
  pairs: 1,
  corrections: 0,
  firstCorrections: [],
  open: 0,
  firstOpen: [],
}
const open: Verification.AccountVerification = {
  ...sound,
  open: 1,
  firstOpen: [{ book: "Stable", from, to, residual: Option.some(Usd.unsafeFromText("0.01")) }],
}
const place = (key: string): Verification.Damage => ({ table: "day", key, what: "it is not that of what is kept" })
const nothing: VerifyView.Found = { file: [], accounts: [], waiting: 0, frozen: 0 }

describe("VerifyView", () => {
  it("writes a line for an account that is sound", () => {
    expect(VerifyView.lines(sound, "UTC")).toEqual([
      "user:ada at api.zoo.dev: 2 looks on 1 day, books closed, 0 corrections",
    ])
  })

  it("tells of books that do not close", () => {
    expect(VerifyView.lines(open, "UTC")).toEqual([
      "user:ada at api.zoo.dev: 2 looks on 1 day, 1 book open, 0 corrections",
      "  Sun 10 May 2026 00:01 UTC  stable credits do not close: 0.01",
    ])
    const found = { ...nothing, accounts: [open] }
    expect(VerifyView.isSound(found)).toBe(false)
    expect(VerifyView.verdict(found)).toBe("the history is damaged (1 book that does not close): restore a backup")
  })

  it("shows the first damage, counts the rest, and says nothing of books that were not read", () => {
    const damage = Array.from({ length: 23 }, (_, day) => place(`1/${day} checksum`))
    const lines = VerifyView.lines({ ...sound, looks: 0, damage }, "UTC")
    expect(lines[0]).toBe("user:ada at api.zoo.dev: 0 looks on 1 day, 23 damaged places")
    expect(lines[1]).toBe("  damaged: day 1/0 checksum: it is not that of what is kept")
    expect(lines).toHaveLength(22)
    expect(lines.at(-1)).toBe("  and 3 more")
    expect(VerifyView.fileLines([])).toEqual([])
    expect(VerifyView.fileLines([place("pages")])).toEqual([
      "the file: 1 damaged place",
      "  damaged: day pages: it is not that of what is kept",
    ])
  })

  it("keeps what steers a terminal out of its lines", () => {
    const lines = VerifyView.fileLines([place("\u001b[2J\nx")]).join("\n")
    expect(lines.split("\n")).toHaveLength(2)
    expect(lines).not.toContain("\u001b")
  })

  it("sums up what was checked, and what waits is no damage", () => {
    const found = { ...nothing, accounts: [sound, sound], waiting: 1, frozen: 3 }
    expect(VerifyView.isSound(found)).toBe(true)
    expect(VerifyView.summary(found)).toEqual([
      "checked: the file, 2 accounts, 2 days, 4 looks; nothing is damaged",
      "3 days of the file were pruned",
      "1 day of the file waits to be explained, with sums that were not checked: zoo-runway verify --explain",
    ])
    expect(VerifyView.summary({ ...nothing, file: [place("x")] })).toEqual([
      "checked: the file, 0 accounts, 0 days, 0 looks; it is damaged",
    ])
  })

  it("writes JSON that its schema reads", () => {
    const found = { ...nothing, file: [place("x")], accounts: [open] }
    expect(Schema.decodeUnknownSync(VerifyView.Json)(JSON.parse(VerifyView.json(found)))).toEqual({
      ok: false,
      ...found,
    })
  })
})
