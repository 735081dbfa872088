/**
 * zoo-runway inside a program of one's own: the balance of a customer, and how long the credits will last.
 *
 * The program talks to a stub of the API that is started with it, so it runs without a token. Without the stub, `baseUrl` is left out
 * and the token is a real one.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Balances, RunwayAnalysis, Subject, Usd, Zoo } from "zoo-runway"
import { StubZoo } from "zoo-runway/testing"

const customer = (baseUrl: string) => {
  const program = Effect.gen(function* () {
    const balances = yield* Balances.Balances
    const reading = yield* balances.get(Subject.user("someone@example.com"))
    const analysis = yield* RunwayAnalysis.RunwayAnalysis
    const report = yield* analysis.report(Subject.user("someone@example.com"), {})
    return [Usd.format(reading.snapshot.balance.monthly.value), report.runway._tag]
  }).pipe(
    Effect.provide(Zoo.layer({ database: "history.db", baseUrl, token: Redacted.make("example-token") })),
    Effect.provide(FetchHttpClient.layer),
  )
  return program
}

const [monthly, runway] = await StubZoo.make().pipe(
  Effect.flatMap((stub) => customer(stub.baseUrl)),
  Effect.scoped,
  Effect.runPromise,
)
console.log(`monthly credits: ${monthly} USD, runway: ${runway}`)
