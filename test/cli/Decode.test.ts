import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { setImmediate } from "node:timers/promises"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import * as Decode from "../../src/cli/commands/Decode.js"
import { Terminal } from "../../src/cli/Terminal.js"
import { run, start } from "./run.js"
import { recording } from "./TestTerminal.js"

const text = readFileSync(new URL("../fixtures/reference-2025-05-07.json", import.meta.url), "utf8")
const numbers = readFileSync(new URL("../fixtures/reference-2025-05-07-numbers.json", import.meta.url), "utf8")
const oneLine = (body: string) => JSON.stringify(JSON.parse(body))

describe("zoo-runway decode", () => {
  it("answers the reference body with its canonical balance, from a file and from standard input", async () => {
    const file = new URL("../fixtures/reference-2025-05-07.json", import.meta.url).pathname
    const [fromFile, fromInput] = await Promise.all([
      run(["decode", file, "--json"]),
      run(["decode", "--json"], { input: text }),
    ])
    expect(fromFile).toEqual({ code: 0, out: fromInput.out, err: "" })
    const answer = JSON.parse(fromFile.out)
    expect(answer).toMatchObject({
      ok: true,
      drift: [],
      balance: {
        monthly: { value: "41.26", credits: "5" },
        stable: { _tag: "Granted", value: "63.35", credits: "6" },
        due: { _tag: "Due", usd: "86.32" },
        subscription: { name: "team", allowance: { value: "63.21", credits: "14" }, creditPrice: "99.36" },
      },
    })
  })

  it("prints a table for people", async () => {
    const { code, out } = await run(["decode"], { input: numbers })
    expect(code).toBe(0)
    expect(out).toMatch(/monthly +41\.26 +USD +of 63\.21, 5 credits/)
    expect(out).toMatch(/stable +63\.35 +USD +6 credits/)
    expect(out).toMatch(/Amount due +86\.32 +USD/)
    expect(out).toContain("team, 17.07 USD per user and day")
    expect(out).not.toContain(String.fromCharCode(27))
  })

  it("answers one line for each line, in order, blank ones too, and exits with 65 where some were none", async () => {
    const input = [oneLine(text), "", "{", '{"a":1}', oneLine(text), "<html><title>502</title></html>"].join("\n")
    const { code, err, out } = await run(["decode", "--lines"], { input })
    const answers = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(answers.map((answer) => (answer.ok ? "ok" : answer.error.kind))).toEqual([
      "ok",
      "NotJson",
      "NotJson",
      "Invalid",
      "ok",
      "Html",
    ])
    expect(answers[3].error).toMatchObject({
      _tag: "BodyRejected",
      issues: expect.arrayContaining([expect.objectContaining({ path: "$.created_at" })]),
    })
    expect(code).toBe(65)
    expect(err).toBe("zoo-runway: 4 of 6 lines rejected\n")
  })

  it("answers a last line without a newline, and none for the end of the file", async () => {
    const body = oneLine(numbers)
    const [without, withNewline, empty] = await Promise.all([
      run(["decode", "--lines"], { input: body }),
      run(["decode", "--lines"], { input: `${body}\n` }),
      run(["decode", "--lines"], { input: "" }),
    ])
    expect(without.out).toBe(withNewline.out)
    expect(without.out.split("\n")).toHaveLength(2)
    expect(empty).toEqual({ code: 0, out: "", err: "" })
  })

  it("names path, expected and found of a wrong body in one line", async () => {
    const { code, err, out } = await run(["decode"], { input: text.replace('"17.07"', '"17,07"') })
    expect({ code, out }).toEqual({ code: 65, out: "" })
    expect(err).toBe(
      'zoo-runway: the body is no customer balance: at $.subscription_details.modeling_app.price.price expected money as a plain decimal such as "41.26", found a text of 5 characters\n',
    )
  })

  it("answers lines that end with CR LF", async () => {
    const input = ["", oneLine(text), "", `${oneLine(text)}${" ".repeat(1_048_576 - oneLine(text).length)}`, ""].join(
      "\r\n",
    )
    const { code, out } = await run(["decode", "--lines"], { input })
    const answers = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(answers.map(({ ok }) => ok)).toEqual([false, true, false, true])
    expect(answers[1]).toEqual(answers[3])
    expect(answers[2].error.message).toContain("found an empty body")
    expect(code).toBe(65)
  })

  it("answers nothing for an empty file", async () => {
    expect(await run(["decode", "--lines", "/dev/null"])).toEqual({ code: 0, out: "", err: "" })
  })

  it("rejects a line that is too large without reading it into memory, and goes on", async () => {
    const { code, out } = await run(["decode", "--lines"], { input: `${"x".repeat(3_000_000)}\n${oneLine(text)}\n` })
    const answers = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(answers.map((answer) => (answer.ok ? "ok" : answer.error.kind))).toEqual(["TooLarge", "ok"])
    expect(code).toBe(65)
  })

  it("says what to do about a file that cannot be read", async () => {
    const { code, err } = await run(["decode", "no-such-file.json"])
    expect(code).toBe(66)
    expect(err).toBe("zoo-runway: cannot read no-such-file.json (ENOENT): name a file that can be read\n")
  })
})

