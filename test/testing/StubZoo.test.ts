import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import * as StubZoo from "../../src/testing/StubZoo.js"

interface Answered {
  readonly status: number
  readonly callId: string | null
  readonly contentType: string | null
  readonly text: string
}

/** A plain GET, so that what a test sees is none of the client's doing. */
const get = (stub: StubZoo.Service, path: string, token?: string): Effect.Effect<Answered> =>
  Effect.promise(async () => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`${stub.baseUrl}${path}`, { headers, redirect: "manual" })
    return {
      status: response.status,
      callId: response.headers.get("x-api-call-id"),
      contentType: response.headers.get("content-type"),
      text: await response.text(),
    }
  })

const statuses = (stub: StubZoo.Service, paths: ReadonlyArray<string>, token?: string) =>
  Effect.forEach(paths, (path) => Effect.map(get(stub, path, token), ({ status }) => status))

const account = (id: string, more: Partial<StubZoo.StubAccount> = {}): StubZoo.StubAccount => ({
  id,
  bodyAt: (now, { includeTotalDue }) => JSON.stringify({ id, now, includeTotalDue }),
  ...more,
})

const ada = account("ada", { email: "ada@example.com", organizationId: "works", tokens: ["ada-1", "ada-2"] })
const bob = account("bob", { tokens: ["bob-1"] })
const eve = account("eve", { organizationId: "zoo", tokens: ["eve-1"], employee: true })

const balanceOf = (id: string) => `/users/${encodeURIComponent(id)}/payment/balance`

