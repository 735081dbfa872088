/**
 * What each command prints on a terminal of 80 columns, to the last character, from one simulated history at one time. The texts are in `golden/`;
 * `UPDATE_GOLDEN=1` writes them.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as JsonLine from "../../src/services/export/JsonLine.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import * as Simulated from "../domain/history/simulated.js"
import { type Ran, run } from "./run.js"

const HOUR = 3_600_000
const FROM = Date.UTC(2026, 9, 1)
const NOW = Date.UTC(2026, 10, 25, 12, 10)

const simulated = AccountSimulator.simulate({
  seed: 5,
  from: FROM,
  to: NOW,
  openingStableCents: 1500,
  dailyCents: 180,
  payAsYouGo: true,
})
const polled = [...Simulated.poll(simulated, FROM, NOW, 6 * HOUR, (index) => index % 4 === 0)]
const label = Account.labelled("https://zoo.example.com", "1a2b3c4d")
const labelled = polled.slice(0, 3).map(({ balance, observedAt }) => Snapshot.make(label, observedAt, balance))

/** Good lines, one of them twice, and lines that are bad for two reasons. */
const LINES = [
  ...[...polled, ...labelled, ...polled.slice(0, 1)].map((snapshot) => JsonLine.of(snapshot)),
  "not JSON\n",
  '{"subject":"user:ada"}\n',
  "[]\n",
].join("")

/** A body that says more than the contract. */
const BODY = simulated.bodyAt(NOW, { includeTotalDue: true }).replace("{", '{"color":"red",')

const CASES: Readonly<Record<string, ReadonlyArray<string>>> = {
  status: ["status", "--offline"],
  "status-json": ["status", "--offline", "--json"],
  "status-as-of": ["status", "--as-of", "2026-10-20", "--zone", "Europe/Berlin"],
  "statement-by-month": ["statement", "--by", "month"],
  "statement-by-cycle": ["statement", "--by", "cycle", "--from", "2026-10-10"],
  ledger: ["ledger", "--from", "2026-10-30", "--to", "2026-11-03"],
  history: ["history", "--limit", "8"],
  accounts: ["accounts"],
  verify: ["verify"],
  "prune-dry-run": ["prune", "--before", "2026-11-10"],
  prune: ["prune", "--before", "2026-11-10", "--subject", "me:1a2b3c4d", "--yes"],
  "forget-dry-run": ["forget", "--subject", Account.formatOwner(Simulated.account.owner), "--from", "2026-11-20"],
  forget: ["forget", "--subject", "me:1a2b3c4d", "--yes"],
  import: ["import", "FOLDER/lines.jsonl"],
  backup: ["backup", "FOLDER/copy.db"],
  doctor: ["doctor"],
  decode: ["decode"],
}

let folder: string
let filled: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-golden-"))
  filled = join(folder, "filled.db")
  const imported = await run(["import", "-", "--db", filled], {
    input: LINES.split("\n").slice(0, -4).join("\n"),
    now: NOW,
  })
  expect(imported).toMatchObject({ code: 0, err: "" })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A run without what differs from one machine to another. */
const textOf = ({ code, err, out }: Ran, args: ReadonlyArray<string>, own: string): string =>
  [
    `$ zoo-runway ${args.join(" ")}`,
    out.trimEnd(),
    "",
    ...(err === "" ? [] : [`standard error: ${err}`]),
    `exit code ${code}`,
    "",
  ]
    .join("\n")
    .replaceAll(own, "FOLDER")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replaceAll(/\d+(?:\.\d+)? [kM]?B\b/g, "SIZE")
    .replaceAll(/zoo-runway \S+, Node v\S+/g, "zoo-runway VERSION, Node VERSION")
    .replaceAll(/better-sqlite3 \S+, SQLite \S+/g, "better-sqlite3 VERSION, SQLite VERSION")

const goldenFile = (name: string): string => `test/cli/golden/${name}.txt`

const expectGolden = (name: string, text: string): void => {
  const file = goldenFile(name)
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text)
  expect(existsSync(file), `${file} is missing: UPDATE_GOLDEN=1 writes it`).toBe(true)
  expect(text).toBe(readFileSync(file, "utf8"))
}

describe("what is printed at 80 columns", () => {
  it.each(Object.entries(CASES))("by %s", async (name, args) => {
    const own = mkdtempSync(join(folder, "case-"))
    const db = join(own, "history.db")
    if (name !== "import") copyFileSync(filled, db)
    writeFileSync(join(own, "lines.jsonl"), LINES)
    const here = [...args.map((arg) => arg.replace("FOLDER", own)), ...(name === "decode" ? [] : ["--db", db])]
    const ran = await run(here, { columns: 80, now: NOW, input: BODY })
    expectGolden(name, textOf(ran, args, own))
  })

  it("by demo", async () => {
    expectGolden("demo", textOf(await run(["demo"], { columns: 80, now: NOW }), ["demo"], folder))
  })

  it("has no text without a case", () => {
    expect(readdirSync("test/cli/golden").sort()).toEqual(
      [...Object.keys(CASES), "demo"].map((name) => `${name}.txt`).sort(),
    )
  })
})
