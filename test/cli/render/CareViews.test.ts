/** What `prune`, `forget`, `accounts` and `backup` print. */
import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import pico from "picocolors"
import * as AccountsView from "../../../src/cli/render/AccountsView.js"
import * as BackupView from "../../../src/cli/render/BackupView.js"
import * as ForgetView from "../../../src/cli/render/ForgetView.js"
import * as PruneView from "../../../src/cli/render/PruneView.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"

const plain = pico.createColors(false)
const account = Account.user(Account.DEFAULT_BASE_URL, "ada")
const first = Timestamp.unsafeFromText("2026-06-01T10:00:00Z")
const last = Timestamp.unsafeFromText("2026-06-03T10:00:00Z")

describe("AccountsView", () => {
  it("lists accounts, and says how a label becomes somebody", () => {
    const label = Account.labelled("https://zoo.example.com", "1a2b3c4d")
    const summaries = [
      { account, snapshots: 12, first, last },
      { account: label, snapshots: 3, first, last },
    ]
    expect(AccountsView.lines(summaries, "UTC", plain)).toEqual([
      "Subject             Base URL                 Looks  First                     Last",
      "user:ada            https://api.zoo.dev         12  Mon 1 Jun 2026 10:00 UTC  Wed 3 Jun 2026 10:00 UTC",
      "me:1a2b3c4d         https://zoo.example.com      3  Mon 1 Jun 2026 10:00 UTC  Wed 3 Jun 2026 10:00 UTC",
      "",
      "me:LABEL is whoever held a token whose id could not be asked for. Where you know who it is:",
      "zoo-runway accounts join me:LABEL user:ID",
    ])
    expect(AccountsView.lines(summaries.slice(0, 1), "UTC", plain)).toHaveLength(2)
    expect(Schema.decodeUnknownSync(AccountsView.Json)(JSON.parse(AccountsView.json(summaries)))).toEqual({
      accounts: summaries.map(({ snapshots, ...summary }) => ({ ...summary, looks: snapshots })),
    })
  })

  it("says how to begin where nothing is kept, but not where all of it was pruned", () => {
    expect(AccountsView.lines([], "UTC", plain).join()).toContain("begin with zoo-runway fetch")
    const pruned = AccountsView.lines([{ account, snapshots: 0, first, last }], "UTC", plain)
    expect(pruned.slice(1)).toEqual([
      expect.stringMatching(/^user:ada +https:\/\/api\.zoo\.dev +0 +Mon 1 Jun 2026 10:00 UTC +Wed 3 Jun/),
      "",
      "Where no look is left, all were pruned, and their sums are kept.",
    ])
  })

  it("tells what a join did", () => {
    const into = Account.user(Account.DEFAULT_BASE_URL, "bob")
    const joined = { from: account, into, moved: 1, looks: 5 }
    expect(AccountsView.joinedLine(joined)).toBe("1 look moved from user:ada to user:bob, which has 5 now")
    expect(Schema.decodeUnknownSync(AccountsView.Joined)(JSON.parse(AccountsView.joinedJson(joined)))).toEqual(joined)
  })
})

describe("PruneView", () => {
  const before = Timestamp.unsafeFromText("2026-06-03T00:00:00Z")
  const pruned: PruneView.Pruned = {
    dryRun: true,
    before,
    thin: "day",
    accounts: [{ account, looks: 12, days: 2, removed: 6, kept: 2 }],
    removed: 6,
  }

  it("says what would go and stay, and how to do it", () => {
    const lines = PruneView.lines(pruned, "UTC", plain)
    expect(lines.slice(0, 4)).toEqual([
      "Pruning would remove all but the last look of each day, and those beside an event, of the days up to Wed 3 Jun 2026 00:00 UTC:",
      "",
      "Subject             Base URL             Days  Would go  Stay of them  Stay in all",
      "user:ada            https://api.zoo.dev     2         6             2            6",
    ])
    expect(lines.at(-1)).toContain("Nothing was removed: this was a dry run. To prune, say the same with --yes")
  })

  it("says what went", () => {
    const lines = PruneView.lines({ ...pruned, dryRun: false, thin: null }, "UTC", plain)
    expect(lines[0]).toBe("Pruned every look, of the days up to Wed 3 Jun 2026 00:00 UTC:")
    expect(lines.at(-1)).toBe("6 looks removed. The file keeps its size: the room is used again.")
  })

  it("says where there is nothing to prune", () => {
    expect(PruneView.lines({ ...pruned, accounts: [], removed: 0 }, "UTC", plain)).toEqual([
      "nothing is kept, so that there is nothing to prune",
    ])
    expect(PruneView.lines({ ...pruned, removed: 0 }, "UTC", plain)).toEqual([
      "nothing to prune up to Wed 3 Jun 2026 00:00 UTC: no day that ended by then has looks that would go",
    ])
  })

  it("writes JSON that its schema reads", () => {
    expect(Schema.decodeUnknownSync(PruneView.Pruned)(JSON.parse(PruneView.json(pruned)))).toEqual(pruned)
  })
})

describe("ForgetView", () => {
  const forgotten: ForgetView.Forgotten = {
    dryRun: true,
    accounts: [
      { account, looks: 12, span: Option.some({ first, last }) },
      { account, looks: 0, span: Option.none() },
    ],
  }

  it("says what would go, and what went", () => {
    const told = [
      "  user:ada at https://api.zoo.dev: 12 looks, from Mon 1 Jun 2026 10:00 UTC to Wed 3 Jun 2026 10:00 UTC",
      "  user:ada at https://api.zoo.dev: the sums of pruned days",
    ]
    const would = ForgetView.lines(forgotten, "UTC")
    const went = ForgetView.lines({ ...forgotten, dryRun: false }, "UTC")
    expect(would.slice(1, -1)).toEqual(told)
    expect(would.at(-1)).toContain("Nothing was removed: this was a dry run")
    expect(went.slice(1, -1)).toEqual(told)
    expect(went.at(-1)).toContain("Nothing of it is left in the file")
  })

  it("writes JSON that its schema reads", () => {
    expect(Schema.decodeUnknownSync(ForgetView.Forgotten)(JSON.parse(ForgetView.json(forgotten)))).toEqual(forgotten)
  })
})

describe("BackupView", () => {
  it("tells path and size", () => {
    const backup = { path: "/a/b.db", bytes: 258_048 }
    expect(BackupView.line(backup, "b.db")).toBe("b.db: 258 kB, a copy of the whole history, for its owner alone")
    expect(Schema.decodeUnknownSync(BackupView.Backup)(JSON.parse(BackupView.json(backup)))).toEqual(backup)
  })
})
