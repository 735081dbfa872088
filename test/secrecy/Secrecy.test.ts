import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Driver from "../../src/infra/store/sqlite/Driver.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import { withStub } from "../infra/zoo/World.js"
import { type Finding, ofThisFile, Secrecy } from "../support/Secrecy.js"
import * as Hooks from "../support/SecrecyHooks.js"

/** A token of this file, made of parts so that the source does not hold it. */
const planted = ["planted", "0a1b2c3d", "4e5f"].join("-")

const wheres = (findings: ReadonlyArray<Finding>): ReadonlyArray<string> => [
  ...new Set(findings.map(({ where }) => where)),
]

const folder = (): string => mkdtempSync(join(tmpdir(), "zoo-runway-secrecy-"))

/** What the scan of this very file finds, which makes it clean again. */
const found = (): ReadonlyArray<string> => wheres(ofThisFile.take())

describe("Secrecy", () => {
  describe("finds a secret", () => {
    const secret = 'api-0a1b/2c3d?"4e5f'
    const searched = (text: string): ReadonlyArray<Finding> => {
      const secrecy = new Secrecy()
      secrecy.learn(secret)
      secrecy.note("text", text)
      return secrecy.take()
    }

    it.each([
      ["plain", secret],
      ["JSON", JSON.stringify({ text: secret })],
      ["URL", encodeURIComponent(secret)],
      ["hex", Buffer.from(secret).toString("hex")],
      ...["", "x", "xy", "Bearer "].map((before) => ["base64", Buffer.from(before + secret).toString("base64")]),
      ...["", "x", "xy"].map((before) => ["base64", Buffer.from(`${before}${secret} and`).toString("base64url")]),
    ])("as %s in %s", (form, text) => {
      expect(searched(`before ${text} after`)).toEqual([expect.objectContaining({ where: "text", form })])
    })

    it("and shows what stands around it without it", () => {
      expect(searched(`before ${secret} after`)).toEqual([{ where: "text", form: "plain", around: "before […] after" }])
    })

    it("that is learnt after the text was noted", () => {
      const secrecy = new Secrecy()
      secrecy.note("text", planted)
      secrecy.learn(planted)
      expect(secrecy.take()).toHaveLength(1)
    })

    it("that is written in two parts", () => {
      const secrecy = new Secrecy()
      secrecy.learn(planted)
      const tell = secrecy.stream("stream")
      tell(planted.slice(0, 9))
      tell(planted.slice(9))
      expect(wheres(secrecy.take())).toEqual(["stream"])
    })

    it("once: what was taken is not found again", () => {
      const secrecy = new Secrecy()
      secrecy.learn(planted)
      secrecy.note("text", planted)
      expect(secrecy.take()).toHaveLength(1)
      expect(secrecy.take()).toEqual([])
    })
  })

  it.each(["token", "constructor", "__proto__", "aaaa-aaaa-aaaa", ""])(
    "takes %j for no secret, but for a word",
    (word) => {
      const secrecy = new Secrecy()
      secrecy.learn(word)
      expect(secrecy.secrets).toEqual([])
    },
  )

  describe("in a file of tests", () => {
    beforeEach(() => {
      Redacted.make(planted)
    })

    it("knows what is redacted, and what servers are asked with", async () => {
      await Effect.runPromise(
        Effect.scoped(
          Effect.gen(function* () {
            const stub = yield* StubZoo.make()
            const token = ["sent", "1b2c3d4e"].join("-")
            yield* Effect.promise(() => fetch(stub.baseUrl, { headers: { authorization: `Bearer ${token}` } }))
            expect(ofThisFile.secrets).toEqual(expect.arrayContaining([planted, token]))
          }),
        ),
      )
    })

    it("knows the payment secrets of the fixtures", () => {
      expect(ofThisFile.secrets.filter((secret) => secret.startsWith("pi_")).length).toBeGreaterThanOrEqual(4)
    })

    it("finds a secret in a log that no logger writes", () => {
      Effect.runSync(
        Effect.logTrace("asked", { with: planted }).pipe(
          Logger.withMinimumLogLevel(LogLevel.All),
          Effect.provide(Logger.remove(Logger.defaultLogger)),
        ),
      )
      expect(found()).toEqual(["log"])
    })

    it("finds a secret in an annotation of a log", () => {
      Effect.runSync(Effect.logTrace("asked").pipe(Effect.annotateLogs("token", planted)))
      expect(found()).toEqual(["log"])
    })

    it.each([
      ["name", Effect.withSpan(Effect.void, planted)],
      ["attribute", Effect.withSpan(Effect.void, "span", { attributes: { token: planted } })],
      ["later attribute", Effect.withSpan(Effect.annotateCurrentSpan("token", planted), "span")],
      [
        "event",
        Effect.withSpan(
          Effect.flatMap(Effect.currentSpan, (span) => Effect.sync(() => span.event(planted, 0n))),
          "span",
        ),
      ],
    ])("finds a secret in the %s of a span", (_, effect) => {
      Effect.runSync(effect)
      expect(found()).toEqual(["span"])
    })

    it.each([
      ["message", () => new Error(planted)],
      ["cause", () => new Error("failed", { cause: new Error(planted) })],
      ["own property", () => Object.assign(new Error("failed"), { request: { headers: { authorization: planted } } })],
      ["JSON", () => ({ toJSON: () => planted })],
    ])("finds a secret in the %s of a failure and of a defect", (_, error) => {
      Effect.runSyncExit(Effect.fail(error()))
      expect(found()).toContain("error")
      Effect.runSyncExit(Effect.die(error()))
      expect(found()).toContain("error")
    })

    it("finds a secret in a failure that is handled outside of its span", () => {
      Effect.runSync(Effect.fail(planted).pipe(Effect.withSpan("span"), Effect.ignore))
      expect(found()).toEqual(["error"])
    })

    it("finds nothing in an interruption", () => {
      Effect.runSyncExit(Effect.annotateCurrentSpan("token", "none").pipe(Effect.zipRight(Effect.interrupt)))
      expect(found()).toEqual([])
    })

    it("finds a secret among the tags of a metric", () => {
      const counted = ["counted", "7c8d9e0f"].join("-")
      Effect.runSync(Metric.increment(Metric.tagged(Metric.counter("secrecy"), "token", counted)))
      const secrecy = new Secrecy()
      secrecy.learn(counted)
      Hooks.overhearMetrics(secrecy)
      expect(wheres(secrecy.take())).toEqual(["metric"])
    })

    it("finds a secret that is printed", () => {
      const secrecy = new Secrecy()
      secrecy.learn(planted)
      const nothing = (..._: ReadonlyArray<unknown>): void => {}
      const [log, info, warn, error, debug, trace, table, dir] = Array<typeof nothing>(8).fill(nothing)
      const quiet = { log, info, warn, error, debug, trace, table, dir }
      Hooks.overhearConsole(secrecy, quiet)
      quiet.log?.("%s", { deep: { planted } })
      expect(wheres(secrecy.take())).toEqual(["console"])
      expect(console.log.name).toBe("hooked")
      expect([process.stdout.write.name, process.stderr.write.name]).toEqual(["hooked", "hooked"])
    })

    it("finds a secret that a child prints, and one of its environment", async () => {
      const own = ["child", "5f6a7b8c"].join("-")
      const script = "console.log(process.env.ZOO_API_TOKEN); console.error(process.argv[1])"
      const child = spawn(process.execPath, ["-e", script, planted], { env: { ZOO_API_TOKEN: own } })
      child.stdout.resume()
      child.stderr.resume()
      await once(child, "close")
      expect(found()).toEqual(["stdout of a child", "stderr of a child"])
    })

    it("finds a secret in a database that is removed with its folder", () => {
      const at = folder()
      const file = join(at, "history.db")
      const database = Driver.open(file)
      database.exec("CREATE TABLE kept (text TEXT)")
      database.prepare("INSERT INTO kept VALUES (?)").run(planted)
      database.close()
      rmSync(at, { recursive: true })
      expect(found()).toEqual([`file ${file}`])
    })

    it("finds a secret in a file that a child leaves in a folder of a folder", async () => {
      const at = folder()
      mkdirSync(join(at, "deep"))
      const file = join(at, "deep", "left.txt")
      const child = spawn(process.execPath, ["-e", "fs.writeFileSync(process.argv[1], process.argv[2])", file, planted])
      await once(child, "close")
      await rm(at, { recursive: true })
      expect(found()).toEqual([`file ${file}`])
    })

    it("leaves alone what tests write themselves", () => {
      const at = folder()
      writeFileSync(join(at, "hosts.toml"), `token = "${planted}"`)
      rmSync(at, { recursive: true })
      expect(found()).toEqual([])
    })

    it.effect("finds nothing in a call that is refused", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext({ status: 401 })
          const error = yield* Effect.flip(zoo.balance({ subject: Subject.me }))
          expect(error._tag).toBe("Refused")
          expect(found()).toEqual([])
        }),
      ),
    )
  })
})
