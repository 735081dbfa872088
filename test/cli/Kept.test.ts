/** Commands over what is kept: `import` fills a history, `history` and `ledger` read it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import * as ImportView from "../../src/cli/render/ImportView.js"
import * as LedgerJson from "../../src/cli/render/LedgerJson.js"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { type Ran, run } from "./run.js"

const HOUR = 3_600_000
const FROM = Date.UTC(2026, 5, 20)
const TO = FROM + 20 * 24 * HOUR
const simulated = AccountSimulator.simulate({ seed: 5, from: FROM, to: TO, openingStableCents: 3000 })
const subject = `user:${simulated.id}`
const iso = (millis: number) => new Date(millis).toISOString()
const lineOf = (
  at: number,
  { due = true, of = subject, ...more }: { due?: boolean; of?: string; base_url?: string } = {},
) =>
  `${JSON.stringify({ subject: of, observed_at: iso(at), ...more }).slice(0, -1)},"body":${simulated.bodyAt(at, { includeTotalDue: due })}}`
const times = Array.from({ length: 81 }, (_, index) => FROM + index * 6 * HOUR)
const lines = times.map((at, index) => lineOf(at, { due: index % 4 === 0 }))

/** A file with the whole history of the account. */
let shared: string
let folder: string

beforeAll(async () => {
  shared = mkdtempSync(join(tmpdir(), "zoo-runway-kept-"))
  const ran = await run(["import", "-", "--db", join(shared, "history.db")], { input: lines.join("\n") })
  expect(ran).toEqual({ code: 0, out: "81 lines: 81 kept, 0 kept before, 0 rejected\n", err: "" })
})
afterAll(() => rmSync(shared, { recursive: true, force: true }))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-kept-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const kept = (...args: ReadonlyArray<string>) => run([...args, "--db", join(shared, "history.db")])
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const importing = (...args: ReadonlyArray<string>) => run(["import", "--db", join(folder, "history.db"), ...args])
const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
const expectRefusal = ({ code, err, out }: Ran, exit: number, words: RegExp) => {
  expect(err).toMatch(words)
  expect({ code, out }).toEqual({ code: exit, out: "" })
  expect(err).toMatch(/^zoo-runway: [^\n]+\n$/)
}

