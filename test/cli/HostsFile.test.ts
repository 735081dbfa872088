import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { stringify } from "smol-toml"
import * as HostsFile from "../../src/cli/HostsFile.js"

const ZOO = "https://api.zoo.dev"

const twoHosts = `
["https://api.zoo.dev/"]
token = "token-of-zoo"
user = "ada@example.com"
default = true

["zoo.internal:8443"]
token = "token-of-internal"
user = "ada@example.com"
`

/** What a text gives for a base URL, in the open: the base URL and the token, or the words for the user. */
const tokenOf = (text: string, baseUrl?: string) =>
  Either.match(
    Either.flatMap(HostsFile.decode(text), (hosts) => HostsFile.choose(hosts, Option.fromNullable(baseUrl))),
    {
      onLeft: (flaw) => {
        const { advice, what } = HostsFile.words(flaw)
        return `${what}: ${advice}`
      },
      onRight: Option.match({
        onNone: () => "none",
        onSome: ({ baseUrl: url, token }) => [url, Redacted.value(token)],
      }),
    },
  )

describe("The token of hosts.toml", () => {
  it("is that of the default host, which is the base URL, where no base URL is given", () => {
    expect(tokenOf(twoHosts)).toEqual([ZOO, "token-of-zoo"])
  })

  it("is that of the only host, whether it is the default or not", () => {
    expect(tokenOf('["zoo.internal"]\ntoken = "t"')).toEqual(["https://zoo.internal", "t"])
    expect(tokenOf('["zoo.internal"]\ntoken = "t"\ndefault = false')).toEqual(["https://zoo.internal", "t"])
  })

  it("is none where there is no host", () => {
    expect(tokenOf("")).toBe("none")
    expect(tokenOf("\ufeff# nobody is logged in\n", ZOO)).toBe("none")
  })

  it.each([
    ["https://zoo.internal:8443", "token-of-internal"],
    [ZOO, "token-of-zoo"],
    ["https://api.zoo.dev/behind/a/path", "token-of-zoo"],
  ])("is that of the host of %s", (baseUrl, token) => {
    expect(tokenOf(twoHosts, baseUrl)).toEqual([baseUrl, token])
  })

  it.each([
    "api.zoo.dev",
    "API.Zoo.Dev",
    "api.zoo.dev:443",
    "https://api.zoo.dev",
    "https://api.zoo.dev/",
    "HTTPS://API.ZOO.DEV:443/",
  ])("is found for the API's own host by the name %s", (name) => {
    expect(tokenOf(`["${name}"]\ntoken = "t"`, ZOO)).toEqual([ZOO, "t"])
    expect(tokenOf(`["${name}"]\ntoken = "t"`)).toEqual([ZOO, "t"])
  })

  it("is found for a loopback host without a scheme, over http too", () => {
    expect(tokenOf('["127.0.0.1:8080"]\ntoken = "t"', "http://127.0.0.1:8080")).toEqual(["http://127.0.0.1:8080", "t"])
    expect(tokenOf('["http://localhost"]\ntoken = "t"', "http://localhost")).toEqual(["http://localhost", "t"])
  })

  it.each([
    "https://zoo.internal",
    "https://zoo.internal:443",
    "https://api.zoo.dev.example.com",
    "https://example.com",
    "https://api.zoo.dev:8443",
    "http://127.0.0.1",
  ])("never goes to %s, another host", (baseUrl) => {
    expect(tokenOf(twoHosts, baseUrl)).toBe(
      `has no token for ${baseUrl}: log in there with the official command line, or set ZOO_API_TOKEN`,
    )
  })

  it("is not sent to a host under another scheme than the file says", () => {
    expect(tokenOf('["http://localhost:8443"]\ntoken = "t"', "https://localhost:8443")).toMatch(/^has no token for/)
  })
})

