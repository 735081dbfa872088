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
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import * as AccountsView from "../../src/cli/render/AccountsView.js"
import * as DoctorView from "../../src/cli/render/DoctorView.js"
import * as ForgetView from "../../src/cli/render/ForgetView.js"
import * as PruneView from "../../src/cli/render/PruneView.js"
import * as VerifyView from "../../src/cli/render/VerifyView.js"
import * as Driver from "../../src/infra/store/sqlite/Driver.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import * as SqliteFile from "../infra/store/SqliteFile.js"
import { type Ran, run, runBundle } from "./run.js"

const HOUR = 3_600_000
const FROM = Date.UTC(2024, 4, 25)
const TO = FROM + 10 * 24 * HOUR
const simulated = AccountSimulator.simulate({ seed: 5, from: FROM, to: TO, openingStableCents: 3000 })
const iso = (millis: number) => new Date(millis).toISOString()
const times = Array.from({ length: 41 }, (_, index) => FROM + index * 6 * HOUR)
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
const snapshotsOf = async (subject: string): Promise<number> => {
  const { out } = await care("accounts", "--json")
  const { accounts } = Schema.decodeUnknownSync(AccountsView.Listed)(JSON.parse(out))
  return accounts
    .filter(({ account: { owner } }) => owner._tag !== "Labelled" && subject.endsWith(`:${owner.id}`))
    .reduce((sum, { snapshots }) => sum + snapshots, 0)
}
const expectRefusal = ({ code, err, out }: Ran, exit: number, words: RegExp) => {
  expect(err).toMatch(words)
  expect({ code, out }).toEqual({ code: exit, out: "" })
  expect(err).toMatch(/^zoo-runway: [^\n]+\n$/)
}
/** Why a call is refused, and its exit code. */
const refusal = async (args: ReadonlyArray<string>): Promise<{ readonly code: number; readonly message: string }> => {
  const { code, err, out } = await run(args)
  expect(out).toBe("")
  return { code, message: err.replace(/^zoo-runway: (.*)\n$/, "$1") }
}
/** Holds the lock for writing while `work` goes on. */
const whileLocked = async <A>(work: () => Promise<A>): Promise<A> => {
  const other = Driver.open(database)
  try {
    other.exec("BEGIN IMMEDIATE; UPDATE account SET epoch = epoch + 1")
    return await work()
  } finally {
    other.exec("ROLLBACK")
    other.close()
  }
}

