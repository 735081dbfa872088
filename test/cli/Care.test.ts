/** Commands that care for the store: `verify`, `prune`, `forget`, `backup`, `accounts` and `doctor`, run as they are bundled. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import pico from "picocolors"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import * as Care from "../../src/cli/Care.js"
import * as CommandLine from "../../src/cli/CommandLine.js"
import * as ExitCode from "../../src/cli/ExitCode.js"
import * as AccountsView from "../../src/cli/render/AccountsView.js"
import * as DoctorView from "../../src/cli/render/DoctorView.js"
import * as ForgetView from "../../src/cli/render/ForgetView.js"
import * as PruneView from "../../src/cli/render/PruneView.js"
import * as VerifyView from "../../src/cli/render/VerifyView.js"
import * as Terminal from "../../src/cli/Terminal.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import * as SqliteFile from "../infra/store/SqliteFile.js"
import { type Ran, run } from "./run.js"

const HOUR = 3_600_000
const FROM = Date.UTC(2024, 4, 25)
const TO = FROM + 10 * 24 * HOUR
const simulated = AccountSimulator.simulate({ seed: 5, from: FROM, to: TO, openingStableCents: 3000 })
const iso = (millis: number) => new Date(millis).toISOString()
const times = Array.from({ length: 41 }, (_, look) => FROM + look * 6 * HOUR)
const lineOf = (at: number, subject: string, more: object = {}) =>
  `${JSON.stringify({ subject, observed_at: iso(at), ...more }).slice(0, -1)},"body":${simulated.bodyAt(at, { includeTotalDue: true })}}`
const lines = [
  ...times.map((at) => lineOf(at, "user:ada")),
  ...times.slice(0, 5).map((at) => lineOf(at, "org:acme")),
  lineOf(FROM, "org:acme", { base_url: "https://zoo.example.com" }),
]

/** A file with the whole history, which is only copied. */
let shared: string
let folder: string
let database: string

beforeAll(async () => {
  shared = mkdtempSync(join(tmpdir(), "zoo-runway-care-"))
  const ran = await run(["import", "-", "--db", join(shared, "history.db")], { input: lines.join("\n") })
  expect(ran).toEqual({ code: 0, out: "47 lines: 47 kept, 0 kept before, 0 rejected\n", err: "" })
})
afterAll(() => rmSync(shared, { recursive: true, force: true }))
/** A copy of it for one test, in a folder of its own. */
const withCopy = (): void => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zoo-runway-care-"))
    database = join(folder, "history.db")
    copyFileSync(join(shared, "history.db"), database)
    chmodSync(database, 0o600)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
}

const at = (name: string) => join(folder, name)
const care = (...args: ReadonlyArray<string>) => run([...args, "--db", database])
const looksOf = async (subject: string): Promise<number> => {
  const { out } = await care("accounts", "--json")
  const { accounts } = Schema.decodeUnknownSync(AccountsView.Json)(JSON.parse(out))
  return accounts
    .filter(({ account: { owner } }) => owner._tag !== "Labelled" && subject.endsWith(`:${owner.id}`))
    .reduce((sum, { looks }) => sum + looks, 0)
}
const expectRefusal = ({ code, err, out }: Ran, exit: number, words: RegExp) => {
  expect(err).toMatch(words)
  expect({ code, out }).toEqual({ code: exit, out: "" })
  expect(err).toMatch(/^zoo-runway: [^\n]+\n$/)
}
const terminal = Layer.succeed(Terminal.Terminal, {
  print: (line) => Effect.die(`printed ${line}`),
  note: (line) => Effect.die(`noted ${line}`),
  progress: () => Effect.void,
  colors: pico.createColors(false),
})
/** Why a call is refused, and its exit code, without a process of its own: there are many ways to be wrong. */
const refusal = async (args: ReadonlyArray<string>): Promise<{ readonly code: number; readonly message: string }> => {
  const parsed = CommandLine.parse(args)
  if (Either.isLeft(parsed)) return { code: ExitCode.usage, message: parsed.left.text }
  if (parsed.right._tag !== "Care") return expect.fail("it is another command")
  const failure = await Effect.runPromise(Effect.flip(Care.run(parsed.right.care, {})).pipe(Effect.provide(terminal)))
  return { code: ExitCode.of(failure), message: failure.message }
}
/** Holds the lock for writing while `work` goes on. */
const whileLocked = async <A>(work: () => Promise<A>): Promise<A> => {
  const other = new Database(database)
  try {
    other.exec("BEGIN IMMEDIATE; UPDATE account SET revision = revision + 1")
    return await work()
  } finally {
    other.exec("ROLLBACK")
    other.close()
  }
}

