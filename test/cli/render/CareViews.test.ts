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
  it("lists accounts, and says how to join a label to an account", () => {
    const label = Account.labelled("https://zoo.example.com", "1a2b3c4d")
    const summaries = [
      { account, snapshots: 12, first, last, sealedUntil: Option.none() },
      { account: label, snapshots: 3, first, last, sealedUntil: Option.none() },
    ]
    expect(AccountsView.lines(summaries, "UTC", plain)).toEqual([
      "Subject             Base URL                 Snapshots  First                     Last",
      "user:ada            https://api.zoo.dev             12  Mon 1 Jun 2026 10:00 UTC  Wed 3 Jun 2026 10:00 UTC",
      "me:1a2b3c4d         https://zoo.example.com          3  Mon 1 Jun 2026 10:00 UTC  Wed 3 Jun 2026 10:00 UTC",
      "",
      "me:LABEL is the account of a token whose id could not be resolved. If you know the id:",
      "zoo-runway accounts join me:LABEL user:ID",
    ])
    expect(AccountsView.lines(summaries.slice(0, 1), "UTC", plain)).toHaveLength(2)
    expect(
      Schema.decodeUnknownSync(AccountsView.Listed)(JSON.parse(AccountsView.json({ accounts: summaries }))),
    ).toEqual({
      accounts: summaries,
    })
  })

  it("shows up to which time accounts are pruned, where one is", () => {
    const sealedUntil = Option.some(Timestamp.unsafeFromText("2026-06-02T00:00:00Z"))
    const summaries = [
      { account, snapshots: 12, first, last, sealedUntil },
      {
        account: Account.organization(Account.DEFAULT_BASE_URL, "acme"),
        snapshots: 3,
        first,
        last,
        sealedUntil: Option.none(),
      },
    ]
    const [head, pruned, other, ...rest] = AccountsView.lines(summaries, "Asia/Kathmandu", plain)
    expect(head).toMatch(/ {2}Pruned$/)
    expect(pruned).toMatch(/ {2}Tue 2 Jun 2026 05:45 GMT\+5:45$/)
    expect(other).toMatch(/ {2}Wed 3 Jun 2026 15:45 GMT\+5:45$/)
    expect(rest.join()).toContain("the last snapshot of each UTC day or hour is stored, and the usage of every day")
    expect(
      Schema.decodeUnknownSync(AccountsView.Listed)(JSON.parse(AccountsView.json({ accounts: summaries }))),
    ).toEqual({
      accounts: summaries,
    })
  })

  it("says how to begin where there are no accounts", () => {
    expect(AccountsView.lines([], "UTC", plain).join()).toContain("begin with zoo-runway fetch")
  })

  it("writes the result of a merge in a line and as JSON", () => {
    const into = Account.user(Account.DEFAULT_BASE_URL, "bob")
    const joined = { from: account, into, moved: 1, snapshots: 5 }
    expect(AccountsView.joinedLine(joined)).toBe("1 snapshot moved from user:ada to user:bob, which has 5 now")
    expect(Schema.decodeUnknownSync(AccountsView.Joined)(JSON.parse(AccountsView.joinedJson(joined)))).toEqual(joined)
  })
})