describe("zoo-runway verify", () => {
  withCopy()

  it("finds a sound history sound, of all accounts or of one, as lines or as JSON", async () => {
    const ada = "user:ada at api.zoo.dev: 41 snapshots on 11 days, ledger balanced, 0 corrections\n"
    const all = await care("verify")
    expect(all).toMatchObject({ code: 0, err: "" })
    expect(all.out).toContain(ada)
    expect(all.out).toContain("org:acme at zoo.example.com: 1 snapshot on 1 day, ledger balanced, 0 corrections\n")
    expect(all.out).toMatch(/\nchecked: the file, 3 accounts, 47 snapshots, 14 days; nothing is damaged\n$/)
    const one = await care("verify", "--subject", "user:ada")
    expect(one.out).toBe(`${ada}checked: the file, 1 account, 41 snapshots, 11 days; nothing is damaged\n`)
    const json = Schema.decodeUnknownSync(VerifyView.Result)(JSON.parse((await care("verify", "--json")).out))
    expect(json).toMatchObject({ ok: true, file: [] })
    expect(json.accounts.map(({ snapshots }) => snapshots).sort()).toEqual([1, 41, 5])
    const other = await care("verify", "--base-url", "https://zoo.example.com/")
    expect(other.out).toMatch(/checked: the file, 1 account, 1 snapshot, 1 day;/)
  })

  it("names what was changed on disk, and exits with 74", async () => {
    SqliteFile.exec(
      database,
      `UPDATE snapshot SET monthly_usd = monthly_usd - 10000000 WHERE observed_at = ${times[20]}`,
    )
    const ran = await care("verify")
    expect(ran.code).toBe(74)
    expect(ran.out).toMatch(
      /user:ada at api\.zoo\.dev: 41 snapshots on \d+ days, 1 damaged place, ledger not checked in full,/,
    )
    expect(ran.out).toMatch(/\n {2}damaged: snapshot \d+\/1717027200000\/\d+\/0: not what was written\n/)
    expect(ran.out).toContain("; it is damaged\n")
    expect(ran.err).toMatch(/^zoo-runway: the history is damaged \(1 damaged place\): restore a backup\n$/)
    const json = await care("verify", "--json")
    expect(json.code).toBe(74)
    expect(Schema.decodeUnknownSync(VerifyView.Result)(JSON.parse(json.out)).ok).toBe(false)
  })

  it("goes on past an account that does not read", async () => {
    SqliteFile.exec(database, "UPDATE account SET owner = 'nobody' WHERE owner = 'user:ada'")
    const ran = await care("verify")
    expect(ran.code).toBe(74)
    expect(ran.out).toMatch(/^the file: 1 damaged place\n {2}damaged: account \d+: it does not read\n/)
  })

  it("names stored usage that was changed on disk", async () => {
    SqliteFile.exec(database, "UPDATE usage_day SET entries = replace(entries, '1', '2') WHERE day % 5 = 0")
    const ran = await care("verify")
    expect(ran.code).toBe(74)
    expect(ran.out).toMatch(/damaged: usage_day \d+\/\d+: /)
  })

  it("refuses a file that is none", async () => {
    writeFileSync(at("no.db"), "no database at all")
    expectRefusal(
      await run(["verify", "--db", at("no.db")]),
      74,
      /is not a SQLite database and was left as it is; name another file with --db/,
    )
  })
})

