/**
 * A process that shares flights: the entry of what {@link file://./Processes.ts} bundles. Its arguments are a history and a URL.
 *
 * It says `ready` when the history is open, and for each message asks for a balance: it says `following` when it has begun to wait for
 * another process, `calling` when it calls by itself, and `done` at last.
 */
import { once } from "node:events"
import { get } from "node:http"
import { text } from "node:stream/consumers"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { Leases } from "../../../src/infra/store/Leases.js"
import * as SharedFlight from "../../../src/services/balances/SharedFlight.js"
import * as Samples from "../../infra/store/Samples.js"

/** What a process says. Times are in milliseconds since it was asked. */
export type Said =
  | { readonly _tag: "ready" | "following" }
  | { readonly _tag: "calling"; readonly after: number }
  | { readonly _tag: "done"; readonly answer: string; readonly after: number }

const say = (said: Said): void => void process.send?.(said)

const [, , path = "", url = ""] = process.argv

const ask = Effect.tryPromise({
  try: async () => {
    const [response] = await once(get(url, { agent: false }), "response")
    const body = await text(response)
    if (response.statusCode !== 200) throw new Error(body)
    return body
  },
  catch: (cause) => `failed: ${(cause as Error).message}`,
})

const program = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  const leases = yield* Leases
  say({ _tag: "ready" })
  for (;;) {
    yield* Effect.promise(() => once(process, "message"))
    const began = yield* Clock.currentTimeMillis
    const after = (): number => Date.now() - began
    let looks = 0
    let isAsked = false
    const answer = yield* SharedFlight.run<string, string, string>(leases, "the balance of somebody", {
      ask: Effect.suspend(() => {
        isAsked = true
        say({ _tag: "calling", after: after() })
        return ask
      }),
      store: (usd) =>
        Effect.gen(function* () {
          const at = Timestamp.fromMillis(yield* Clock.currentTimeMillis)
          yield* Effect.orDie(store.append(Snapshot.make(Samples.user, at, Samples.balance(usd))))
          return usd
        }),
      stored: Effect.suspend(() => {
        // A process that leads looks once, and then calls.
        if (++looks === 2 && !isAsked) say({ _tag: "following" })
        return store.latest(Samples.user)
      }).pipe(
        Effect.orDie,
        Effect.map(Option.filter(({ observedAt }) => observedAt.epochMillis >= began)),
        Effect.map(Option.map(({ balance }) => Usd.format(balance.monthly.value))),
      ),
      isFinal: () => false,
      timedOut: () => "failed: no answer in time",
    }).pipe(Effect.merge)
    say({ _tag: "done", answer, after: after() })
  }
})

await Effect.runPromise(Effect.provide(program, SnapshotStore.layerSqlite({ path })))
