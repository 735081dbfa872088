/**
 * The tokens that the official command line keeps: `hosts.toml`, a table a host with `token` and `default = true`. Pure: text to tables, and
 * tables to the one that is meant.
 *
 * A token is for its own host: it is chosen by the host of the base URL, or it brings its host along. No flaw holds a token or any part of it.
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { parse, TomlError } from "smol-toml"
import * as Account from "../domain/history/Account.js"
import * as BearerToken from "../infra/zoo/BearerToken.js"
import * as TokenFlaw from "./TokenFlaw.js"

/** One table of the file. */
export interface Host {
  /** The host as the file names it: with a scheme or without. */
  readonly name: string
  /** `None` where there is none, or an empty one. */
  readonly token: Option.Option<Redacted.Redacted>
  readonly isDefault: boolean
}

/** The host that is meant, as a base URL, and its token, which can be sent. */
export interface Chosen {
  readonly baseUrl: string
  readonly token: Redacted.Redacted
}

/** What is wrong with the file, or keeps a token from being chosen. */
export type Flaw = Data.TaggedEnum<{
  /** `line`: where it is known. Columns are not told: that of a text's end gives the length of a token away. */
  NotToml: { readonly line: Option.Option<number> }
  WrongType: { readonly name: string; readonly field: Option.Option<string> }
  /** `[api.zoo.dev]` is a table within a table within a table. */
  HostNotQuoted: { readonly name: string }
  NoHost: { readonly why: string }
  SeveralDefaults: { readonly names: ReadonlyArray<string> }
  NoDefault: { readonly names: ReadonlyArray<string> }
  HostTwice: { readonly names: ReadonlyArray<string> }
  OtherHosts: { readonly wanted: string; readonly names: ReadonlyArray<string> }
  NoToken: { readonly name: string }
  Unsendable: { readonly name: string; readonly flaw: TokenFlaw.TokenFlaw }
}>

/** Constructors and matcher of flaws. */
export const Flaw = Data.taggedEnum<Flaw>()

const MOST_SHOWN = 80

