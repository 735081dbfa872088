/**
 * Whose history a subject and a credential open.
 *
 * The rule that keeps customers apart: what is kept is handed out only to a credential that fetched that very subject before, as the
 * directory remembers. Offline, without a credential, whoever can read the file is trusted with it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Subject from "../domain/balance/Subject.js"
import * as Account from "../domain/history/Account.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import type * as AccountDirectory from "../infra/store/AccountDirectory.js"
import type * as BillingState from "../infra/store/BillingState.js"
import type * as SnapshotStore from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"
import type * as ZooClient from "../infra/zoo/ZooClient.js"
import type { ZooError } from "../infra/zoo/ZooError.js"
import type { TokenOwners, Told } from "./balances/TokenOwners.js"
import * as Overdraft from "./Overdraft.js"
import { Warning } from "./Reading.js"

/** Accounts that a message names. */
const MAX_NAMED = 10

/**
 * There is no history for a subject, or none at or before `asOf`.
 *
 * `kept` are the accounts that have one, in their written form, where the caller may know them. `isTokenUnknown`: a token was given that does
 * not tell whose `me` or `org` is, because the API never answered it for this history; then no other account is taken in its place. `label`: the
 * label by which `me` was asked for. `baseUrls`: the base URLs of several accounts that the subject names equally well, where the owner is the same.
 */
export class NothingCached extends Schema.TaggedError<NothingCached>("zoo-runway/NothingCached")("NothingCached", {
  subject: Subject.Subject,
  asOf: Schema.OptionFromNullOr(Timestamp.FromText),
  kept: Schema.OptionFromNullOr(Schema.Array(Schema.String)),
  isTokenUnknown: Schema.optional(Schema.Boolean),
  label: Schema.optional(Schema.String),
  baseUrls: Schema.optional(Schema.Array(Schema.String)),
}) {
  override get message(): string {
    const subject = this.label === undefined ? Subject.format(this.subject) : `me:${this.label}`
    if (this.baseUrls !== undefined) return `${subject} is stored at several base URLs: ${this.baseUrls.join(", ")}`
    if (Option.isSome(this.asOf)) {
      return `no history for ${subject} up to ${Timestamp.format(this.asOf.value)}`
    }
    const why = this.isTokenUnknown === true ? ": the token is not known in this file" : ""
    const others = Option.match(this.kept, {
      onNone: () => "",
      onSome: (kept) =>
        kept.length === 0
          ? "; the file has no accounts"
          : `; accounts in this file: ${kept.slice(0, MAX_NAMED).join(", ")}`,
    })
    return `no history for ${subject}${why}${others}`
  }
}

/** The written forms of accounts, with the base URL where two of them have one. */
const namesOf = (accounts: ReadonlyArray<Account.Account>): ReadonlyArray<string> => {
  const owners = accounts.map(({ owner }) => Account.formatOwner(owner))
  return accounts.map(({ baseUrl }, index) => {
    const name = owners[index] ?? ""
    return owners.indexOf(name) === owners.lastIndexOf(name) ? name : `${name} at ${baseUrl}`
  })
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
  readonly owners: TokenOwners
  readonly directory: AccountDirectory.Service
  readonly billing: BillingState.Service
}

/** What the API says about a user beside the balance. */
export const toldOfUser = ({ at, threshold, value }: Told<ZooClient.User>): Overdraft.Told => ({
  at: Timestamp.fromMillis(at),
  allowPayAsYouGo: value.allowPayAsYouGo,
  block: value.block,
  threshold,
})

/** What the API says about an organisation beside the balance. */
export const toldOfOrg = ({ at, threshold, value }: Told<ZooClient.Organization>): Overdraft.Told => ({
  at: Timestamp.fromMillis(at),
  allowPayAsYouGo: Option.none(),
  block: value.block,
  threshold,
})

/** Longest time that a balance waits for what the API says beside it. */
const TOLD_TIMEOUT = "2 seconds"

/** The label of a holder whom neither the API nor the directory could name: nothing is kept under it. */
const UNNAMED = "unnamed"

/**
 * The account of whom a body was just fetched for, which never fails: `me` and `org` are asked for once a credential, what cannot be asked
 * becomes a label, and a directory that cannot be read or written is a warning.
 */
