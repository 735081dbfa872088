import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import pico from "picocolors"
import type * as Facts from "../../../src/cli/doctor/Facts.js"
import * as Findings from "../../../src/cli/doctor/Findings.js"
import * as DoctorView from "../../../src/cli/render/DoctorView.js"
import { UnusableToken } from "../../../src/cli/TokenSource.js"
import * as StoreError from "../../../src/infra/store/StoreError.js"

const path = "/home/ada/.local/share/zoo-runway/history.db"
const opened: Facts.Opened = {
  statistics: { accounts: 2, snapshots: 30, plans: 1, usageDays: 4, sealedDays: 0 },
  sizes: { fileBytes: 65_536, freeBytes: 4096, logBytes: 0 },
  damage: [],
  writing: "Free",
}
const facts: Facts.Facts = {
  versions: { program: "1.2.3", node: "v20.19.0" },
  driver: Either.right({ driver: "better-sqlite3 13.2.0", sqlite: "3.53.2" }),
  path,
  namedBy: "HOME",
  file: Option.some({ isFile: true, bytes: 65_536, exposed: [] }),
  folder: "OwnersAlone",
  isOwnFolder: true,
  opened: Option.some(Either.right(opened)),
  token: Either.right(Option.some({ variable: "ZOO_API_TOKEN" })),
  baseUrl: Either.right("https://api.zoo.dev"),
}

const noToken = Either.right(Option.none())
const blank = Either.left(
  new UnusableToken({ what: "the token of ZOO_TOKEN is blank", advice: "set it to a token of your account" }),
)

const unwell = (more: Partial<Facts.Facts>) =>
  Findings.of({ ...facts, ...more })
    .filter(({ level }) => level !== "ok")
    .map(({ advice, check, found, level }) => ({ check, level, text: `${found}: ${advice}` }))

const withOpened = (more: Partial<Facts.Opened>) => ({ opened: Option.some(Either.right({ ...opened, ...more })) })
const refused = (error: StoreError.StoreOpenError) => ({ opened: Option.some(Either.left(error)) })

