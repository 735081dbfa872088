/**
 * A process of those that share a history: the entry of what `main.ts` bundles. Its arguments are the history and the API. It says `ready` once the history is
 * open; for each message it asks for the balances of so many customers at once, and says how long each took, in milliseconds.
 */
import { once } from "node:events"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Balances from "../../src/services/Balances.js"
import * as Zoo from "../../src/services/Zoo.js"

const [, , database = "", baseUrl = ""] = process.argv

const program = Effect.gen(function* () {
  const balances = yield* Balances.Balances
  process.send?.("ready")
  for (let burst = 0; ; burst++) {
    const [customers] = yield* Effect.promise(() => once(process, "message"))
    const took = yield* Effect.forEach(
      Array.from({ length: Number(customers) }),
      (_, nth) =>
        Effect.map(
          Effect.timed(balances.get(Subject.me, { credential: Redacted.make(`customer-${burst}-${nth}`) })),
          ([duration]) => Duration.toMillis(duration),
        ),
      { concurrency: "unbounded" },
    )
    process.send?.(took)
  }
})

await Effect.runPromise(Effect.provide(program, Layer.provide(Zoo.layer({ database, baseUrl }), FetchHttpClient.layer)))
