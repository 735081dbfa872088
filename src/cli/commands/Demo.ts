/**
 * `demo`: the main job without a token. Starts a stub of the API on loopback, polls a simulated account of the last 60 days over HTTP into
 * a scratch history, and prints its status.
 */

import { mkdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../domain/balance/Subject.js"
import * as Leftovers from "../../infra/store/Leftovers.js"
import * as Balances from "../../services/Balances.js"
import * as RunwayAnalysis from "../../services/RunwayAnalysis.js"
import * as Zoo from "../../services/Zoo.js"
import * as AccountSimulator from "../../testing/AccountSimulator.js"
import * as StubZoo from "../../testing/StubZoo.js"
import { invalid, type UsageError } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"
import * as Status from "./Status.js"

/** How the demonstration answers. */
export interface Options {
  readonly json: boolean
  readonly zone: string
  readonly seed: number
}

const HOUR = 3_600_000
const DAYS = 60
/** Four hours: 360 polls, which take a few seconds. */
const EVERY = 4 * HOUR
const TOKEN = "demo-token"

const scratch = Effect.acquireRelease(
  Effect.promise(async () => {
    Leftovers.removeFrom(tmpdir())
    const folder = Leftovers.pathIn(tmpdir())
    await mkdir(folder, { mode: 0o700 })
    return folder
  }),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true })),
)

/** Makes a clock that stands at a time, and on which waiting takes its time. */
export const standingAt = (clock: Clock.Clock, millis: number): Clock.Clock => {
  const nanos = BigInt(millis) * 1_000_000n
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => millis,
    unsafeCurrentTimeNanos: () => nanos,
    currentTimeMillis: Effect.succeed(millis),
    currentTimeNanos: Effect.succeed(nanos),
    sleep: (duration) => clock.sleep(duration),
  }
}

/** Runs the command. */
export const run = ({ json, seed, zone }: Options) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const clock = yield* Effect.clock
    const to = Math.floor((yield* Clock.currentTimeMillis) / HOUR) * HOUR
    const from = to - DAYS * 24 * HOUR
    const simulated = AccountSimulator.simulate({ seed, from, to, dailyCents: 220, openingStableCents: 9000 })
    const stub = yield* StubZoo.make({ accounts: [{ ...simulated, tokens: [TOKEN] }] })
    const database = join(yield* scratch, "history.db")
    yield* terminal.note(
      `zoo-runway demo: a simulated account (seed ${seed}), polled every four hours for ${DAYS} days from a stub of the API at ${stub.baseUrl}`,
    )

    const reported = yield* Effect.gen(function* () {
      const balances = yield* Balances.Balances
      for (let at = from; at <= to; at += EVERY) {
        stub.setNow(at)
        yield* Effect.withClock(balances.refresh(Subject.me), standingAt(clock, at))
      }
      const analysis = yield* RunwayAnalysis.RunwayAnalysis
      return yield* Effect.gen(function* () {
        const reading = yield* balances.get(Subject.me)
        return { report: yield* analysis.reportOn(reading, Subject.me, { zone }), reading: Option.some(reading) }
      }).pipe(Effect.withClock(standingAt(clock, to)))
    }).pipe(
      Effect.provide(
        Zoo.layer({ database, baseUrl: stub.baseUrl, token: Redacted.make(TOKEN), synchronous: "NORMAL" }).pipe(
          Layer.provide(FetchHttpClient.layer),
        ),
      ),
    )
    yield* Status.print(reported, { json, zone })
  }).pipe(Effect.scoped)

const seedOf = (text: string): Effect.Effect<number, UsageError> =>
  /^\d{1,9}$/.test(text)
    ? Effect.succeed(Number(text))
    : Effect.fail(invalid("--seed", text, "a whole number of up to 9 digits"))

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written & { readonly seed: string }> = ({
  written: { json = false, seed, zone },
}) =>
  Effect.gen(function* () {
    yield* run({ json, seed: yield* seedOf(seed), zone: yield* Settings.zone(zone) })
  })