describe("zoo-runway import", () => {
  it("makes the history, changes nothing the second time, and counts in JSON", async () => {
    const path = file("a.jsonl", `${lines.slice(0, 3).join("\r\n")}\r\n\r\n`)
    const first = await importing(path, "--json")
    const expected = {
      lines: 3,
      kept: 3,
      duplicates: 0,
      rejected: 0,
      skipped: 0,
      future: 0,
      drift: { lines: 0, findings: {} },
      rejectedFiles: [],
      damagedFiles: [],
    }
    expect(first).toMatchObject({ code: 0, err: "" })
    expect(Schema.decodeUnknownSync(ImportView.Summary)(JSON.parse(first.out))).toEqual(expected)
    expect(statSync(join(folder, "history.db")).mode & 0o777).toBe(0o600)
    const second = await importing(path, path, "--json")
    expect(JSON.parse(second.out)).toEqual({ ...expected, lines: 6, kept: 0, duplicates: 6 })
    const read = await run(["history", "--db", join(folder, "history.db"), "--json"])
    expect(jsonLines(read.out).map(({ observedAt }) => observedAt)).toEqual(times.slice(0, 3).map(iso))
    expect(readdirSync(folder).filter((name) => name.includes("rejected"))).toEqual([])
  })

  it("makes the default history's folder, and needs no token", async () => {
    const ran = await run(["import", "-"], { input: lines[0] ?? "", env: { XDG_DATA_HOME: folder } })
    expect(ran).toEqual({ code: 0, out: "1 line: 1 kept, 0 kept before, 0 rejected\n", err: "" })
    expect(existsSync(join(folder, "zoo-runway", "history.db"))).toBe(true)
  })

  it("keeps exact digits, and counts what an amount has no place for as drift", async () => {
    const [body = ""] = /\{"created_at".*(?=\}$)/.exec(lines[0] ?? "") ?? []
    const exact = body
      .replace(/"monthly_api_credits_remaining":\d+/, '"monthly_api_credits_remaining":18446744073709551615')
      .replace(/("monthly_api_credits_remaining_monetary_value":)"[^"]+"/, "$19007199254.740993001")
      .replace(/("stable_api_credits_remaining_monetary_value":)"[^"]+"/, "$11.00000000001")
    const path = file("a.jsonl", `{"body":${exact},"observed_at":"${iso(FROM)}","subject":"user:ada"}`)
    const ran = await importing(path)
    expect(ran).toEqual({
      code: 0,
      out: "1 line: 1 kept, 0 kept before, 0 rejected; 1 with bodies that say more than the contract (FinerThanNano 1)\n",
      err: "",
    })
    const read = await run(["history", "--db", join(folder, "history.db"), "--json"])
    expect(JSON.parse(read.out).balance).toMatchObject({
      monthly: { value: "9007199254.740993001", credits: "18446744073709551615" },
      stable: { value: "1.00" },
    })
  })

  it("keeps the good lines, names the bad ones, and writes them as they are to a file", async () => {
    const bad = ["nonsense", lineOf(FROM, { of: "me" }), lineOf(FROM, { of: "org" }), '{"subject":"user:a"}', "\u00ff{"]
    const [one = "", two = ""] = lines
    const path = file("a.jsonl", [bad[0], one, bad[1], bad[2], "", two, bad[3], bad[4]].join("\n"))
    const ran = await importing(path, "--json")
    expect(ran.code).toBe(65)
    expect(JSON.parse(ran.out)).toMatchObject({
      lines: 7,
      kept: 2,
      rejected: 5,
      rejectedFiles: [`${path}.rejected.jsonl`],
    })
    expect(ran.err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^zoo-runway: lines 1, 8: it is no JSON object/),
      'zoo-runway: line 3: the subject "me" names no account: write user:ID, org:ID or me:LABEL',
      'zoo-runway: line 4: the subject "org" names no account: write user:ID, org:ID or me:LABEL',
      "zoo-runway: line 7: it has no observed_at",
      `zoo-runway: 5 of 7 lines rejected, to be found in ${path}.rejected.jsonl`,
    ])
    expect(readFileSync(`${path}.rejected.jsonl`, "utf8")).toBe(`${bad.join("\n")}\n`)
    // The rejected lines are a file to import, once they are mended.
    const again = await importing(`${path}.rejected.jsonl`)
    expect(again).toMatchObject({ code: 65, out: "5 lines: 0 kept, 0 kept before, 5 rejected\n" })
  })

  it("names the first 20 bad lines of all files, and writes every one to its file's own", async () => {
    const bad = Array.from({ length: 15 }, (_, index) => `bad ${index}`).join("\n")
    const [a, b] = [file("a.jsonl", bad), file("b.jsonl", `${lines[0]}\n${bad}\n`)]
    const ran = await importing(a, b)
    const why = 'it is no JSON object: write {"subject":…,"observed_at":…,"body":{…}}'
    expect(ran.err.trimEnd().split("\n")).toEqual([
      `zoo-runway: ${a}: lines 1 to 15: ${why}`,
      `zoo-runway: ${b}: lines 2 to 6 and 10 more: ${why}`,
      `zoo-runway: 15 of 15 lines rejected, to be found in ${a}.rejected.jsonl`,
      `zoo-runway: 15 of 16 lines rejected, to be found in ${b}.rejected.jsonl`,
    ])
    expect(readFileSync(`${b}.rejected.jsonl`, "utf8")).toBe(`${bad}\n`)
    expect(ran).toMatchObject({ code: 65, out: "31 lines: 1 kept, 0 kept before, 30 rejected\n" })
  })

  it("refuses a line that is longer than any body, and goes on", async () => {
    const path = file("a.jsonl", `${"x".repeat(3_000_000)}\n${lines[0]}\n`)
    const ran = await importing(path)
    expect(ran).toMatchObject({ code: 65, out: "2 lines: 1 kept, 0 kept before, 1 rejected\n" })
    expect(ran.err).toMatch(/^zoo-runway: line 1: it has more than \d+ bytes\n/)
    expect(statSync(`${path}.rejected.jsonl`).size).toBeLessThan(1_200_000)
  })

  it("files lines under the base URL that they name, else under --base-url", async () => {
    const path = file("a.jsonl", `${lineOf(FROM)}\n${lineOf(FROM, { base_url: "https://zoo.example.com/" })}\n`)
    await importing(path, "--base-url", "https://other.example.com")
    for (const host of ["zoo.example.com", "other.example.com"]) {
      const read = await run(["history", "--db", join(folder, "history.db"), "--base-url", `https://${host}`, "--json"])
      expect(JSON.parse(read.out).account.baseUrl).toBe(`https://${host}`)
    }
    expectRefusal(
      await run(["history", "--db", join(folder, "history.db"), "--base-url", "https://api.zoo.dev"]),
      66,
      /no history for me/,
    )
  })

  it("takes the lines of one subject alone with --subject", async () => {
    const path = file("a.jsonl", `${lineOf(FROM)}\n${lineOf(FROM, { of: "org:acme" })}\n`)
    const ran = await importing(path, "--subject", "org:acme")
    expect(ran.out).toBe("2 lines: 1 kept, 0 kept before, 0 rejected, 1 of other subjects left out\n")
    expectRefusal(await importing(path, "--subject", "me"), 64, /invalid --subject "me" \(examples: user:ID/)
  })

  it("refuses what it cannot read or write before it makes a history", async () => {
    const bad = file("a.jsonl", "nonsense")
    expectRefusal(await importing(), 64, /missing required argument 'files'/)
    expectRefusal(await importing(bad, join(folder, "none.jsonl")), 66, /cannot read .*none\.jsonl \(ENOENT\)/)
    expectRefusal(await importing(folder), 66, /cannot read .* \(EISDIR\)/)
    const rejected = file("a.jsonl.rejected.jsonl", "")
    expectRefusal(await importing(bad, rejected), 64, /is an input, and the rejected lines of another one go there/)
    expect(existsSync(join(folder, "history.db"))).toBe(false)
  })

  it("says where rejected lines cannot be written", async () => {
    const path = file("a.jsonl", "nonsense")
    mkdirSync(`${path}.rejected.jsonl`)
    const ran = await importing(path)
    expect({ code: ran.code, out: ran.out }).toEqual({ code: 73, out: "" })
    expect(ran.err).toMatch(
      /\nzoo-runway: .*a\.jsonl\.rejected\.jsonl is not a regular file: import a copy of the input from another folder\n$/,
    )
  })
})

