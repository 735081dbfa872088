import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as ExitCode from "../../src/cli/ExitCode.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import { run, runBundle, start } from "./run.js"

const TOKEN = "example-token"

/** The other tests of commands run them in their own process; these start what is shipped, once for each exit code. */
describe("the bundle", () => {
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-bundle-"))
  const at = (name: string) => join(folder, name)
  let scope: Scope.CloseableScope
  let stub: StubZoo.Service

  beforeAll(async () => {
    scope = await Effect.runPromise(Scope.make())
    stub = await Effect.runPromise(StubZoo.make().pipe(Scope.extend(scope)))
    writeFileSync(at("lines.jsonl"), "no JSON\n")
    writeFileSync(at("text.db"), "no database, but a text that is long enough to have a header".repeat(4))
  })
  afterAll(async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    rmSync(folder, { recursive: true })
  })

  const fetching = () => ["fetch", "--base-url", stub.baseUrl, "--db", at("history.db")]
  const env = { ZOO_API_TOKEN: TOKEN }

  it.each([
    { code: 0, args: () => ["--help"] },
    { code: 64, args: () => ["stauts"] },
    { code: 65, args: () => ["import", at("lines.jsonl"), "--db", at("new.db")] },
    { code: 66, args: () => ["verify", "--db", at("missing.db")] },
    { code: 69, args: fetching, fault: { status: 400 } },
    { code: 73, args: () => ["fetch", "--db", join(folder, "nowhere", "history.db")], env },
    { code: 74, args: () => ["accounts", "--db", at("text.db")] },
    { code: 75, args: fetching, fault: { status: 429, headers: { "retry-after": "3600" } } },
    { code: 77, args: fetching, fault: { status: 401 } },
    { code: 78, args: fetching, env: {} },
  ])("ends with $code and the same lines as in process", async ({ args, code, env: variables = env, fault }) => {
    const ran = async (way: typeof run) => {
      if (fault !== undefined) stub.failNext(fault)
      const { err, ...rest } = await way(args(), { env: variables })
      return { ...rest, err: err.replaceAll(/\b[\da-f-]{36}\b/g, "ID") }
    }
    const shipped = await ran(runBundle)
    expect(shipped).toEqual(await ran(run))
    expect(shipped.code).toBe(code)
    expect(shipped.err).toMatch(code === ExitCode.ok ? /^$/ : /^zoo-runway: /)
  })

  it("ends with 130 where a signal stops it", async () => {
    const child = start(["decode", "--lines"])
    child.stdin.write("{}\n")
    await new Promise((resolve) => child.stdout.once("data", resolve))
    child.kill("SIGTERM")
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(ExitCode.interrupted)
  })

  it("has the version of the package", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"))
    expect(await runBundle(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" })
    expect((await runBundle(["doctor"])).out).toMatch(`zoo-runway ${version}, Node v`)
  })
})