describe("zoo-runway verify", () => {
  withCopy()

  it("finds what is kept sound, of all accounts or of one, as lines or as JSON", async () => {
    const ada = "user:ada at api.zoo.dev: 41 looks on 11 days, books closed, 0 corrections\n"
    const all = await care("verify")
    expect(all).toMatchObject({ code: 0, err: "" })
    expect(all.out).toContain(ada)
    expect(all.out).toContain("org:acme at zoo.example.com: 1 look on 1 day, books closed, 0 corrections\n")
    expect(all.out).toMatch(/\nchecked: the file, 3 accounts, 14 days, 47 looks; nothing is damaged\n$/)
    const one = await care("verify", "--subject", "user:ada")
    expect(one.out).toBe(`${ada}checked: the file, 1 account, 11 days, 41 looks; nothing is damaged\n`)
    const json = Schema.decodeUnknownSync(VerifyView.Json)(JSON.parse((await care("verify", "--json")).out))
    expect(json).toMatchObject({ ok: true, file: [], waiting: 0, frozen: 0 })
    expect(json.accounts.map(({ looks }) => looks).sort()).toEqual([1, 41, 5])
    const other = await care("verify", "--base-url", "https://zoo.example.com/")
    expect(other.out).toMatch(/checked: the file, 1 account, 1 day, 1 look;/)
  })

  it("names what was changed on disk, and exits with 74", async () => {
    SqliteFile.exec(database, `UPDATE look SET monthly_usd = monthly_usd - 10000000 WHERE observed_at = ${times[20]}`)
    const ran = await care("verify")
    expect(ran.code).toBe(74)
    expect(ran.out).toMatch(/user:ada at api\.zoo\.dev: 41 looks on 11 days, \d+ damaged places/)
    expect(ran.out).toMatch(/\n {2}damaged: day \d+\/\d+ checksum: it is not that of what is kept\n/)
    expect(ran.out).toContain("; it is damaged\n")
    expect(ran.err).toMatch(/^zoo-runway: the history is damaged \(\d+ damaged places\): restore a backup\n$/)
    const json = await care("verify", "--json")
    expect(json.code).toBe(74)
    expect(Schema.decodeUnknownSync(VerifyView.Json)(JSON.parse(json.out)).ok).toBe(false)
  })

  it("goes on past an account that does not read", async () => {
    SqliteFile.exec(database, "UPDATE account SET owner = 'nobody' WHERE owner = 'user:ada'")
    const ran = await care("verify")
    expect(ran.code).toBe(74)
    expect(ran.out).toMatch(/^the file: 2 damaged places\n {2}damaged: account \d+ owner: it does not read\n/)
  })

  it("tells what waits to be explained, which is no damage, and explains it on demand", async () => {
    SqliteFile.exec(database, "UPDATE day SET pending = 1 WHERE day = (SELECT max(day) FROM day)")
    const waiting = await care("verify")
    expect(waiting).toMatchObject({ code: 0, err: "" })
    expect(waiting.out).toMatch(/1 day of the file waits to be explained.*zoo-runway verify --explain\n$/)
    const explained = await care("verify", "--explain")
    expect(explained).toMatchObject({ code: 0, err: "" })
    expect(explained.out).toMatch(/nothing is damaged\n$/)
    expect((await care("verify")).out).not.toContain("waits")
  })

  it("brings a file of an older format up to date on demand, and says so", async () => {
    copyFileSync("test/fixtures/history/version-1.db", at("old.db"))
    expectRefusal(await run(["verify", "--db", at("old.db")]), 74, /format 1.*which zoo-runway verify --explain does/)
    expect(await run(["verify", "--explain", "--db", at("old.db")])).toMatchObject({ code: 0, err: "" })
  })

  it("refuses a file that is none", async () => {
    writeFileSync(at("no.db"), "no database at all")
    expectRefusal(await run(["verify", "--db", at("no.db")]), 74, /no SQLite database/)
  })
})

