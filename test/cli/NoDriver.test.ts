/** The command line where no SQLite driver is installed: a copy of the bundle in a folder without packages. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { exampleBody } from "../../src/testing/exampleBody.js"
import { run } from "./run.js"

const folder = mkdtempSync(join(tmpdir(), "zoo-runway-no-driver-"))
const program = join(folder, "bin/zoo-runway.js")
const database = join(folder, "history.db")
const lines = join(folder, "lines.jsonl")

const runWithoutDriver = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", ZOO_API_TOKEN: "api-0123456789abcdef" },
  })
  return { code: status, out: stdout, err: stderr }
}

const SUBJECT = "user:3f1c6a34-9d0b-4d0e-8a3c-5b0f6f0f3a11"

const COMMAND = "npm install --global --allow-scripts=better-sqlite3 zoo-runway"

beforeAll(async () => {
  cpSync(fileURLToPath(new URL("../../dist/bin", import.meta.url)), join(folder, "bin"), { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
  const line = { subject: SUBJECT, observed_at: "2026-11-01T00:00:00Z", body: JSON.parse(exampleBody) }
  writeFileSync(lines, JSON.stringify(line))
  expect(await run(["import", lines, "--db", database])).toMatchObject({ code: 0 })
})

afterAll(() => rmSync(folder, { recursive: true }))

describe("the command line without a SQLite driver", () => {
  it.each([
    [["fetch"]],
    [["status", "--offline"]],
    [["history"]],
    [["ledger"]],
    [["import", lines]],
    [["export", "--format", "jsonl"]],
    [["accounts"]],
    [["verify"]],
    [["backup", join(folder, "copy.db")]],
    [["prune", "--before", "2026-11-02"]],
    [["forget", "--subject", SUBJECT, "--yes"]],
  ])("%j ends with one line that names the command to install one, and exit code 73", (args) => {
    const before = readFileSync(database)
    expect(runWithoutDriver(...args, "--db", database)).toEqual({
      code: 73,
      out: "",
      err: `zoo-runway: cannot open the history ${database}: no SQLite driver is installed for this version of Node; to install one, run: ${COMMAND}\n`,
    })
    expect(readFileSync(database).equals(before)).toBe(true)
  })

  it("demo ends with that line after its first one", () => {
    const { code, err, out } = runWithoutDriver("demo")
    expect({ code, out }).toEqual({ code: 73, out: "" })
    expect(err).toMatch(/^zoo-runway demo: .*\nzoo-runway: cannot open the history .*; to install one, run: npm .*\n$/)
  })

  it("doctor reports it as the one bad finding, with the command", () => {
    const { code, out } = runWithoutDriver("doctor", "--json", "--db", database)
    const { findings, ok } = JSON.parse(out)
    expect({ code, ok }).toEqual({ code: 74, ok: false })
    expect(findings.filter(({ level }: { readonly level: string }) => level === "bad")).toEqual([
      {
        check: "driver",
        level: "bad",
        found: expect.stringMatching(/^no SQLite driver can be loaded: .*better-sqlite3-12: Cannot find module/),
        advice: COMMAND,
      },
    ])
  })

  it("decode works, for it opens no file", () => {
    const body = join(folder, "body.json")
    writeFileSync(body, exampleBody)
    expect(runWithoutDriver("decode", body)).toMatchObject({ code: 0, err: "" })
  })
})
