import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { CustomerBalance, Subject } from "../../src/domain.js"
import * as ZooClient from "../../src/infra/zoo/ZooClient.js"
import { AccountSimulator, Bodies, StubZoo } from "../../src/testing.js"

const from = Date.UTC(2026, 5, 5)
const to = Date.UTC(2026, 7, 4)
const simulated = AccountSimulator.simulate({ seed: 1, from, to })

const accounts: ReadonlyArray<readonly [name: string, account: StubZoo.StubAccount]> = [
  ["the example account", StubZoo.exampleAccount],
  ["a simulated account", { ...simulated, tokens: ["simulated"] }],
]

const balanceOf = (body: string) => Either.getOrThrow(CustomerBalance.decodeText(body)).balance

describe.each(accounts)("StubZoo.inRevision of %s", (_, account) => {
  it("goes with the account's time", () => {
    const older = StubZoo.inRevision(account, "2024-02-29")
    for (const now of [from, to]) {
      const balance = balanceOf(account.bodyAt(now, { includeTotalDue: true }))
      expect(older.bodyAt(now, { includeTotalDue: true })).toBe(Bodies.print(balance, "2024-02-29"))
    }
  })

  it("tells the amount due unasked before 2025-05-07, and from then on only where it is asked for", () => {
    const due = balanceOf(account.bodyAt(to, { includeTotalDue: true })).due
    const unasked = (revision: Bodies.Revision) =>
      balanceOf(StubZoo.inRevision(account, revision).bodyAt(to, { includeTotalDue: false })).due
    expect(due._tag).toBe("Due")
    expect([unasked("2024-02-29"), unasked("2025-05-04")]).toEqual([due, due])
    expect(unasked("2025-05-07")).toEqual({ _tag: "NotRequested" })
    expect(unasked("2026-08-04")).toEqual({ _tag: "NotRequested" })
  })

  it("changes nothing else about the account", () => {
    expect({ ...StubZoo.inRevision(account, "2024-02-29"), bodyAt: account.bodyAt }).toEqual(account)
  })
})

describe("StubZoo.inRevision", () => {
  it.effect.each([...Bodies.revisions])("answers the client as the API did in the revision of %s", (revision) =>
    Effect.gen(function* () {
      const told = accounts.flatMap(([, account], place) =>
        (["text", "number"] as const).map((money) => {
          const older = StubZoo.inRevision(account, revision, { money })
          const balance = balanceOf(account.bodyAt(to, { includeTotalDue: true }))
          return { account: { ...older, tokens: [`${place}-${money}`] }, balance, money }
        }),
      )
      const stub = yield* StubZoo.make({ accounts: told.map(({ account }) => account), now: to })
      const zoo = yield* ZooClient.make({ baseUrl: stub.baseUrl })
      for (const { account, balance, money } of told) {
        expect(account.bodyAt(to, { includeTotalDue: true })).toBe(Bodies.print(balance, revision, { money }))
        const credential = Redacted.make(account.tokens[0] ?? "none")
        const answer = yield* zoo.balance({ subject: Subject.me, includeTotalDue: true, credential })
        expect(answer.drift).toEqual([])
        expect(CustomerBalance.encode(answer.balance)).toEqual(
          CustomerBalance.encode(Bodies.conform(balance, revision)),
        )
      }
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
  )

  it("throws what is wrong with a body that is no balance", () => {
    const broken = StubZoo.inRevision({ ...StubZoo.exampleAccount, bodyAt: () => "<html></html>" }, "2024-02-29")
    expect(() => broken.bodyAt(to, { includeTotalDue: true })).toThrow(/no customer balance/)
  })

  it("keeps what a simulated account knows beside its bodies", () => {
    const older = StubZoo.inRevision(simulated, "2025-04-03")
    expect(older.stateAt(to)).toEqual(simulated.stateAt(to))
    expect(older.usageBetween(from, to).totalCents).toBeGreaterThan(0)
  })
})