describe("zoo-runway prune", () => {
  withCopy()

  const END = iso(FROM + 6 * 24 * HOUR)

  it("tells what would go without --yes, and does just that with it", async () => {
    const bytes = readFileSync(database)
    const args = ["prune", "--before", END, "--thin", "day", "--subject", "user:ada"]
    const dry = await care(...args)
    expect(dry).toMatchObject({ code: 0, err: "" })
    expect(dry.out).toMatch(
      /^Pruning would remove all but the last look of each day, .* up to Fri 31 May 2024 00:00 UTC/,
    )
    expect(dry.out).toMatch(/\nNothing was removed: this was a dry run\. To prune, say the same with --yes/)
    expect(readFileSync(database).equals(bytes)).toBe(true)
    const counted = Schema.decodeUnknownSync(PruneView.Pruned)(JSON.parse((await care(...args, "--json")).out))
    expect(counted).toMatchObject({ dryRun: true, thin: "day", accounts: [{ looks: 41, days: 7 }] })
    expect(counted.removed).toBeGreaterThan(10)
    const done = Schema.decodeUnknownSync(PruneView.Pruned)(JSON.parse((await care(...args, "--yes", "--json")).out))
    expect(done).toEqual({ ...counted, dryRun: false })
    expect(await looksOf("user:ada")).toBe(41 - done.removed)
    expect(await looksOf("org:acme")).toBe(6)
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
    const again = await care(...args, "--yes")
    expect(again.out).toMatch(/^nothing to prune up to Fri 31 May/)
  })

  it("prunes every account, or one base URL, without --subject, and takes an age", async () => {
    await care("prune", "--before", END, "--yes", "--base-url", "https://zoo.example.com")
    expect(await looksOf("org:acme")).toBe(5)
    const ran = await care("prune", "--before", "0d", "--yes")
    expect(ran.out).toMatch(/\n46 looks removed\. The file keeps its size/)
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
    const { out } = await care("accounts")
    expect(out).toMatch(/user:ada +https:\/\/api\.zoo\.dev +0 /)
    expect(out).toContain("Where no look is left, all were pruned, and their sums are kept.")
  })
})

