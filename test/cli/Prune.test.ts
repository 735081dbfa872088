/** What `status` and `ledger` print of a history before and after `prune`: the same numbers, in any zone, as of any time. */
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as LedgerCommand from "../../src/cli/commands/Ledger.js"
import * as PruneCommand from "../../src/cli/commands/Prune.js"
import * as StatusCommand from "../../src/cli/commands/Status.js"
import * as Settings from "../../src/cli/Settings.js"
import * as Span from "../../src/cli/Span.js"
import * as Terminal from "../../src/cli/Terminal.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { poll } from "../domain/history/simulated.js"
import * as TempFolder from "../infra/store/TempFolder.js"
import { recording } from "./TestTerminal.js"

const DAY = 86_400_000
const QUARTER = 900_000
const FROM = Date.UTC(2026, 8, 20)
const TO = FROM + 60 * DAY
const PRUNED_TO = Date.UTC(2026, 10, 5)

const simulated = AccountSimulator.simulate({
  seed: 5,
  from: FROM,
  to: TO,
  openingStableCents: 1500,
  dailyCents: 300,
  payAsYouGo: true,
})
/** Polls every 15 minutes; one in four asks for the amount due. */
const snapshots = [...poll(simulated, FROM, TO, QUARTER, (index) => index % 4 === 0)]

/** What a command prints. */
const printed = <E>(command: Effect.Effect<void, E, Terminal.Terminal>): Effect.Effect<string, E> =>
  Effect.gen(function* () {
    const { err, out, terminal } = recording()
    yield* Effect.provideService(command, Terminal.Terminal, terminal)
    expect(err).toEqual([])
    return out.join("\n")
  })

interface Asked {
  readonly zone: string
  readonly asOf?: string
  readonly json?: boolean
  readonly from?: string
  readonly to?: string
}

const settings = (db: string, { from: _, to: __, ...written }: Asked) =>
  Settings.make({ subject: "me", db, offline: true, ...written }, {})

const status = (db: string, asked: Asked) =>
  printed(Effect.flatMap(settings(db, asked), (checked) => StatusCommand.run(checked)))

const ledger = (db: string, asked: Asked) =>
  printed(
    Effect.gen(function* () {
      yield* LedgerCommand.run(yield* Span.make(asked, asked.zone), yield* settings(db, asked))
    }),
  )

/**
 * A report without what is not stored of removed snapshots: the server's time stamp, the number of credits, whether the amount due was asked for,
 * and how many snapshots there were.
 */
const comparable = (text: string) => {
  const report = JSON.parse(text)
  const { monthly, stable, updatedAt: _, due: __, ...balance } = report.balance
  return {
    ...report,
    balance: { ...balance, monthly: monthly.value, stable: stable.value },
    rates: report.rates.map(({ burn, ...rate }: { readonly burn: object }) => ({
      ...rate,
      burn: { ...burn, snapshots: undefined },
    })),
  }
}

/** From the burn rates on: what stands above is the balance. */
const belowBalance = (text: string): string => text.slice(text.indexOf("Burn rate"))

/** A statement without its events, which are merged by the quarter of an hour; an amount due that was not asked for agrees with any. */
const sums = (text: string) => {
  const { events: _, opening, closing, ...rest } = JSON.parse(text)
  return { ...rest, opening: { ...opening, due: undefined }, closing: { ...closing, due: undefined } }
}

const footOf = (text: string): string => text.slice(text.indexOf("Total usage"), text.lastIndexOf("\n"))

/** The same history twice: as it was polled, and pruned. */
const histories = (thin: "hour" | "day") =>
  Effect.gen(function* () {
    const folder = yield* TempFolder.make
    const [whole, pruned] = [join(folder, "whole.db"), join(folder, "pruned.db")]
    yield* Effect.provide(
      Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(snapshots)),
      SnapshotStore.layerSqlite({ path: whole, bulk: true }),
    )
    copyFileSync(whole, pruned)
    const selection = { owner: Option.none(), baseUrl: Option.none() }
    const options = { selection, before: Timestamp.fromMillis(PRUNED_TO), thin, yes: true }
    const done = JSON.parse(
      yield* printed(
        Effect.flatMap(settings(pruned, { zone: "UTC", json: true }), (checked) => PruneCommand.run(options, checked)),
      ),
    )
    expect(done).toMatchObject({ removed: expect.any(Number), accounts: [{ sealedUntil: "2026-11-05T00:00:00.000Z" }] })
    expect(done.removed).toBeGreaterThan(3000)
    return { whole, pruned }
  })

/** Within the pruned span, at its end, after it, and at the end of the history. Dates are midnights in the zone. */
const TIMES = [
  "2026-09-25",
  "2026-10-10T12:00:00Z",
  "2026-10-26T09:30:00Z",
  "2026-11-01",
  "2026-11-04T23:45:00Z",
  "2026-11-05T00:00:00Z",
  "2026-11-12",
]

const SPANS: ReadonlyArray<Pick<Asked, "from" | "to">> = [
  {},
  { from: "2026-10-01", to: "2026-11-01" },
  { from: "2026-10-29", to: "2026-10-30" },
  { to: "2026-10-17T07:15:00Z" },
  { from: "2026-10-29T13:45:00Z" },
  { from: "2026-11-07" },
]

describe.each([
  ["day", "UTC"],
  ["day", "Asia/Kathmandu"],
  ["hour", "Asia/Kathmandu"],
] as const)("a history pruned to the last snapshot of each UTC %s, in the zone %s", (thin, zone) => {
  it.scoped("has the status that it had before, with rates, runway and projection, as of any time", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(TO)
      const { pruned, whole } = yield* histories(thin)
      for (const asOf of [undefined, ...TIMES]) {
        const asked = { zone, json: true, ...(asOf === undefined ? {} : { asOf }) }
        const [before, after] = [yield* status(whole, asked), yield* status(pruned, asked)]
        expect(comparable(after), asOf).toEqual(comparable(before))
        expect(JSON.parse(before).projection._tag).toBe("Projected")
      }
      const asked = { zone, asOf: "2026-10-20" }
      const [before, after] = [yield* status(whole, asked), yield* status(pruned, asked)]
      expect(belowBalance(after)).toBe(belowBalance(before))
      expect(before).toMatch(zone === "UTC" ? /Tue 20 Oct 2026 00:00 UTC/ : /Tue 20 Oct 2026 00:00 GMT\+5:45/)
    }),
  )

  it.scoped("has the totals and balances that it had before in every statement", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(TO)
      const { pruned, whole } = yield* histories(thin)
      for (const span of [...SPANS, ...TIMES.map((asOf) => ({ asOf }))]) {
        const asked = { zone, ...span, json: true }
        const [before, after] = [yield* ledger(whole, asked), yield* ledger(pruned, asked)]
        expect(sums(after), JSON.stringify(asked)).toEqual(sums(before))
      }
      const month = { zone, from: "2026-10-01", to: "2026-11-01" }
      const [before, after] = [yield* ledger(whole, month), yield* ledger(pruned, month)]
      expect(footOf(after)).toBe(footOf(before))
      expect(before).toMatch(/Total usage +(about )?[1-9]\d*\.\d\d USD/)
    }),
  )
})