/** A name as a message shows it: what stands before an @ may be a password, what stands in a query a token. */
const shown = (name: string): string => {
  const [plain = ""] = name.slice(name.lastIndexOf("@") + 1).split(/[?#]/)
  return JSON.stringify(plain.slice(0, MOST_SHOWN))
}

const MOST_NAMED = 5

const list = (names: ReadonlyArray<string>): string =>
  [...names.slice(0, MOST_NAMED).map(shown), ...(names.length > MOST_NAMED ? ["more"] : [])].join(", ")

/** What is wrong, to be said of the file, and what to do. */
export interface Words {
  readonly what: string
  readonly advice: string
}

const MEND: Pick<Words, "advice"> = { advice: "mend it, or set ZOO_API_TOKEN" }
const LOG_IN: Pick<Words, "advice"> = { advice: "log in there with the official command line, or set ZOO_API_TOKEN" }

/** A flaw in words. */
export const words: (flaw: Flaw) => Words = Flaw.$match({
  NotToml: ({ line }) => {
    const where = Option.match(line, { onNone: () => "", onSome: (number) => ` in line ${number}` })
    return { what: `is no TOML${where}`, ...MEND }
  },
  WrongType: ({ field, name }) => {
    const what = Option.match(field, {
      onNone: () => `has ${shown(name)}, which is no table of a host`,
      onSome: (key) => `has a ${key} for ${shown(name)} that is not ${key === "token" ? "a text" : "true or false"}`,
    })
    return { what, ...MEND }
  },
  HostNotQuoted: ({ name }) => ({
    what: `has a table ${shown(name)} with tables in it, and no host`,
    advice: 'write hosts in quotes, such as ["api.zoo.dev"], or set ZOO_API_TOKEN',
  }),
  NoHost: ({ why }) => ({ what: `names a host to which no token is sent: ${why}`, ...MEND }),
  SeveralDefaults: ({ names }) => ({
    what: `has several hosts with default = true (${list(names)})`,
    advice: "leave it at one, or name the host with --base-url",
  }),
  NoDefault: ({ names }) => ({
    what: `has several hosts and none with default = true (${list(names)})`,
    advice: "set it for one, or name the host with --base-url",
  }),
  HostTwice: ({ names }) => ({ what: `has the same host more than once (${list(names)})`, ...MEND }),
  OtherHosts: ({ names, wanted }) => ({ what: `has no token for ${wanted}, only for ${list(names)}`, ...LOG_IN }),
  NoToken: ({ name }) => ({ what: `has no token for ${shown(name)}`, ...LOG_IN }),
  Unsendable: ({ flaw, name }) => ({ what: `has a token for ${shown(name)} that ${TokenFlaw.words(flaw)}`, ...LOG_IN }),
})

const Table = Schema.Struct({ token: Schema.optional(Schema.String), default: Schema.optional(Schema.Boolean) })
const decodeTables = Schema.decodeUnknownEither(Schema.Record({ key: Schema.String, value: Table }))

const MOST_NESTED = 100

const readToml = (text: string): Either.Either<unknown, Flaw> =>
  Either.try({
    try: () => parse(text, { maxDepth: MOST_NESTED }),
    // Its message quotes the lines around the error, and a line may be that of the token.
    catch: (cause) => Flaw.NotToml({ line: cause instanceof TomlError ? Option.some(cause.line) : Option.none() }),
  })

const wrongType = (error: ParseResult.ParseError): Flaw => {
  const [first] = ParseResult.ArrayFormatter.formatErrorSync(error)
  const [name = "", field] = first?.path ?? []
  return Flaw.WrongType({ name: String(name), field: Option.map(Option.fromNullable(field), String) })
}

const isTable = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

/** The name of a table that has tables and no token. */
const notQuoted = (toml: unknown): string | undefined =>
  Object.entries(Object(toml)).find(
    ([, table]) => isTable(table) && !("token" in Object(table)) && Object.values(Object(table)).some(isTable),
  )?.[0]

/** The tables of the file, in their order. What a table has beside `token` and `default` is left alone. */
export const decode = (text: string): Either.Either<ReadonlyArray<Host>, Flaw> =>
  Either.gen(function* () {
    const toml = yield* readToml(text)
    const name = notQuoted(toml)
    if (name !== undefined) return yield* Either.left(Flaw.HostNotQuoted({ name }))
    const tables = yield* Either.mapLeft(decodeTables(toml), wrongType)
    return Object.entries(tables).map(([name, table]) => ({
      name,
      token: Option.map(
        Option.filter(Option.fromNullable(table.token), (token) => token !== ""),
        (token) => Redacted.make(token),
      ),
      isDefault: table.default ?? false,
    }))
  })

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i

/** The URL of a host that may be named without a scheme. */
export const withScheme = (name: string, scheme = "https:"): string => (SCHEME.test(name) ? name : `${scheme}//${name}`)

const names = (hosts: ReadonlyArray<Host>): ReadonlyArray<string> => hosts.map(({ name }) => name)

/** Whether a name is that of the base URL's host, whatever its case, and whether or not it says a scheme or the default port. */
const isOf = (baseUrl: string, name: string): boolean => {
  const { origin, protocol } = new URL(baseUrl)
  const url = withScheme(name, protocol)
  return URL.canParse(url) && new URL(url).origin === origin
}

const sendable = (baseUrl: string, { name, token }: Host): Either.Either<Chosen, Flaw> =>
  Either.gen(function* () {
    const given = yield* Either.fromOption(token, () => Flaw.NoToken({ name }))
    const flaw = BearerToken.flawOf(given)
    return flaw === undefined ? { baseUrl, token: given } : yield* Either.left(Flaw.Unsendable({ name, flaw }))
  })

const ofHost = (hosts: ReadonlyArray<Host>, baseUrl: string): Either.Either<Chosen, Flaw> => {
  const [host, ...others] = hosts.filter(({ name }) => isOf(baseUrl, name))
  if (host === undefined) return Either.left(Flaw.OtherHosts({ wanted: baseUrl, names: names(hosts) }))
  return others.length === 0
    ? sendable(baseUrl, host)
    : Either.left(Flaw.HostTwice({ names: names([host, ...others]) }))
}

const ofDefault = (hosts: ReadonlyArray<Host>): Either.Either<Chosen, Flaw> => {
  const defaults = hosts.length === 1 ? hosts : hosts.filter(({ isDefault }) => isDefault)
  const [host, ...others] = defaults
  if (host === undefined) return Either.left(Flaw.NoDefault({ names: names(hosts) }))
  if (others.length > 0) return Either.left(Flaw.SeveralDefaults({ names: names(defaults) }))
  return Either.match(Account.parseBaseUrl(withScheme(host.name)), {
    onLeft: ({ message }) => Either.left(Flaw.NoHost({ why: message })),
    onRight: (baseUrl) => sendable(baseUrl, host),
  })
}

/**
 * The token for the host of a base URL, in the form of `Account.parseBaseUrl`; without one, that of the only host or the one with
 * `default = true`, and its base URL. `None` where the file has no hosts.
 */
export const choose = (
  hosts: ReadonlyArray<Host>,
  baseUrl: Option.Option<string>,
): Either.Either<Option.Option<Chosen>, Flaw> => {
  if (hosts.length === 0) return Either.right(Option.none())
  const chosen = Option.match(baseUrl, { onNone: () => ofDefault(hosts), onSome: (url) => ofHost(hosts, url) })
  return Either.map(chosen, Option.some)
}