describe("zoo-runway forget", () => {
  withCopy()

  it("tells what would go without --yes, and leaves no trace with it", async () => {
    expect(readFileSync(database).includes("user:ada")).toBe(true)
    const dry = await care("forget", "--subject", "user:ada")
    expect(dry).toMatchObject({ code: 0, err: "" })
    expect(dry.out).toContain(
      "  user:ada at https://api.zoo.dev: 41 looks, from Sat 25 May 2024 00:00 UTC to Tue 4 Jun 2024",
    )
    expect(await looksOf("user:ada")).toBe(41)
    const done = await care("forget", "--subject", "user:ada", "--yes", "--json")
    expect(Schema.decodeUnknownSync(ForgetView.Forgotten)(JSON.parse(done.out))).toMatchObject({
      dryRun: false,
      accounts: [{ looks: 41 }],
    })
    for (const name of readdirSync(folder)) expect(readFileSync(at(name)).includes("user:ada")).toBe(false)
    expect(await looksOf("org:acme")).toBe(6)
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
    expectRefusal(
      await care("forget", "--subject", "user:ada", "--yes"),
      66,
      /nothing is kept of user:ada \(kept are org.*; nor is any trace of it left in the file/,
    )
  })

  it("forgets somebody at every base URL, or at one", async () => {
    const dry = await care("forget", "--subject", "org:acme", "--base-url", "https://zoo.example.com")
    expect(dry.out).not.toContain("api.zoo.dev")
    expect((await care("forget", "--subject", "org:acme")).out).toContain("api.zoo.dev")
    await care("forget", "--subject", "org:acme", "--yes")
    expect(await looksOf("org:acme")).toBe(0)
  })

  it("forgets somebody of whom pruning left sums alone", async () => {
    await care("prune", "--before", "0d", "--yes", "--subject", "user:ada")
    expect((await care("forget", "--subject", "user:ada")).out).toContain(
      "user:ada at https://api.zoo.dev: the sums of",
    )
    expect((await care("forget", "--subject", "user:ada", "--yes")).code).toBe(0)
    expect(readFileSync(database).includes("user:ada")).toBe(false)
  })
})

describe("zoo-runway backup", () => {
  withCopy()

  it("makes a history of its own while another process writes, and replaces nothing", async () => {
    const ran = await whileLocked(() => care("backup", at("copy.db")))
    expect(ran).toMatchObject({ code: 0, err: "" })
    expect(ran.out).toMatch(/copy\.db: \d+(\.\d+)? kB, a copy of the whole history, for its owner alone\n$/)
    expect(statSync(at("copy.db")).mode & 0o777).toBe(0o600)
    const checked = await run(["verify", "--db", at("copy.db")])
    expect(checked.out).toMatch(/3 accounts, 14 days, 47 looks; nothing is damaged\n$/)
    const copied = readFileSync(at("copy.db"))
    expectRefusal(await care("backup", at("copy.db")), 73, /cannot write the backup .*copy\.db: it is there already/)
    expect(readFileSync(at("copy.db")).equals(copied)).toBe(true)
    const json = JSON.parse((await care("backup", at("json.db"), "--json")).out)
    expect(json).toEqual({ path: at("json.db"), bytes: statSync(at("json.db")).size })
  })

  it("refuses a place that cannot be written, and makes nothing", async () => {
    expectRefusal(await care("backup", at("none/copy.db")), 73, /its folder does not exist: make the folder/)
    expectRefusal(await care("backup", database), 73, /it is there already/)
    expect(readdirSync(folder).filter((name) => !name.startsWith("history.db"))).toEqual([])
  })
})

describe("zoo-runway accounts", () => {
  withCopy()

  it("lists whose histories are kept", async () => {
    const { code, err, out } = await care("accounts", "--zone", "Asia/Kolkata")
    expect({ code, err }).toEqual({ code: 0, err: "" })
    const [head, ...rows] = out.trimEnd().split("\n")
    expect(head).toMatch(/^Subject +Base URL +Looks +First +Last$/)
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 4))).toEqual([
      ["org:acme", "https://api.zoo.dev", "5", "Sat 25 May 2024 05:30 GMT+5:30"],
      ["user:ada", "https://api.zoo.dev", "41", "Sat 25 May 2024 05:30 GMT+5:30"],
      ["org:acme", "https://zoo.example.com", "1", "Sat 25 May 2024 05:30 GMT+5:30"],
    ])
  })

  it("joins an account into another one, which a label may be, wherever the options stand", async () => {
    const joined = await care("accounts", "join", "org:acme", "me:1a2b3c4d")
    expect(joined).toEqual({
      code: 0,
      out: "5 looks moved from org:acme to me:1a2b3c4d, which has 5 now\n",
      err: "",
    })
    expect((await care("accounts")).out).toContain("\nme:1a2b3c4d  ")
    const json = await run(["accounts", "--db", database, "join", "--json", "me:1a2b3c4d", "user:ada"])
    expect(Schema.decodeUnknownSync(AccountsView.Joined)(JSON.parse(json.out))).toMatchObject({ moved: 5, looks: 41 })
    expect(await looksOf("user:ada")).toBe(41)
    const other = await care("accounts", "join", "org:acme", "org:b", "--base-url", "https://zoo.example.com")
    expect(other.out).toBe("1 look moved from org:acme to org:b, which has 1 now\n")
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
  })
})

