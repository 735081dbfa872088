import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { run } from "./run.js"

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
    expect(err).toBe("zoo-runway: 4 of 6 lines are no customer balance\n")
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
      'zoo-runway: the body is no customer balance: at $.subscription_details.modeling_app.price.price expected money as a plain decimal such as "41.26", found the text "17,07"\n',
    )
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