export const resolve = (
  { billing, client, directory, owners }: Parts,
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
  const noting = (account: Account.Account, told: Overdraft.Told) =>
    Effect.zipLeft(remember(account), Overdraft.noteTold(billing, account, told))
  const find = (): Effect.Effect<Resolved> => {
    switch (subject._tag) {
      case "User":
        return remember(Account.user(client.baseUrl, subject.id))
      case "AnyOrg":
        return remember(Account.organization(client.baseUrl, subject.id))
      case "Me":
        return Effect.matchEffect(owners.user(credential), {
          onFailure: labelled,
          onSuccess: (told) => noting(Account.user(client.baseUrl, told.value.id), toldOfUser(told)),
        })
      case "Org":
        return Effect.matchEffect(owners.org(credential), {
          onFailure: labelled,
          onSuccess: (told) => noting(Account.organization(client.baseUrl, told.value.id), toldOfOrg(told)),
        })
    }
  }
  const known = (account: Account.Account): Resolved => ({ account, named: true, warnings: [] })
  /** A user may move to another organisation: the stored one is asked for anew, and stands where it cannot be. */
  const stillOf = (before: Account.Account): Effect.Effect<Resolved> =>
    Effect.matchEffect(owners.org(credential), {
      onFailure: () => Effect.succeed(known(before)),
      onSuccess: (told) => {
        const account = Account.organization(client.baseUrl, told.value.id)
        return Account.equals(account, before)
          ? Effect.as(Overdraft.noteTold(billing, before, toldOfOrg(told)), known(before))
          : noting(account, toldOfOrg(told))
      },
    })
  /** A user stays the same; what the API says beside the balance is stored with it. */
  const stillUser = (account: Account.Account): Effect.Effect<Resolved> =>
    owners.user(credential).pipe(
      Effect.timeout(TOLD_TIMEOUT),
      Effect.flatMap((told) => Overdraft.noteTold(billing, account, toldOfUser(told))),
      Effect.ignore,
      Effect.as(known(account)),
    )
  const still = (account: Account.Account): Effect.Effect<Resolved> => {
    switch (subject._tag) {
      case "Me":
        return stillUser(account)
      case "Org":
        return stillOf(account)
      case "User":
      case "AnyOrg":
        return Effect.succeed(known(account))
    }
  }
  return directory.find(holder).pipe(
    Effect.orElseSucceed(() => Option.none<Account.Account>()),
    Effect.flatMap(Option.match({ onNone: find, onSome: still })),
  )
}

const isMeant = (subject: Subject.Subject, { owner }: Account.Account): boolean => {
  switch (subject._tag) {
    case "User":
    case "AnyOrg":
      return Account.formatOwner(owner) === Subject.format(subject)
    case "Me":
      return owner._tag === "User"
    case "Org":
      return owner._tag === "Organization"
  }
}

/** The accounts that a credential opened before at some base URLs; of several, the one of the API's own where it is among them. */
const openedBefore = (
  directory: AccountDirectory.Service,
  subject: Subject.Subject,
  credential: Redacted.Redacted,
  baseUrls: Iterable<string>,
): Effect.Effect<ReadonlyArray<Account.Account>, StoreError> =>
  Effect.gen(function* () {
    const found: Array<Account.Account> = []
    for (const baseUrl of baseUrls) {
      found.push(...Option.toArray(yield* directory.find({ baseUrl, credential, subject })))
    }
    const ownApi = found.filter(({ baseUrl }) => baseUrl === Account.DEFAULT_BASE_URL)
    return ownApi.length > 0 ? ownApi : found
  })

/** How accounts of a file are found without the API. */
export interface OfflineQuery {
  readonly subject: Subject.Subject
  /** The base URL of the account; without it, any. */
  readonly baseUrl: Option.Option<string>
  readonly credential: Option.Option<Redacted.Redacted>
  /** The label of the account that `me` means: then neither the credential nor the other accounts of the file count. */
  readonly label?: Option.Option<string> | undefined
}

/**
 * The account that a subject means in a file, without the API: the one that the credential opened before; else, for an id or without a
 * credential, the only account of the file that can be meant, at `baseUrl` where one is given. A label is meant only by its name: it does not
 * tell whose it is. A credential that is not known in the file means none of its accounts by `me` or `org`.
 */
export const findOffline = (
  store: SnapshotStore.Service,
  directory: AccountDirectory.Service,
  { baseUrl, credential, label = Option.none(), subject }: OfflineQuery,
): Effect.Effect<Account.Account, NothingCached | StoreError> =>
  Effect.gen(function* () {
    const stored = yield* store.listAccounts
    const isThere = (account: Account.Account): boolean =>
      Option.getOrElse(baseUrl, () => account.baseUrl) === account.baseUrl
    const nothing: ConstructorParameters<typeof NothingCached>[0] = {
      subject,
      asOf: Option.none(),
      kept: Option.some(namesOf(stored)),
    }
    const onlyOf = (
      [first, ...others]: ReadonlyArray<Account.Account>,
      failure = nothing,
    ): Effect.Effect<Account.Account, NothingCached> => {
      if (first === undefined) return new NothingCached(failure)
      if (others.length === 0) return Effect.succeed(first)
      const isSame = others.every(({ owner }) => Account.formatOwner(owner) === Account.formatOwner(first.owner))
      const baseUrls = [first, ...others].map((account) => account.baseUrl)
      return new NothingCached(isSame ? { ...failure, baseUrls } : failure)
    }
    if (Option.isSome(label) && subject._tag === "Me") {
      const isLabel = ({ owner }: Account.Account): boolean => owner._tag === "Labelled" && owner.label === label.value
      return yield* onlyOf(
        stored.filter((account) => isLabel(account) && isThere(account)),
        { ...nothing, label: label.value },
      )
    }
    if (Option.isSome(credential)) {
      const baseUrls = Option.match(baseUrl, {
        onNone: () => new Set(stored.map((account) => account.baseUrl)),
        onSome: (url) => [url],
      })
      const known = yield* openedBefore(directory, subject, credential.value, baseUrls)
      if (known.length > 0) return yield* onlyOf(known)
      if (subject._tag === "Me" || subject._tag === "Org") {
        return yield* new NothingCached({ ...nothing, isTokenUnknown: true })
      }
    }
    return yield* onlyOf(stored.filter((account) => isMeant(subject, account) && isThere(account)))
  })