describe("zoo-runway doctor", () => {
  withCopy()

  const examine = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
    const ran = await run(["doctor", "--json", ...args], { env })
    const examination = Schema.decodeUnknownSync(DoctorView.Examination)(JSON.parse(ran.out))
    const unwell = examination.findings.filter(({ level }) => level !== "ok")
    return { ...examination, ran, unwell: unwell.map(({ check, level }) => `${level} ${check}`) }
  }

  it("finds a sound file well, never tells the token, and changes no byte", async () => {
    const before = SqliteFile.contents(folder)
    const token = "api-0123456789abcdef"
    const found = await examine(["--db", database], { ZOO_API_TOKEN: token })
    expect(found.unwell).toEqual([])
    expect(found).toMatchObject({ ok: true, ran: { code: 0, err: "" }, statistics: { snapshots: 47, accounts: 3 } })
    expect(found.ran.out).not.toContain(token.slice(4))
    expect(SqliteFile.contents(folder)).toEqual({ ...before, "history.db-wal": "" })
    const lines = (await care("doctor")).out.trimEnd().split("\n")
    expect(lines.length).toBeLessThan(24)
    expect(lines[0]).toMatch(/^ok +program +zoo-runway \d+\.\d+\.\d+, Node v\d+\.\d+\.\d+, SQLite \d+\.\d+\.\d+$/)
    expect(lines).toContainEqual(expect.stringMatching(/^ok +kept +47 looks of 3 accounts on 14 days, in \d+ rows$/))
  })

  it("leaves a file of an older format as it is", async () => {
    copyFileSync(fileURLToPath(new URL("../fixtures/history/version-2.db", import.meta.url)), at("older.db"))
    const before = readFileSync(at("older.db"))
    const found = await examine(["--db", at("older.db")], { ZOO_API_TOKEN: "api-0123456789abcdef" })
    expect(found.findings.filter(({ check }) => check === "version" || check === "writing")).toMatchObject([
      { level: "ok", found: expect.stringMatching(/^format 2, /) },
      { level: "ok", found: expect.stringMatching(/brings it up to date from format 2/) },
    ])
    expect(readFileSync(at("older.db")).equals(before)).toBe(true)
  })

  it("leaves a log as it is that a process left behind", async () => {
    const source = new Database(database)
    source.exec("UPDATE account SET revision = revision + 1")
    for (const ending of ["", "-wal"]) copyFileSync(`${database}${ending}`, at(`left.db${ending}`))
    source.close()
    const before = SqliteFile.contents(folder)
    expect(statSync(at("left.db-wal")).size).toBeGreaterThan(0)
    expect((await examine(["--db", at("left.db")])).ok).toBe(true)
    expect(SqliteFile.contents(folder)).toEqual(before)
  })

  it("takes a missing file for a beginning, and makes nothing", async () => {
    const env = { XDG_DATA_HOME: at("data"), ZOO_API_TOKEN: "t" }
    const ran = await run(["doctor"], { env })
    expect(ran).toMatchObject({ code: 0, err: "" })
    expect(ran.out).toMatch(/warn +file +there is none, so that nothing is kept yet\n +do: begin with zoo-runway fetch/)
    expect(ran.out).toContain(`${at("data")}/zoo-runway/history.db (the default, below $XDG_DATA_HOME)`)
    expect(existsSync(at("data"))).toBe(false)
  })

  it("warns of rights of others, a lock that is held, and a missing token", async () => {
    mkdirSync(at("data/zoo-runway"), { recursive: true, mode: 0o755 })
    copyFileSync(database, at("data/zoo-runway/history.db"))
    chmodSync(at("data/zoo-runway/history.db"), 0o640)
    const loose = await examine([], { XDG_DATA_HOME: at("data") })
    expect(loose.unwell).toEqual(["warn rights", "warn folder", "warn token"])
    expect(loose.ran.code).toBe(0)
    const locked = await whileLocked(() => examine(["--db", database], { ZOO_API_TOKEN: "t" }))
    expect(locked.unwell).toEqual(["warn writing"])
  })

  it("tells the variable or the file that the token comes from, and what is wrong with it, never the token", async () => {
    const secret = "api-0123456789abcdef"
    const tokenOf = async (env: Readonly<Record<string, string>>) => {
      const { findings, ran } = await examine(["--db", database], { ZOO_CONFIG_DIR: folder, ...env })
      for (let length = 6; length <= secret.length; length++) expect(ran.out).not.toContain(secret.slice(0, length))
      return Object.fromEntries(findings.map(({ advice, check, found, level }) => [check, [level, found, advice]]))
    }
    const hosts = (text: string) => writeFileSync(at("hosts.toml"), text, { mode: 0o600 })
    expect(await tokenOf({ KITTYCAD_TOKEN: secret })).toMatchObject({
      token: ["ok", "there is one, in KITTYCAD_TOKEN", null],
    })
    hosts(`["zoo.internal"]\ntoken = "${secret}"\n`)
    expect(await tokenOf({})).toMatchObject({
      token: ["ok", `there is one for https://zoo.internal, in ${at("hosts.toml")}`, null],
      "base URL": ["ok", "https://zoo.internal", null],
    })
    expect(await tokenOf({ ZOO_HOST: "api.zoo.dev" })).toMatchObject({
      token: [
        "bad",
        `${at("hosts.toml")} has no token for https://api.zoo.dev, only for "zoo.internal"`,
        expect.stringContaining("log in"),
      ],
    })
    hosts(`["zoo.internal"]\ntoken = "${secret}\n`)
    expect(await tokenOf({})).toMatchObject({
      token: ["bad", `${at("hosts.toml")} is no TOML in line 2`, "mend it, or set ZOO_API_TOKEN"],
    })
  })

  it("exits with 74 where something is bad", async () => {
    SqliteFile.exec(database, "UPDATE plan SET json = '{}'")
    const damaged = await examine(["--db", database], { ZOO_API_TOKEN: "t" })
    expect(damaged.unwell).toEqual(["bad integrity"])
    expect(damaged.ran).toMatchObject({ code: 74, err: "zoo-runway: 1 finding is bad\n" })
    writeFileSync(at("no.db"), "no database at all", { mode: 0o600 })
    const other = await examine(["--db", at("no.db")], { ZOO_API_TOKEN: "t", ZOO_HOST: "ftp://x" })
    expect(other.unwell).toEqual(["bad opening", "bad base URL"])
  })
})