describe("Findings", () => {
  it("are all well where all is well", () => {
    expect(unwell({})).toEqual([])
  })

  it("take a missing or an empty file for a beginning", () => {
    const nothing = { opened: Option.none() }
    for (const file of [Option.none(), Option.some({ isFile: true, bytes: 0, exposed: [] })]) {
      expect(unwell({ ...nothing, file })).toEqual([
        {
          check: "file",
          level: "warn",
          text: expect.stringMatching(/nothing is kept yet: begin with zoo-runway fetch/),
        },
      ])
    }
    expect(unwell({ ...nothing, file: Option.none(), folder: "Missing", isOwnFolder: false })).toEqual([
      { check: "file", level: "warn", text: expect.stringMatching(/no folder for it: make the folder/) },
    ])
    expect(unwell({ ...nothing, file: Option.some({ isFile: false, bytes: 0, exposed: [] }) })).toEqual([
      { check: "file", level: "bad", text: expect.stringMatching(/something else in its place/) },
    ])
  })

  it("warn of rights that others have on the file or its log", () => {
    const exposed = [{ path: `${path}-wal`, mode: 0o644 }]
    expect(unwell({ file: Option.some({ isFile: true, bytes: 1, exposed }) })).toEqual([
      { check: "rights", level: "warn", text: expect.stringContaining(`chmod 600 "${path}-wal"`) },
    ])
  })

  it.each([
    [0o755, true, "warn"],
    [0o755, false, "ok"],
    [0o775, false, "warn"],
    [0o1777, false, "ok"],
  ])("weigh a folder with mode %o (the program's own: %s): %s", (mode, isOwnFolder, level) => {
    const found = Findings.of({ ...facts, folder: { path: "/home/ada", mode }, isOwnFolder })
    expect(found.find(({ check }) => check === "folder")?.level).toBe(level)
  })

  it("tell why a file does not open, and what to do", () => {
    const older = new StoreError.StoreOlderVersion({ path, found: 1, supported: 2 })
    const foreign = new StoreError.StoreNotADatabase({ path, reason: "NotSqlite" })
    const corrupt = new StoreError.StoreCorrupt({ path, table: "database", key: "SQLITE_CORRUPT" })
    expect(unwell(refused(older))).toEqual([
      { check: "opening", level: "warn", text: expect.stringContaining("the next fetch or import migrates it") },
    ])
    expect(unwell(refused(foreign))).toEqual([
      { check: "opening", level: "bad", text: expect.stringContaining("--db") },
    ])
    expect(unwell(refused(corrupt))).toEqual([
      { check: "opening", level: "bad", text: expect.stringContaining("restore a backup") },
    ])
  })

  it("tell whether snapshots are stored, how many days are pruned, what is damaged, and whether others write", () => {
    expect(unwell(withOpened({ statistics: { ...opened.statistics, snapshots: 0 } }))).toEqual([
      { check: "history", level: "warn", text: expect.stringMatching(/^nothing is stored yet: begin with zoo-runway/) },
    ])
    const pruned = { ...opened, statistics: { ...opened.statistics, sealedDays: 3 } }
    const found = Findings.of({ ...facts, opened: Option.some(Either.right(pruned)) })
    expect(found.find(({ check }) => check === "pruned")).toMatchObject({
      level: "ok",
      found: "3 UTC days, whose usage is stored",
    })
    const damage = [{ table: "plan", key: "1", what: "it is not what was written" }]
    expect(unwell(withOpened({ damage }))).toEqual([
      { check: "integrity", level: "bad", text: expect.stringContaining("plan 1: it is not what was written") },
    ])
    expect(unwell(withOpened({ writing: "Busy" }))).toEqual([
      { check: "writing", level: "warn", text: expect.stringContaining("another process is writing") },
    ])
  })

  it("tell where the token comes from, what is wrong with it, and the base URL, which no network is asked about", () => {
    expect(unwell({ token: noToken })).toEqual([
      { check: "token", level: "warn", text: expect.stringContaining("set ZOO_API_TOKEN, or log in") },
    ])
    expect(unwell({ token: blank, baseUrl: Either.left("ZOO_HOST: no") })).toEqual([
      { check: "token", level: "bad", text: "the token of ZOO_TOKEN is blank: set it to a token of your account" },
      { check: "base URL", level: "bad", text: "ZOO_HOST: no: mend or unset ZOO_HOST" },
    ])
    const file = { path: "/home/ada/.config/zoo/hosts.toml", baseUrl: "https://zoo.internal", exposed: [] }
    const well = Findings.of({ ...facts, token: Either.right(Option.some(file)) })
    expect(well.find(({ check }) => check === "token")).toMatchObject({
      level: "ok",
      found: "there is one for https://zoo.internal, in /home/ada/.config/zoo/hosts.toml",
    })
    const exposed = [{ path: file.path, mode: 0o644 }]
    expect(unwell({ token: Either.right(Option.some({ ...file, exposed })) })).toEqual([
      { check: "token", level: "warn", text: expect.stringMatching(/others may read or write \(0644\): chmod 600 "/) },
    ])
  })
})

describe("DoctorView", () => {
  it("writes a finding a line, and what to do below it", () => {
    const lines = DoctorView.lines(
      Findings.of({ ...facts, token: noToken }),
      pico.createColors(false),
      Number.POSITIVE_INFINITY,
    )
    expect(lines).toContain("ok    program    zoo-runway 1.2.3, Node v20.19.0")
    expect(lines).toContain("ok    driver     better-sqlite3 13.2.0, SQLite 3.53.2")
    expect(lines).toContain(`ok    database   ${path} (the default, as $XDG_DATA_HOME is not an absolute path)`)
    expect(lines).toContain("ok    history    30 snapshots of 2 accounts")
    const at = lines.indexOf("warn  token      there is none")
    expect(lines[at + 1]).toBe(
      "                 do: to fetch, set ZOO_API_TOKEN, or log in with the official command line; what is kept is read without one",
    )
    expect(lines.length).toBeLessThan(24)
  })

  it("prints a path of any length whole and on one line", () => {
    const long = `/${"very-long-name/".repeat(20)}\u001b[2J\nhistory.db`
    const lines = DoctorView.lines(
      Findings.of({ ...facts, path: long }),
      pico.createColors(false),
      Number.POSITIVE_INFINITY,
    ).join("\n")
    expect(lines).toContain("very-long-name/".repeat(20))
    expect(lines.split("\n")).toHaveLength(
      DoctorView.lines(Findings.of(facts), pico.createColors(false), Number.POSITIVE_INFINITY).length,
    )
  })

  it("writes JSON that its schema reads", () => {
    const findings = Findings.of({ ...facts, token: blank })
    const read = Schema.decodeUnknownSync(DoctorView.Examination)(JSON.parse(DoctorView.json(findings, opened)))
    expect(read).toMatchObject({ ok: false, statistics: { ...opened.statistics, ...opened.sizes } })
    expect(read.findings).toHaveLength(findings.length)
    expect(JSON.parse(DoctorView.json(Findings.of(facts), undefined))).toMatchObject({ ok: true, statistics: null })
  })
})
