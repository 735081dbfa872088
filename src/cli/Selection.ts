/** Which accounts of a file a command is about: all of them, or those that `--subject` and `--base-url` leave. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Subject from "../domain/balance/Subject.js"
import * as Account from "../domain/history/Account.js"
import { type AccountSummary, SnapshotStore } from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"
import { invalid, NothingStored, UsageError } from "./CliError.js"
import * as Suggestion from "./Suggestion.js"

/** The options as they were written. */
export interface Written {
  readonly subject?: string | undefined
  readonly baseUrl?: string | undefined
}

/** What an account must have to be meant. */
export interface Selection {
  readonly owner: Option.Option<Account.Owner>
  readonly baseUrl: Option.Option<string>
}

/** Why the id or label of a subject is invalid; `undefined` where another part of it is. */
const flawOf = (text: string): string | undefined => {
  const [, id] = /^(?:me|user|org):(.*)$/s.exec(text) ?? []
  return id === undefined ? undefined : Option.getOrUndefined(Either.getLeft(Subject.parse(`user:${id}`)))?.reason
}

/** The error of an invalid subject, with what was likely meant, else why, else with examples. `what` is the option or argument. */
export const invalidSubject = (
  what: string,
  text: string,
  isValid: (candidate: string) => boolean,
  examples: string,
): UsageError => {
  const meant = Suggestion.subject(text, isValid)
  const hint = meant === undefined ? (flawOf(text) ?? `examples: ${examples}`) : `did you mean ${meant}?`
  return invalid(what, text, hint)
}

/** An owner as `accounts` lists them; `what` is the option or argument that names it. */
export const owner = (what: string, text: string): Either.Either<Account.Owner, UsageError> =>
  Either.fromOption(Account.parseOwner(text), () =>
    invalidSubject(
      what,
      text,
      (candidate) => Option.isSome(Account.parseOwner(candidate)),
      "user:ID, org:ID, me:LABEL, as zoo-runway accounts lists them",
    ),
  )

/** The checked options. The environment's base URL narrows nothing: a file is cared for as a whole. */
export const make = ({ baseUrl, subject }: Written): Either.Either<Selection, UsageError> =>
  Either.gen(function* () {
    const url = baseUrl === undefined ? Either.right(undefined) : Account.parseBaseUrl(baseUrl)
    return {
      owner: subject === undefined ? Option.none() : Option.some(yield* owner("--subject", subject)),
      baseUrl: Option.fromNullable(
        yield* Either.mapLeft(url, ({ message }) => new UsageError({ message: `--base-url: ${message}` })),
      ),
    }
  })

/**
 * Finds the label that `org:LABEL` names. An organisation of that id is meant where the file has one, and a UUID is always an id; other owners
 * are returned as they are.
 */
export const known = (owner: Account.Owner, stored: ReadonlyArray<Account.Account>): Account.Owner => {
  if (owner._tag !== "Organization" || Subject.isUuid(owner.id)) return owner
  if (stored.some((account) => Account.formatOwner(account.owner) === Account.formatOwner(owner))) return owner
  const isLabel = (account: Account.Account): boolean =>
    account.owner._tag === "Labelled" && account.owner.label === owner.id
  return Option.match(Option.fromNullable(stored.find(isLabel)), {
    onNone: () => owner,
    onSome: (account) => account.owner,
  })
}

/** Whether an account is meant. */
export const includes = ({ baseUrl, owner }: Selection, account: Account.Account): boolean =>
  Option.getOrElse(baseUrl, () => account.baseUrl) === account.baseUrl &&
  Account.formatOwner(Option.getOrElse(owner, () => account.owner)) === Account.formatOwner(account.owner)

/** An account in words, with the base URL where it is not the API's own. */
export const nameOf = ({ baseUrl, owner }: Account.Account): string =>
  baseUrl === Account.DEFAULT_BASE_URL ? Account.formatOwner(owner) : `${Account.formatOwner(owner)} at ${baseUrl}`

const MAX_NAMED = 10

/** Makes the error of an account without history, which names the accounts that have one. */
export const noHistory = (what: string, stored: ReadonlyArray<Account.Account>): NothingStored => {
  const named = stored.slice(0, MAX_NAMED).map(nameOf).join(", ")
  const more = stored.length > MAX_NAMED ? ` and ${stored.length - MAX_NAMED} more` : ""
  const others = stored.length === 0 ? "the file has no accounts" : `accounts in this file: ${named}${more}`
  return new NothingStored({ message: `no history for ${what}; ${others}` })
}

const wordsOf = ({ baseUrl, owner }: Selection): string => {
  const words = Option.match(owner, { onNone: () => "any account", onSome: Account.formatOwner })
  return Option.match(baseUrl, { onNone: () => words, onSome: (url) => `${words} at ${url}` })
}

/** The accounts that are meant; fails where the selection was narrowed and leaves none. */
export const accounts = (
  selection: Selection,
): Effect.Effect<ReadonlyArray<AccountSummary>, NothingStored | StoreError, SnapshotStore> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const stored = yield* store.accounts
    const all = stored.map(({ account }) => account)
    const owner = Option.map(selection.owner, (named) => known(named, all))
    const meant = stored.filter(({ account }) => includes({ ...selection, owner }, account))
    const isNarrowed = Option.isSome(selection.owner) || Option.isSome(selection.baseUrl)
    if (!isNarrowed || meant.length > 0) return meant
    return yield* noHistory(wordsOf(selection), all)
  })
