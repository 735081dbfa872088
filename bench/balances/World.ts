/** Many customers of one backend, each with a token of their own, over an API that answers at once. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as ZooClient from "../../src/infra/zoo/ZooClient.js"
import * as Balances from "../../src/services/Balances.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import { exampleBody } from "../../src/testing/exampleBody.js"

/** A customer. */
export interface Customer {
  readonly subject: Subject.Subject
  readonly id: string
  readonly credential: Redacted.Redacted
}

/** The nth customer. */
export const customer = (nth: number): Customer => {
  const id = `00000000-0000-4000-8000-${nth.toString(16).padStart(12, "0")}`
  return { id, subject: Subject.user(id), credential: Redacted.make(`token-of-${nth}`) }
}

export const customers = (count: number): ReadonlyArray<Customer> =>
  Array.from({ length: count }, (_, nth) => customer(nth))

/** The body that everybody has, as an API sends it: on one line. */
export const body = JSON.stringify(JSON.parse(exampleBody))

const decoded = Either.getOrThrow(CustomerBalance.decodeText(body))

/** How often the API was asked. */
export const calls = { count: 0 }

const client = Layer.succeed(ZooClient.ZooClient, {
  baseUrl: "https://api.zoo.dev",
  balance: () =>
    Effect.sync(() => {
      calls.count++
      return { ...decoded, apiCallId: Option.none() }
    }),
  user: () => Effect.dieMessage("nobody is asked for"),
  org: () => Effect.dieMessage("nobody is asked for"),
  userThreshold: () => Effect.dieMessage("nobody is asked for"),
  orgThreshold: () => Effect.dieMessage("nobody is asked for"),
})

/** The services over a file, with the store and its directory. */
export const services = (path: string, capacity: number) =>
  Balances.layer({ capacity }).pipe(
    Layer.provideMerge(UsageSeries.layer),
    Layer.provideMerge(SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" })),
    Layer.provideMerge(client),
    Layer.orDie,
  )
