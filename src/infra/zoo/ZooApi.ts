/**
 * The part of the Zoo API that tells balances, described once: the client makes its requests from this description, and the stub API
 * of `zoo-runway/testing` serves it.
 *
 * Balances and thresholds are text here, because their amounts would lose digits in `JSON.parse`; the domain reads them.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Block from "../../domain/balance/Block.js"
import * as Subject from "../../domain/balance/Subject.js"

/** What the API says about a failed call. */
export const ErrorBody = Schema.Struct({
  message: Schema.String,
  request_id: Schema.String,
  error_code: Schema.optional(Schema.NullOr(Schema.String)),
}).annotations({ identifier: "ErrorBody" })

/** {@link ErrorBody} under one status; the status travels in the status line alone. */
const failure = <const Status extends number>(status: Status) =>
  Schema.attachPropertySignature(ErrorBody, "status", status).annotations(HttpApiSchema.annotations({ status }))

/** The request does not fit the description. */
export const BadRequest = failure(400)
/** No token, or one that the API does not know. */
export const Unauthorized = failure(401)
/** The token may not ask this. */
export const Forbidden = failure(403)
/** No such user or organisation. */
export const NotFound = failure(404)
/** Too many calls. */
export const TooManyRequests = failure(429)
/** The API failed. */
export const ServerError = failure(500)

/** The token of whoever calls. */
export class Caller extends Context.Tag("zoo-runway/ZooApi/Caller")<Caller, Redacted.Redacted>() {}

/** `Authorization: Bearer TOKEN` on every call. */
export class Authorization extends HttpApiMiddleware.Tag<Authorization>()("zoo-runway/ZooApi/Authorization", {
  failure: Unauthorized,
  provides: Caller,
  security: { bearer: HttpApiSecurity.bearer },
}) {}

/** The text of a body that has amounts. */
const AmountsText = HttpApiSchema.Text({ contentType: "application/json" })

/** `include_total_due=true` asks for `total_due`, which makes the call slower. */
const BalanceQuery = Schema.Struct({ include_total_due: Schema.optional(Schema.BooleanFromString) })

const ById = Schema.Struct({ id: Subject.Id })

const NullishText = Schema.optional(Schema.NullOr(Schema.String))

/** Both are absent or null where service goes on. */
const blockFields = { block: NullishText, block_message: NullishText }

const Blockable = Schema.Struct(blockFields)
type Blockable = typeof Blockable.Type

const blockOf = (wire: Blockable): Option.Option<Block.Block> => Block.of(wire.block, wire.block_message)

const wireOf = (block: Option.Option<Block.Block>): Blockable =>
  Option.match(block, {
    onNone: () => ({}),
    onSome: ({ message, reason }) => ({
      block: Block.Reason.toText(reason),
      block_message: Option.getOrNull(message),
    }),
  })

const BlockOption = Schema.OptionFromSelf(Schema.typeSchema(Block.Block))

/** Who holds the token. */
export const User = Schema.transform(
  Schema.Struct({
    id: Subject.Id,
    email: NullishText,
    allow_pay_as_you_go: Schema.optional(Schema.NullOr(Schema.Boolean)),
    ...blockFields,
  }),
  Schema.Struct({
    id: Subject.Id,
    email: Schema.OptionFromSelf(Schema.String),
    allowPayAsYouGo: Schema.OptionFromSelf(Schema.Boolean),
    block: BlockOption,
  }),
  {
    strict: true,
    decode: (wire) => ({
      id: wire.id,
      email: Option.fromNullable(wire.email),
      allowPayAsYouGo: Option.fromNullable(wire.allow_pay_as_you_go),
      block: blockOf(wire),
    }),
    encode: ({ allowPayAsYouGo, block, email, id }) => ({
      id,
      email: Option.getOrNull(email),
      allow_pay_as_you_go: Option.getOrNull(allowPayAsYouGo),
      ...wireOf(block),
    }),
  },
).annotations({ identifier: "User" })
/**
 * Who holds the token: the user's UUID, and, where the API tells, the e-mail address, whether pay as you go is allowed, and why service
 * stopped.
 */
export type User = typeof User.Type

/** The organisation of the user who holds the token. */
export const Organization = Schema.transform(
  Schema.Struct({ id: Subject.Id, ...blockFields }),
  Schema.Struct({ id: Subject.Id, block: BlockOption }),
  {
    strict: true,
    decode: (wire) => ({ id: wire.id, block: blockOf(wire) }),
    encode: ({ block, id }) => ({ id, ...wireOf(block) }),
  },
).annotations({ identifier: "Organization" })
/** The organisation of the user who holds the token: its UUID, and why service stopped, where it did. */
export type Organization = typeof Organization.Type

/** The caller's balance: any token. */
export const balanceOfMe = HttpApiEndpoint.get("balanceOfMe", "/user/payment/balance")
  .setUrlParams(BalanceQuery)
  .addSuccess(AmountsText)

/** The balance of a user by UUID or e-mail address: an employee's token. */
export const balanceOfUser = HttpApiEndpoint.get("balanceOfUser", "/users/:id/payment/balance")
  .setPath(ById)
  .setUrlParams(BalanceQuery)
  .addSuccess(AmountsText)
  .addError(Forbidden)
  .addError(NotFound)

/** The balance of the caller's organisation: the token of any member. */
export const balanceOfOrg = HttpApiEndpoint.get("balanceOfOrg", "/org/payment/balance")
  .setUrlParams(BalanceQuery)
  .addSuccess(AmountsText)
  .addError(Forbidden)
  .addError(NotFound)

/** The balance of an organisation by UUID: an employee's token. */
export const balanceOfAnyOrg = HttpApiEndpoint.get("balanceOfAnyOrg", "/orgs/:id/payment/balance")
  .setPath(ById)
  .setUrlParams(BalanceQuery)
  .addSuccess(AmountsText)
  .addError(Forbidden)
  .addError(NotFound)

/** Who holds the token. */
export const user = HttpApiEndpoint.get("user", "/user").addSuccess(User)

/** The organisation of the user who holds the token: any member. */
export const userOrg = HttpApiEndpoint.get("userOrg", "/user/org").addSuccess(Organization).addError(NotFound)

/** The same for its administrators. */
export const org = HttpApiEndpoint.get("org", "/org").addSuccess(Organization).addError(Forbidden).addError(NotFound)

/** The collection threshold of the user who holds the token. */
export const userThreshold = HttpApiEndpoint.get("userThreshold", "/user/billing/usage-collection-threshold")
  .addSuccess(AmountsText)
  .addError(Forbidden)
  .addError(NotFound)

/** The collection threshold of the caller's organisation. */
export const orgThreshold = HttpApiEndpoint.get("orgThreshold", "/org/billing/usage-collection-threshold")
  .addSuccess(AmountsText)
  .addError(Forbidden)
  .addError(NotFound)

/** The nine operations. */
export class Api extends HttpApi.make("zoo")
  .add(
    HttpApiGroup.make("customers")
      .add(balanceOfMe)
      .add(balanceOfUser)
      .add(balanceOfOrg)
      .add(balanceOfAnyOrg)
      .add(user)
      .add(userOrg)
      .add(org)
      .add(userThreshold)
      .add(orgThreshold),
  )
  .addError(BadRequest)
  .addError(TooManyRequests)
  .addError(ServerError)
  .middleware(Authorization) {}
