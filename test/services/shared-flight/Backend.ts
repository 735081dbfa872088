/**
 * A backend: a process with `Balances` over a history that others share. Its arguments are the history, the API, and its number.
 *
 * It says `ready` when the history is open, and for each message gets a balance in the name of the token that the message is: it says
 * `done` with what it got.
 */
import { once } from "node:events"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Balances from "../../../src/services/Balances.js"
import * as Zoo from "../../../src/services/Zoo.js"
import type { Said } from "./Child.js"

const say = (said: Said): void => void process.send?.(said)

const [, , database = "", url = "", nth = ""] = process.argv

/** Each process tells the API which one it is. */
const client = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, HttpClient.mapRequest(HttpClientRequest.setHeader("x-nth", nth))),
).pipe(Layer.provide(FetchHttpClient.layer))

const program = Effect.gen(function* () {
  const balances = yield* Balances.Balances
  say({ _tag: "ready" })
  for (;;) {
    const [token] = (yield* Effect.promise(() => once(process, "message"))) as [string]
    const began = yield* Clock.currentTimeMillis
    const reading = yield* Effect.either(
      balances.get(Subject.user("somebody@example.com"), { credential: Redacted.make(token) }),
    )
    const answer =
      reading._tag === "Left"
        ? `failed: ${reading.left.message}`
        : `${reading.right._tag} ${Usd.format(reading.right.snapshot.balance.monthly.value)}`
    say({ _tag: "done", answer, after: (yield* Clock.currentTimeMillis) - began })
  }
})

Effect.runPromise(
  program.pipe(Effect.provide(Zoo.layer({ database, baseUrl: url.replace(/\/$/, "") })), Effect.provide(client)),
).catch((cause: unknown) => {
  process.stderr.write(`${cause}\n`)
  process.exitCode = 1
})
