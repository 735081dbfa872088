/** What `import` takes beside plain files of bodies: exported lines, gzip, standard input, and snapshots of the future. */
import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as ImportView from "../../src/cli/render/ImportView.js"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { leftoverIn } from "../infra/store/KilledProcess.js"
import * as SqliteFile from "../infra/store/SqliteFile.js"
import { run, runBundle } from "./run.js"

const HOUR = 3_600_000
const FROM = Date.UTC(2026, 5, 20)
const simulated = AccountSimulator.simulate({ seed: 5, from: FROM, to: FROM + 20 * 24 * HOUR })
const subject = `user:${simulated.id}`
const iso = (millis: number) => new Date(millis).toISOString()
const bodyAt = (at: number) => simulated.bodyAt(at, { includeTotalDue: true })
const lineOf = (at: number) => `{"subject":"${subject}","observed_at":"${iso(at)}","body":${bodyAt(at)}}`
const exportedOf = (at: number, owner = subject) =>
  JSON.stringify({
    subject: owner,
    base_url: "https://api.zoo.dev",
    observed_at: iso(at),
    balance: CustomerBalance.encode(Either.getOrThrow(CustomerBalance.decodeText(bodyAt(at))).balance),
  })
const times = Array.from({ length: 40 }, (_, look) => FROM + look * 12 * HOUR)
const lines = times.map(lineOf)
const text = `${lines.join("\n")}\n`
const packed = gzipSync(text)

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-import-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const importing = (args: ReadonlyArray<string>, input?: string | Uint8Array) =>
  run(["import", "--db", join(folder, "history.db"), ...args], input === undefined ? {} : { input })
const history = async (of = subject) => {
  const { out } = await run(["history", "--db", join(folder, "history.db"), "--subject", of, "--json"])
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
}
const summaryOf = (out: string) => Schema.decodeUnknownSync(ImportView.Summary)(JSON.parse(out))

