/** The options that commands have in common, from text to types. Everything is checked before anything is opened or sent. */
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Subject from "../domain/balance/Subject.js"
import * as Account from "../domain/history/Account.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import * as SnapshotStore from "../infra/SnapshotStore.js"
import type * as Credentials from "../infra/zoo/Credentials.js"
import { ConfigurationError, invalid, UsageError } from "./CliError.js"
import * as HostsFile from "./HostsFile.js"
import * as Selection from "./Selection.js"
import * as TokenSource from "./TokenSource.js"
import * as Xdg from "./Xdg.js"

/** The options as they were written. */
export interface Written {
  /** @default me */
  readonly subject?: string
  readonly db?: string
  readonly baseUrl?: string
  readonly offline?: boolean
  readonly asOf?: string
  readonly maxAge?: string
  readonly zone?: string
  readonly payAsYouGo?: string
  readonly json?: boolean
}

/** Variables of the environment. */
export type Environment = TokenSource.Environment

/** Where the history is, and whether its folder is made where it is missing: only the default one is. */
export interface Database {
  readonly path: string
  readonly createFolder: boolean
}

/** How balances are got: from the API with a token, or from the history alone. */
export type Source = Data.TaggedEnum<{
  Online: { readonly credentials: Effect.Effect<Credentials.Credentials, ConfigurationError> }
  Offline: { readonly token: Option.Option<Redacted.Redacted> }
}>

/** Constructors and matcher of sources. */
export const Source = Data.taggedEnum<Source>()

