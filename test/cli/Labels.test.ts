/** Accounts that are stored under a label, because whose `me` they were could not be asked: commands take them by their label. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as JsonLine from "../../src/services/export/JsonLine.js"
import * as Samples from "../infra/store/Samples.js"
import { run } from "./run.js"

const { at, balance, labelled, user } = Samples

let folder: string
const database = () => join(folder, "history.db")

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-labels-"))
  const lines = [labelled, user].flatMap((account, index) =>
    [0, 60].map((minutes) => JsonLine.of(Snapshot.make(account, at(minutes), balance(`${2 + index}.00`)))),
  )
  const ran = await run(["import", "-", "--db", database()], { input: lines.join("") })
  expect(ran).toMatchObject({ code: 0, err: "" })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const asked = (command: string, subject: string, token?: string) =>
  run([command, "--db", database(), "--json", "--subject", subject], {
    env: token === undefined ? {} : { ZOO_API_TOKEN: token },
  })

describe("--subject me:LABEL", () => {
  it.each([undefined, "a-token"])(
    "is the stored account of that label, without the API, with the token %j",
    async (token) => {
      for (const command of ["status", "history", "ledger", "statement"]) {
        const ran = await asked(command, "me:0badcafe", token)
        expect(ran, command).toMatchObject({ code: 0, err: "" })
        expect(ran.out).toContain("me:0badcafe")
        expect(ran.out).not.toContain(Samples.UUID)
      }
    },
  )

  it.each(["status", "history", "ledger", "statement"])(
    "is refused by %s where no account has that label",
    async (command) => {
      expect(await asked(command, "me:00000000")).toEqual({
        code: 66,
        out: "",
        err: `zoo-runway: no history for me:00000000; accounts in this file: me:0badcafe, user:${Samples.UUID}; name one with --subject\n`,
      })
    },
  )

  it("is refused by fetch, because the API knows no label", async () => {
    expect(await asked("fetch", "me:0badcafe", "a-token")).toEqual({
      code: 64,
      out: "",
      err: "zoo-runway: --subject me:0badcafe names a stored account, which the API does not know: fetch me\n",
    })
  })

  it("narrows an import to the lines of that label", async () => {
    const line = JsonLine.of(Snapshot.make(labelled, at(120), balance("1.00")))
    const other = JsonLine.of(Snapshot.make(user, at(120), balance("1.00")))
    const ran = await run(["import", "-", "--db", database(), "--subject", "me:0badcafe", "--json"], {
      input: line + other,
    })
    expect(JSON.parse(ran.out)).toMatchObject({ lines: 2, kept: 1, skipped: 1 })
  })
})

describe("a subject that is stored at two base URLs", () => {
  const other = "https://zoo.example.com"
  const twice = async (command: string, subject: string, ...args: ReadonlyArray<string>) => {
    const folder = mkdtempSync(join(tmpdir(), "zoo-runway-labels-"))
    const file = ["--db", join(folder, "history.db")]
    const lines = [labelled, user, { ...labelled, baseUrl: other }, { ...user, baseUrl: other }].flatMap((account) =>
      [0, 60].map((minutes) => JsonLine.of(Snapshot.make(account, at(minutes), balance("1.00")))),
    )
    await run(["import", "-", ...file], { input: lines.join("") })
    const ran = await run([command, ...file, "--offline", "--json", "--subject", subject, ...args])
    rmSync(folder, { recursive: true, force: true })
    return ran
  }

  it.each([
    ["status", `user:${Samples.UUID}`],
    ["history", "me:0badcafe"],
    ["ledger", "org:0badcafe"],
    ["statement", "me"],
  ])("is told apart by %s with --base-url, which the message asks for", async (command, subject) => {
    const shown = subject === "org:0badcafe" ? "me:0badcafe" : subject
    expect(await twice(command, subject)).toEqual({
      code: 66,
      out: "",
      err: `zoo-runway: ${shown} is stored at several base URLs: https://api.zoo.dev, ${other}; name one with --base-url\n`,
    })
    expect(await twice(command, subject, "--base-url", other)).toMatchObject({
      code: 0,
      out: expect.stringContaining(other),
    })
  })
})

describe("--subject org:LABEL", () => {
  const care = (...args: ReadonlyArray<string>) => run([...args, "--db", database()])

  it.each([undefined, "a-token"])("is the stored account of that label, with the token %j", async (token) => {
    for (const command of ["status", "history", "ledger", "statement"]) {
      const ran = await asked(command, "org:0badcafe", token)
      expect(ran, command).toMatchObject({ code: 0, err: "" })
      expect(ran.out).toContain("me:0badcafe")
    }
  })

  it("is taken by the commands that care for the file and by export", async () => {
    for (const subject of ["org:0badcafe", "me:0badcafe"]) {
      const asked = ["--subject", subject]
      expect((await care("verify", ...asked)).out).toContain("me:0badcafe at api.zoo.dev: ")
      expect((await care("forget", ...asked)).out).toContain("me:0badcafe at https://api.zoo.dev: ")
      expect((await care("prune", "--before", "2026-01-01", ...asked)).code).toBe(0)
      expect((await care("status", "--offline", ...asked)).out).toContain("me:0badcafe at api.zoo.dev")
      const ran = await care("export", "--format", "jsonl", "--subject", subject)
      expect(ran).toMatchObject({ code: 0, err: "" })
      expect(ran.out).toContain('"subject":"me:0badcafe"')
      expect(ran.out).not.toContain(Samples.UUID)
    }
  })

  it("is refused by fetch, because the API knows no label", async () => {
    expect(await asked("fetch", "org:0badcafe", "a-token")).toMatchObject({
      code: 64,
      err: "zoo-runway: --subject me:0badcafe names a stored account, which the API does not know: fetch me\n",
    })
  })

  it("is the organisation where the file has one of that id", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zoo-runway-labels-"))
    const file = ["--db", join(folder, "history.db")]
    const lines = [labelled, Account.organization(Account.DEFAULT_BASE_URL, "0badcafe")].map((account) =>
      JsonLine.of(Snapshot.make(account, at(0), balance("1.00"))),
    )
    await run(["import", "-", ...file], { input: lines.join("") })
    const ran = await run(["history", ...file, "--json", "--subject", "org:0badcafe"])
    rmSync(folder, { recursive: true, force: true })
    expect(ran.out).toContain("org:0badcafe")
    expect(ran.out).not.toContain("me:0badcafe")
  })

  it("names no label where it is a UUID, and says what is stored", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zoo-runway-labels-"))
    const file = ["--db", join(folder, "history.db")]
    const like = Account.labelled(Account.DEFAULT_BASE_URL, Samples.UUID)
    await run(["import", "-", ...file], { input: JsonLine.of(Snapshot.make(like, at(0), balance("1.00"))) })
    const ran = await run(["history", ...file, "--subject", `org:${Samples.UUID}`])
    rmSync(folder, { recursive: true, force: true })
    expect(ran).toEqual({
      code: 66,
      out: "",
      err: `zoo-runway: no history for org:${Samples.UUID}; accounts in this file: me:${Samples.UUID}; name one with --subject\n`,
    })
  })

  it("is a new organisation for import", async () => {
    const org = Account.organization(Account.DEFAULT_BASE_URL, "0badcafe")
    const lines = [labelled, org].map((account) => JsonLine.of(Snapshot.make(account, at(500), balance("1.00"))))
    const copy = join(folder, "copy.db")
    await care("backup", copy)
    const ran = await run(["import", "-", "--db", copy, "--subject", "org:0badcafe", "--json"], {
      input: lines.join(""),
    })
    expect(JSON.parse(ran.out)).toMatchObject({ lines: 2, kept: 1, skipped: 1 })
    expect((await run(["history", "--db", copy, "--subject", "org:0badcafe", "--json"])).out).toContain("org:0badcafe")
  })
})
