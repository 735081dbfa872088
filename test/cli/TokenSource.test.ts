import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Layers from "../../src/cli/Layers.js"
import * as Settings from "../../src/cli/Settings.js"
import * as TokenSource from "../../src/cli/TokenSource.js"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Balances from "../../src/services/Balances.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import { asNobody } from "../infra/store/Nobody.js"

const withFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "zoo-runway-hosts-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

const hosts = '["api.zoo.dev"]\ntoken = "of-zoo"\ndefault = true\n["zoo.internal"]\ntoken = "of-internal"\n'

/** A folder with `hosts.toml`, and the environment that names it. */
const withHosts = (text: string | Uint8Array = hosts) =>
  Effect.map(withFolder, (folder) => {
    const path = join(folder, "hosts.toml")
    writeFileSync(path, text)
    return { path, environment: { ZOO_CONFIG_DIR: folder } }
  })

const find = (environment: TokenSource.Environment, baseUrl?: string) =>
  TokenSource.find(environment, Option.fromNullable(baseUrl))

const make = (environment: TokenSource.Environment, written: Partial<Settings.Written> = {}) =>
  Settings.make({ subject: "me", ...written }, environment)

/** The token that would be sent now. */
const current = (environment: TokenSource.Environment, written: Partial<Settings.Written> = {}) =>
  Effect.gen(function* () {
    const { baseUrl, source } = yield* make(environment, written)
    if (source._tag === "Offline") return yield* Effect.dieMessage("it is offline")
    const token = yield* Effect.flatMap(source.credentials, (credentials) => credentials.current)
    return [Option.getOrUndefined(baseUrl), Redacted.value(Option.getOrThrow(token))]
  })

describe("The token", () => {
  it.effect("comes from the first variable that has one, and the file is not looked at", () =>
    Effect.gen(function* () {
      const { environment } = yield* withHosts("damaged [")
      const all: Record<string, string> = { ...environment }
      for (const name of [...TokenSource.VARIABLES].reverse()) {
        all[name] = `of-${name}`
        const found = Option.getOrThrow(yield* find(all))
        expect(found).toMatchObject({ _tag: "Variable", name })
        expect(Redacted.value(found.token)).toBe(`of-${name}`)
      }
      expect(TokenSource.VARIABLES).toEqual(["ZOO_API_TOKEN", "ZOO_TOKEN", "KITTYCAD_API_TOKEN", "KITTYCAD_TOKEN"])
      const empty = { ZOO_API_TOKEN: "", ZOO_TOKEN: "", KITTYCAD_TOKEN: "last" }
      expect(Option.getOrThrow(yield* find(empty))).toMatchObject({ name: "KITTYCAD_TOKEN" })
      expect(yield* Effect.flip(find({ ...environment, ZOO_TOKEN: "" }))).toMatchObject({ _tag: "UnusableToken" })
    }).pipe(Effect.scoped),
  )

  it.effect("of a variable that cannot be sent is named by its variable, and not passed over for another one", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(find({ KITTYCAD_API_TOKEN: "sec\nret", KITTYCAD_TOKEN: "fine" }))
      expect(failure.message).toMatch(
        /^the token of KITTYCAD_API_TOKEN has a character that cannot be sent .*: set it to/,
      )
      expect(failure.message).not.toMatch(/sec|ret\b/)
    }),
  )

  it("is looked for in the file of the official command line", () => {
    expect(TokenSource.pathOf({ ZOO_CONFIG_DIR: "/a", XDG_CONFIG_HOME: "/b" })).toBe("/a/hosts.toml")
    expect(TokenSource.pathOf({ ZOO_CONFIG_DIR: "", XDG_CONFIG_HOME: "/b" })).toBe("/b/zoo/hosts.toml")
    for (const ignored of [undefined, "", "relative", "./config"]) {
      expect(TokenSource.pathOf({ XDG_CONFIG_HOME: ignored })).toMatch(/^\/.*\/\.config\/zoo\/hosts\.toml$/)
    }
  })

  it.effect("of the file brings its base URL along, and is chosen by the one that is given", () =>
    Effect.gen(function* () {
      const { environment } = yield* withHosts()
      expect(yield* current(environment)).toEqual(["https://api.zoo.dev", "of-zoo"])
      expect(yield* current({ ...environment, ZOO_HOST: "zoo.internal" })).toEqual([
        "https://zoo.internal",
        "of-internal",
      ])
      const named = { baseUrl: "https://API.zoo.dev/" }
      expect(yield* current({ ...environment, ZOO_HOST: "zoo.internal" }, named)).toEqual([
        "https://api.zoo.dev",
        "of-zoo",
      ])
      expect(yield* current({ ...environment, ZOO_TOKEN: "t" })).toEqual([undefined, "t"])
      const other = yield* Effect.flip(make(environment, { baseUrl: "https://example.com" }))
      expect(other).toMatchObject({ _tag: "ConfigurationError" })
      expect(other.message).toMatch(/hosts\.toml has no token for https:\/\/example\.com: /)
    }).pipe(Effect.scoped),
  )

  it.effect("is missing where there is neither a variable nor a file, or nobody in it", () =>
    Effect.gen(function* () {
      const { environment, path } = yield* withHosts("")
      for (const nowhere of [environment, { ZOO_CONFIG_DIR: join(path, "no") }, { ZOO_CONFIG_DIR: "/none" }]) {
        expect(yield* find(nowhere)).toEqual(Option.none())
        expect(yield* Effect.flip(make(nowhere))).toMatchObject({
          message: expect.stringMatching(/^no token: set ZOO_/),
        })
      }
    }).pipe(Effect.scoped),
  )

  it.effect("of a file that cannot be read is no guess: the file is named, with what to do", () =>
    Effect.gen(function* () {
      const { environment, path } = yield* withHosts(Uint8Array.of(0x5b, 0xff, 0xfe))
      const line = () => Effect.map(Effect.flip(make(environment)), ({ _tag, message }) => `${_tag} ${message}`)
      const cannot = `ConfigurationError ${path} cannot be read`
      expect(yield* line()).toBe(
        `${cannot} (it is no text in UTF-8): mend the file or its rights, or set ZOO_API_TOKEN`,
      )
      writeFileSync(path, "#".repeat(1_100_000))
      expect(yield* line()).toMatch(`${cannot} (it is larger than any list of hosts)`)
      rmSync(path)
      mkdirSync(path)
      expect(yield* line()).toMatch(`${cannot} (it is no file)`)
      rmSync(path, { recursive: true })
      writeFileSync(path, hosts, { mode: 0o000 })
      expect(yield* asNobody(line())).toMatch(`${cannot} (EACCES)`)
    }).pipe(Effect.scoped),
  )
})

