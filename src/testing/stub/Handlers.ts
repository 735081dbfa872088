/** The Zoo API's operations over the accounts of a stub, as a web handler made from the API's description. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Subject from "../../domain/balance/Subject.js"
import * as ZooApi from "../../infra/zoo/ZooApi.js"
import * as StubAccount from "./StubAccount.js"

/** The header by which a request brings the `request_id` of its errors. */
export const REQUEST_ID = "x-request-id"

/** What the operations work on. */
export interface World {
  readonly accounts: StubAccount.Directory
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The error body of a status. */
const failure = <const Status extends number>(status: Status, message: string) =>
  Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => ({
    status,
    message,
    request_id: headers[REQUEST_ID] ?? "",
    error_code: undefined,
  }))

const fail = <const Status extends number>(status: Status, message: string) =>
  Effect.flatMap(failure(status, message), Effect.fail)

const json = (text: string) => HttpServerResponse.text(text, { contentType: "application/json" })

const customers = ({ accounts, now }: World) =>
  HttpApiBuilder.group(ZooApi.Api, "customers", (handlers) => {
    const bodyOf = (account: StubAccount.StubAccount, includeTotalDue = false) =>
      account.bodyAt(now(), { includeTotalDue })

    const caller = Effect.flatMap(ZooApi.Caller, (token) => {
      const account = accounts.byToken(Redacted.value(token))
      return account === undefined ? Effect.die("a caller without an account") : Effect.succeed(account)
    })

    const member = Effect.flatMap(caller, (account) =>
      account.organizationId === undefined ? fail(404, "the user has no organization") : Effect.succeed(account),
    )

    const admin = Effect.flatMap(member, (account) =>
      StubAccount.roleOf(account) === "admin" ? Effect.succeed(account) : fail(403, "only administrators may ask this"),
    )

    /** An account that the caller may ask for: what is not theirs is for employees, whether it exists or not. */
    const asked = (found: StubAccount.StubAccount | undefined, own: (caller: StubAccount.StubAccount) => boolean) =>
      Effect.gen(function* () {
        const account = yield* caller
        if (account.employee !== true && !own(account)) return yield* fail(403, "only employees may ask this")
        return found ?? (yield* fail(404, "not found"))
      })

    const known = (body: string | undefined) => (body === undefined ? fail(404, "not found") : Effect.succeed(body))

    return handlers
      .handle("balanceOfMe", ({ urlParams }) =>
        Effect.map(caller, (account) => bodyOf(account, urlParams.include_total_due)),
      )
      .handle("balanceOfUser", ({ path, urlParams }) =>
        Effect.map(
          asked(accounts.byUser(path.id), (own) => accounts.byUser(path.id) === own),
          (account) => bodyOf(account, urlParams.include_total_due),
        ),
      )
      .handle("balanceOfOrg", ({ urlParams }) =>
        Effect.map(member, (account) => bodyOf(account, urlParams.include_total_due)),
      )
      .handle("balanceOfAnyOrg", ({ path, urlParams }) =>
        Effect.map(
          asked(
            accounts.byOrganization(path.id),
            ({ organizationId }) => organizationId !== undefined && Subject.sameId(organizationId, path.id),
          ),
          (account) => bodyOf(account, urlParams.include_total_due),
        ),
      )
      .handle("user", () => Effect.map(caller, (account) => json(StubAccount.userBody(account))))
      .handle("userOrg", () => Effect.map(member, (account) => json(StubAccount.userOrgBody(account))))
      .handle("org", () => Effect.map(admin, (account) => json(StubAccount.orgBody(account))))
      .handle("userThreshold", () => Effect.flatMap(caller, ({ thresholdBody }) => known(thresholdBody)))
      .handle("orgThreshold", () =>
        Effect.flatMap(member, ({ organizationThresholdBody }) => known(organizationThresholdBody)),
      )
  })

const authorization = ({ accounts }: World) =>
  Layer.succeed(ZooApi.Authorization, {
    bearer: (token) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
        headers["authorization"]?.startsWith("Bearer ") && accounts.byToken(Redacted.value(token)) !== undefined
          ? Effect.succeed(token)
          : fail(401, "unauthorized"),
      ),
  })

const tagOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "_tag" in error ? error._tag : undefined

const inOwnForm = (status: number, message: string) =>
  Effect.map(failure(status, message), ({ request_id }) =>
    HttpServerResponse.unsafeJson({ message, request_id }, { status }),
  )

/** What the description does not know, or rejects, is answered in the API's own form as well. */
const withOwnErrors = (app: HttpApp.Default) =>
  Effect.catchAllCause(app, (cause) => {
    switch (tagOf(Cause.squash(cause))) {
      case "RouteNotFound":
        return inOwnForm(404, "no such operation")
      case "HttpApiDecodeError":
        return inOwnForm(400, "the request does not fit the description of the API")
      default:
        return Effect.failCause(cause)
    }
  })

/** Ids are matched as they were sent: up to 256 characters, in their case. (A router that ignores case loses count at `İ`.) */
const exactPaths = HttpRouter.setRouterConfig({
  caseSensitive: true,
  ignoreDuplicateSlashes: false,
  ignoreTrailingSlash: false,
  maxParamLength: 1024,
})

/** The stub's operations as a web handler, until the scope closes. */
export const make = (world: World): Effect.Effect<(request: Request) => Promise<Response>, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        HttpApiBuilder.toWebHandler(
          Layer.mergeAll(
            HttpApiBuilder.api(ZooApi.Api).pipe(Layer.provide(customers(world)), Layer.provide(authorization(world))),
            HttpApiBuilder.middleware(withOwnErrors),
            HttpServer.layerContext,
            exactPaths,
          ),
        ),
      ),
      ({ dispose }) => Effect.promise(dispose),
    ),
    ({ handler }) =>
      (request) =>
        handler(request),
  )