describe("zoo-runway prune", () => {
  withCopy()

  const END = iso(FROM + 6 * 24 * HOUR)
  const decode = (out: string) => Schema.decodeUnknownSync(PruneView.Pruned)(JSON.parse(out))

  it("says what it would do without --yes, changes nothing, and does just that with --yes", async () => {
    const bytes = readFileSync(database)
    const args = ["prune", "--before", END, "--subject", "user:ada"]
    const dry = await care(...args)
    expect(dry).toMatchObject({ code: 0, err: "" })
    expect(dry.out).toMatch(
      /^Pruning would remove all snapshots before Fri 31 May 2024 00:00 UTC except the last one of each UTC day:/,
    )
    const [row = ""] = /^user:ada.*$/m.exec(dry.out) ?? []
    expect(row.split(/ {2,}/)).toEqual(["user:ada", "18", "6", "6", "2024-05-31"])
    expect(dry.out).toContain("Status, ledger and forecast keep their totals")
    expect(dry.out).toContain("Snapshots from before the end of the sealed span will not be accepted any more.")
    expect(dry.out).toMatch(/\nThis was a dry run\. To prune, repeat the command with --yes/)
    expect(readFileSync(database).equals(bytes)).toBe(true)
    const counted = decode((await care(...args, "--json")).out)
    expect(counted).toMatchObject({
      dryRun: true,
      thin: "day",
      removed: 18,
      accounts: [
        { snapshots: 41, days: 6, removed: 18, kept: 6, sealedUntil: Option.some({ epochMillis: Date.parse(END) }) },
      ],
    })
    expect(decode((await care(...args, "--yes", "--json")).out)).toEqual({ ...counted, dryRun: false })
    expect(await snapshotsOf("user:ada")).toBe(41 - 18)
    expect(await snapshotsOf("org:acme")).toBe(6)
    const verified = await care("verify", "--subject", "user:ada")
    expect(verified).toMatchObject({ code: 0, err: "" })
    expect(verified.out).toContain("23 snapshots, 11 days (6 sealed); nothing is damaged")
    expect((await care("accounts")).out).toMatch(/^user:ada .* 23 .*Fri 31 May 2024 00:00 UTC$/m)
    const again = await care(...args, "--yes")
    expect(again.out).toMatch(/^nothing to prune before Fri 31 May 2024 00:00 UTC: no UTC day has more than/)
  })

  it("keeps the last snapshot of each UTC hour with --thin hour, and seals nothing where none goes", async () => {
    const ran = await care("prune", "--before", END, "--thin", "hour", "--yes")
    expect(ran.out).toMatch(/^nothing to prune before .* no UTC day has more than the last snapshot of each hour\n$/)
    expect((await care("accounts")).out).not.toContain("Pruned")
    const late = lineOf(times[3] ?? 0, "user:ada").replace(iso(times[3] ?? 0), iso((times[3] ?? 0) - HOUR / 2))
    expect(await run(["import", "-", "--db", database], { input: late })).toMatchObject({ code: 0 })
    const hourly = decode((await care("prune", "--before", END, "--thin", "hour", "--yes", "--json")).out)
    expect(hourly).toMatchObject({ thin: "hour", removed: 1 })
    const [ada] = hourly.accounts.filter(({ removed }) => removed > 0)
    expect(ada).toMatchObject({ days: 1, kept: 24, sealedUntil: Option.some({ epochMillis: FROM + 24 * HOUR }) })
    const daily = decode((await care("prune", "--before", END, "--subject", "user:ada", "--yes", "--json")).out)
    expect(daily).toMatchObject({ thin: "day", removed: 18, accounts: [{ kept: 6 }] })
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
  })

  it("takes a date, which is a midnight in --zone, and prunes whole UTC days before it", async () => {
    const limitOf = async (...args: ReadonlyArray<string>) =>
      iso(decode((await care("prune", "--before", "2024-05-31", "--json", ...args)).out).before.epochMillis)
    expect(await limitOf()).toBe("2024-05-31T00:00:00.000Z")
    expect(await limitOf("--zone", "America/New_York")).toBe("2024-05-31T00:00:00.000Z")
    expect(await limitOf("--zone", "Asia/Kathmandu")).toBe("2024-05-30T00:00:00.000Z")
  })

  it("prunes every account, or one base URL, without --subject, and takes an age", async () => {
    await care("prune", "--before", END, "--yes", "--base-url", "https://zoo.example.com")
    expect(await snapshotsOf("org:acme")).toBe(6)
    const ran = await care("prune", "--before", "0d", "--yes")
    expect(ran.out).toMatch(/\n33 snapshots removed\. The file keeps its size/)
    expect(await snapshotsOf("user:ada")).toBe(11)
    expect(await snapshotsOf("org:acme")).toBe(3)
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
  })

  it("makes an import reject what lies in the sealed span, and nothing else", async () => {
    await care("prune", "--before", END, "--yes", "--subject", "user:ada")
    const moved = (at: number) => lineOf(at, "user:ada").replace(iso(at), iso(at + HOUR))
    const ran = await runBundle(["import", "-", "--db", database], {
      input: [moved(times[2] ?? 0), lines[3], moved(times[30] ?? 0)].join("\n"),
      cwd: folder,
    })
    expect(ran).toMatchObject({ code: 65, out: "3 lines: 1 kept, 1 kept before, 1 rejected\n" })
    expect(ran.err).toMatch(/^zoo-runway: line 1: the history is pruned up to 2024-05-31T00:00:00\.000Z and accepts no/)
  })
})