describe("zoo-runway import of exported lines", () => {
  it("takes them for the snapshots that they are", async () => {
    await importing([file("bodies.jsonl", text)])
    const before = await history()
    expect(before).toHaveLength(40)
    const again = await importing([file("exported.jsonl", times.map((at) => exportedOf(at)).join("\n"))])
    expect(again).toEqual({ code: 0, out: "40 lines: 0 kept, 40 kept before, 0 rejected\n", err: "" })
    expect(await history()).toEqual(before)
    rmSync(join(folder, "history.db"))
    expect((await importing([join(folder, "exported.jsonl")])).out).toMatch(/^40 lines: 40 kept/)
    expect(await history()).toEqual(before)
  })

  it("takes those of organisations and labels, and says what is wrong with a bad one", async () => {
    const bad = exportedOf(FROM).replace(/"monthly":\{"value":"[^"]*"/, '"monthly":{"value":"1e3"')
    const path = file(
      "a.jsonl",
      [exportedOf(FROM, "org:acme"), exportedOf(FROM, "me:laptop"), bad, exportedOf(FROM, "me")].join("\n"),
    )
    const ran = await importing([path])
    expect(ran).toMatchObject({ code: 65, out: "4 lines: 2 kept, 0 kept before, 2 rejected\n" })
    expect(ran.err.split("\n").slice(0, 2)).toEqual([
      'zoo-runway: line 3: balance.monthly.value: expected a plain decimal such as "12.50", below 9.2e9, found a text of 3 characters',
      'zoo-runway: line 4: the subject "me" names no account: write user:ID, org:ID or me:LABEL',
    ])
  })
})

describe("zoo-runway import of gzip", () => {
  it("unpacks files and standard input alike, whatever they are called, and several members", async () => {
    const members = Buffer.concat([gzipSync(lines.slice(0, 7).join("\n")), gzipSync(`\n${lines.slice(7).join("\n")}`)])
    const [named, unnamed] = [file("a.jsonl.gz", packed), file("a.jsonl", members)]
    expect((await importing([named])).out).toBe("40 lines: 40 kept, 0 kept before, 0 rejected\n")
    expect((await importing([unnamed])).out).toBe("40 lines: 0 kept, 40 kept before, 0 rejected\n")
    for (const input of [packed, members]) {
      expect(await importing(["-"], input)).toEqual({
        code: 0,
        out: "40 lines: 0 kept, 40 kept before, 0 rejected\n",
        err: "",
      })
    }
  })
})

describe("zoo-runway import and usage", () => {
  const statistics = async () => {
    const { out } = await run(["doctor", "--db", join(folder, "history.db"), "--json"])
    return JSON.parse(out).statistics
  }

  it("stores the usage of every account that received snapshots, and leaves no log behind", async () => {
    const acme = times.slice(0, 5).map((at) => exportedOf(at, "org:acme"))
    const [one, two] = [file("a.jsonl", [lines[0], ...acme].join("\n")), file("b.jsonl", lines.slice(1).join("\n"))]
    expect(await importing([one, two])).toMatchObject({ code: 0, err: "" })
    expect(readdirSync(folder).filter((name) => name.startsWith("history.db"))).toEqual(["history.db"])
    // 20 days of one account and 3 of the other, without the running days of both.
    expect(await statistics()).toMatchObject({ accounts: 2, usageDays: 19 + 2 })
  })

  it("does not fail where usage cannot be computed, and says so", async () => {
    await importing([file("a.jsonl", lines.slice(0, 20).join("\n"))])
    SqliteFile.exec(
      join(folder, "history.db"),
      `DELETE FROM usage_day; UPDATE snapshot SET stable_usd = stable_usd + 1 WHERE observed_at = ${times[4]}`,
    )
    const ran = await importing([file("b.jsonl", lines.slice(20).join("\n"))])
    expect(ran).toMatchObject({ code: 0, out: "20 lines: 20 kept, 0 kept before, 0 rejected\n" })
    expect(ran.err).toMatch(
      /^zoo-runway: usage of user:[0-9a-f-]+ is not stored yet: the history .* is damaged: table snapshot, [^\n]*\n$/,
    )
    expect(await statistics()).toMatchObject({ snapshots: 40 })
  })
})

describe("zoo-runway import of damaged gzip", () => {
  it("keeps what stands before a cut, tells where that is, goes on with the next file, and fails", async () => {
    const cut = file("cut.jsonl.gz", packed.subarray(0, packed.length >> 1))
    const other = file("other.jsonl", `${exportedOf(FROM, "org:acme")}\n`)
    const ran = await importing([cut, other, "--json"])
    const { damagedFiles, kept, lines: read, rejected } = summaryOf(ran.out)
    expect(read).toBeGreaterThan(5)
    expect(read).toBeLessThan(41)
    expect({ damagedFiles, kept, rejected }).toEqual({ damagedFiles: [cut], kept: read, rejected: 0 })
    expect(ran.code).toBe(65)
    expect(ran.err).toBe(
      `zoo-runway: ${cut} ends in the midst of its gzip data after line ${read - 1}: what stands before is kept; get it anew and import it again\n`,
    )
    expect((await history()).map(({ observedAt }) => observedAt)).toEqual(times.slice(0, read - 1).map(iso))
  })

  it("tells of damage, of what is no gzip, and of a cut on standard input, each in a line", async () => {
    const crc = Uint8Array.from(packed)
    crc[packed.length - 8] = (crc[packed.length - 8] ?? 0) ^ 1
    const [damaged, plain, empty] = [file("a.gz", crc), file("b.gz", text), file("c.gz", "")]
    const ran = await importing([damaged, plain, empty, "-"], packed.subarray(0, 20))
    expect(ran.code).toBe(65)
    expect(ran.err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(
        `^zoo-runway: ${damaged} has damaged gzip data after line \\d+: what stands before is kept`,
      ),
      expect.stringMatching(`^zoo-runway: ${plain} has damaged gzip data after line 0: `),
      expect.stringMatching(`^zoo-runway: ${empty} has damaged gzip data after line 0: `),
      expect.stringMatching(/^zoo-runway: standard input ends in the midst of its gzip data after line 0: /),
    ])
  })

  it("tells of rejected lines beside the damage", async () => {
    const flawed = `nonsense\n${text}`
    const path = file("a.jsonl.gz", gzipSync(flawed).subarray(0, -4))
    const ran = await importing([path])
    expect(ran).toMatchObject({ code: 65, out: "41 lines: 40 kept, 0 kept before, 1 rejected\n" })
    expect(ran.err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^zoo-runway: line 1: it is no JSON object/),
      expect.stringMatching(/a\.jsonl\.gz ends in the midst of its gzip data after line 41: /),
      `zoo-runway: 1 of 41 lines rejected, to be found in ${path}.rejected.jsonl`,
    ])
    expect(readFileSync(`${path}.rejected.jsonl`, "utf8")).toBe("nonsense\n")
  })

  it("holds no more than a line of data that unpack to one endless line", async () => {
    const path = file("bomb.gz", gzipSync(new Uint8Array(300_000_000).fill(0x78), { level: 1 }))
    const watch = [
      "let peak = 0",
      "const look = () => { peak = Math.max(peak, process.memoryUsage.rss()) }",
      "setInterval(look, 10).unref()",
      'process.on("exit", () => process.stderr.write("peak " + peak))',
    ].join("\n")
    const ran = await runBundle(["import", "--db", join(folder, "history.db"), path], {
      node: ["--import", `data:text/javascript,${encodeURIComponent(watch)}`],
    })
    expect(ran).toMatchObject({ code: 65, out: "1 line: 0 kept, 0 kept before, 1 rejected\n" })
    expect(ran.err).toMatch(/^zoo-runway: line 1: it has more than \d+ bytes\n/)
    expect(Number(/peak (\d+)$/.exec(ran.err)?.[1])).toBeLessThan(220_000_000)
  })
})