describe.concurrent("zoo-runway history", () => {
  it("prints one reading a line, newest last, for people and as JSON lines", async () => {
    const [table, json] = await Promise.all([kept("history"), kept("history", "--json")])
    const [title, blank, head, ...rows] = table.out.trimEnd().split("\n")
    expect([title, blank]).toEqual([`${subject} at api.zoo.dev`, ""])
    expect(head).toMatch(/^Seen +Monthly +Stable +Due +Next refresh$/)
    expect(rows).toHaveLength(81)
    expect(rows[0]).toMatch(/^Sat 20 Jun 2026 00:00 UTC +40\.00 +30\.00 +0\.00 +Wed 1 Jul 2026 00:00 UTC$/)
    expect(rows[1]).toMatch(/^Sat 20 Jun 2026 06:00 UTC +\d+\.\d\d +30\.00 +not asked /)
    const readings = jsonLines(json.out)
    expect(readings.map(({ observedAt }) => observedAt)).toEqual(times.map(iso))
    for (const reading of readings) Schema.decodeUnknownSync(Snapshot.Snapshot)(reading)
  })

  it("is narrowed by --from, --to, --as-of and --limit", async () => {
    const seen = async (...args: ReadonlyArray<string>) =>
      jsonLines((await kept("history", "--json", "--offline", ...args)).out).map(({ observedAt }) =>
        Date.parse(observedAt),
      )
    const [a, b, c] = [times[10] ?? 0, times[12] ?? 0, times[11] ?? 0]
    expect(await seen("--from", iso(a), "--to", iso(b))).toEqual([a, c])
    expect(await seen("--from", iso(a), "--as-of", iso(b))).toEqual([a, c, b])
    expect(await seen("--as-of", iso(b), "--to", iso(c), "--limit", "1")).toEqual([a])
    expect(await seen("--limit", "2")).toEqual(times.slice(-2))
    expect(await seen("--limit", "500")).toEqual(times)
  })

  it("takes dates for midnights in --zone", async () => {
    const first = async (...args: ReadonlyArray<string>) =>
      jsonLines((await kept("history", "--json", "--from", "2026-07-01", "--to", "2026-07-02", ...args)).out).map(
        ({ observedAt }) => observedAt,
      )
    const hours = (...all: ReadonlyArray<number>) => all.map((hour) => iso(Date.UTC(2026, 6, 1) + hour * HOUR))
    expect(await first()).toEqual(hours(0, 6, 12, 18))
    expect(await first("--zone", "Asia/Tokyo")).toEqual(hours(-6, 0, 6, 12))
  })

  it("prints times in another zone", async () => {
    const { out } = await kept("history", "--zone", "Asia/Kolkata", "--limit", "1")
    expect(out).toMatch(/\nFri 10 Jul 2026 05:30 GMT\+5:30 /)
  })

  it.each([
    [["--limit", "0"], 64, /invalid --limit "0" \(a whole number of 1 or more\)/],
    [["--from", "yesterday"], 64, /invalid --from "yesterday" \(examples: 2026-11-22T09:00:00Z, 2026-11-22\)/],
    [["--from", iso(TO), "--to", iso(FROM)], 64, /--to is not after --from/],
    [
      ["--to", iso(FROM)],
      66,
      /no snapshots in that span: the history runs from 2026-06-20T00:00:00\.000Z to 2026-07-10/,
    ],
    [["--subject", "user:nobody"], 66, /no history for user:nobody; accounts in this file: user:/],
    [["--max-age", "1h"], 64, /unknown option '--max-age'/],
  ])("refuses %j", async (args, code, words) => {
    expectRefusal(await kept("history", ...args), code, words)
  })
})