describe("zoo-runway forget", () => {
  withCopy()

  const decode = (out: string) => Schema.decodeUnknownSync(ForgetView.Forgotten)(JSON.parse(out))
  const ada = ["forget", "--subject", "user:ada"]

  it("says what it would remove without --yes, and leaves no trace with it", async () => {
    expect(readFileSync(database).includes("user:ada")).toBe(true)
    const dry = await care(...ada)
    expect(dry).toMatchObject({ code: 0, err: "" })
    expect(dry.out).toContain(
      "  user:ada at https://api.zoo.dev: 41 snapshots, from Sat 25 May 2024 00:00 UTC to Tue 4 Jun 2024 00:00 UTC\n",
    )
    expect(await snapshotsOf("user:ada")).toBe(41)
    const done = await care(...ada, "--yes", "--json")
    expect(decode(done.out)).toMatchObject({
      dryRun: false,
      from: Option.none(),
      accounts: [{ snapshots: 41, stay: 0 }],
    })
    for (const name of readdirSync(folder)) expect(readFileSync(at(name)).includes("user:ada")).toBe(false)
    expect(await snapshotsOf("org:acme")).toBe(6)
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
    expectRefusal(
      await care(...ada, "--yes"),
      66,
      /no history for user:ada; accounts in this file: org:acme.*; no trace of it is left in the file/,
    )
  })

  it("forgets an account at every base URL, or at one", async () => {
    const dry = await care("forget", "--subject", "org:acme", "--base-url", "https://zoo.example.com")
    expect(dry.out).not.toContain("api.zoo.dev")
    expect((await care("forget", "--subject", "org:acme")).out).toContain("api.zoo.dev")
    await care("forget", "--subject", "org:acme", "--yes")
    expect(await snapshotsOf("org:acme")).toBe(0)
  })

  it("forgets a pruned account, with its stored usage", async () => {
    await care("prune", "--before", "0d", "--yes", "--subject", "user:ada")
    expect((await care(...ada)).out).toContain(
      "user:ada at https://api.zoo.dev: 11 snapshots, from Sat 25 May 2024 18:00",
    )
    expect((await care(...ada, "--yes")).code).toBe(0)
    expect(readFileSync(database).includes("user:ada")).toBe(false)
    expect((await care("doctor")).out).toMatch(/ok +pruned +no day\n/)
  })

  it("removes the snapshots of a span alone, and what a history without them has is what is left", async () => {
    const [from, to] = [times[10] ?? 0, times[14] ?? 0]
    const args = [...ada, "--from", iso(from), "--to", iso(to)]
    const dry = await care(...args)
    expect(dry.out).toBe(
      [
        "Would remove, with the usage computed from them:",
        "  user:ada at https://api.zoo.dev: 4 snapshots, from Mon 27 May 2024 12:00 UTC to Tue 28 May 2024 06:00 UTC; 37 stay",
        "This was a dry run. To remove, repeat the command with --yes. It cannot be undone.",
        "",
      ].join("\n"),
    )
    expect(await snapshotsOf("user:ada")).toBe(41)
    expect(decode((await care(...args, "--yes", "--json")).out)).toMatchObject({
      dryRun: false,
      from: Option.some({ epochMillis: from }),
      to: Option.some({ epochMillis: to }),
      accounts: [{ snapshots: 4, stay: 37 }],
    })
    const { out } = await care("history", "--subject", "user:ada", "--json")
    const left = out
      .trimEnd()
      .split("\n")
      .map((line) => Date.parse(JSON.parse(line).observedAt))
    expect(left).toEqual(times.filter((time) => time < from || time >= to))
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
    const others = lines.filter((_, index) => !(index >= 10 && index < 14))
    await run(["import", "-", "--db", at("other.db")], { input: others.join("\n") })
    const ledger = (file: string) => run(["ledger", "--subject", "user:ada", "--json", "--db", file])
    expect(await ledger(database)).toEqual(await ledger(at("other.db")))
  })

  it("leaves no trace of a plan that only the removed snapshots had", async () => {
    const text = '"display_name":"a plan of its own"'
    const own = lineOf((times[5] ?? 0) + 60_000, "user:ada").replace(/"display_name":"[^"]*"/, text)
    expect(own).toContain(text)
    expect((await run(["import", "-", "--db", database], { input: own })).code).toBe(0)
    expect(readFileSync(database).includes("a plan of its own")).toBe(true)
    const from = iso((times[5] ?? 0) + 1)
    expect((await care(...ada, "--from", from, "--to", iso(times[6] ?? 0), "--yes")).code).toBe(0)
    for (const name of readdirSync(folder)) expect(readFileSync(at(name)).includes("a plan of its own")).toBe(false)
    expect(await snapshotsOf("user:ada")).toBe(41)
  })

  it("takes one end of a span, and dates, which are midnights in --zone", async () => {
    const count = async (...args: ReadonlyArray<string>) => {
      const { accounts } = decode((await care(...ada, "--json", ...args)).out)
      return accounts.map(({ snapshots }) => snapshots)
    }
    expect(await count("--to", "2024-05-26")).toEqual([4])
    expect(await count("--from", "2024-06-03")).toEqual([5])
    // 18:15 UTC of the day before.
    expect(await count("--to", "2024-05-26", "--zone", "Asia/Kathmandu")).toEqual([4])
    expect(await count("--to", "2024-05-26", "--zone", "Asia/Tokyo")).toEqual([3])
    expect(await count("--from", "2024-05-25", "--to", "2024-05-26", "--zone", "America/New_York")).toEqual([4])
  })

  it("removes the account where no snapshot of it is left", async () => {
    const args = ["forget", "--subject", "org:acme", "--base-url", "https://zoo.example.com", "--from", "2024-01-01"]
    expect((await care(...args)).out).toContain("; none stays, so the account goes\n")
    expect((await care(...args, "--yes")).code).toBe(0)
    expect(readFileSync(database).includes("zoo.example.com")).toBe(false)
  })

  it("refuses a span without snapshots, and changes nothing", async () => {
    const bytes = readFileSync(database)
    for (const yes of [[], ["--yes"]]) {
      expectRefusal(
        await care(...ada, "--from", iso(FROM + 1), "--to", iso(FROM + HOUR), ...yes),
        66,
        /no snapshots in that span: user:ada has snapshots from 2024-05-25T00:00:00\.000Z to 2024-06-04T00:00:00\.000Z/,
      )
      expectRefusal(
        await care("forget", "--subject", "user:bob", "--from", iso(FROM), ...yes),
        66,
        /no history for user:bob; accounts in this file: org:acme/,
      )
    }
    expect(readFileSync(database).equals(bytes)).toBe(true)
  })

  it("refuses a span that reaches into the sealed part of any account, and changes nothing", async () => {
    await care("prune", "--before", "2024-05-26", "--yes", "--base-url", "https://api.zoo.dev", "--subject", "org:acme")
    const bytes = readFileSync(database)
    for (const yes of [[], ["--yes"]]) {
      expectRefusal(
        await care("forget", "--subject", "org:acme", "--to", "2024-06-01", ...yes),
        65,
        /^zoo-runway: forget: the history is pruned up to 2024-05-26T00:00:00\.000Z and accepts no changes before that time; name a later --from, or forget the whole account\n$/,
      )
    }
    expect(readFileSync(database).equals(bytes)).toBe(true)
    expect((await care("forget", "--subject", "org:acme", "--from", "2024-05-26", "--yes")).code).toBe(0)
    expect(await snapshotsOf("org:acme")).toBe(2)
  })
})

