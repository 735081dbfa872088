import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as Samples from "../infra/store/Samples.js"
import { program, run } from "./run.js"

/** Runs a shell script in which `zoo` is the command line. */
const shell = (script: string): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", `zoo() { "${process.execPath}" "${program}" "$@"; }; ${script}`], {
      env: { PATH: process.env["PATH"], HOME: "/nonexistent" },
    })
    let [out, err] = ["", ""]
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString()
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, out, err }))
  })

const isLinux = existsSync("/dev/full")

describe("output that cannot be written", () => {
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-output-"))
  const db = join(folder, "history.db")
  const of = `--subject user:${Samples.UUID} --db ${db}`

  beforeAll(async () => {
    const lines = [0, 1, 2].map((minute) => {
      const { observedAt } = Samples.snapshot(minute, "1.00")
      return `{"subject":"user:${Samples.UUID}","observed_at":"${Timestamp.format(observedAt)}","body":${BODY}}`
    })
    execFileSync("mkfifo", [join(folder, "closed")])
    writeFileSync(join(folder, "lines.jsonl"), `${lines.join("\n")}\n`)
    expect((await run(["import", join(folder, "lines.jsonl"), "--db", db])).code).toBe(0)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const BODY = JSON.stringify({
    created_at: "2025-01-01T00:00:00Z",
    updated_at: "2025-05-08T12:00:00Z",
    monthly_api_credits_remaining: 120,
    monthly_api_credits_remaining_monetary_value: 1,
    stable_api_credits_remaining: 0,
    stable_api_credits_remaining_monetary_value: 0,
  })

  const full = "zoo-runway: cannot write standard output: no space left on device\n"
  it.skipIf(!isLinux).each([
    // Only Linux has /dev/full.
    { name: "--help", command: "--help" },
    { name: "help status", command: "help status" },
    { name: "--version", command: "--version" },
    { name: "history", command: `history ${of}` },
    { name: "ledger --json", command: `ledger --json ${of}` },
    { name: "status --json", command: `status --json --offline ${of}` },
    { name: "accounts", command: `accounts --db ${db}` },
    { name: "export", command: `export --format jsonl --db ${db}` },
  ])("ends with 74 and one line where the disk of $name is full", async ({ command }) => {
    expect(await shell(`zoo ${command} > /dev/full`)).toEqual({ code: 74, out: "", err: full })
  })

  it.each([`history ${of}`, "--help", "help status", "--version"])(
    "ends with 74 and one line where the reader of %s is gone before the first write",
    async (command) => {
      // The right side closes the pipe, and only then does the left side begin.
      const { code, err } = await shell(
        `{ read -r _ < "${folder}/closed"; zoo ${command}; echo "exit $?" >&2; } | { exec 0<&-; echo > "${folder}/closed"; }`,
      )
      expect([code, err]).toEqual([0, "zoo-runway: cannot write standard output: nothing reads it\nexit 74\n"])
    },
  )

  it.each([`export --format jsonl --db ${db}`, "--help"])(
    "ends without a word where the reader of %s goes after the first line",
    async (command) => {
      const { err, out } = await shell(`zoo ${command} | { read -r line; echo "$line"; }`)
      expect(err).toBe("")
      expect(out.trimEnd().split("\n")).toHaveLength(1)
    },
  )

  it.skipIf(!isLinux)("keeps its exit code where standard error cannot be written", async () => {
    expect((await shell(`zoo history --subject user:nobody --db ${db} 2> /dev/full`)).code).toBe(66)
  })
})