describe("zoo-runway import of snapshots from the future", () => {
  const now = Date.now()
  const ahead = [now + 60_000, now + HOUR, now + 300 * 24 * HOUR].map((at) =>
    exportedOf(FROM).replace(iso(FROM), iso(at)),
  )
  const text = [lines[0], ...ahead].join("\n")

  it("rejects them, except a few minutes ahead", async () => {
    const ran = await importing([file("a.jsonl", text)])
    expect(ran).toMatchObject({ code: 65, out: "4 lines: 2 kept, 0 kept before, 2 rejected\n" })
    expect(ran.err).toContain("lines 3 to 4: observed_at is in the future\n")
  })

  it("stores them with --allow-future, and says how many there are", async () => {
    const path = file("a.jsonl", text)
    expect(await importing([path, "--allow-future"])).toEqual({
      code: 0,
      out: "4 lines: 4 kept, 0 kept before, 0 rejected; 2 snapshots are dated in the future\n",
      err: "",
    })
    expect(summaryOf((await importing([path, "--allow-future", "--json"])).out)).toMatchObject({
      kept: 0,
      duplicates: 4,
      future: 2,
    })
  })
})

describe("zoo-runway import of many bad lines", () => {
  it("writes every one of them as it is, in order", async () => {
    const bad = Array.from({ length: 5000 }, (_, index) => `bad ${index} ${"x".repeat(index % 200)}`)
    // Unpacked in chunks of 64 KiB, which end in the midst of lines.
    const path = file("a.jsonl.gz", gzipSync([...bad.slice(0, 19), lines[0], ...bad.slice(19)].join("\n")))
    const ran = await importing([path])
    expect(ran).toMatchObject({ code: 65, out: "5001 lines: 1 kept, 0 kept before, 5000 rejected\n" })
    expect(ran.err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^zoo-runway: lines 1 to 19, 21 and 4980 more: it is no JSON object/),
      `zoo-runway: 5000 of 5001 lines rejected, to be found in ${path}.rejected.jsonl`,
    ])
    expect(readFileSync(`${path}.rejected.jsonl`, "utf8")).toBe(`${bad.join("\n")}\n`)
    expect(readdirSync(folder).sort()).toEqual(["a.jsonl.gz", "a.jsonl.gz.rejected.jsonl", "history.db"])
  })

  it("stops after 20 of them without a good one, writes no copy, and goes on with the next file", async () => {
    const other = file("prose.txt", `\n${"To be, or not to be.\n".repeat(1000)}`)
    const good = file("b.jsonl", text)
    const ran = await importing([other, good, "--json"])
    expect(summaryOf(ran.out)).toMatchObject({
      lines: 60,
      kept: 40,
      rejected: 20,
      rejectedFiles: [],
      damagedFiles: [other],
    })
    expect(ran.code).toBe(65)
    expect(ran.err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/prose\.txt: lines 2 to 21: it is no JSON object/),
      `zoo-runway: ${other} is not a file of JSON lines: of its first 21 lines 20 are no JSON objects and none is good; the rest was not read`,
    ])
    expect(readdirSync(folder).sort()).toEqual(["b.jsonl", "history.db", "prose.txt"])
  })

  it("goes on through JSON objects, however many are rejected, and keeps a copy of each", async () => {
    const nobody = Array.from({ length: 30 }, () => '{"observed_at":"2026-09-01T00:00:00Z","body":{}}')
    const ran = await importing([file("c.jsonl", [...nobody, text].join("\n")), "--json"])
    expect(ran.code).toBe(65)
    expect(summaryOf(ran.out)).toMatchObject({ kept: 40, rejected: 30, damagedFiles: [] })
    expect(readFileSync(join(folder, "c.jsonl.rejected.jsonl"), "utf8")).toBe(`${nobody.join("\n")}\n`)
  })

  it("counts in each file's sentence the lines of that file", async () => {
    const files = [file("d.jsonl", `{}\n${text}`), file("e.jsonl", "{}\n{}\n")]
    const ran = await importing(files)
    expect(ran.err).toContain("1 of 41 lines rejected, to be found in ")
    expect(ran.err).toContain("2 of 2 lines rejected, to be found in ")
  })

  it("names lines that are bad for the same reason together", async () => {
    const bad = ["a", "{}", "b", "c", "{}", "[]"]
    const ran = await importing([file("a.jsonl", bad.join("\n"))])
    expect(ran.err.trimEnd().split("\n").slice(0, -1)).toEqual([
      expect.stringMatching(/^zoo-runway: lines 1, 3 to 4, 6: it is no JSON object/),
      "zoo-runway: lines 2, 5: it has no subject",
    ])
  })
})