describe("Offline, no token is needed", () => {
  it.effect("and one that can be had tells whose balance is meant", () =>
    Effect.gen(function* () {
      const { environment } = yield* withHosts()
      const { baseUrl, source } = yield* make(environment, { offline: true })
      expect(source._tag === "Offline" && Option.map(source.token, Redacted.value)).toEqual(Option.some("of-zoo"))
      // What is kept from another host is meant as well.
      expect(baseUrl).toEqual(Option.none())
    }).pipe(Effect.scoped),
  )

  it.effect("and one that could not be sent is no reason to take another account for its own", () =>
    Effect.gen(function* () {
      for (const token of ["two words", "line\nbreak", "ümlaut"]) {
        const { source } = yield* make({ ZOO_TOKEN: token }, { offline: true })
        expect(source._tag === "Offline" && Option.map(source.token, Redacted.value)).toEqual(Option.some(token))
      }
    }),
  )

  it.effect("and a file or a blank variable that cannot tell one is passed over", () =>
    Effect.gen(function* () {
      const { environment } = yield* withHosts("damaged [")
      for (const unusable of [environment, { ZOO_TOKEN: " " }]) {
        for (const written of [{ offline: true }, { asOf: "1969-01-01T00:00:00Z" }]) {
          const { source } = yield* make(unusable, written)
          expect(source).toEqual(Settings.Source.Offline({ token: Option.none() }))
        }
      }
    }).pipe(Effect.scoped),
  )
})

describe("A token of the file that was refused", () => {
  const refuse = (environment: TokenSource.Environment) =>
    Effect.gen(function* () {
      const found = Option.getOrThrow(yield* find(environment))
      const credentials = yield* TokenSource.credentials(found)
      return { found, renewed: Effect.map(credentials.renewed(found.token), Option.map(Redacted.value)) }
    })

  it.effect("is read anew for the same host, whatever the file says by then of defaults", () =>
    Effect.gen(function* () {
      const { environment, path } = yield* withHosts()
      const { renewed } = yield* refuse(environment)
      expect(yield* renewed).toEqual(Option.none())
      writeFileSync(
        path,
        '["zoo.internal"]\ntoken = "of-internal"\ndefault = true\n["https://api.zoo.dev/"]\ntoken = "rotated"\n',
      )
      expect(yield* renewed).toEqual(Option.some("rotated"))
    }).pipe(Effect.scoped),
  )

  it.effect("is kept where the file has no other one by then, or is being written", () =>
    Effect.gen(function* () {
      const { environment, path } = yield* withHosts()
      const { renewed } = yield* refuse(environment)
      for (const text of ["", '["api.zoo', '["zoo.internal"]\ntoken = "of-internal"\n']) {
        writeFileSync(path, text)
        expect(yield* renewed).toEqual(Option.none())
      }
    }).pipe(Effect.scoped),
  )

  it.effect("of a variable is refused for good", () =>
    Effect.gen(function* () {
      const { renewed } = yield* refuse({ ZOO_API_TOKEN: "t" })
      expect(yield* renewed).toEqual(Option.none())
    }),
  )

  it.scopedLive("is sent as it was rotated to, by a process that runs on", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make()
      const logIn = (token: string) => `["${stub.baseUrl}"]\ntoken = "${token}"\n`
      const { environment, path } = yield* withHosts(logIn("revoked-token"))
      const settings = yield* make(environment, { db: join(path, "..", "history.db") })
      yield* Effect.gen(function* () {
        const balances = yield* Balances.Balances
        expect(yield* Effect.flip(balances.refresh(Subject.me))).toMatchObject({ _tag: "Refused" })
        writeFileSync(path, logIn("example-token"))
        expect(yield* balances.refresh(Subject.me)).toMatchObject({ _tag: "Fresh" })
      }).pipe(Effect.provide(Layers.of(settings)))
      expect(stub.requests.map(({ token }) => token)).toEqual(
        expect.arrayContaining(["revoked-token", "example-token"]),
      )
    }),
  )
})