describe("PruneView", () => {
  const before = Timestamp.unsafeFromText("2026-06-03T00:00:00Z")
  const sealedUntil = Option.some(Timestamp.unsafeFromText("2026-06-02T00:00:00Z"))
  const pruned: PruneView.Pruned = {
    dryRun: true,
    before,
    thin: "day",
    accounts: [{ account, snapshots: 12, days: 1, removed: 6, kept: 2, sealedUntil }],
    removed: 6,
  }

  it("says what a dry run found, what stays the same, and how to prune", () => {
    expect(PruneView.lines(pruned, "UTC", plain)).toEqual([
      "Pruning would remove all snapshots before Wed 3 Jun 2026 00:00 UTC except the last one of each UTC day:",
      "",
      "Subject             Remove  Stay  UTC days  Sealed until",
      "user:ada                 6     2         1  2026-06-02",
      "",
      "Status, ledger and forecast keep their totals: the usage of every pruned day is stored.",
      "Snapshots from before the end of the sealed span will not be accepted any more.",
      "This was a dry run. To prune, repeat the command with --yes; zoo-runway backup FILE makes a copy first.",
    ])
  })

  it("says what was removed", () => {
    const accounts = [
      ...pruned.accounts,
      { account, snapshots: 1, days: 0, removed: 0, kept: 0, sealedUntil: Option.none() },
    ]
    const lines = PruneView.lines({ ...pruned, dryRun: false, thin: "hour", accounts }, "UTC", plain)
    expect(lines[0]).toBe("Pruned all snapshots before Wed 3 Jun 2026 00:00 UTC except the last one of each UTC hour:")
    expect(lines[4]).toMatch(/ 0 {2}not sealed$/)
    expect(lines.at(-1)).toBe("6 snapshots removed. The file keeps its size and reuses the free space.")
  })

  it("says where there is nothing to prune", () => {
    expect(PruneView.lines({ ...pruned, accounts: [], removed: 0 }, "UTC", plain)).toEqual([
      "nothing to prune: the file has no accounts",
    ])
    expect(PruneView.lines({ ...pruned, removed: 0 }, "UTC", plain)).toEqual([
      "nothing to prune before Wed 3 Jun 2026 00:00 UTC: no UTC day has more than the last snapshot of each day",
    ])
  })

  it("writes JSON that its schema reads", () => {
    expect(Schema.decodeUnknownSync(PruneView.Pruned)(JSON.parse(PruneView.json(pruned)))).toEqual(pruned)
  })
})

describe("ForgetView", () => {
  const whole: ForgetView.Forgotten = {
    dryRun: true,
    from: Option.none(),
    to: Option.none(),
    accounts: [{ account, snapshots: 12, stay: 0, span: { first, last } }],
  }
  const span: ForgetView.Forgotten = {
    ...whole,
    from: Option.some(first),
    accounts: [
      { account, snapshots: 12, stay: 30, span: { first, last } },
      { account, snapshots: 1, stay: 0, span: { first, last: first } },
    ],
  }
  const row =
    "  user:ada at https://api.zoo.dev: 12 snapshots, from Mon 1 Jun 2026 10:00 UTC to Wed 3 Jun 2026 10:00 UTC"

  it("says what forgetting an account would remove, and what it removed", () => {
    expect(ForgetView.lines(whole, "UTC")).toEqual([
      "Would remove, with usage and the links from tokens to the account:",
      row,
      "This was a dry run. To remove, repeat the command with --yes. It cannot be undone.",
    ])
    expect(ForgetView.lines({ ...whole, dryRun: false }, "UTC")).toEqual([
      "Removed, with usage and the links from tokens to the account:",
      row,
      "No trace is left in the file. Backups and exports that were made before still have it.",
    ])
  })

  it("says what forgetting a span removes, and what stays", () => {
    expect(ForgetView.lines(span, "UTC").slice(0, -1)).toEqual([
      "Would remove, with the usage computed from them:",
      `${row}; 30 stay`,
      "  user:ada at https://api.zoo.dev: 1 snapshot, from Mon 1 Jun 2026 10:00 UTC to Mon 1 Jun 2026 10:00 UTC; none stays, so the account goes",
    ])
  })

  it("writes JSON that its schema reads", () => {
    for (const forgotten of [whole, span]) {
      expect(Schema.decodeUnknownSync(ForgetView.Forgotten)(JSON.parse(ForgetView.json(forgotten)))).toEqual(forgotten)
    }
  })
})

describe("BackupView", () => {
  it("tells path and size", () => {
    const backup = { path: "/a/b.db", bytes: 258_048 }
    expect(BackupView.line(backup, "b.db")).toBe("b.db: 258 kB, a copy of the whole history, for its owner alone")
    expect(Schema.decodeUnknownSync(BackupView.Backup)(JSON.parse(BackupView.json(backup)))).toEqual(backup)
  })
})