describe("zoo-runway decode and drift", () => {
  const drifting = oneLine(text).replace("{", '{"brand_new":1,"total_due":"7",')
  const found = [
    "UnknownField at $.brand_new: expected a published field, found a number of 1 character",
    "DuplicateKey at $.total_due: expected each key once, found the key more than once",
  ]

  it("tells people of every finding in a line of its own", async () => {
    const { code, err, out } = await run(["decode"], { input: drifting })
    expect(code).toBe(0)
    expect(out).toMatch(/monthly +41\.26/)
    expect(err).toBe(found.map((line) => `zoo-runway: ${line}\n`).join(""))
  })

  it("says that there may be more than it tells", async () => {
    const many = Array.from({ length: 60 }, (_, index) => `"new_${index}":1,`).join("")
    const { err } = await run(["decode"], { input: oneLine(text).replace("{", `{${many}`) })
    const lines = err.trimEnd().split("\n")
    expect(lines).toHaveLength(51)
    expect(lines[50]).toBe("zoo-runway: there may be more: the first 50 findings of a body are told")
  })

  it("rejects a body that has any with --strict", async () => {
    const [plain, json, without] = await Promise.all([
      run(["decode", "--strict"], { input: drifting }),
      run(["decode", "--strict", "--json"], { input: drifting }),
      run(["decode", "--strict"], { input: text }),
    ])
    const message =
      "the body is no customer balance: at $.brand_new expected a published field, found a number of 1 character (and 1 more)"
    expect(plain).toEqual({ code: 65, out: "", err: `zoo-runway: ${message}\n` })
    expect(json.code).toBe(65)
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { kind: "Invalid", message, issues: [{}, {}] } })
    expect(without).toMatchObject({ code: 0, err: "" })
  })

  it("rejects the lines that have any with --strict", async () => {
    const input = [oneLine(text), drifting, oneLine(text)].join("\n")
    const [strict, tolerant] = await Promise.all([
      run(["decode", "--lines", "--strict"], { input }),
      run(["decode", "--lines"], { input }),
    ])
    const verdicts = (out: string) =>
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).ok)
    expect(verdicts(strict.out)).toEqual([true, false, true])
    expect(strict).toMatchObject({ code: 65, err: "zoo-runway: 1 of 3 lines rejected\n" })
    expect(verdicts(tolerant.out)).toEqual([true, true, true])
    expect(tolerant).toMatchObject({ code: 0, err: "" })
  })
})