describe("the file of rejected lines", () => {
  const bad = `${lines[0]}\nbad\n`

  it("is replaced by a whole one, and leftovers of killed runs beside it are removed", async () => {
    leftoverIn(folder)
    const path = file("a.jsonl", bad)
    file("a.jsonl.rejected.jsonl", "old\nold\n")
    expect((await importing([path])).code).toBe(65)
    expect(readFileSync(`${path}.rejected.jsonl`, "utf8")).toBe("bad\n")
    expect(readdirSync(folder).sort()).toEqual(["a.jsonl", "a.jsonl.rejected.jsonl", "history.db"])
  })

  it("is not written through a link, nor over the history or its log", async () => {
    const victim = file("victim.txt", "precious")
    const path = file("a.jsonl", bad)
    symlinkSync(victim, `${path}.rejected.jsonl`)
    const ran = await importing([path])
    expect(ran).toMatchObject({
      code: 73,
      err: expect.stringMatching(/a\.jsonl\.rejected\.jsonl is not a regular file: /),
    })
    expect(readFileSync(victim, "utf8")).toBe("precious")

    const onto = async (db: string, input: string) => {
      expect((await run(["import", file("good.jsonl", text), "--db", db])).code).toBe(0)
      const { code, err } = await run(["import", file(input, bad), "--db", db])
      expect([code, err]).toEqual([73, expect.stringMatching(/ is the history itself: /)])
      expect((await run(["verify", "--db", db])).code).toBe(0)
    }
    await onto(join(folder, "b.rejected.jsonl"), "b")
    // Another name of the same file.
    linkSync(join(folder, "b.rejected.jsonl"), join(folder, "d.rejected.jsonl"))
    await onto(join(folder, "b.rejected.jsonl"), "d")
    expect(readdirSync(folder).filter((name) => name.startsWith(".zoo"))).toEqual([])
  })
})
