/**
 * The part of the Zoo API that tells balances, described once: the client makes its requests from this description, and the stub API
 * of `zoo-runway/testing` serves it.
 *
 * Balances are text here, because their amounts would lose digits in `JSON.parse`; the gate of the domain reads them.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as Context from "effect/Context"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
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

/** The text of a customer balance. */
const BalanceText = HttpApiSchema.Text({ contentType: "application/json" })

/** `include_total_due=true` asks for `total_due`, which makes the call slower. */
const BalanceQuery = Schema.Struct({ include_total_due: Schema.optional(Schema.BooleanFromString) })

const ById = Schema.Struct({ id: Subject.Id })

/** Who holds the token. */
export const User = Schema.Struct({
  id: Subject.Id,
  email: Schema.optionalWith(Schema.String, { as: "Option", nullable: true }),
  allowPayAsYouGo: Schema.optionalWith(Schema.Boolean, { as: "Option", nullable: true }).pipe(
    Schema.fromKey("allow_pay_as_you_go"),
  ),
}).annotations({ identifier: "User" })
/** Who holds the token: the user's UUID, and, where the API tells, the e-mail address and whether pay as you go is allowed. */
export type User = typeof User.Type

/** The organisation of whoever holds the token. */
export const Organization = Schema.Struct({ id: Subject.Id }).annotations({ identifier: "Organization" })
/** The organisation of whoever holds the token: its UUID. */
export type Organization = typeof Organization.Type

/** The caller's balance: any token. */
export const balanceOfMe = HttpApiEndpoint.get("balanceOfMe", "/user/payment/balance")
  .setUrlParams(BalanceQuery)
  .addSuccess(BalanceText)

/** The balance of a user by UUID or e-mail address: an employee's token. */
export const balanceOfUser = HttpApiEndpoint.get("balanceOfUser", "/users/:id/payment/balance")
  .setPath(ById)
  .setUrlParams(BalanceQuery)
  .addSuccess(BalanceText)
  .addError(Forbidden)
  .addError(NotFound)

/** The balance of the caller's organisation: the token of one of its administrators. */
export const balanceOfOrg = HttpApiEndpoint.get("balanceOfOrg", "/org/payment/balance")
  .setUrlParams(BalanceQuery)
  .addSuccess(BalanceText)
  .addError(Forbidden)
  .addError(NotFound)

/** The balance of an organisation by UUID: an employee's token. */
export const balanceOfAnyOrg = HttpApiEndpoint.get("balanceOfAnyOrg", "/orgs/:id/payment/balance")
  .setPath(ById)
  .setUrlParams(BalanceQuery)
  .addSuccess(BalanceText)
  .addError(Forbidden)
  .addError(NotFound)

/** Who holds the token. */
export const user = HttpApiEndpoint.get("user", "/user").addSuccess(User)

/** The organisation of whoever holds the token. */
export const org = HttpApiEndpoint.get("org", "/org").addSuccess(Organization).addError(Forbidden).addError(NotFound)

/** The six operations. */
export class Api extends HttpApi.make("zoo")
  .add(
    HttpApiGroup.make("customers")
      .add(balanceOfMe)
      .add(balanceOfUser)
      .add(balanceOfOrg)
      .add(balanceOfAnyOrg)
      .add(user)
      .add(org),
  )
  .addError(BadRequest)
  .addError(TooManyRequests)
  .addError(ServerError)
  .middleware(Authorization) {}