describe("zoo-runway decode --lines as a stream", () => {
  it("needs less memory than the input is long: 140 MB, most of it in lines that are too long", async () => {
    const balances = `${oneLine(text)}\n`.repeat(400)
    const block = Buffer.from(`${balances}${"x".repeat(1_500_000)}\n${"[".repeat(200_000)}\n`)
    const blocks = 65
    // Where Linux tells the most of this program, that: `maxRSS` begins with what its parent had.
    const told = `import fs from "node:fs"
      const most = () => {
        const status = fs.existsSync("/proc/self/status") ? fs.readFileSync("/proc/self/status", "utf8") : ""
        return /VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS
      }
      process.on("exit", () => process.stderr.write(most() + "\\n"))`
    const child = start(["decode", "--lines"], {
      // A small young generation, so that garbage is not taken for need.
      node: [
        "--max-old-space-size=48",
        "--max-semi-space-size=1",
        "--import",
        `data:text/javascript,${encodeURIComponent(told)}`,
      ],
    })
    let [lines, err] = [0, ""]
    child.stdout.on("data", (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 10) lines++
    })
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString()
    })
    const closed = once(child, "close")
    await pipeline(Readable.from(Array<Buffer>(blocks).fill(block)), child.stdin)
    expect((await closed)[0]).toBe(65)
    expect(lines).toBe(402 * blocks)
    const [summary = "", kilobytes = ""] = err.split("\n")
    expect(summary).toBe(`zoo-runway: ${2 * blocks} of ${402 * blocks} lines rejected`)
    expect(Number(kilobytes)).toBeGreaterThan(20_000)
    expect(Number(kilobytes) * 1024).toBeLessThan(block.length * blocks)
  })

  it("ends without a word when its reader goes, though more input may come", async () => {
    const child = start(["decode", "--lines"])
    let err = ""
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString()
    })
    const closed = once(child, "close")
    // The input is never ended.
    const feed = () => {
      while (child.stdin.writable && child.stdin.write(`${oneLine(text)}\n`.repeat(100))) {}
    }
    child.stdin.on("drain", feed)
    feed()
    await once(child.stdout, "data")
    child.stdout.destroy()
    await closed
    expect(err).toBe("")
  })

  it("ends on a signal while it waits for input", async () => {
    const child = start(["decode", "--lines"])
    child.stdin.write(`${oneLine(text)}\n`)
    await once(child.stdout, "data")
    const closed = once(child, "close")
    child.kill("SIGINT")
    expect((await closed)[0]).toBe(130)
  })

  it("reads and prints nothing more while what was printed is not taken", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zoo-runway-decode-"))
    const file = join(folder, "bodies.jsonl")
    const [blank, count] = [20_000, 1000]
    writeFileSync(file, "\n".repeat(blank) + `${oneLine(text)}\n`.repeat(count))
    const printed: Array<string> = []
    const [before, after] = await Effect.runPromise(
      Effect.gen(function* () {
        const [begun, taken] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const print = (lines: string) =>
          Effect.sync(() => printed.push(lines)).pipe(
            Effect.zipRight(Deferred.succeed(begun, undefined)),
            Effect.zipRight(Deferred.await(taken)),
          )
        const decoding = yield* Decode.run({ file, lines: true, json: false, strict: false }).pipe(
          Effect.provideService(Terminal, { ...recording().terminal, print }),
          Effect.either,
          Effect.fork,
        )
        yield* Deferred.await(begun)
        // Time enough to read the whole file, were it not for the reader.
        for (let turn = 0; turn < 200; turn++) yield* Effect.promise(() => setImmediate())
        const before = printed.length
        yield* Deferred.succeed(taken, undefined)
        yield* Fiber.join(decoding)
        return [before, printed.length]
      }),
    ).finally(() => rmSync(folder, { recursive: true }))
    expect(before).toBe(1)
    expect(after).toBeGreaterThan(5)
    expect(printed.join("\n").split("\n")).toHaveLength(blank + count)
    // However many lines a chunk has, their answers are not held together.
    expect(Math.max(...printed.map((batch) => batch.length))).toBeLessThan(100_000)
  })
})
