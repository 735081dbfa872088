import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as ZooApi from "../../../src/infra/zoo/ZooApi.js"
import * as ZooClient from "../../../src/infra/zoo/ZooClient.js"
import * as StubZoo from "../../../src/testing/StubZoo.js"
import { ONCE } from "./World.js"

const { id, organizationId } = StubZoo.exampleAccount

const account: StubZoo.StubAccount = {
  ...StubZoo.exampleAccount,
  thresholdBody: '{"effective_amount":50.10,"source":"system_default"}',
  organizationThresholdBody: '{"effective_amount":"500","source":"admin"}',
}

/** What operations give that tell neither a balance nor an organisation. */
const VALUES: Readonly<Record<string, string>> = { user: id, userThreshold: "50.10", orgThreshold: "500.00" }

/** Every operation of the client, under the name of the endpoint that describes it. */
const operations = (
  zoo: ZooClient.Service,
  includeTotalDue: boolean,
): Record<string, Effect.Effect<unknown, unknown>> => {
  const due = (subject: Subject.Subject) =>
    Effect.map(zoo.balance({ subject, includeTotalDue }), ({ balance }) => balance.due._tag)
  return {
    balanceOfMe: due(Subject.me),
    balanceOfUser: due(Subject.user(id)),
    balanceOfOrg: due(Subject.org),
    balanceOfAnyOrg: due(Subject.anyOrg(organizationId)),
    user: Effect.map(zoo.user(), (user) => user.id),
    userOrg: Effect.map(zoo.org(), (organization) => organization.id),
    userThreshold: Effect.map(zoo.userThreshold(), ({ amount }) => Usd.format(amount)),
    orgThreshold: Effect.map(zoo.orgThreshold(), ({ amount }) => Usd.format(amount)),
  }
}

const described = (): ReadonlyMap<string, { readonly method: string; readonly path: string }> => {
  const found = new Map<string, { readonly method: string; readonly path: string }>()
  HttpApi.reflect(ZooApi.Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => found.set(endpoint.name, { method: endpoint.method, path: endpoint.path }),
  })
  return found
}

describe("ZooApi", () => {
  it("describes the operations of the API's reference", () => {
    expect([...described().values()].map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /user/payment/balance",
      "GET /users/:id/payment/balance",
      "GET /org/payment/balance",
      "GET /orgs/:id/payment/balance",
      "GET /user",
      "GET /user/org",
      "GET /org",
      "GET /user/billing/usage-collection-threshold",
      "GET /org/billing/usage-collection-threshold",
    ])
  })

  it.effect("is what client and stub agree on, in every operation", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({ accounts: [account] })
      const zoo = yield* ZooClient.make({ baseUrl: stub.baseUrl, token: Redacted.make("example-token"), ...ONCE })
      // The client asks GET /org only where GET /user/org does not answer.
      const asked = [...described()].filter(([name]) => name !== "org")
      expect(Object.keys(operations(zoo, false)).sort()).toEqual(asked.map(([name]) => name).sort())
      for (const [name, { method, path }] of asked) {
        const bare = yield* operations(zoo, false)[name] ?? Effect.fail(name)
        const whole = yield* operations(zoo, true)[name] ?? Effect.fail(name)
        const [first, second] = stub.requests.slice(-2)
        const filled = path.replace("users/:id", `users/${id}`).replace("orgs/:id", `orgs/${organizationId}`)
        const isBalance = path.endsWith("/payment/balance")
        expect([first?.method, first?.url]).toEqual([method, filled])
        expect([second?.method, second?.url]).toEqual([method, isBalance ? `${filled}?include_total_due=true` : filled])
        const value = VALUES[name] ?? organizationId
        expect([bare, whole]).toEqual(isBalance ? ["NotRequested", "Due"] : [value, value])
      }
      expect(stub.requests).toHaveLength(16)
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
  )

  it.effect("is what client and stub agree on, in every error that it describes", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({
        accounts: [{ ...StubZoo.exampleAccount, employee: false, organizationId: undefined }],
      })
      const zoo = yield* ZooClient.make({ baseUrl: stub.baseUrl, token: Redacted.make("example-token"), ...ONCE })
      const credential = Redacted.make("unknown-token")
      const errors = [
        yield* Effect.flip(zoo.balance({ subject: Subject.me, credential })),
        yield* Effect.flip(zoo.balance({ subject: Subject.user("else@example.com") })),
        yield* Effect.flip(zoo.org()),
        yield* Effect.flip(zoo.userThreshold()),
        yield* Effect.flip(zoo.orgThreshold()),
      ]
      expect(errors.map(({ _tag }) => _tag)).toEqual(["Refused", "Refused", "NotFound", "NotFound", "NotFound"])
      for (const error of errors) {
        expect(Option.isSome(error.requestId)).toBe(true)
        expect(Option.isSome(error.apiCallId)).toBe(true)
        expect(error.requestId).not.toEqual(error.apiCallId)
      }
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
  )

  it("makes an OpenAPI document in which every operation asks for a bearer token or says 401", () => {
    const { paths } = OpenApi.fromApi(ZooApi.Api)
    const operationsOf = Object.values(paths).flatMap((path) => (path.get === undefined ? [] : [path.get]))
    expect(operationsOf).toHaveLength(9)
    for (const operation of operationsOf) expect(Object.keys(operation.responses)).toContain("401")
  })
})
