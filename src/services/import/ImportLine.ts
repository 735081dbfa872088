/**
 * A line of an import to a snapshot: `{"subject":"user:ID","observed_at":"RFC 3339","body":{…}}`, or what `export` writes, with `balance`
 * instead of `body`; with `base_url` where it is another one. A `credit_unit` must be the unit of that time.
 *
 * The body is handed to the gate as the text that it is, so that its numbers keep their digits. An exported balance is canonical: it has no
 * drift.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import * as Account from "../../domain/history/Account.js"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as Credits from "../../domain/money/Credits.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Memo from "../../infra/Memo.js"
import * as ExportedBalance from "./ExportedBalance.js"
import * as JsonMembers from "./JsonMembers.js"

/** What a line says, and what its body said beyond the contract. */
export interface Parsed {
  readonly snapshot: Snapshot.Snapshot
  readonly drift: ReadonlyArray<CustomerBalance.Drift>
}

const FIELDS = ["subject", "observed_at", "body", "balance", "base_url", "credit_unit"] as const
type Field = (typeof FIELDS)[number]

/** The texts of the fields' values. */
type Fields = Partial<Record<Field, string>>

const isField = (key: string): key is Field => FIELDS.some((field) => field === key)

type Why<A> = Either.Either<A, string>

const LONGEST_SHOWN = 40

/** A key for a message: on one line and short. */
const shown = (text: string): string =>
  JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text)

/** The texts of the fields' values, each field at most once and none besides. */
const fieldsOf = (text: string): Why<Fields> => {
  const members = JsonMembers.of(text)
  if (members === undefined) return Either.left('it is no JSON object: write {"subject":…,"observed_at":…,"body":{…}}')
  const fields: Fields = {}
  for (const { key, value } of members) {
    if (!isField(key)) return Either.left(`it has a field ${shown(key)}: a line has ${FIELDS.join(", ")} alone`)
    if (fields[key] !== undefined) return Either.left(`it has ${key} more than once`)
    fields[key] = value
  }
  return Either.right(fields)
}

const textOf = (field: Field, json: string): Why<string> =>
  Either.fromNullable(JsonMembers.stringOf(json), () => `${field} is no text`)

const ownerOf = (text: string): Why<Account.Owner> =>
  Either.fromOption(
    Account.parseOwner(text),
    () => `the subject ${shown(text)} names no account: write user:ID, org:ID or me:LABEL`,
  )

/** Accounts and base URLs that are remembered: those of neighbouring lines are few. */
const REMEMBERED = { owners: 256, baseUrls: 16 } as const

const readOwner = Memo.byText(REMEMBERED.owners, (json) => Either.flatMap(textOf("subject", json), ownerOf))

const readBaseUrl = Memo.byText(REMEMBERED.baseUrls, (json) =>
  Either.flatMap(textOf("base_url", json), (text) =>
    Either.mapLeft(Account.parseBaseUrl(text), (error) => `base_url: ${error.message}`),
  ),
)

const readTime = (json: string): Why<Timestamp.Timestamp> =>
  Either.flatMap(textOf("observed_at", json), (text) =>
    Either.fromOption(
      Timestamp.fromText(text),
      () => `observed_at ${shown(text)} is no time: write RFC 3339 with a zone, such as 2026-11-22T09:00:00Z`,
    ),
  )

/** Why a line's unit of credits is not that of its time; `undefined` where it is, or is not said. */
const unitFlaw = (json: string | undefined, observedAt: Timestamp.Timestamp): string | undefined => {
  const unit = Credits.unitAt(observedAt)
  if (json === undefined || json === "null" || json === `"${unit}"`) return undefined
  return `credit_unit ${shown(JsonMembers.stringOf(json) ?? json)} is not the unit of its time: a credit was a minute until 2025-09-29, and is a second since`
}

const readBody = (text: string): Why<CustomerBalance.Decoded> =>
  Either.mapLeft(CustomerBalance.decodeText(text), (rejected) => rejected.message)

const readBalance = (text: string): Why<CustomerBalance.Decoded> =>
  Either.map(ExportedBalance.parse(text), (balance) => ({ balance, drift: [] }))

let lastAccount: Account.Account | undefined

/** The account of an owner. Neighbouring lines of one owner share it, so that it is told apart by identity. */
const accountOf = (baseUrl: string, owner: Account.Owner): Account.Account => {
  if (lastAccount?.owner !== owner || lastAccount.baseUrl !== baseUrl) lastAccount = { baseUrl, owner }
  return lastAccount
}

/** What a line says, or why it is none. `baseUrl` is that of lines that name none. */
export const parse = (text: string, baseUrl: string): Why<Parsed> => {
  const fields = fieldsOf(text)
  if (Either.isLeft(fields)) return Either.left(fields.left)
  const { balance, base_url, body, credit_unit, observed_at, subject } = fields.right
  if (subject === undefined) return Either.left("it has no subject")
  const owner = readOwner(subject)
  if (Either.isLeft(owner)) return Either.left(owner.left)
  const base = base_url === undefined ? Either.right(baseUrl) : readBaseUrl(base_url)
  if (Either.isLeft(base)) return Either.left(base.left)
  if (observed_at === undefined) return Either.left("it has no observed_at")
  const observedAt = readTime(observed_at)
  if (Either.isLeft(observedAt)) return Either.left(observedAt.left)
  const flaw = unitFlaw(credit_unit, observedAt.right)
  if (flaw !== undefined) return Either.left(flaw)
  if (body !== undefined && balance !== undefined) return Either.left("it has body and balance: write one of them")
  const decoded =
    body !== undefined
      ? readBody(body)
      : balance !== undefined
        ? readBalance(balance)
        : Either.left("it has neither body nor balance")
  if (Either.isLeft(decoded)) return Either.left(decoded.left)
  const account = accountOf(base.right, owner.right)
  return Either.right({
    snapshot: Snapshot.make(account, observedAt.right, decoded.right.balance),
    drift: decoded.right.drift,
  })
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** {@link parse} of a line as bytes: UTF-8, with or without a byte order mark. `None` for a blank line, which says nothing. */
export const parseBytes = (line: Uint8Array, baseUrl: string): Option.Option<Why<Parsed>> => {
  const text = Either.try({ try: () => utf8.decode(line), catch: () => "it is no UTF-8 text" })
  if (Either.isRight(text) && text.right.trim() === "") return Option.none()
  return Option.some(Either.flatMap(text, (written) => parse(written, baseUrl)))
}
