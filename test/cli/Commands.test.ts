import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import * as Driver from "../../src/infra/store/sqlite/Driver.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import { run } from "./run.js"

const TOKEN = "example-token"

let scope: Scope.CloseableScope
let stub: StubZoo.Service
let folder: string

beforeAll(async () => {
  scope = await Effect.runPromise(Scope.make())
  stub = await Effect.runPromise(StubZoo.make().pipe(Scope.extend(scope)))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-cli-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const database = () => join(folder, "history.db")
const online = (...args: ReadonlyArray<string>) => [...args, "--db", database(), "--base-url", stub.baseUrl]
const env = () => ({ ZOO_API_TOKEN: TOKEN, XDG_DATA_HOME: folder })

/** One line on standard error, nothing on standard output, no token, no stack. */
const expectRefusal = (
  ran: { readonly code: number | null; readonly out: string; readonly err: string },
  code: number,
  words: RegExp,
) => {
  expect(ran.err).toMatch(words)
  expect(ran.code).toBe(code)
  expect(ran.out).toBe("")
  expect(ran.err).toMatch(/^zoo-runway: [^\n]+\n$/)
  expect(ran.err).not.toContain(TOKEN)
  expect(ran.err).not.toMatch(/\bat .*:\d+:\d+/)
}

describe("zoo-runway", () => {
  it("prints help on request, and says what to try without a command", async () => {
    const [help, none, wrong] = await Promise.all([run(["--help"]), run(["--"]), run(["stauts"])])
    expect(help.code).toBe(0)
    for (const command of ["status", "fetch", "decode", "demo"]) expect(help.out).toContain(command)
    expectRefusal(none, 64, /no command: try zoo-runway --help/)
    expectRefusal(wrong, 64, /unknown command 'stauts' \(Did you mean status\?\)/)
  })

  it("prints the help of a command by its name, in both ways", async () => {
    for (const words of [[], ["status"], ["accounts"], ["accounts", "join"]]) {
      const [help, option] = [await run(["help", ...words]), await run([...words, "--help"])]
      expect(help).toEqual(option)
      expect(help).toMatchObject({ code: 0, err: "" })
      expect(help.out).toMatch(`Usage: ${["zoo-runway", ...words].join(" ")} `)
    }
    expect(await run(["help", "help"])).toEqual(await run(["--help"]))
  })

  it.each([
    [["help", "stauts"], "unknown command 'stauts' (Did you mean status?)"],
    [["help", "accounts", "jion"], "unknown command 'accounts jion' (Did you mean accounts join?)"],
    [["accounts", "list"], "unknown command 'accounts list'"],
    [["stauts", "--help"], "unknown command 'stauts' (Did you mean status?)"],
    [["xyz"], "unknown command 'xyz'"],
    [["status", "--subjct", "me"], "unknown option '--subjct' (Did you mean --subject?)"],
    [["status", "--subject", "user;ID"], 'invalid --subject "user;ID" (did you mean user:ID?)'],
    [["history", "--subject", "orgs:ID"], 'invalid --subject "orgs:ID" (did you mean org:ID?)'],
    [["ledger", "--subject", "usr:ID"], 'invalid --subject "usr:ID" (did you mean user:ID?)'],
    [["fetch", "--subject", "Me"], 'invalid --subject "Me" (did you mean me?)'],
    [["statement", "--subject", "me laptop"], 'invalid --subject "me laptop" (did you mean me:laptop?)'],
    [["verify", "--subject", "USER: ada"], 'invalid --subject "USER: ada" (did you mean user:ada?)'],
    [["import", "-", "--subject", "user/ada"], 'invalid --subject "user/ada" (did you mean user:ada?)'],
    [["export", "--format", "csv", "--subject", "Org.a"], 'invalid --subject "Org.a" (did you mean org:a?)'],
    [["accounts", "join", "user:a", "oganization:b"], 'invalid INTO "oganization:b" (did you mean org:b?)'],
    [["status", "--subject", "user:.."], 'invalid --subject "user:.." (the ids . and .. are refused because'],
    [["verify", "--subject", "me:"], 'invalid --subject "me:" (an id is not empty)'],
  ])("suggests what %j was likely meant to be", async (args, message) => {
    const ran = await run(args)
    expect([ran.code, ran.out]).toEqual([64, ""])
    expect(ran.err.startsWith(`zoo-runway: ${message}`)).toBe(true)
  })

  it.each([
    ["history", "--from", "2026-11-22"],
    ["history", "--to", "2026-11-22"],
    ["ledger", "--from", "2026-11-22"],
    ["statement", "--to", "2026-11-22"],
    ["status", "--as-of", "2026-11-22"],
    ["prune", "--before", "2026-11-22"],
    ["forget", "--subject", "user:a", "--from", "2026-11-22"],
    ["export", "--format", "csv", "--to", "2026-11-22"],
  ])("takes a date wherever it takes a time: %s %s", async (...args) => {
    const ran = await run([...args, "--zone", "Pacific/Auckland", "--db", database()])
    expect(ran).toMatchObject({ code: 66, err: expect.stringMatching(/the file does not exist/) })
  })
})

describe("zoo-runway fetch", () => {
  it("asks the API, keeps the answer and prints the balance", async () => {
    const ran = await run(online("fetch"), { env: env() })
    expect(ran).toMatchObject({ code: 0, err: "" })
    expect(ran.out).toContain(`user:${StubZoo.exampleAccount.id}`)
    expect(ran.out).toMatch(/monthly +41\.26 +USD/)
    const offline = await run(["status", "--offline", "--db", database(), "--json"], { env: { XDG_DATA_HOME: folder } })
    expect(JSON.parse(offline.out)).toMatchObject({ left: { monthly: "41.26", stable: "63.35", total: "104.61" } })
  })

  it("prints JSON", async () => {
    const ran = await run(online("fetch", "--json", "--subject", "user:someone@example.com"), { env: env() })
    expect(JSON.parse(ran.out)).toMatchObject({
      account: { baseUrl: stub.baseUrl, owner: "user:someone@example.com" },
      balance: { monthly: { value: "41.26" }, due: { _tag: "Due", usd: "86.32" } },
    })
  })

  it("makes the default history's folder", async () => {
    const ran = await run(["fetch", "--base-url", stub.baseUrl], { env: env() })
    expect(ran.code).toBe(0)
    expect(existsSync(join(folder, "zoo-runway", "history.db"))).toBe(true)
  })

  it.each([
    [{ status: 401 }, 77, /401|refused/],
    [{ status: 403 }, 77, /403|may not/],
    [{ status: 404 }, 66, /not found|no such|404/i],
    [{ status: 429, headers: { "retry-after": "3600" } }, 75, /try again/],
    [{ status: 400 }, 69, /400/],
    [{ status: 500, headers: { "retry-after": "3600" } }, 69, /500/],
    [{ status: 302, headers: { location: "http://127.0.0.1:9/" } }, 69, /302/],
    [{ status: 200, body: "<html><title>Bad gateway</title></html>" }, 65, /a page or XML/],
    ["close" as const, 69, /network|connection|closed|socket/i],
  ])("exits as the table says when the API answers %j", async (fault, code, words) => {
    // A connection that breaks is tried again, four times in all; a Retry-After past the deadline ends it at once.
    stub.failNext(...Array.from({ length: fault === "close" ? 4 : 1 }, () => fault))
    expectRefusal(await run(online("fetch"), { env: env() }), code, words)
  })

  it("warns of drift on standard error, one line a kind, and leaves standard output to the answer", async () => {
    const more = Array.from({ length: 12 }, (_, index) => `"new_${index}":${index},`).join("")
    const body = StubZoo.exampleBody.replace("{", `{${more}"total_due":"1",`)
    const unknown = "UnknownField at $.new_0 and 11 more: expected a published field"
    for (const command of ["fetch", "status"]) {
      stub.failNext({ status: 200, body })
      const args = [command, "--json", "--db", join(folder, `${command}.db`), "--base-url", stub.baseUrl]
      const ran = await run(args, { env: env() })
      expect(ran.code).toBe(0)
      expect(ran.err.trimEnd().split("\n")).toEqual([
        `zoo-runway: the body says more than the contract: ${unknown}, found a number of 1 character: upgrade zoo-runway, or report it`,
        "zoo-runway: the body says more than the contract: DuplicateKey at $.total_due: expected each key once, found the key more than once: upgrade zoo-runway, or report it",
      ])
      expect(JSON.parse(ran.out)).toMatchObject({
        reading: { warnings: [expect.stringContaining(unknown), expect.stringContaining("DuplicateKey")] },
      })
    }
  })

  it("is not offline", async () => {
    expectRefusal(await run(online("fetch", "--offline"), { env: env() }), 64, /unknown option '--offline'/)
  })
})

describe("zoo-runway status", () => {
  it("asks the API once, then reads what is kept while it is fresh", async () => {
    const before = stub.requests.length
    const first = await run(online("status"), { env: env() })
    expect(first.code).toBe(0)
    expect(first.out).toContain("not enough history for a projection")
    const asked = stub.requests.length
    expect(asked).toBeGreaterThan(before)
    await run(online("status", "--max-age", "1h"), { env: env() })
    expect(stub.requests.slice(asked).filter(({ url }) => url.includes("balance"))).toEqual([])
  })

  it("warns on standard error, and still answers, when the API is down and something is kept", async () => {
    await run(online("fetch"), { env: env() })
    stub.failNext({ status: 503, headers: { "retry-after": "3600" } })
    const ran = await run(online("status", "--max-age", "0s"), { env: env() })
    expect(ran.code).toBe(0)
    expect(ran.err).toMatch(/^zoo-runway: the balance is .* old: .*503/)
    expect(ran.out).toMatch(/monthly +41\.26/)
  })

  it("names the accounts of the file where it has no history for the subject", async () => {
    await run(online("fetch"), { env: env() })
    const ran = await run(["status", "--offline", "--db", database(), "--subject", "user:nobody"], { env: {} })
    expectRefusal(
      ran,
      66,
      /no history for user:nobody; accounts in this file: user:7f2b9c1e.*; name one with --subject\n/,
    )
    const past = await run(["status", "--as-of", "2020-01-01T00:00:00Z", "--db", database()], { env: {} })
    expectRefusal(past, 66, /no history for me up to 2020-01-01T00:00:00.000Z; name a later time\n/)
  })
})

describe("bad input", () => {
  const untouched = () => expect(readdirSync(folder)).toEqual([])

  it.each([
    ["a missing token", {}, 78, /no token: set ZOO_API_TOKEN/],
    ["an empty token", { ZOO_API_TOKEN: "" }, 78, /no token: set ZOO_API_TOKEN/],
    ["a blank token", { ZOO_API_TOKEN: "  " }, 78, /the token of ZOO_API_TOKEN is blank: set it to a token/],
    ["a token with a line break", { ZOO_API_TOKEN: "secret-one\nsecret-two" }, 78, /cannot be sent/],
  ])("%s", async (_, variables, code, words) => {
    const ran = await run(online("status"), { env: { XDG_DATA_HOME: folder, ...variables } })
    expectRefusal(ran, code, words)
    expect(ran.err).not.toContain("secret")
    untouched()
  })

  it.each([
    ["a base URL that is not https", ["--base-url", "http://api.zoo.dev"], 64, /http is for loopback only/],
    ["a base URL that is none", ["--base-url", "zoo"], 64, /it is no URL/],
    [
      "a malformed --as-of",
      ["--as-of", "yesterday"],
      64,
      /invalid --as-of "yesterday" \(examples: 2026-11-22T09:00:00Z, 2026-11-22\)/,
    ],
    ["an --as-of of a day that does not exist", ["--as-of", "2026-02-30"], 64, /invalid --as-of "2026-02-30"/],
    [
      "an --as-of in the future",
      ["--as-of", "2999-01-01T00:00:00Z"],
      64,
      /invalid --as-of "2999-01-01T00:00:00Z" \(in the future\)/,
    ],
    [
      "a malformed --subject",
      ["--subject", "bob"],
      64,
      /invalid --subject "bob" \(examples: me, user:ID, org, org:ID, me:LABEL\)/,
    ],
    ["a --subject without an id", ["--subject", "user:"], 64, /an id is not empty/],
    ["a --subject that URLs fold away", ["--subject", "user:.."], 64, /fold them away/],
    ["a malformed --max-age", ["--max-age", "soon"], 64, /invalid --max-age "soon" \(examples: 60s, 5m, 2h\)/],
    ["a --zone that does not exist", ["--zone", "Mars/Olympus"], 64, /invalid --zone "Mars\/Olympus"/],
    ["an unknown option", ["--fast"], 64, /unknown option '--fast'/],
    ["an option without its value", ["--db"], 64, /--db <file>.*argument missing/],
  ])("%s", async (_, args, code, words) => {
    const before = stub.requests.length
    const ran = await run(["status", "--base-url", stub.baseUrl, "--db", database(), ...args], { env: env() })
    expectRefusal(ran, code, words)
    expect(stub.requests.length).toBe(before)
    untouched()
  })

  it("a ZOO_HOST over which a token must not travel", async () => {
    const ran = await run(["status", "--db", database()], { env: { ...env(), ZOO_HOST: "http://api.zoo.dev" } })
    expectRefusal(ran, 78, /ZOO_HOST: .*http is for loopback only/)
    untouched()
  })

  it("a database folder that does not exist", async () => {
    const ran = await run(["status", "--base-url", stub.baseUrl, "--db", join(folder, "none", "history.db")], {
      env: env(),
    })
    expectRefusal(
      ran,
      73,
      /cannot open the history .*: the folder does not exist; create the folder, or name another file with --db/,
    )
    untouched()
  })

  it("a database folder that cannot be written", async () => {
    const closed = join(folder, "closed")
    mkdirSync(closed)
    chmodSync(closed, 0o500)
    // Rights do not bind a super-user: a folder of the system that nobody can write to stands in.
    const file = process.getuid?.() === 0 ? "/proc/history.db" : join(closed, "history.db")
    expectRefusal(
      await run(["status", "--base-url", stub.baseUrl, "--db", file], { env: env() }),
      73,
      /cannot open the history/,
    )
  })

  it("a file that is no database is left as it is", async () => {
    const text = "this is a diary, not a database\n".repeat(200)
    writeFileSync(database(), text)
    expectRefusal(
      await run(online("status"), { env: env() }),
      74,
      /is not a SQLite database and was left as it is; name another file with --db/,
    )
    expect(readFileSync(database(), "utf8")).toBe(text)
    expect(readdirSync(folder)).toEqual(["history.db"])
  })

  it("a database of a newer version is left as it is", async () => {
    await run(online("fetch"), { env: env() })
    const file = Driver.open(database())
    file.pragma("user_version = 999")
    file.close()
    const before = readFileSync(database())
    expectRefusal(await run(online("status"), { env: env() }), 74, /has format 999.*upgrade zoo-runway/)
    expect(readFileSync(database()).equals(before)).toBe(true)
  })

  it("a history that does not exist, offline", async () => {
    expectRefusal(
      await run(["status", "--offline", "--db", database()]),
      66,
      /the file does not exist; fetch or import a balance first, or name another file with --db/,
    )
    untouched()
  })
})

describe("the token of the official command line", () => {
  const config = () => ({ ZOO_CONFIG_DIR: folder, XDG_DATA_HOME: folder })
  const logIn = (text: string) => writeFileSync(join(folder, "hosts.toml"), text, { mode: 0o600 })
  const sent = () => stub.requests.map((request) => request.token)

  it("is sent to its own host, which needs no other naming", async () => {
    logIn(`["${stub.baseUrl}/"]\ntoken = "${TOKEN}"\nuser = "ada@example.com"\ndefault = true\n["zoo.internal"]\n`)
    const before = sent().length
    const ran = await run(["fetch", "--db", database()], { env: config() })
    expect(ran).toMatchObject({ code: 0, err: "" })
    expect(new Set(sent().slice(before))).toEqual(new Set([TOKEN]))
    const named = await run(online("fetch"), { env: { ...config(), KITTYCAD_TOKEN: "of-variable" } })
    expect(named.code).toBe(77)
    expect(sent().at(-1)).toBe("of-variable")
  })

  it("is not sent to another host, by an option or a variable", async () => {
    logIn('["api.zoo.dev"]\ntoken = "example-token"\ndefault = true\n')
    const before = sent().length
    const words = /hosts\.toml has no token for http:\/\/127\.0\.0\.1:\d+: log in there/
    expectRefusal(await run(online("fetch"), { env: config() }), 78, words)
    const variable = { ...config(), ZOO_HOST: stub.baseUrl }
    expectRefusal(await run(["fetch", "--db", database()], { env: variable }), 78, words)
    expect(sent()).toHaveLength(before)
  })

  it("of a damaged file stops what needs one, and nothing that reads what is kept", async () => {
    await run(online("fetch"), { env: env() })
    logIn('["api.zoo.dev"]\ntoken = "example-token\n')
    expectRefusal(
      await run(online("status"), { env: config() }),
      78,
      /hosts\.toml is not valid TOML in line 2: mend it, or set/,
    )
    for (const args of [
      ["status", "--offline"],
      ["history", "--json"],
      ["export", "--format", "jsonl"],
    ]) {
      expect(await run([...args, "--db", database()], { env: config() })).toMatchObject({ code: 0, err: "" })
    }
  })

  it("tells whose balance is meant by me, of several that are kept", async () => {
    await run(online("fetch"), { env: env() })
    await run(online("fetch", "--subject", "user:someone@example.com"), { env: env() })
    const offline = ["history", "--db", database(), "--base-url", stub.baseUrl, "--json"]
    expectRefusal(await run(offline, { env: config() }), 66, /no history for me; accounts in this file: user:/)
    logIn(`["${stub.baseUrl}"]\ntoken = "${TOKEN}"\n`)
    const known = await run(offline, { env: config() })
    expect(known).toMatchObject({ code: 0, err: "" })
    expect(known.out).toContain(StubZoo.exampleAccount.id)
  })
})

describe("zoo-runway demo", () => {
  it("refuses a seed that is no whole number", async () => {
    expectRefusal(await run(["demo", "--seed", "x"]), 64, /invalid --seed "x" \(a whole number of up to 9 digits\)/)
  })
})
