/**
 * Whose balance is asked for: `me`, `user:ID`, `org`, `org:ID`.
 *
 * `Me` and `Org` name whoever holds the token; `User` and `AnyOrg` name somebody by an id (a UUID or an e-mail address), which only an
 * employee's token may do.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const MAX_LENGTH = 256
const CONTROL = /\p{Cc}/u

/** Why a text is no id; `undefined` when it is one. */
const flawOf = (id: string): string | undefined => {
  if (id.length === 0) return "an id is not empty"
  if (id.length > MAX_LENGTH) return `an id has at most ${MAX_LENGTH} characters`
  if (CONTROL.test(id)) return "an id has no control characters"
  if (!id.isWellFormed()) return "an id is well-formed Unicode"
  return id === "." || id === ".." ? "the ids . and .. are refused because URLs fold them away" : undefined
}

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i

/** Whether an id is a UUID, in either case. */
export const isUuid = (id: string): boolean => UUID.test(id)

/**
 * An id in the form in which ids are compared and stored: a UUID in lower case, any other id as it is, because the API may tell two
 * others apart by their case.
 */
export const canonicalId = (id: string): string => (isUuid(id) ? id.toLowerCase() : id)

/** Whether two ids are the same, UUIDs in any case. */
export const sameId = (a: string, b: string): boolean => canonicalId(a) === canonicalId(b)

/**
 * The id of a user or an organisation: 1 to 256 characters, none of them a control character, neither `.` nor `..`. Nothing more is
 * checked: the API knows which ids exist.
 */
export const Id = Schema.String.pipe(Schema.filter((id) => flawOf(id) ?? true)).annotations({
  identifier: "SubjectId",
  jsonSchema: { type: "string", minLength: 1, maxLength: MAX_LENGTH },
  arbitrary: () => (fc) =>
    fc
      .oneof(fc.uuid(), fc.emailAddress(), fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }))
      .filter((id) => flawOf(id) === undefined),
})

/** Whoever holds the token. */
export const Me = Schema.TaggedStruct("Me", {})
/** A user by id. */
export const User = Schema.TaggedStruct("User", { id: Id })
/** The organisation of whoever holds the token. */
export const Org = Schema.TaggedStruct("Org", {})
/** An organisation by id. */
export const AnyOrg = Schema.TaggedStruct("AnyOrg", { id: Id })

/** `Me | User{id} | Org | AnyOrg{id}`. */
export const Subject = Schema.Union(Me, User, Org, AnyOrg).annotations({ identifier: "Subject" })
/** `Me | User{id} | Org | AnyOrg{id}`. */
export type Subject = typeof Subject.Type

/** A text that names no subject. The message says why, and what to write. */
export class InvalidSubject extends Schema.TaggedError<InvalidSubject>("zoo-runway/InvalidSubject")("InvalidSubject", {
  input: Schema.String,
  reason: Schema.String,
}) {
  override get message(): string {
    const shown = this.input.length > 60 ? `${this.input.slice(0, 60)}…` : this.input
    return `${JSON.stringify(shown)} names no subject (${this.reason}): write me, user:ID, org or org:ID`
  }
}

/** Whoever holds the token. */
export const me: Subject = { _tag: "Me" }

/** The organisation of whoever holds the token. */
export const org: Subject = { _tag: "Org" }

const checked = (id: string): string => {
  const reason = flawOf(id)
  if (reason !== undefined) throw new InvalidSubject({ input: id, reason })
  return canonicalId(id)
}

/**
 * A user by id: a UUID, which becomes lower case, or an e-mail address. {@link parse} is the way for text that comes from outside.
 *
 * @throws InvalidSubject when the id is none.
 */
export const user = (id: string): Subject => ({ _tag: "User", id: checked(id) })

/**
 * An organisation by id: a UUID, which becomes lower case.
 *
 * @throws InvalidSubject when the id is none.
 */
export const anyOrg = (id: string): Subject => ({ _tag: "AnyOrg", id: checked(id) })

/** A subject from its written form `me`, `user:ID`, `org` or `org:ID`. A UUID becomes lower case. */
export const parse = (text: string): Either.Either<Subject, InvalidSubject> => {
  if (text === "me") return Either.right(me)
  if (text === "org") return Either.right(org)
  const colon = text.indexOf(":")
  const kind = text.slice(0, colon)
  if (colon === -1 || (kind !== "user" && kind !== "org")) {
    return Either.left(new InvalidSubject({ input: text, reason: "it is none of the four forms" }))
  }
  const id = text.slice(colon + 1)
  const reason = flawOf(id)
  if (reason !== undefined) return Either.left(new InvalidSubject({ input: text, reason }))
  const canonical = canonicalId(id)
  return Either.right(kind === "user" ? { _tag: "User", id: canonical } : { _tag: "AnyOrg", id: canonical })
}

/** The written form, by which subjects are compared: UUIDs in lower case. */
export const format = (self: Subject): string => {
  switch (self._tag) {
    case "Me":
      return "me"
    case "User":
      return `user:${canonicalId(self.id)}`
    case "Org":
      return "org"
    case "AnyOrg":
      return `org:${canonicalId(self.id)}`
  }
}

/** The written form to a subject and back. */
export const FromText: Schema.Schema<Subject, string> = Schema.transformOrFail(
  Schema.String,
  Schema.typeSchema(Subject),
  {
    strict: true,
    decode: (text, _, ast) => Either.mapLeft(parse(text), (error) => new ParseResult.Type(ast, text, error.message)),
    encode: (subject) => Either.right(format(subject)),
  },
).annotations({ identifier: "SubjectText" })