describe("refused, before anything is opened or changed", () => {
  it.each([
    [["prune"], 64, /required option '--before <time>' not specified/],
    [
      ["prune", "--before", "12mo"],
      64,
      /--before "12mo" is no time and no age: write RFC 3339 .* or an age such as 90d/,
    ],
    [["prune", "--before", "2999-01-01T00:00:00Z"], 64, /lies in the future: name a moment of the past/],
    [["prune", "--before", "999999999d"], 64, /is longer ago than any history/],
    [["prune", "--before", "3d", "--thin", "week"], 64, /Allowed choices are hour, day/],
    [["prune", "--before", "3d", "--subject", "ada"], 64, /--subject "ada" names no account of a file/],
    [["prune", "--before", "3d", "--base-url", "ftp://x"], 64, /--base-url: "ftp:\/\/x" is no base URL/],
    [["prune", "--before", "3d", "--subject", "user:b"], 66, /nothing is kept of user:b \(kept are org:acme,/],
    [["forget"], 64, /required option '--subject <subject>' not specified/],
    [["forget", "--subject", "me", "--yes"], 64, /--subject "me" names no account of a file/],
    [
      ["forget", "--subject", "me:nobody"],
      66,
      /nothing is kept of me:nobody \(kept are org:acme, user:ada, org:acme at https/,
    ],
    [["accounts", "join", "user:ada"], 64, /missing required argument 'into'/],
    [
      ["accounts", "join", "ada", "user:ada"],
      64,
      /FROM "ada" names no account of a file: write user:ID, org:ID or me:LABEL/,
    ],
    [["accounts", "join", "user:ada", "me"], 64, /INTO "me" names no account of a file/],
    [["accounts", "join", "user:ada", "user:ada"], 64, /they are the same account/],
    [
      ["accounts", "join", "user:b", "user:ada"],
      66,
      /nothing is kept of user:b at https:\/\/api\.zoo\.dev \(kept are org:acme, us/,
    ],
    [["accounts", "jion", "user:b", "user:ada"], 64, /too many arguments for 'accounts'/],
    [["accounts", "--zone", "Mars"], 64, /--zone "Mars" is no time zone/],
    [["verify", "--subject", "user:nobody"], 66, /kept of user:nobody \(kept are org:acme, user/],
    [["verify", "--subject", "me"], 64, /write user:ID, org:ID or me:LABEL/],
    [["backup"], 64, /missing required argument 'file'/],
    [["backup", ""], 64, /FILE is empty/],
    [["doctor", "--zone", "UTC"], 64, /unknown option '--zone'/],
    [["doctor", "--base-url", "ftp://x"], 64, /--base-url: "ftp:\/\/x" is no base URL/],
  ])("%j", async (args, code, words) => {
    expect(await refusal([...args, "--db", join(shared, "history.db")])).toEqual({
      code,
      message: expect.stringMatching(words),
    })
  })
})

describe("without a history", () => {
  it.each(
    [
      ["verify"],
      ["verify", "--explain"],
      ["prune", "--before", "3d"],
      ["prune", "--before", "3d", "--yes"],
      ["forget", "--subject", "user:a"],
      ["forget", "--subject", "user:a", "--yes"],
      ["backup", "copy.db"],
      ["accounts"],
      ["accounts", "join", "user:a", "user:b"],
    ].map((args) => ({ args })),
  )("$args says so, and makes none", async ({ args }) => {
    const missing = join(shared, "missing.db")
    expect(await refusal([...args, "--db", missing])).toEqual({
      code: 66,
      message: expect.stringMatching(/there is no such file: fetch or import a balance first/),
    })
    expect(existsSync(missing)).toBe(false)
  })
})
