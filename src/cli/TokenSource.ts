/**
 * Where the token comes from: the first variable of the environment that has one, else the file of the official command line. The file is
 * looked at only where no variable has a token.
 */
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as BearerToken from "../infra/zoo/BearerToken.js"
import * as Credentials from "../infra/zoo/Credentials.js"
import * as HostsFile from "./HostsFile.js"
import * as TokenFlaw from "./TokenFlaw.js"
import * as Xdg from "./Xdg.js"

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A token that can be sent, and where it was found. One of a file comes with the base URL that it is for. */
export type Found = Data.TaggedEnum<{
  Variable: { readonly token: Redacted.Redacted; readonly name: string }
  File: { readonly token: Redacted.Redacted; readonly path: string; readonly baseUrl: string }
}>

/** Constructors and matcher of what was found. */
export const Found = Data.taggedEnum<Found>()

/** The variables that can have the token, the first before the others. */
export const VARIABLES = ["ZOO_API_TOKEN", "ZOO_TOKEN", "KITTYCAD_API_TOKEN", "KITTYCAD_TOKEN"] as const

/** The file of the official command line. */
export const pathOf = (environment: Environment): string =>
  join(environment["ZOO_CONFIG_DIR"] || join(Xdg.folder("XDG_CONFIG_HOME", environment), "zoo"), "hosts.toml")

/** A token that is there and cannot be used, or a file that cannot tell it. Says what is wrong and where, and nothing of a token. */
export class UnusableToken extends Data.TaggedError("UnusableToken")<HostsFile.Words> {
  override get message(): string {
    return `${this.what}: ${this.advice}`
  }
}

type FoundOrNot = Either.Either<Option.Option<Found>, UnusableToken>

/** The first variable that has a token. */
const variable = (
  environment: Environment,
): { readonly name: string; readonly token: Redacted.Redacted } | undefined => {
  const name = VARIABLES.find((candidate) => environment[candidate])
  const value = name && environment[name]
  return name && value ? { name, token: Redacted.make(value) } : undefined
}

const ofVariables = (environment: Environment): FoundOrNot => {
  const given = variable(environment)
  if (given === undefined) return Either.right(Option.none())
  const { name, token } = given
  const flaw = BearerToken.flawOf(token)
  if (flaw === undefined) return Either.right(Option.some(Found.Variable({ token, name })))
  const what = `the token of ${name} ${TokenFlaw.words(flaw)}`
  return Either.left(new UnusableToken({ what, advice: "set it to a token of your account" }))
}

const codeOf = (cause: unknown): string => (cause instanceof Error && "code" in cause ? String(cause.code) : "")

const MOST_BYTES = 1 << 20

/** The text of the file; `None` where there is no file. */
const textOf = (path: string): Either.Either<Option.Option<string>, UnusableToken> => {
  const unreadable = (why: string) => {
    const what = `${path} cannot be read (${why})`
    return Either.left(new UnusableToken({ what, advice: "mend the file or its rights, or set ZOO_API_TOKEN" }))
  }
  try {
    const stats = statSync(path)
    if (!stats.isFile()) return unreadable("it is no file")
    if (stats.size > MOST_BYTES) return unreadable("it is larger than any list of hosts")
    return Either.right(Option.some(new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path))))
  } catch (cause) {
    const code = codeOf(cause)
    if (code === "ENOENT" || code === "ENOTDIR") return Either.right(Option.none())
    return unreadable(code.startsWith("ERR_") ? "it is no text in UTF-8" : code)
  }
}

/** The token of the file for a base URL, or for the one that the file leaves no doubt about. */
const ofFile = (path: string, baseUrl: Option.Option<string>): FoundOrNot =>
  Either.gen(function* () {
    const text = yield* textOf(path)
    if (Option.isNone(text)) return Option.none()
    const chosen = Either.flatMap(HostsFile.decode(text.value), (hosts) => HostsFile.choose(hosts, baseUrl))
    const found = yield* Either.mapLeft(chosen, (flaw) => {
      const { advice, what } = HostsFile.words(flaw)
      return new UnusableToken({ what: `${path} ${what}`, advice })
    })
    return Option.map(found, (one) => Found.File({ ...one, path }))
  })

/** The token for a base URL, or for any where none is given; `None` where there is neither a variable nor a file that has one. */
export const find = (
  environment: Environment,
  baseUrl: Option.Option<string>,
): Effect.Effect<Option.Option<Found>, UnusableToken> =>
  Effect.suspend(() =>
    Either.flatMap(ofVariables(environment), (found) =>
      Option.isSome(found) ? Either.right(found) : ofFile(pathOf(environment), baseUrl),
    ),
  )

/**
 * The token of a command that sends nothing, which tells whose `me` is. One of a variable that could not be sent is a token as well, though of no
 * account; a blank one is none, and a file that cannot tell its token is passed over.
 */
export const unsent = (
  environment: Environment,
  baseUrl: Option.Option<string>,
): Effect.Effect<Option.Option<Redacted.Redacted>> =>
  Effect.sync(() => {
    const given = variable(environment)
    if (given !== undefined)
      return BearerToken.flawOf(given.token) === "Blank" ? Option.none() : Option.some(given.token)
    const found = ofFile(pathOf(environment), baseUrl)
    return Either.match(found, { onLeft: () => Option.none(), onRight: Option.map(({ token }) => token) })
  })

/** The base URL that a token of a file is for. */
export const baseUrlOf = (found: Found): Option.Option<string> =>
  found._tag === "File" ? Option.some(found.baseUrl) : Option.none()

/**
 * What was found, as what a process that runs on sends: the file is read anew where its token was refused, for the same base URL as before,
 * whatever it says by then of defaults.
 */
export const credentials = (found: Found): Effect.Effect<Credentials.Credentials, UnusableToken> =>
  Found.$match(found, {
    Variable: ({ token }) => Effect.succeed(Credentials.fixed(token)),
    File: ({ baseUrl, path }) =>
      Credentials.make(
        Effect.suspend(() =>
          Either.map(
            ofFile(path, Option.some(baseUrl)),
            Option.map(({ token }) => token),
          ),
        ),
      ),
  })
