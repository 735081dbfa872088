/** `export` of a history that `import` filled: to standard output, a file, and a folder of Parquet files. */
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import * as Csv from "../support/Csv.js"
import * as ExportedRow from "../support/ExportedRow.js"
import * as Parquet from "../support/Parquet.js"
import { type Ran, run, start } from "./run.js"

const HOUR = 3_600_000
const FROM = Date.UTC(2026, 9, 15)
const TO = FROM + 30 * 24 * HOUR
const simulated = AccountSimulator.simulate({ seed: 5, from: FROM, to: TO, openingStableCents: 3000 })
const ada = `user:${simulated.id}`
const iso = (millis: number) => new Date(millis).toISOString()
const times = Array.from({ length: 121 }, (_, look) => FROM + look * 6 * HOUR)
const lineOf = (at: number, subject: string, more: object = {}) =>
  `${JSON.stringify({ subject, observed_at: iso(at), ...more }).slice(0, -1)},"body":${simulated.bodyAt(at, { includeTotalDue: at % (24 * HOUR) === 0 })}}`
/** Two accounts at one base URL, and the first owner at another one. */
const lines = [
  ...times.map((at) => lineOf(at, ada)),
  ...times.slice(0, 3).map((at) => lineOf(at, "org:acme")),
  lineOf(FROM, ada, { base_url: "https://zoo.example.com" }),
]
const COUNT = lines.length
const MONTHS = ["month=2026-10", "month=2026-11"]

/** A file with the whole history. */
let shared: string
let folder: string

const filled = async (database: string, of: ReadonlyArray<string>) => {
  const ran = await run(["import", "-", "--db", database], { input: of.join("\n") })
  expect(ran).toMatchObject({ code: 0, err: "" })
}
beforeAll(async () => {
  shared = mkdtempSync(join(tmpdir(), "zoo-runway-export-"))
  await filled(join(shared, "history.db"), lines)
})
afterAll(() => rmSync(shared, { recursive: true, force: true }))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-export-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const exporting = (...args: ReadonlyArray<string>) => run(["export", "--db", join(shared, "history.db"), ...args])
const jsonLines = ({ out }: Ran) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
const at = (...names: ReadonlyArray<string>) => join(folder, ...names)
const part = (name: string, month: string) => readFileSync(at(name, month, "part-0.parquet"))
const expectRefusal = ({ code, err, out }: Ran, exit: number, words: RegExp) => {
  expect(err).toMatch(words)
  expect({ code, out }).toEqual({ code: exit, out: "" })
  expect(err).toMatch(/^zoo-runway: [^\n]+\n$/)
}

describe("zoo-runway export --format jsonl", () => {
  it("prints one snapshot a line, accounts in order, oldest first, without a token", async () => {
    const ran = await exporting("--format", "jsonl")
    expect(ran).toMatchObject({ code: 0, err: "" })
    const found = jsonLines(ran)
    expect(found.map(({ base_url, subject }) => `${subject} ${base_url}`)).toEqual([
      ...times.slice(0, 3).map(() => "org:acme https://api.zoo.dev"),
      ...times.map(() => `${ada} https://api.zoo.dev`),
      `${ada} https://zoo.example.com`,
    ])
    expect(found.slice(3, -1).map(({ observed_at }) => observed_at)).toEqual(times.map(iso))
    for (const line of found)
      expect(Object.keys(line)).toEqual(["subject", "base_url", "observed_at", "balance", "credit_unit"])
    const first = CustomerBalance.decodeText(simulated.bodyAt(FROM, { includeTotalDue: true }))
    expect(first).toMatchObject({ _tag: "Right" })
    if (first._tag === "Right") expect(found[3].balance).toEqual(CustomerBalance.encode(first.right.balance))
  })

  it("is narrowed by --subject, at any base URL, and by --from and --to", async () => {
    const seen = async (...args: ReadonlyArray<string>) =>
      jsonLines(await exporting("--format", "jsonl", ...args)).map(({ observed_at, subject }) => [
        subject,
        Date.parse(observed_at),
      ])
    expect(await seen("--subject", "org:acme")).toEqual(times.slice(0, 3).map((time) => ["org:acme", time]))
    expect(await seen("--subject", ada)).toHaveLength(times.length + 1)
    const [first = 0, second = 0, third = 0] = times
    expect(await seen("--from", iso(second), "--to", iso(third))).toEqual([
      ["org:acme", second],
      [ada, second],
    ])
    expect(await seen("--to", iso(first + 1), "--subject", "org:acme")).toEqual([["org:acme", first]])
  })

  it("prints what import reads: the history that they make is the same", async () => {
    const { out } = await exporting("--format", "jsonl")
    await filled(at("again.db"), [out])
    expect((await run(["export", "--db", at("again.db"), "--format", "jsonl"])).out).toBe(out)
  })

  it("ends quietly when its reader goes away", async () => {
    const child = start(["export", "--db", join(shared, "history.db"), "--format", "jsonl"])
    let err = ""
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString()
    })
    await once(child.stdout, "data")
    child.stdout.destroy()
    await once(child, "close")
    expect(err).toBe("")
  })
})

