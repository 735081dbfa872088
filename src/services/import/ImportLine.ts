/**
 * A line of an import to a snapshot: `{"subject":"user:ID","observed_at":"RFC 3339","body":{…}}`, with `base_url` where it is another one.
 *
 * The body is handed to the gate as the text that it is, so that its numbers keep their digits.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import * as Subject from "../../domain/balance/Subject.js"
import * as Account from "../../domain/history/Account.js"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as JsonMembers from "./JsonMembers.js"

/** What a line says, and what its body said beyond the contract. */
export interface Parsed {
  readonly snapshot: Snapshot.Snapshot
  readonly drift: ReadonlyArray<CustomerBalance.Drift>
}

const FIELDS = ["subject", "observed_at", "body", "base_url"] as const
type Field = (typeof FIELDS)[number]

const isField = (key: string): key is Field => FIELDS.some((field) => field === key)

type Why<A> = Either.Either<A, string>

const LONGEST_SHOWN = 40

/** A key for a message: on one line and short. */
const shown = (text: string): string =>
  JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text)

/** The texts of the fields' values, each field at most once and none besides. */
const fieldsOf = (text: string): Why<ReadonlyMap<Field, string>> => {
  const members = JsonMembers.of(text)
  if (members === undefined) return Either.left('it is no JSON object: write {"subject":…,"observed_at":…,"body":{…}}')
  const fields = new Map<Field, string>()
  for (const { key, value } of members) {
    if (!isField(key)) return Either.left(`it has a field ${shown(key)}: a line has ${FIELDS.join(", ")} alone`)
    if (fields.has(key)) return Either.left(`it has ${key} more than once`)
    fields.set(key, value)
  }
  return Either.right(fields)
}

const textField = (fields: ReadonlyMap<Field, string>, field: Field): Why<string> => {
  const value = fields.get(field)
  if (value === undefined) return Either.left(`it has no ${field}`)
  return Either.fromNullable(JsonMembers.stringOf(value), () => `${field} is no text`)
}

const accountOf = (subject: Subject.Subject, baseUrl: string): Why<Account.Account> => {
  switch (subject._tag) {
    case "User":
      return Either.right(Account.user(baseUrl, subject.id))
    case "AnyOrg":
      return Either.right(Account.organization(baseUrl, subject.id))
    case "Me":
    case "Org":
      return Either.left(`the subject ${Subject.format(subject)} names no account: write user:ID or org:ID`)
  }
}

const baseUrlOf = (fields: ReadonlyMap<Field, string>, byDefault: string): Why<string> =>
  fields.has("base_url")
    ? Either.flatMap(textField(fields, "base_url"), (text) =>
        Either.mapLeft(Account.parseBaseUrl(text), (error) => `base_url: ${error.message}`),
      )
    : Either.right(byDefault)

const timeOf = (text: string): Why<Timestamp.Timestamp> =>
  Either.fromOption(
    Timestamp.fromText(text),
    () => `observed_at ${shown(text)} is no time: write RFC 3339 with a zone, such as 2026-11-22T09:00:00Z`,
  )

const bodyOf = (fields: ReadonlyMap<Field, string>): Why<CustomerBalance.Decoded> =>
  Either.flatMap(
    Either.fromNullable(fields.get("body"), () => "it has no body"),
    (text) => Either.mapLeft(CustomerBalance.decodeText(text), (rejected) => rejected.message),
  )

/** What a line says, or why it is none. `baseUrl` is that of lines that name none. */
export const parse = (text: string, baseUrl: string): Why<Parsed> =>
  Either.gen(function* () {
    const fields = yield* fieldsOf(text)
    const subject = yield* Either.flatMap(textField(fields, "subject"), (written) =>
      Either.mapLeft(Subject.parse(written), (error) => `subject: ${error.message}`),
    )
    const account = yield* accountOf(subject, yield* baseUrlOf(fields, baseUrl))
    const observedAt = yield* Either.flatMap(textField(fields, "observed_at"), timeOf)
    const { balance, drift } = yield* bodyOf(fields)
    return { snapshot: Snapshot.make(account, observedAt, balance), drift }
  })

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** {@link parse} of a line as bytes: UTF-8, with or without a byte order mark. `None` for a blank line, which says nothing. */
export const parseBytes = (line: Uint8Array, baseUrl: string): Option.Option<Why<Parsed>> => {
  const text = Either.try({ try: () => utf8.decode(line), catch: () => "it is no UTF-8 text" })
  if (Either.isRight(text) && text.right.trim() === "") return Option.none()
  return Option.some(Either.flatMap(text, (written) => parse(written, baseUrl)))
}
