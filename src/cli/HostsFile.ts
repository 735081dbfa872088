/**
 * The tokens that the official command line keeps: `hosts.toml`, a table a host with `token` and `default = true`. Pure: text to tables, and
 * tables to the one that is meant.
 *
 * A token is for its own host: it is chosen by the host of the base URL, or it brings its host along. No flaw holds anything of the file but the
 * number of a line.
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
  /** `field`: that of a host; without it, a value that is not in the table of a host. */
  WrongType: { readonly field: Option.Option<string> }
  /** `[api.zoo.dev]` is a table within a table within a table. */
  HostNotQuoted: {}
  NoHost: { readonly reason: string }
  SeveralDefaults: {}
  NoDefault: {}
  HostTwice: {}
  /** `wanted`: the base URL that was asked for. */
  OtherHosts: { readonly wanted: string }
  NoToken: {}
  Unsendable: { readonly flaw: TokenFlaw.TokenFlaw }
}>

/** Constructors and matcher of flaws. */
export const Flaw = Data.taggedEnum<Flaw>()

/** What is wrong, to be said of the file, and what to do. */
export interface Words {
  readonly what: string
  readonly advice: string
}

const MEND: Pick<Words, "advice"> = { advice: "mend it, or set ZOO_API_TOKEN" }
const LOG_IN: Pick<Words, "advice"> = { advice: "log in there with the official command line, or set ZOO_API_TOKEN" }

/** A flaw in words, which quote nothing of the file: whatever stands there may be a token. */
export const words: (flaw: Flaw) => Words = Flaw.$match({
  NotToml: ({ line }) => {
    const where = Option.match(line, { onNone: () => "", onSome: (number) => ` in line ${number}` })
    return { what: `is not valid TOML${where}`, ...MEND }
  },
  WrongType: ({ field }) => ({
    what: Option.match(field, {
      onNone: () => "has a value outside of the tables of hosts",
      onSome: (key) => `has a ${key} that is not ${key === "token" ? "a text" : "true or false"}`,
    }),
    ...MEND,
  }),
  HostNotQuoted: () => ({
    what: "has a table of tables in place of a host",
    advice: 'write hosts in quotes, such as ["api.zoo.dev"], or set ZOO_API_TOKEN',
  }),
  NoHost: ({ reason }) => ({ what: `has a host to which no token is sent (${reason})`, ...MEND }),
  SeveralDefaults: () => ({
    what: "has several hosts with default = true",
    advice: "leave it at one, or name the host with --base-url",
  }),
  NoDefault: () => ({
    what: "has several hosts and none with default = true",
    advice: "set it for one, or name the host with --base-url",
  }),
  HostTwice: () => ({ what: "has the same host more than once", ...MEND }),
  OtherHosts: ({ wanted }) => ({ what: `has no token for ${wanted}`, ...LOG_IN }),
  NoToken: () => ({ what: "has a host without a token", ...LOG_IN }),
  Unsendable: ({ flaw }) => ({ what: `has a token that ${TokenFlaw.words(flaw)}`, ...LOG_IN }),
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
  return Flaw.WrongType({ field: Option.map(Option.fromNullable(first?.path[1]), String) })
}

const isTable = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether a table has tables and no token. */
const hasUnquotedHost = (toml: unknown): boolean =>
  Object.values(Object(toml)).some(
    (table) => isTable(table) && !("token" in Object(table)) && Object.values(Object(table)).some(isTable),
  )

/** The tables of the file, in their order. What a table has beside `token` and `default` is left alone. */
export const decode = (text: string): Either.Either<ReadonlyArray<Host>, Flaw> =>
  Either.gen(function* () {
    const toml = yield* readToml(text)
    if (hasUnquotedHost(toml)) return yield* Either.left(Flaw.HostNotQuoted())
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

/** Whether a name is that of the base URL's host, whatever its case, and whether or not it says a scheme or the default port. */
const isOf = (baseUrl: string, name: string): boolean => {
  const { origin, protocol } = new URL(baseUrl)
  const url = withScheme(name, protocol)
  return URL.canParse(url) && new URL(url).origin === origin
}

const sendable = (baseUrl: string, { token }: Host): Either.Either<Chosen, Flaw> =>
  Either.gen(function* () {
    const given = yield* Either.fromOption(token, () => Flaw.NoToken())
    const flaw = BearerToken.flawOf(given)
    return flaw === undefined ? { baseUrl, token: given } : yield* Either.left(Flaw.Unsendable({ flaw }))
  })

const ofHost = (hosts: ReadonlyArray<Host>, baseUrl: string): Either.Either<Chosen, Flaw> => {
  const [host, ...others] = hosts.filter(({ name }) => isOf(baseUrl, name))
  if (host === undefined) return Either.left(Flaw.OtherHosts({ wanted: baseUrl }))
  return others.length === 0 ? sendable(baseUrl, host) : Either.left(Flaw.HostTwice())
}

const ofDefault = (hosts: ReadonlyArray<Host>): Either.Either<Chosen, Flaw> => {
  const defaults = hosts.length === 1 ? hosts : hosts.filter(({ isDefault }) => isDefault)
  const [host, ...others] = defaults
  if (host === undefined) return Either.left(Flaw.NoDefault())
  if (others.length > 0) return Either.left(Flaw.SeveralDefaults())
  return Either.match(Account.parseBaseUrl(withScheme(host.name)), {
    onLeft: ({ reason }) => Either.left(Flaw.NoHost({ reason })),
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