describe.concurrent("zoo-runway ledger", () => {
  const decode = Schema.decodeUnknownSync(LedgerJson.StatementJson)

  it("prints the statement as JSON: true usage within its bounds, and events that add up to the totals", async () => {
    const ran = await kept("ledger", "--json", "--offline", "--subject", subject)
    expect(ran).toMatchObject({ code: 0, err: "" })
    const raw = JSON.parse(ran.out)
    expect(Object.keys(raw)).toEqual(["account", "from", "to", "opening", "closing", "events", "totals"])
    expect(raw).toMatchObject({ account: { owner: subject }, from: iso(FROM), to: iso(TO) })
    expect(raw.opening).toEqual({ monthly: "40.00", stable: "30.00", due: "0.00", dueAt: iso(FROM) })
    const { events, totals } = decode(raw)
    expect(events.length).toBeGreaterThan(20)
    const truth = simulated.usageBetween(FROM, TO).totalCents / 100
    expect(Number(raw.totals.usage.lower)).toBeGreaterThan(0)
    expect(Number(raw.totals.usage.lower)).toBeLessThanOrEqual(truth)
    expect(Number(raw.totals.usage.upper ?? Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(truth)
    expect(Number(raw.totals.usage.expected)).toBeGreaterThanOrEqual(Number(raw.totals.usage.lower))
    const used = Ledger.usage(events)
    expect(Usd.format(used._tag === "Exact" ? used.usd : used.lower)).toBe(Usd.format(totals.usage.lower))
  })

  it("prints a table for people: what happened, its amount, and what each book holds", async () => {
    const ran = await kept("ledger")
    expect(ran).toMatchObject({ code: 0, err: "" })
    const rows = ran.out.trimEnd().split("\n")
    expect(rows[0]).toBe(`${subject} at api.zoo.dev`)
    expect(rows[1]).toBe("Sat 20 Jun 2026 00:00 UTC to Fri 10 Jul 2026 00:00 UTC")
    expect(rows[4]).toMatch(/opening balance +40\.00 +30\.00 +0\.00$/)
    expect(ran.out).toMatch(/UTC +6 h +usage of monthly credits +\d+\.\d\d +\d+\.\d\d +30\.00 +not asked\n/)
    expect(ran.out).toMatch(/refresh of monthly credits +40\.00 /)
    expect(ran.out).toMatch(/\nTotal usage +(about )?\d+\.\d\d USD/)
    expect(ran.out).toMatch(/\n80 snapshots after the opening one, \d+ without an event\n$/)
    // Snapshots without an event leave no row.
    expect(rows.filter((row) => /UTC {2,}\d+ h/.test(row)).length).toBeLessThan(80)
  })

  it("follows on from one span to the next", async () => {
    const middle = iso((times[40] ?? 0) + HOUR)
    const read = async (...args: ReadonlyArray<string>) => JSON.parse((await kept("ledger", "--json", ...args)).out)
    const [before, after, past] = await Promise.all([
      read("--to", middle),
      read("--from", middle),
      read("--as-of", middle),
    ])
    expect(before).toMatchObject({ from: iso(FROM), to: iso(times[40] ?? 0) })
    expect(after).toMatchObject({ from: iso(times[40] ?? 0), to: iso(TO) })
    expect(after.opening).toEqual(before.closing)
    expect(past).toEqual(before)
  })

  it("is no statement where it would begin in the future, or not before --as-of", async () => {
    const refused = (err: string) => ({ code: 64, out: "", err: `zoo-runway: ${err}\n` })
    const ledger = (...args: ReadonlyArray<string>) => kept("ledger", "--subject", subject, ...args)
    expect(await ledger("--from", "2999-01-01")).toEqual(
      refused("--from 2999-01-01T00:00:00.000Z lies in the future: name a moment of the past"),
    )
    expect(await ledger("--from", "2026-07-01", "--as-of", "2026-07-01", "--json")).toEqual(
      refused(
        "--from 2026-07-01T00:00:00.000Z is not before --as-of 2026-07-01T00:00:00.000Z: name an earlier moment for --from",
      ),
    )
    expect(await ledger("--from", "2026-07-01", "--as-of", "2026-07-02")).toMatchObject({ code: 0, err: "" })
  })

  it("is JSON without any event, too", async () => {
    const ran = await kept("ledger", "--json", "--to", iso(FROM))
    const { closing, events, from, opening, to, totals } = JSON.parse(ran.out)
    expect([from, to, events]).toEqual([iso(FROM), iso(FROM), []])
    expect(closing).toEqual(opening)
    expect(totals.usage).toEqual({ lower: "0.00", expected: "0.00", upper: "0.00" })
  })

  it.each([
    [["--as-of", "2020-01-01T00:00:00Z"], 66, /no history for me up to 2020-01-01T00:00:00\.000Z/],
    [["--to", iso(FROM - 1)], 66, /no history for me up to .*; name a later time/],
    [["--from", iso(TO), "--to", iso(TO)], 64, /--to is not after --from/],
    [["--subject", "org"], 66, /no history for org; accounts in this file: user:/],
    [["--subject", "ada"], 64, /invalid --subject "ada" /],
  ])("refuses %j", async (args, code, words) => {
    expectRefusal(await kept("ledger", ...args), code, words)
  })
})

describe("zoo-runway status --offline", () => {
  it("stores the usage that it computes, and history does not", async () => {
    const database = join(folder, "history.db")
    const snapshots = times.map((at) => {
      const { balance } = Either.getOrThrow(CustomerBalance.decodeText(simulated.bodyAt(at, { includeTotalDue: true })))
      return Snapshot.make(Account.user(Account.DEFAULT_BASE_URL, simulated.id), Timestamp.fromMillis(at), balance)
    })
    await Effect.runPromise(
      Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(snapshots)).pipe(
        Effect.provide(SnapshotStore.layerSqlite({ path: database })),
      ),
    )
    const usageDays = async () =>
      JSON.parse((await run(["doctor", "--db", database, "--json"])).out).statistics.usageDays
    await run(["history", "--db", database])
    expect(await usageDays()).toBe(0)
    const first = await run(["status", "--offline", "--db", database, "--as-of", iso(TO), "--json"])
    expect(first).toMatchObject({ code: 0, err: "" })
    expect(await usageDays()).toBe(20)
    expect(await run(["status", "--offline", "--db", database, "--as-of", iso(TO), "--json"])).toEqual(first)
  })
})

describe("zoo-runway ledger on a history of its own", () => {
  it("writes bounds in words", async () => {
    const bare = simulated
      .bodyAt(FROM, { includeTotalDue: false })
      .replace(/"monthly_api_credits_refresh_at":"[^"]*",/, "")
      .replace(/"subscription_details":.*\}(?=\})/, '"subscription_details":null')
    const [june, july] = ["2026-06-20T00:00:00Z", "2026-07-20T00:00:00Z"]
    const path = file(
      "a.jsonl",
      [june, july].map((at) => `{"subject":"user:ada","observed_at":"${at}","body":${bare}}`).join("\n"),
    )
    expect((await importing(path)).code).toBe(0)
    const [{ out }, json] = await Promise.all([
      run(["ledger", "--db", join(folder, "history.db")]),
      run(["ledger", "--db", join(folder, "history.db"), "--json"]),
    ])
    expect(out).toMatch(/expiry of monthly credits \? +0\.00 to 40\.00\n/)
    expect(out).toMatch(/usage of monthly credits \? +at least 0\.00 /)
    expect(out).toMatch(/Total usage +at least 0\.00 USD\n/)
    expect(JSON.parse(json.out).totals.usage).toEqual({ lower: "0.00", expected: "0.00", upper: null })
  })

  it("says that a history is empty, or is none", async () => {
    await importing("-")
    const empty = join(folder, "history.db")
    for (const command of ["ledger", "history"]) {
      expectRefusal(
        await run([command, "--db", empty]),
        66,
        /no history for me; the file has no accounts; fetch or import a balance first/,
      )
      expectRefusal(
        await run([command, "--db", join(folder, "none.db")]),
        66,
        /the file does not exist; fetch or import/,
      )
    }
    expect(existsSync(join(folder, "none.db"))).toBe(false)
  })
})