describe("zoo-runway export --out", () => {
  it("makes a CSV file for its owner alone, and tells on standard error what it made", async () => {
    const ran = await exporting("--format", "csv", "--out", at("a.csv"))
    expect(ran).toEqual({ code: 0, out: "", err: `${COUNT} snapshots in ${at("a.csv")}\n` })
    expect(statSync(at("a.csv")).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(["a.csv"])
    const text = readFileSync(at("a.csv"), "utf8")
    expect((await exporting("--format", "csv")).out).toBe(text)
    const json = jsonLines(await exporting("--format", "jsonl", "--out", "-"))
    const rows = Csv.objects(text)
    expect(rows.map(ExportedRow.balanceOf)).toEqual(json.map(({ balance }) => balance))
    expect(rows.map(({ subject }) => subject)).toEqual(json.map(({ subject }) => subject))
  })

  it("makes a folder of Parquet files by month, with the rows of all accounts", async () => {
    const ran = await exporting("--format", "parquet", "--out", at("history"))
    expect(ran).toEqual({ code: 0, out: "", err: `${COUNT} snapshots in ${at("history")}\n` })
    expect(readdirSync(folder)).toEqual(["history"])
    expect(readdirSync(at("history"))).toEqual(MONTHS)
    const rows = await Promise.all(MONTHS.map((month) => Parquet.objects(part("history", month))))
    const all = Csv.objects((await exporting("--format", "csv")).out)
    const monthOf = (row: Readonly<Record<string, string>>) => `month=${row["observed_at"]?.slice(0, 7)}`
    expect(rows).toEqual(MONTHS.map((month) => all.filter((row) => monthOf(row) === month)))
    for (const month of MONTHS) expect(statSync(at("history", month, "part-0.parquet")).mode & 0o777).toBe(0o600)
  })

  it("gives the same bytes for the same history, in whatever order it came", async () => {
    const other = at("other.db")
    await filled(other, [...lines].reverse())
    for (const format of ["jsonl", "csv"]) {
      const [mine, theirs] = await Promise.all([
        exporting("--format", format),
        run(["export", "--db", other, "--format", format]),
      ])
      expect(theirs).toEqual(mine)
    }
    await exporting("--format", "parquet", "--out", at("mine"))
    await run(["export", "--db", other, "--format", "parquet", "--out", at("theirs")])
    for (const month of MONTHS) expect(part("theirs", month).equals(part("mine", month))).toBe(true)
  })

  it("does not replace what is there, but an export by --force", async () => {
    for (const format of ["jsonl", "parquet"]) {
      const args = ["--format", format, "--out", at(format)]
      await exporting(...args, "--subject", "org:acme")
      expectRefusal(await exporting(...args), 73, /exists: remove it, name another with --out, or replace it with --f/)
      expect(await exporting(...args, "--force")).toMatchObject({
        code: 0,
        err: `${COUNT} snapshots in ${at(format)}\n`,
      })
    }
    expect(readFileSync(at("jsonl"), "utf8")).toBe((await exporting("--format", "jsonl")).out)
    expect(readdirSync(at("parquet"))).toEqual(MONTHS)
    writeFileSync(at("parquet", "notes.txt"), "mine")
    const again = await exporting("--format", "parquet", "--out", at("parquet"), "--force")
    expectRefusal(again, 73, /holds more than an export: name another with --out/)
    expect(readdirSync(folder).sort()).toEqual(["jsonl", "parquet"])
  })

  it("never replaces the history itself, nor leaves anything of an export that failed", async () => {
    const database = at("history.db")
    await filled(database, lines.slice(0, 2))
    const args = ["export", "--db", database, "--format", "jsonl", "--out", database, "--force"]
    expectRefusal(await run(args), 73, /history\.db is the history itself/)
    const empty = ["--from", iso(TO + HOUR), "--out", at("a")]
    expectRefusal(await exporting("--format", "csv", ...empty), 66, /no snapshots in that span/)
    expectRefusal(await exporting("--format", "parquet", ...empty), 66, /no snapshots in that span/)
    expect(readdirSync(folder).filter((name) => !name.startsWith("history.db"))).toEqual([])
    expect((await run(["export", "--db", database, "--format", "jsonl"])).out.split("\n")).toHaveLength(3)
  })
})

describe("zoo-runway export of a pruned account", () => {
  it("tells on standard error how many UTC days are pruned, and of other spans and accounts nothing", async () => {
    const database = at("pruned.db")
    await filled(database, lines)
    const export_ = (...args: ReadonlyArray<string>) => run(["export", "--db", database, "--format", "jsonl", ...args])
    expect((await export_()).err).toBe("")
    const pruning = ["prune", "--db", database, "--yes", "--subject", ada, "--base-url", "https://api.zoo.dev"]
    expect(await run([...pruning, "--before", iso(FROM + 10 * 24 * HOUR)])).toMatchObject({ code: 0, err: "" })
    const note = (days: string) =>
      `zoo-runway: ${days} pruned: the last snapshot of each day or hour is exported, and usage is not\n`
    const all = await export_()
    expect(all).toMatchObject({ code: 0, err: note("10 UTC days of the exported accounts are") })
    expect(jsonLines(all)).toHaveLength(COUNT - 30)
    expect((await export_("--from", iso(FROM + 9 * 24 * HOUR))).err).toBe(note("1 UTC day of the exported accounts is"))
    expect((await export_("--from", iso(FROM + 10 * 24 * HOUR))).err).toBe("")
    expect((await export_("--subject", "org:acme")).err).toBe("")
    expect((await export_("--out", at("a.jsonl"))).err).toBe(
      `${note("10 UTC days of the exported accounts are")}${COUNT - 30} snapshots in ${at("a.jsonl")}\n`,
    )
  })
})

describe.concurrent("zoo-runway export refuses", () => {
  it.each([
    [[], 64, /required option '--format <format>' not specified/],
    [["--format", "xml"], 64, /'xml' is invalid\. Allowed choices are jsonl, csv, parquet/],
    [["--format", "parquet"], 64, /parquet is written to a folder, a file a month: name it with --out/],
    [["--format", "parquet", "--out", "-"], 64, /parquet is written to a folder/],
    [["--format", "csv", "--out", ""], 64, /--out is empty/],
    [["--format", "csv", "--force"], 64, /--force replaces what --out names: name it/],
    [["--format", "csv", "--subject", "me"], 64, /invalid --subject "me" \(examples: user:ID, org:ID, me:LABEL/],
    [["--format", "csv", "--from", iso(TO), "--to", iso(TO)], 64, /--to is not after --from/],
    [
      ["--format", "csv", "--subject", "user:nobody"],
      66,
      /no history for user:nobody; accounts in this file: org:acme, user:/,
    ],
    [["--format", "csv", "--to", iso(FROM)], 66, /no snapshots in that span: the history runs from 2026-10-15T00/],
    [["--format", "csv", "--out", "/none/such/a.csv"], 73, /cannot write .*a\.csv \(ENOENT\): make its folder first/],
    [["--format", "parquet", "--out", "/none/such/a"], 73, /cannot write .*\(ENOENT\): make its folder first/],
    [["--format", "csv", "--out", "/dev/null", "--force"], 73, /\/dev\/null is not a regular file/],
  ])("%j", async (args, code, words) => {
    expectRefusal(await exporting(...args), code, words)
  })
})

describe("zoo-runway export of no history", () => {
  it("says that there is none, or that it is empty, and makes nothing", async () => {
    const out = ["--format", "csv", "--out", at("a.csv")]
    expectRefusal(await run(["export", "--db", at("none.db"), ...out]), 66, /the file does not exist; fetch or import/)
    expect(readdirSync(folder)).toEqual([])
    await filled(at("history.db"), [])
    const ran = await run(["export", "--db", at("history.db"), ...out])
    expectRefusal(ran, 66, /the history .*history\.db is empty: fetch or import a balance first/)
    expect(existsSync(at("a.csv"))).toBe(false)
  })
})
