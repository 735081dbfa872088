/**
 * Whom a history belongs to: a base URL and a user's or an organisation's id.
 *
 * `me` and `org` are no accounts: they name whoever holds a token, so they are resolved to an id before anything is kept. Where that
 * could not be done the account is a label of its own, which is never joined to another by guess.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Order_ from "effect/Order"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Subject from "../balance/Subject.js"

/** The API's own base URL. */
export const DEFAULT_BASE_URL = "https://api.zoo.dev"

/** A user by id. */
const User = Schema.TaggedStruct("User", { id: Subject.Id })
/** An organisation by id. */
const Organization = Schema.TaggedStruct("Organization", { id: Subject.Id })
/** Whoever held a token whose id could not be asked for: written `me:LABEL`. */
const Labelled = Schema.TaggedStruct("Labelled", { label: Subject.Id })

const OwnerValue = Schema.typeSchema(Schema.Union(User, Organization, Labelled)).annotations({
  identifier: "AccountOwner",
})
/** `User{id} | Organization{id} | Labelled{label}`. */
export type Owner = typeof OwnerValue.Type

/** The owner's written form, by which owners are compared: `user:ID`, `org:ID` or `me:LABEL`, UUIDs in lower case. */
export const formatOwner = (owner: Owner): string => {
  switch (owner._tag) {
    case "User":
      return `user:${Subject.canonicalId(owner.id)}`
    case "Organization":
      return `org:${Subject.canonicalId(owner.id)}`
    case "Labelled":
      return `me:${owner.label}`
  }
}

const isOwner = Schema.is(OwnerValue)

/** The owner that a written form names, a UUID in lower case; `None` when it names none. */
export const parseOwner = (text: string): Option.Option<Owner> => {
  const [kind, label] = [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)]
  const id = Subject.canonicalId(label)
  const owners = { user: { _tag: "User", id }, org: { _tag: "Organization", id }, me: { _tag: "Labelled", label } }
  const owner: unknown = Object.hasOwn(owners, kind) ? owners[kind as keyof typeof owners] : undefined
  return isOwner(owner) ? Option.some(owner) : Option.none()
}

/** The written form to an owner and back. */
export const Owner: Schema.Schema<Owner, string> = Schema.transformOrFail(Schema.String, OwnerValue, {
  strict: true,
  decode: (text, _, ast) =>
    Either.fromOption(parseOwner(text), () => new ParseResult.Type(ast, text, "expected user:ID, org:ID or me:LABEL")),
  encode: (owner) => Either.right(formatOwner(owner)),
}).annotations({ identifier: "AccountOwnerText" })

/** A base URL (origin and path without a slash at the end) and an owner. */
export const Account = Schema.Struct({ baseUrl: Schema.String, owner: Owner }).annotations({ identifier: "Account" })
/** A base URL and an owner. */
export type Account = typeof Account.Type

/** A text that is no base URL, or one over which a token must not travel. */
export class InvalidBaseUrl extends Schema.TaggedError<InvalidBaseUrl>("zoo-runway/InvalidBaseUrl")("InvalidBaseUrl", {
  input: Schema.String,
  reason: Schema.String,
}) {
  override get message(): string {
    return `${JSON.stringify(this.input.slice(0, 80))} is no base URL (${this.reason}): give one such as ${DEFAULT_BASE_URL}`
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * A base URL in the one form that accounts are compared by: lower-case scheme and host, no default port, no slash at the end. It must be
 * https, because a token travels over it; plain http is for loopback alone.
 */
export const parseBaseUrl = (text: string): Either.Either<string, InvalidBaseUrl> => {
  // What stands before an @ may be a password, what stands in a query a token: neither is in a message.
  const [shown = ""] = text.slice(text.lastIndexOf("@") + 1).split(/[?#]/)
  const refuse = (reason: string) => Either.left(new InvalidBaseUrl({ input: shown, reason }))
  if (!URL.canParse(text)) return refuse("it is no URL")
  const url = new URL(text)
  if (url.username !== "" || url.password !== "") return refuse("it carries a user name or password")
  if (url.search !== "" || url.hash !== "") return refuse("it has a query or fragment")
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) return refuse("http is for loopback only")
  if (url.protocol !== "https:" && url.protocol !== "http:") return refuse("it is not https")
  return Either.right(`${url.origin}${url.pathname.replace(/\/+$/, "")}`)
}

/** The account of a user. A UUID becomes lower case. */
export const user = (baseUrl: string, id: string): Account => ({
  baseUrl,
  owner: { _tag: "User", id: Subject.canonicalId(id) },
})

/** The account of an organisation. A UUID becomes lower case. */
export const organization = (baseUrl: string, id: string): Account => ({
  baseUrl,
  owner: { _tag: "Organization", id: Subject.canonicalId(id) },
})

/** The account of whoever held a token whose id is not known. */
export const labelled = (baseUrl: string, label: string): Account => ({ baseUrl, owner: { _tag: "Labelled", label } })

const key = (self: Account): string => `${self.baseUrl} ${formatOwner(self.owner)}`

/** Same base URL and owner. */
export const equals = (a: Account, b: Account): boolean => key(a) === key(b)

/** Accounts by base URL, then owner. */
export const Order: Order_.Order<Account> = Order_.mapInput(Order_.string, key)