describe("zoo-runway status of a history that begins with a wrong clock", () => {
  const asOf = iso(TO)
  const status = (...args: ReadonlyArray<string>) =>
    run(["status", "--db", join(folder, "history.db"), "--subject", subject, "--as-of", asOf, ...args])
  /** A line of the newest body, observed at another time. */
  const misdated = (millis: number) => lineOf(TO).replace(iso(TO), iso(millis))

  it("names the snapshot and the command that removes it, which does", async () => {
    await importing(file("a.jsonl", [misdated(0), ...lines].join("\n")))
    const ran = await status()
    expect(ran).toMatchObject({
      code: 0,
      err: `zoo-runway: the history begins with 1 misdated snapshot, from 1970-01-01T00:00:00.000Z on, not counted; to remove, run zoo-runway forget --subject ${subject} --from 1970-01-01T00:00:00.000Z --to 1970-01-01T00:00:00.001Z\n`,
    })
    const [, command = ""] = /zoo-runway (forget .*)/.exec(ran.err) ?? []
    expect((await run([...command.split(" "), "--yes", "--db", join(folder, "history.db")])).out).toMatch(/1 snapshot,/)
    const after = await status()
    expect(after).toMatchObject({ code: 0, out: ran.out, err: "" })
  })

  it("names all of them in one line, beside the JSON, and the base URL where it is another one", async () => {
    const base_url = "https://zoo.example.com"
    const those = [misdated(0), misdated(HOUR), ...lines].map((line) => line.replace("{", `{"base_url":"${base_url}",`))
    await importing(file("a.jsonl", those.join("\n")))
    const ran = await status("--json")
    expect(JSON.parse(ran.out)).toMatchObject({ account: { owner: subject } })
    expect(ran.err).toBe(
      `zoo-runway: the history begins with 2 misdated snapshots, from 1970-01-01T00:00:00.000Z on, not counted; to remove, run zoo-runway forget --subject ${subject} --base-url ${base_url} --from 1970-01-01T00:00:00.000Z --to 1970-01-01T01:00:00.001Z\n`,
    )
  })

  it("says nothing where the history begins well", async () => {
    await importing(file("a.jsonl", lines.join("\n")))
    expect((await status()).err).toBe("")
  })
})