describe("StubZoo", () => {
  it("has the reference page's body as its example, with and without the total due", () => {
    const reference = readFileSync(new URL("../fixtures/reference-2025-05-07.json", import.meta.url), "utf8")
    expect(StubZoo.exampleBody).toBe(reference)
    const { total_due, ...rest } = JSON.parse(reference)
    expect(total_due).toBe("86.32")
    expect(JSON.parse(StubZoo.exampleBodyWithoutTotalDue)).toEqual(rest)
  })

  it.scoped("answers the example's text as it is, as JSON", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make()
      const whole = yield* get(stub, "/user/payment/balance?include_total_due=true", "example-token")
      expect(whole).toMatchObject({ status: 200, contentType: "application/json", text: StubZoo.exampleBody })
      for (const query of ["", "?include_total_due=false"]) {
        const bare = yield* get(stub, `/user/payment/balance${query}`, "example-token")
        expect(bare.text).toBe(StubZoo.exampleBodyWithoutTotalDue)
      }
    }),
  )

  it.scoped("lets a token ask for its own user, by id and e-mail address, and its own organisation", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({ accounts: [ada, bob] })
      const own = ["/user/payment/balance", balanceOf("ada"), balanceOf("ada@example.com"), "/org/payment/balance"]
      for (const token of ["ada-1", "ada-2"]) {
        for (const path of [...own, "/orgs/works/payment/balance"]) {
          expect(JSON.parse((yield* get(stub, path, token)).text)).toMatchObject({ id: "ada" })
        }
      }
      expect(yield* get(stub, "/user", "ada-1")).toMatchObject({ contentType: "application/json" })
      expect(JSON.parse((yield* get(stub, "/user", "ada-1")).text)).toEqual({
        id: "ada",
        email: "ada@example.com",
        allow_pay_as_you_go: false,
      })
      expect(JSON.parse((yield* get(stub, "/user/org", "ada-1")).text)).toEqual({ id: "works", role: "admin" })
      expect(JSON.parse((yield* get(stub, "/org", "ada-1")).text)).toEqual({ id: "works" })
    }),
  )

  it.scoped(
    "lets every member ask GET /user/org and the organisation's balance, and administrators alone GET /org",
    () =>
      Effect.gen(function* () {
        const roles = ["admin", "member", "service_account"] as const
        const accounts = roles.map((organizationRole) =>
          account(organizationRole, { organizationId: "works", organizationRole, tokens: [organizationRole] }),
        )
        const stub = yield* StubZoo.make({ accounts })
        for (const role of roles) {
          expect(JSON.parse((yield* get(stub, "/user/org", role)).text)).toEqual({ id: "works", role })
          const paths = ["/user/org", "/org/payment/balance", "/org"]
          expect(yield* statuses(stub, paths, role)).toEqual([200, 200, role === "admin" ? 200 : 403])
        }
      }),
  )

  it.scoped("says why a user and an organisation are blocked, and whether pay as you go is on", () =>
    Effect.gen(function* () {
      const blocked = account("ada", {
        organizationId: "works",
        tokens: ["ada-1"],
        allowPayAsYouGo: true,
        block: { block: "admin", block_message: "Call us." },
        organizationBlock: { block: null },
      })
      const stub = yield* StubZoo.make({ accounts: [blocked] })
      const body = (path: string) => Effect.map(get(stub, path, "ada-1"), ({ text }) => JSON.parse(text))
      expect(yield* body("/user")).toEqual({
        id: "ada",
        email: null,
        allow_pay_as_you_go: true,
        block: "admin",
        block_message: "Call us.",
      })
      expect(yield* body("/user/org")).toEqual({ id: "works", role: "admin", block: null })
      expect(yield* body("/org")).toEqual({ id: "works", block: null })
    }),
  )

  it.scoped("finds a UUID in any case", () =>
    Effect.gen(function* () {
      const upper = StubZoo.exampleAccount.id.toUpperCase()
      const stub = yield* StubZoo.make({ accounts: [{ ...StubZoo.exampleAccount, employee: false }] })
      const organization = StubZoo.exampleAccount.organizationId.toUpperCase()
      const paths = [balanceOf(upper), `/orgs/${organization}/payment/balance`]
      expect(yield* statuses(stub, paths, "example-token")).toEqual([200, 200])
    }),
  )

  it.scoped("answers 401 without a known token", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({ accounts: [ada] })
      const paths = [
        "/user",
        "/user/org",
        "/org",
        "/user/payment/balance",
        balanceOf("ada"),
        "/orgs/works/payment/balance",
      ]
      expect(new Set(yield* statuses(stub, paths))).toEqual(new Set([401]))
      expect(new Set(yield* statuses(stub, paths, "no-token"))).toEqual(new Set([401]))
      const basic = yield* Effect.promise(() =>
        fetch(`${stub.baseUrl}/user`, { headers: { authorization: "Simple ada-1" } }),
      )
      expect(basic.status).toBe(401)
    }),
  )

  it.scoped(
    "answers 403 to one who asks for others, known or not, unless it is an employee, who gets 404 for unknown ids",
    () =>
      Effect.gen(function* () {
        const stub = yield* StubZoo.make({ accounts: [ada, bob, eve] })
        const paths = [
          balanceOf("ada"),
          "/orgs/works/payment/balance",
          balanceOf("nobody"),
          "/orgs/none/payment/balance",
        ]
        expect(yield* statuses(stub, paths, "bob-1")).toEqual([403, 403, 403, 403])
        expect(yield* statuses(stub, paths, "eve-1")).toEqual([200, 200, 404, 404])
      }),
  )

  it.scoped("answers 404 for the organisation of one who has none", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({ accounts: [bob] })
      expect(yield* statuses(stub, ["/user/org", "/org", "/org/payment/balance"], "bob-1")).toEqual([404, 404, 404])
    }),
  )

  it.scoped("gives every answer a call id, and every error a request id, whatever it is", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({ accounts: [bob] })
      stub.failNext({ status: 429 }, { status: 302, headers: { location: "/user" } })
      const answers = [
        yield* get(stub, "/user", "bob-1"),
        yield* get(stub, "/user", "bob-1"),
        yield* get(stub, "/user", "bob-1"),
        yield* get(stub, "/user"),
        yield* get(stub, balanceOf("ada"), "bob-1"),
        yield* get(stub, "/org", "bob-1"),
        yield* get(stub, "/no/such/operation", "bob-1"),
        yield* get(stub, "/user/payment/balance?include_total_due=perhaps", "bob-1"),
        yield* get(stub, balanceOf("x".repeat(257)), "bob-1"),
      ]
      expect(answers.map(({ status }) => status)).toEqual([429, 302, 200, 401, 403, 404, 404, 400, 400])
      const requestIds = answers.filter(({ status }) => status >= 400).map(({ text }) => JSON.parse(text).request_id)
      for (const id of [...requestIds, ...answers.map(({ callId }) => callId)]) expect(id).toMatch(/^[0-9a-f-]{36}$/)
      expect(new Set(requestIds).size).toBe(requestIds.length)
      expect(new Set(answers.map(({ callId }) => callId)).size).toBe(answers.length)
    }),
  )

  it.scoped("records what came in, as it was sent", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({ accounts: [eve], now: 5 })
      yield* get(stub, "/users/a%2F..%2Fb%3f/payment/balance?include_total_due=true", "eve-1")
      stub.failNext({ status: 500 })
      yield* get(stub, "/user")
      expect(stub.requests).toMatchObject([
        {
          method: "GET",
          url: "/users/a%2F..%2Fb%3f/payment/balance?include_total_due=true",
          token: "eve-1",
          includeTotalDue: "true",
          at: 5,
        },
        { method: "GET", url: "/user", token: undefined, includeTotalDue: undefined, at: 5 },
      ])
      expect(stub.requests[0]?.headers.authorization).toBe("Bearer eve-1")
    }),
  )

  it.scoped("goes by Effect's clock until it is set, and again when it is let go", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({ accounts: [bob] })
      const now = Effect.map(get(stub, "/user/payment/balance", "bob-1"), ({ text }) => JSON.parse(text).now)
      yield* TestClock.adjust("3 seconds")
      expect(yield* now).toBe(3_000)
      stub.setNow(42)
      yield* TestClock.adjust("3 seconds")
      expect([yield* now, stub.now()]).toEqual([42, 42])
      stub.setNow(undefined)
      expect(yield* now).toBe(6_000)
    }),
  )

  it.scoped("does the faults that were asked for, one a request, then answers again", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make({ accounts: [bob] })
      stub.failNext({ status: 429, headers: { "retry-after": "7" } }, { status: 502, body: "<html></html>" })
      stub.failNext("close")
      const first = yield* Effect.promise(() => fetch(`${stub.baseUrl}/user`))
      expect([first.status, first.headers.get("retry-after")]).toEqual([429, "7"])
      expect(yield* get(stub, "/user", "bob-1")).toMatchObject({ status: 502, text: "<html></html>" })
      const closed = yield* Effect.tryPromise(() => fetch(`${stub.baseUrl}/user`)).pipe(Effect.either)
      expect(closed._tag).toBe("Left")
      expect(yield* get(stub, "/user", "bob-1")).toMatchObject({ status: 200 })
    }),
  )

  it.scoped("serves a simulated account at the time of its clock", () =>
    Effect.gen(function* () {
      const from = Date.UTC(2026, 5, 5)
      const to = Date.UTC(2026, 7, 4)
      const simulated = AccountSimulator.simulate({ seed: 1, from, to })
      const stub = yield* StubZoo.make({ accounts: [{ ...simulated, tokens: ["simulated"] }] })
      for (const now of [from, (from + to) / 2, to]) {
        stub.setNow(now)
        const { text } = yield* get(stub, "/user/payment/balance?include_total_due=true", "simulated")
        expect(text).toBe(simulated.bodyAt(now, { includeTotalDue: true }))
      }
      expect((yield* get(stub, "/user", "simulated")).text).toBe(simulated.userBody)
      expect((yield* get(stub, "/org", "simulated")).text).toBe(simulated.orgBody)
      expect(yield* statuses(stub, [balanceOf(simulated.email)], "simulated")).toEqual([200])
    }),
  )

  it.effect("closes with its scope, connections that are kept alive and answers that never come included", () =>
    Effect.gen(function* () {
      const pending: Array<Promise<unknown>> = []
      const stub = yield* Effect.scoped(
        Effect.gen(function* () {
          const running = yield* StubZoo.make({ accounts: [bob] })
          yield* get(running, "/user", "bob-1")
          running.failNext("silence")
          pending.push(fetch(`${running.baseUrl}/user`).catch(() => "broken"))
          yield* Effect.repeat(
            Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve))),
            { until: () => running.requests.length === 2 },
          )
          return running
        }),
      )
      expect(yield* Effect.promise(() => Promise.all(pending))).toEqual(["broken"])
      expect((yield* Effect.either(Effect.tryPromise(() => fetch(stub.baseUrl))))._tag).toBe("Left")
    }),
  )

  it.effect("is a layer too", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.StubZoo
      expect(stub.accounts).toEqual([bob])
      expect(yield* statuses(stub, ["/user"], "bob-1")).toEqual([200])
    }).pipe(Effect.provide(StubZoo.layer({ accounts: [bob] }))),
  )
})