describe("zoo-runway backup", () => {
  withCopy()

  it("makes a history of its own while another process writes, and replaces nothing", async () => {
    const ran = await whileLocked(() => care("backup", at("copy.db")))
    expect(ran).toMatchObject({ code: 0, err: "" })
    expect(statSync(at("copy.db")).mode & 0o777).toBe(0o600)
    const checked = await run(["verify", "--db", at("copy.db")])
    expect(checked.out).toMatch(/3 accounts, 47 snapshots, 14 days; nothing is damaged\n$/)
    const copied = readFileSync(at("copy.db"))
    expectRefusal(
      await care("backup", at("copy.db")),
      73,
      /cannot write the backup .*copy\.db: the file exists already/,
    )
    expect(readFileSync(at("copy.db")).equals(copied)).toBe(true)
    const json = JSON.parse((await care("backup", at("json.db"), "--json")).out)
    expect(json).toEqual({ path: at("json.db"), bytes: statSync(at("json.db")).size })
  })

  it("refuses a place that cannot be written, and makes nothing", async () => {
    expectRefusal(await care("backup", at("none/copy.db")), 73, /its folder does not exist; create the folder/)
    expectRefusal(await care("backup", database), 73, /the file exists already/)
    expect(readdirSync(folder).filter((name) => !name.startsWith("history.db"))).toEqual([])
  })
})

