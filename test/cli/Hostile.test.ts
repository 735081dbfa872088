/** Texts of every source that try to steer the terminal, or to show a line in another order than it has. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as JsonLine from "../../src/services/export/JsonLine.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import * as Samples from "../infra/store/Samples.js"
import { run } from "./run.js"

const BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
const CONTROL = "\u0007\u001b[31m\u001b]0;x\u0085\u009b\u007f"
const STEERING = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

let folder: string
let scope: Scope.CloseableScope
let stub: StubZoo.Service
const database = () => join(folder, "history.db")
const label = Account.labelled(Account.DEFAULT_BASE_URL, `evil${BIDI}`)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-hostile-"))
  scope = await Effect.runPromise(Scope.make())
  stub = await Effect.runPromise(StubZoo.make().pipe(Scope.extend(scope)))
  const lines = [0, 60].map((minutes) =>
    JsonLine.of(Snapshot.make(label, Samples.at(minutes), Samples.balance(`${2 + minutes}.00`))),
  )
  expect((await run(["import", "-", "--db", database()], { input: lines.join("") })).code).toBe(0)
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

const online = () => ["--db", join(folder, "online.db"), "--base-url", stub.baseUrl]
const env = { ZOO_API_TOKEN: "example-token" }

/** What a run writes, which steers nothing. */
const shown = async (args: ReadonlyArray<string>, surroundings: Parameters<typeof run>[1] = {}) => {
  const { code, err, out } = await run(args, surroundings)
  for (const text of [out, err]) expect(STEERING.exec(text), JSON.stringify(text)).toBeNull()
  return { code, text: out + err }
}

describe("what steers a terminal is replaced", () => {
  it("in messages of the API", async () => {
    const body = JSON.stringify({ request_id: "1", error_code: "x", message: `evil${BIDI}${CONTROL}` })
    stub.failNext({ status: 400, body })
    expect(await shown(["fetch", ...online()], { env })).toMatchObject({
      code: 69,
      text: expect.stringContaining("evil"),
    })
  })

  it("in texts of a body", async () => {
    const evil = JSON.stringify(`evil${BIDI}${CONTROL}`)
    const body = readFileSync("test/fixtures/revisions/2026-08-04.json", "utf8").replace(
      /("display_name": )"[^"]*"/,
      (_, key) => key + evil,
    )
    expect(body).toContain(evil)
    expect((await shown(["decode"], { input: body })).text).toContain("evil")
    const json = await shown(["decode", "--json"], { input: body })
    expect(JSON.stringify(JSON.parse(json.text))).toContain("\u202e")
    expect((await shown(["decode", "--lines"], { input: body.replaceAll("\n", " ") })).code).toBe(0)
  })

  it.each([
    ["status"],
    ["status", "--json"],
    ["history"],
    ["history", "--json"],
    ["ledger"],
    ["ledger", "--json"],
    ["statement"],
    ["statement", "--json"],
    ["accounts"],
    ["accounts", "--json"],
    ["verify"],
    ["forget"],
    ["prune", "--before", "1d"],
  ])("in labels, by %s %s", async (command, ...options) => {
    const isNarrowed = command !== "accounts"
    const subject = isNarrowed ? ["--subject", Account.formatOwner(label.owner)] : []
    const { code, text } = await shown([command, ...options, ...subject, "--db", database()])
    expect([code, /me:evil/.test(text) || command === "prune"]).toEqual([0, true])
  })

  it("in the labels that a failure names", async () => {
    expect((await shown(["verify", "--subject", "user:x", "--db", database()])).text).toMatch(/in this file: me:evil/)
  })

  it("in names of files", async () => {
    const file = join(folder, `evil${BIDI}\u001b[31m`)
    writeFileSync(file, "not JSON\n")
    expect((await shown(["import", file, "--db", join(folder, "new.db")])).text).toMatch(/rejected/)
    expect((await shown(["decode", `${file}.none`])).code).toBe(66)
    expect((await shown(["accounts", "--db", `${file}.none`])).code).toBe(66)
    expect((await shown(["doctor", "--db", `${file}.none`])).text).toContain("evil")
    expect((await shown(["backup", `${file}.copy`, "--db", database()])).text).toContain("evil")
    expect((await shown(["export", "--format", "csv", "--out", `${file}.csv`, "--db", database()])).code).toBe(0)
  })

  it("in values of the environment", async () => {
    const hostile = `evil${BIDI}\u001b[31m`
    expect((await shown(["fetch"], { env: { ...env, ZOO_HOST: `ftp://${hostile}` } })).text).toContain("ZOO_HOST")
    expect((await shown(["accounts"], { env: { XDG_DATA_HOME: `/${hostile}` } })).text).toContain("evil")
    expect((await shown(["fetch"], { env: { ZOO_CONFIG_DIR: `/dev/null/${hostile}` } })).code).toBe(78)
  })

  it.each([
    [`stat${BIDI}`],
    ["help", `\u001b[31m${BIDI}`],
    ["status", `--evil${BIDI}\u009b`],
    ["status", `evil${BIDI}`, "\u001b[31m"],
    ["status", "--zone", `Mars${BIDI}\u007f`],
    ["status", "--subject", `user${BIDI}`],
    ["statement", "--by", `month${BIDI}\u001b`],
    ["verify", "--subject", `user:${BIDI}`, "--db", "/none"],
  ])("in arguments that a message quotes: %j", async (...args) => {
    const { code, text } = await shown(args)
    expect(code).toBeGreaterThanOrEqual(64)
    expect(text).toMatch(/^zoo-runway: [^\n]+\n$/)
  })
})

describe("what steers a terminal is kept", () => {
  it("in data that are exported to a file or a pipe, which import reads back", async () => {
    const { out } = await run(["export", "--format", "jsonl", "--db", database()])
    expect(out).toContain(`evil${BIDI}`)
    const copy = join(folder, "copy.db")
    expect((await run(["import", "-", "--db", copy], { input: out })).code).toBe(0)
    expect(await run(["export", "--format", "jsonl", "--db", copy])).toMatchObject({ out })
  })

  it("in JSON, as escapes that are read as what they stand for", async () => {
    const { text } = await shown(["accounts", "--json", "--db", database()])
    expect(JSON.parse(text).accounts[0].account.owner).toBe(`me:evil${BIDI}`)
  })
})
