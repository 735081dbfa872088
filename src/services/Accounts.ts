/**
 * Whose history a subject and a credential open.
 *
 * The rule that keeps customers apart: what is kept is handed out only to a credential that fetched that very subject before, as the
 * directory remembers. Offline, without a credential, whoever can read the file is trusted with it.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Subject from "../domain/balance/Subject.js"
import * as Account from "../domain/history/Account.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import type * as AccountDirectory from "../infra/store/AccountDirectory.js"
import type * as SnapshotStore from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"
import type * as ZooClient from "../infra/zoo/ZooClient.js"
import type { ZooError } from "../infra/zoo/ZooError.js"
import type { Holders } from "./balances/Holders.js"
import { Warning } from "./Reading.js"

/** Accounts that a message names. */
const MAX_NAMED = 10

/**
 * No history for what was asked for, or none at or before `asOf`. `kept` are the accounts that have one, in their written form, where the
 * caller may know them.
 */
export class NothingCached extends Data.TaggedError("NothingCached")<{
  readonly subject: Subject.Subject
  readonly asOf: Option.Option<Timestamp.Timestamp>
  readonly kept: Option.Option<ReadonlyArray<string>>
}> {
  override get message(): string {
    const subject = Subject.format(this.subject)
    if (Option.isSome(this.asOf)) {
      return `no history for ${subject} up to ${Timestamp.format(this.asOf.value)}`
    }
    const others = Option.match(this.kept, {
      onNone: () => "",
      onSome: (kept) =>
        kept.length === 0
          ? "; the file has no accounts"
          : `; accounts in this file: ${kept.slice(0, MAX_NAMED).join(", ")}`,
    })
    return `no history for ${subject}${others}`
  }
}

/** Nothing is kept, and what else is kept is not the caller's to know. */
export const nothingCached = (subject: Subject.Subject): NothingCached =>
  new NothingCached({ subject, asOf: Option.none(), kept: Option.none() })

/** The account that a fresh balance belongs to, and what went wrong on the way to it. */
export interface Resolved {
  readonly account: Account.Account
  /** Whether the account is told apart from every other, so that history may be kept of it. */
  readonly named: boolean
  readonly warnings: ReadonlyArray<Warning>
}

/** What tells whose a balance is. */
export interface Parts {
  readonly client: ZooClient.Service
  readonly holders: Holders
  readonly directory: AccountDirectory.Service
}

/** The label of a holder whom neither the API nor the directory could name: nothing is kept under it. */
const UNNAMED = "unnamed"

/**
 * The account of whom a body was just fetched for, which never fails: `me` and `org` are asked for once a credential, what cannot be asked
 * becomes a label, and a directory that cannot be read or written is a warning.
 */
export const resolve = (
  { client, directory, holders }: Parts,
  holder: AccountDirectory.Holder,
): Effect.Effect<Resolved> => {
  const { credential, subject } = holder
  const remember = (account: Account.Account): Effect.Effect<Resolved> =>
    directory.remember(holder, account).pipe(
      Effect.match({
        onSuccess: () => ({ account, named: true, warnings: [] }),
        onFailure: (cause) => ({ account, named: true, warnings: [Warning.NotKept({ cause })] }),
      }),
    )
  const labelled = (refused: ZooError): Effect.Effect<Resolved> =>
    directory.label(holder).pipe(
      Effect.match({
        onSuccess: (account) => ({ account, named: true, warnings: [Warning.NotResolved({ cause: refused })] }),
        onFailure: (cause) => ({
          account: Account.labelled(client.baseUrl, UNNAMED),
          named: false,
          warnings: [Warning.NotResolved({ cause: refused }), Warning.NotKept({ cause })],
        }),
      }),
    )
  const ask = (id: Effect.Effect<{ readonly id: string }, ZooError>, account: (id: string) => Account.Account) =>
    Effect.matchEffect(id, { onSuccess: (answer) => remember(account(answer.id)), onFailure: labelled })
  const find = (): Effect.Effect<Resolved> => {
    switch (subject._tag) {
      case "User":
        return remember(Account.user(client.baseUrl, subject.id))
      case "AnyOrg":
        return remember(Account.organization(client.baseUrl, subject.id))
      case "Me":
        return ask(holders.user(credential), (id) => Account.user(client.baseUrl, id))
      case "Org":
        return ask(holders.org(credential), (id) => Account.organization(client.baseUrl, id))
    }
  }
  const known = (account: Account.Account): Resolved => ({ account, named: true, warnings: [] })
  /** Whoever holds a token may move to another organisation: what was remembered is asked for anew, and stands where it cannot be. */
  const stillOf = (before: Account.Account): Effect.Effect<Resolved> =>
    Effect.matchEffect(holders.org(credential), {
      onFailure: () => Effect.succeed(known(before)),
      onSuccess: ({ id }) => {
        const account = Account.organization(client.baseUrl, id)
        return Account.equals(account, before) ? Effect.succeed(known(before)) : remember(account)
      },
    })
  return directory.find(holder).pipe(
    Effect.orElseSucceed(() => Option.none<Account.Account>()),
    Effect.flatMap(
      Option.match({
        onNone: find,
        onSome: (account) => (subject._tag === "Org" ? stillOf(account) : Effect.succeed(known(account))),
      }),
    ),
  )
}

const isMeant = (subject: Subject.Subject, { owner }: Account.Account): boolean => {
  switch (subject._tag) {
    case "User":
      return owner._tag === "User" && owner.id === subject.id
    case "AnyOrg":
      return owner._tag === "Organization" && owner.id === subject.id
    case "Me":
      return owner._tag === "User"
    case "Org":
      return owner._tag === "Organization"
  }
}

/**
 * The account that a subject means in a file, without the API: the one that the credential opened before; else the only account of the
 * file that can be meant, at `baseUrl` where one is given. A label is never meant: it does not tell whose it is.
 */
export const findOffline = (
  store: SnapshotStore.Service,
  directory: AccountDirectory.Service,
  subject: Subject.Subject,
  baseUrl: Option.Option<string>,
  credential: Option.Option<Redacted.Redacted>,
): Effect.Effect<Account.Account, NothingCached | StoreError> =>
  Effect.gen(function* () {
    if (Option.isSome(credential)) {
      const holder = { baseUrl: Option.getOrElse(baseUrl, () => Account.DEFAULT_BASE_URL), subject }
      const known = yield* directory.find({ ...holder, credential: credential.value })
      if (Option.isSome(known)) return known.value
    }
    const stored = yield* store.listAccounts
    const [only, ...others] = stored.filter(
      (account) => isMeant(subject, account) && Option.getOrElse(baseUrl, () => account.baseUrl) === account.baseUrl,
    )
    if (only !== undefined && others.length === 0) return only
    const owners = stored.map((account) => Account.formatOwner(account.owner))
    return yield* new NothingCached({ subject, asOf: Option.none(), kept: Option.some(owners) })
  })