describe("zoo-runway accounts", () => {
  withCopy()

  it("lists the accounts", async () => {
    const { code, err, out } = await care("accounts", "--zone", "Asia/Kolkata")
    expect({ code, err }).toEqual({ code: 0, err: "" })
    const [, ...rows] = out.trimEnd().split("\n")
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
      out: "5 snapshots moved from org:acme to me:1a2b3c4d, which has 5 now\n",
      err: "",
    })
    expect((await care("accounts")).out).toContain("\nme:1a2b3c4d  ")
    const json = await run(["accounts", "--db", database, "join", "--json", "me:1a2b3c4d", "user:ada"])
    expect(Schema.decodeUnknownSync(AccountsView.Joined)(JSON.parse(json.out))).toMatchObject({
      moved: 5,
      snapshots: 41,
    })
    expect(await snapshotsOf("user:ada")).toBe(41)
    const other = await care("accounts", "join", "org:acme", "org:b", "--base-url", "https://zoo.example.com")
    expect(other.out).toBe("1 snapshot moved from org:acme to org:b, which has 1 now\n")
    expect(await care("verify")).toMatchObject({ code: 0, err: "" })
  })

  it("refuses to join what lies in the pruned span of the other account", async () => {
    await care("prune", "--before", "2024-05-28", "--yes", "--subject", "user:ada")
    expectRefusal(
      await care("accounts", "join", "org:acme", "user:ada"),
      64,
      /cannot merge org:acme into user:ada: snapshots of one lie in the pruned span of the other; accounts that overlap are/,
    )
    expect(await snapshotsOf("org:acme")).toBe(6)
    const whole = await care("accounts", "join", "user:ada", "user:bob")
    expect(whole.out).toBe("32 snapshots moved from user:ada to user:bob, which has 32 now\n")
    expect((await care("accounts")).out).toMatch(/^user:bob .*Tue 28 May 2024 00:00 UTC$/m)
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
    expect(found).toMatchObject({
      ok: true,
      ran: { code: 0, err: "" },
      statistics: { snapshots: 47, accounts: 3, usageDays: 11, sealedDays: 0 },
    })
    expect(found.ran.out).not.toContain(token.slice(4))
    expect(SqliteFile.contents(folder)).toEqual({ ...before, "history.db-wal": "" })
  })

  it("leaves a log as it is that a process left behind", async () => {
    const source = Driver.open(database)
    source.exec("UPDATE account SET epoch = epoch + 1")
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
    const relative = await run(["doctor"], { env: { ...env, XDG_DATA_HOME: "data" } })
    expect(relative.out).toMatch(/ \/nonexistent\/\.local\/share\/zoo-runway\/history\.db \(the default, as /)
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
      token: ["bad", `${at("hosts.toml")} has no token for https://api.zoo.dev`, expect.stringContaining("log in")],
    })
    hosts(`["zoo.internal"]\ntoken = "${secret}\n`)
    expect(await tokenOf({})).toMatchObject({
      token: ["bad", `${at("hosts.toml")} is not valid TOML in line 2`, "mend it, or set ZOO_API_TOKEN"],
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
    [["prune", "--before", "12mo"], 64, /invalid --before "12mo" \(examples: 90d, 2026-11-22, 2026-11-22T09:00:00Z\)/],
    [["prune", "--before", "2999-01-01T00:00:00Z"], 64, /invalid --before "2999-01-01T00:00:00Z" \(in the future\)/],
    [["prune", "--before", "999999999d"], 64, /\(longer ago than any history\)/],
    [["prune", "--before", "3d", "--thin", "week"], 64, /Allowed choices are hour, day/],
    [
      ["prune", "--before", "3d", "--subject", "ada"],
      64,
      /invalid --subject "ada" \(examples: user:ID, org:ID, me:LABEL, as zoo-runway accounts lists them\)/,
    ],
    [["prune", "--before", "3d", "--base-url", "ftp://x"], 64, /--base-url: "ftp:\/\/x" is no base URL/],
    [["prune", "--before", "3d", "--subject", "user:b"], 66, /no history for user:b; accounts in this file: org:acme,/],
    [["forget"], 64, /required option '--subject <subject>' not specified/],
    [["forget", "--subject", "me", "--yes"], 64, /invalid --subject "me" \(examples: user:ID/],
    [
      ["forget", "--subject", "me:nobody"],
      66,
      /no history for me:nobody; accounts in this file: org:acme, user:ada, org:acme at https/,
    ],
    [["accounts", "join", "user:ada"], 64, /missing required argument 'into'/],
    [["accounts", "join", "ada", "user:ada"], 64, /invalid FROM "ada" \(examples: user:ID, org:ID, me:LABEL/],
    [["accounts", "join", "user:ada", "me"], 64, /invalid INTO "me" \(examples: /],
    [["accounts", "join", "user:ada", "user:ada"], 64, /they are the same account/],
    [
      ["accounts", "join", "user:b", "user:ada"],
      66,
      /no history for user:b at https:\/\/api\.zoo\.dev; accounts in this file: org:acme, us/,
    ],
    [
      ["accounts", "jion", "user:b", "user:ada"],
      64,
      /unknown command 'accounts jion' \(Did you mean accounts join\?\)/,
    ],
    [["accounts", "--zone", "Mars"], 64, /invalid --zone "Mars" \(examples: UTC, Europe\/Berlin\)/],
    [["verify", "--subject", "user:nobody"], 66, /no history for user:nobody; accounts in this file: org:acme, user/],
    [["verify", "--explain"], 64, /unknown option '--explain'/],
    [["forget", "--subject", "user:ada", "--from", "2024-13-01"], 64, /invalid --from "2024-13-01" \(examples: 2026/],
    [["forget", "--subject", "user:ada", "--from", "2024-06-02", "--to", "2024-06-02"], 64, /--to is not after --from/],
    [["verify", "--subject", "me"], 64, /examples: user:ID, org:ID, me:LABEL/],
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
      ["prune", "--before", "3d"],
      ["prune", "--before", "3d", "--yes"],
      ["forget", "--subject", "user:a"],
      ["forget", "--subject", "user:a", "--yes"],
      ["forget", "--subject", "user:a", "--from", "2024-01-01", "--yes"],
      ["backup", "copy.db"],
      ["accounts"],
      ["accounts", "join", "user:a", "user:b"],
    ].map((args) => ({ args })),
  )("$args says so, and makes none", async ({ args }) => {
    const missing = join(shared, "missing.db")
    expect(await refusal([...args, "--db", missing])).toEqual({
      code: 66,
      message: expect.stringMatching(
        /cannot open the history .*missing\.db: the file does not exist; fetch or import a balance first, or name another file with --db$/,
      ),
    })
    expect(existsSync(missing)).toBe(false)
  })
})