/** The options as commands use them. */
export interface Settings {
  readonly subject: Subject.Subject
  /** The label of `--subject me:LABEL`, or of `org:LABEL` where the file has it; `subject` is then `me`. */
  readonly label: Option.Option<string>
  readonly database: Database
  /** Where it was given, the environment has one, or the token that is sent came with one. */
  readonly baseUrl: Option.Option<string>
  readonly source: Source
  readonly asOf: Option.Option<Timestamp.Timestamp>
  readonly maxAge: Option.Option<Duration.Duration>
  readonly zone: string
  /** Whether pay as you go is on, where it was said. */
  readonly payAsYouGo: Option.Option<boolean>
  readonly json: boolean
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/

const isUnit = (unit: string | undefined): unit is keyof typeof UNITS => unit !== undefined && unit in UNITS

/** A span of time that was given for an option: `60s`, `5m`, `2h`, `90d`. */
export const duration = (option: string, text: string): Either.Either<Duration.Duration, UsageError> => {
  const [, count, unit] = DURATION.exec(text) ?? []
  return isUnit(unit)
    ? Either.right(Duration.millis(Number(count) * UNITS[unit]))
    : Either.left(invalid(option, text, "examples: 60s, 5m, 2h"))
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/

/** The midnight that a date begins with in a zone; where clocks skip it, the first moment of the day. */
const midnight = (text: string, zone: string): Option.Option<Timestamp.Timestamp> => {
  const [, year, month, day] = DATE.exec(text) ?? []
  if (year === undefined || Option.isNone(Timestamp.fromText(`${text}T00:00:00Z`))) return Option.none()
  const parts = { year: Number(year), month: Number(month), day: Number(day) }
  return DateTime.makeZoned(parts, { timeZone: zone, adjustForTimeZone: true }).pipe(
    Option.map(DateTime.toUtc),
    Option.filter(Timestamp.isTimestamp),
  )
}

/** Reads a point in time that was given for an option: RFC 3339, or a date, which is its midnight in the zone. */
export const time = (option: string, text: string, zone: string): Either.Either<Timestamp.Timestamp, UsageError> =>
  Either.fromOption(
    Option.orElse(midnight(text, zone), () => Timestamp.fromText(text)),
    () => invalid(option, text, "examples: 2026-11-22T09:00:00Z, 2026-11-22"),
  )

const asOf = (text: string, zone: string, now: number): Either.Either<Timestamp.Timestamp, UsageError> =>
  Either.filterOrLeft(
    time("--as-of", text, zone),
    (at) => at.epochMillis <= now,
    () => invalid("--as-of", text, "in the future"),
  )

/** A time zone that exists, by default UTC. */
export const zone = (text = "UTC"): Either.Either<string, UsageError> =>
  Either.try({
    try: () => new Intl.DateTimeFormat("en-GB", { timeZone: text }).resolvedOptions().timeZone,
    catch: () => invalid("--zone", text, "examples: UTC, Europe/Berlin"),
  })

const payAsYouGo = (text: string): Either.Either<boolean, UsageError> =>
  text === "on" || text === "off"
    ? Either.right(text === "on")
    : Either.left(invalid("--pay-as-you-go", text, "on or off"))

type Named = Pick<Settings, "subject" | "label">

/** The subject that is asked for, or the label of an account that is stored under it. */
const subject = (text: string): Either.Either<Named, UsageError> => {
  const read = (written: string): Option.Option<Named> => {
    const owner = Account.parseOwner(written)
    if (Option.isSome(owner) && owner.value._tag === "Labelled") {
      return Option.some({ subject: Subject.me, label: Option.some(owner.value.label) })
    }
    return Option.map(Either.getRight(Subject.parse(written)), (named) => ({ subject: named, label: Option.none() }))
  }
  return Either.fromOption(read(text), () =>
    Selection.invalidSubject(
      "--subject",
      text,
      (candidate) => Option.isSome(read(candidate)),
      "me, user:ID, org, org:ID, me:LABEL",
    ),
  )
}

/** The account that `org:LABEL` names, where the file has no organisation of that id and an account of that label. */
const storedLabel = (named: Named, { path }: Database): Effect.Effect<Named> => {
  if (named.subject._tag !== "AnyOrg" || Subject.isUuid(named.subject.id)) return Effect.succeed(named)
  const owner: Account.Owner = { _tag: "Organization", id: named.subject.id }
  return Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.listAccounts).pipe(
    Effect.map((stored) => Selection.known(owner, stored)),
    Effect.map((known) =>
      known._tag === "Labelled" ? { subject: Subject.me, label: Option.some(known.label) } : named,
    ),
    Effect.provide(SnapshotStore.layerReadOnly({ path })),
    // A file that does not open is the failure of the command that needs it.
    Effect.orElseSucceed(() => named),
  )
}

/** `$XDG_DATA_HOME/zoo-runway/history.db`. */
const defaultDatabase = (environment: Environment): Database => ({
  path: join(Xdg.folder("XDG_DATA_HOME", environment), "zoo-runway", "history.db"),
  createFolder: true,
})

const baseUrl = (
  written: Written,
  environment: Environment,
): Either.Either<Option.Option<string>, UsageError | ConfigurationError> => {
  const given = (text: string) => Either.map(Account.parseBaseUrl(text), Option.some)
  if (written.baseUrl !== undefined) {
    return Either.mapLeft(
      given(written.baseUrl),
      (error) => new UsageError({ message: `--base-url: ${error.message}` }),
    )
  }
  const host = environment["ZOO_HOST"]
  if (!host) return Either.right(Option.none())
  return Either.mapLeft(
    given(HostsFile.withScheme(host)),
    (error) => new ConfigurationError({ message: `ZOO_HOST: ${error.message}` }),
  )
}

const NO_TOKEN =
  "no token: set ZOO_API_TOKEN to a token of your account, or log in with the official command line, or read what is kept with --offline, or try zoo-runway demo"

const configuration = ({ message }: TokenSource.UnusableToken): ConfigurationError =>
  new ConfigurationError({ message })

/** Where balances are got from, and the base URL that a token of a file brings along. */
const source = (
  written: Written,
  label: Option.Option<string>,
  environment: Environment,
  baseUrl: Option.Option<string>,
): Effect.Effect<Pick<Settings, "source" | "baseUrl">, ConfigurationError> =>
  Effect.gen(function* () {
    // The past is stored, and the API knows no label: neither is asked for.
    if (written.offline === true || written.asOf !== undefined || Option.isSome(label)) {
      // Its token tells whose `me` is.
      return { baseUrl, source: Source.Offline({ token: yield* TokenSource.unsent(environment, baseUrl) }) }
    }
    const found = yield* Effect.mapError(TokenSource.find(environment, baseUrl), configuration)
    if (Option.isNone(found)) return yield* new ConfigurationError({ message: NO_TOKEN })
    const credentials = Effect.mapError(TokenSource.credentials(found.value), configuration)
    return {
      baseUrl: Option.orElse(baseUrl, () => TokenSource.baseUrlOf(found.value)),
      source: Source.Online({ credentials }),
    }
  })

/** What an option's text says, where it was given. */
export const optional = <A, E>(
  text: string | undefined,
  parse: (text: string) => Either.Either<A, E>,
): Either.Either<Option.Option<A>, E> =>
  text === undefined ? Either.right(Option.none()) : Either.map(parse(text), Option.some)

const database = (written: Written, environment: Environment): Either.Either<Database, UsageError> => {
  if (written.db === undefined) return Either.right(defaultDatabase(environment))
  return written.db === ""
    ? Either.left(new UsageError({ message: "--db is empty: name the file of the history" }))
    : Either.right({ path: written.db, createFolder: false })
}

/** The checked options. */
export const make = (
  written: Written,
  environment: Environment,
): Effect.Effect<Settings, UsageError | ConfigurationError> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const timeZone = yield* zone(written.zone)
    const file = yield* database(written, environment)
    const named = yield* storedLabel(yield* subject(written.subject ?? "me"), file)
    return {
      ...named,
      database: file,
      asOf: yield* optional(written.asOf, (text) => asOf(text, timeZone, now)),
      maxAge: yield* optional(written.maxAge, (text) => duration("--max-age", text)),
      zone: timeZone,
      payAsYouGo: yield* optional(written.payAsYouGo, payAsYouGo),
      json: written.json ?? false,
      ...(yield* source(written, named.label, environment, yield* baseUrl(written, environment))),
    }
  })

/** The checked options of a command that never asks the API. */
export const offline = (
  written: Written,
  environment: Environment,
): Effect.Effect<Settings, UsageError | ConfigurationError> => make({ ...written, offline: true }, environment)

/** The checked options of a command about a whole file: `--subject` is a selection of its accounts. */
export const ofFile = (
  { subject: _, ...written }: Written,
  environment: Environment,
): Effect.Effect<Settings, UsageError | ConfigurationError> => offline(written, environment)
