/** Accounts that are stored under a label, because whose `me` they were could not be asked: commands take them by their label. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
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
      for (const command of ["status", "history", "ledger"]) {
        const ran = await asked(command, "me:0badcafe", token)
        expect(ran, command).toMatchObject({ code: 0, err: "" })
        expect(ran.out).toContain("me:0badcafe")
        expect(ran.out).not.toContain(Samples.UUID)
      }
    },
  )

  it.each(["status", "history", "ledger"])("is refused by %s where no account has that label", async (command) => {
    expect(await asked(command, "me:00000000")).toEqual({
      code: 66,
      out: "",
      err: `zoo-runway: no history for me:00000000; accounts in this file: me:0badcafe, user:${Samples.UUID}; name one with --subject\n`,
    })
  })

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
