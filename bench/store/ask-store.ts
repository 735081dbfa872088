/** A trial: opens a store of many snapshots, and asks it. Imports nothing besides, so that its memory is the store's. */
import { isDeepStrictEqual } from "node:util"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import type { Expected, Sums, Track } from "./Expected.js"
import { account } from "./Polled.js"
import { answer, asked, must, told } from "./Trial.js"

const { expected, path } = told<{ readonly path: string; readonly expected: Expected }>()

const DAY = 24 * 3_600_000

const started = process.hrtime.bigint()
const scope = Effect.runSync(Scope.make())
const context = await Effect.runPromise(Layer.buildWithScope(SnapshotStore.layerSqlite({ path }), scope))
const store = Context.get(context, SnapshotStore.SnapshotStore)
const latest = await Effect.runPromise(store.latest(account))
const opening = Number(process.hrtime.bigint() - started)
must(Option.isSome(latest) && latest.value.observedAt.epochMillis === expected.last, "the latest snapshot")

const trackOf = ({ lower, unbounded, upper }: SnapshotStore.UsageSum, hidden: string): Track => ({
  lower: `${Usd.toNanos(lower)}`,
  hidden: Option.isSome(upper) ? `${Usd.toNanos(upper.value) - Usd.toNanos(lower)}` : hidden,
  unbounded,
})

/** Where some usage has no upper bound, the sum tells none. */
const mustBe = (usage: SnapshotStore.Usage, sums: Sums, what: string): void => {
  const found = {
    credits: trackOf(usage.credits, sums.credits.hidden),
    payAsYouGo: trackOf(usage.payAsYouGo, sums.payAsYouGo.hidden),
  }
  must(isDeepStrictEqual(found, sums), `usage ${what}: ${JSON.stringify(found)} is not ${JSON.stringify(sums)}`)
}

const between = (from: number, to: number) => ({ from: Timestamp.fromMillis(from), to: Timestamp.fromMillis(to) })

const all = await asked(() => Effect.runPromise(store.usage(account, between(expected.first - DAY, expected.last))))
mustBe(all.found, expected.all, "of all")
const { from, sums, to } = expected.window
const window = await asked(() => Effect.runPromise(store.usage(account, between(from, to))))
mustBe(window.found, sums, "of a window")

const midnight = Math.floor(expected.last / DAY) * DAY
const days = await asked(() => Effect.runPromise(store.usageByDay(account, between(midnight - 365 * DAY, midnight))))
const most = Math.min(365, Math.ceil((midnight - expected.first) / DAY))
must(days.found.length >= most && days.found.length <= most + 1, `${days.found.length} days are not ${most}`)

const rss = process.memoryUsage.rss()
const peak = process.resourceUsage().maxRSS * 1024
Effect.runSync(Scope.close(scope, Exit.void))
answer({
  opening,
  all: all.nanoseconds,
  window: window.nanoseconds,
  days: { count: days.found.length, ...days.nanoseconds },
  rss,
  peak,
})