describe("A hosts.toml that leaves a doubt, or is damaged, says so in one line", () => {
  it.each<[string, string, string | undefined, RegExp]>([
    ["no TOML", 'token = "secret', undefined, /^is not valid TOML in line 1: mend it, or set ZOO_API_TOKEN$/],
    ["a bare token", "# mine\nsecret-api-token", undefined, /^is not valid TOML in line 2: /],
    ["the same table twice", '["a"]\ntoken="secret"\n["a"]\n', undefined, /^is not valid TOML in line 3: /],
    [
      "a token outside of a table",
      'token = "secret"',
      undefined,
      /^has a value outside of the tables of hosts: mend it/,
    ],
    ["an array of tables", '[["a.b"]]\ntoken = "secret"', undefined, /^has a value outside of the tables of hosts: /],
    ["a token that is a number", '["a.b"]\ntoken = 5550123', undefined, /^has a token that is not a text: /],
    [
      "a default that is a text",
      '["a.b"]\ntoken = "secret"\ndefault = "yes"',
      undefined,
      /^has a default that is not true or false: /,
    ],
    [
      "a host that is not quoted",
      '[api.zoo.dev]\ntoken = "secret"',
      undefined,
      /^has a table of tables in place of a host: write hosts in quotes, such as \["api.zoo.dev"\], /,
    ],
    [
      "several defaults",
      '["a.b"]\ndefault = true\ntoken = "secret"\n["c.d"]\ndefault = true',
      undefined,
      /^has several hosts with default = true: leave it at one, or name the host with --base-url$/,
    ],
    [
      "no default among several",
      '["a.b"]\ntoken = "secret"\n["c.d"]\ntoken = "secret"',
      undefined,
      /^has several hosts and none with default = true: set it for one, /,
    ],
    [
      "a host twice",
      '["api.zoo.dev"]\ntoken = "secret"\n["https://api.zoo.dev/"]\ntoken = "secret"',
      ZOO,
      /^has the same host more than once: /,
    ],
    ["a host without a token", '["a.b"]\nuser = "ada"', undefined, /^has a host without a token: log in there /],
    ["an empty token", '["a.b"]\ntoken = ""', "https://a.b", /^has a host without a token: log in there /],
    ["a blank token", '["a.b"]\ntoken = " "', undefined, /^has a token that is blank: log in there /],
    ["a token of two lines", '["a.b"]\ntoken = "sec\\nret"', undefined, /^has a token that has a character/],
    [
      "plain http",
      '["http://a.b"]\ntoken = "secret"',
      undefined,
      /^has a host to which no token is sent \(http is for loopback only\): mend it/,
    ],
    [
      "a host with a password",
      '["https://ada:secret@a.b/?key=secret"]\ntoken = "secret"',
      undefined,
      /^has a host to which no token is sent \(it carries a user name or password\): mend it/,
    ],
    [
      "a host with a password among several",
      '["https://ada:secret@a.b/?key=secret"]\n["c.d"]',
      undefined,
      /^has several hosts and none with default = true: /,
    ],
  ])("%s", (_, text, baseUrl, line) => {
    const said = tokenOf(text, baseUrl)
    expect(said).toMatch(line)
    expect(said).not.toMatch(/secret|ret\b|5550123|ada|a\.b|c\.d|\n/)
  })

  it("several defaults are no doubt where the base URL is given", () => {
    const text = '["a.b"]\ndefault = true\ntoken = "one"\n["c.d"]\ndefault = true\ntoken = "two"'
    expect(tokenOf(text, "https://c.d")).toEqual(["https://c.d", "two"])
  })
})

const token = FastCheck.stringMatching(/^[A-Za-z0-9]{12,40}$/)
const host = FastCheck.oneof(
  FastCheck.domain(),
  FastCheck.domain().map((name) => `https://${name}/`),
)
const table = FastCheck.record(
  { token, default: FastCheck.boolean(), user: FastCheck.emailAddress() },
  { requiredKeys: ["token"] },
)
const tables = FastCheck.dictionary(host, table, { minKeys: 1, maxKeys: 5 })

/** A text with a few characters taken out, put in or doubled. */
const damaged = (text: string) =>
  FastCheck.array(FastCheck.tuple(FastCheck.nat(text.length), FastCheck.nat(3), FastCheck.string({ maxLength: 3 })), {
    maxLength: 3,
  }).map((cuts) => cuts.reduce((self, [at, more, put]) => self.slice(0, at) + put + self.slice(at + more), text))

describe("Laws of hosts.toml", () => {
  it.prop(
    "No text makes it throw.",
    [
      FastCheck.oneof(
        FastCheck.string({ maxLength: 200 }),
        FastCheck.string({ unit: FastCheck.constantFrom(..."[]{}\"'=.\n,#a1\\") }),
      ),
    ],
    ([text]) => {
      tokenOf(text)
      tokenOf(text, ZOO)
    },
  )

  it.prop(
    "A token goes to its own host, or nowhere.",
    [tables, Arbitrary.make(Schema.NonNegativeInt)],
    ([written, index]) => {
      const [[name = "", { token: own = "" } = {}] = []] = [
        Object.entries(written)[index % Object.keys(written).length],
      ]
      const baseUrl = `https://${new URL(HostsFile.withScheme(name)).host}`
      const isOnly = Object.keys(written).filter((each) => HostsFile.withScheme(each).startsWith(baseUrl)).length === 1
      FastCheck.pre(isOnly)
      expect(tokenOf(stringify(written), baseUrl)).toEqual([baseUrl, own])
      expect(tokenOf(stringify(written), "https://other.example.invalid")).toMatch(/^has no token for/)
    },
  )

  it.prop(
    "What is said of a damaged file is one line, and holds no token and no name of it.",
    [tables.chain((written) => FastCheck.tuple(FastCheck.constant(written), damaged(stringify(written))))],
    ([[written, text]]) => {
      for (const said of [tokenOf(text), tokenOf(text, "https://other.example.invalid")]) {
        if (typeof said !== "string") continue
        expect(said).not.toMatch(/[\r\n]/)
        // A short name may be a part of any word.
        for (const name of Object.keys(written)) if (name.length > 12) expect(said).not.toContain(name)
        for (const { token: secret } of Object.values(written)) {
          // Not even a part of it.
          for (let at = 0; at + 8 <= secret.length; at += 4) expect(said).not.toContain(secret.slice(at, at + 8))
        }
      }
    },
  )
})
