/** Statements by periods on 80 columns. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import pico from "picocolors"
import * as PeriodView from "../../../src/cli/render/PeriodView.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as PeriodStatement from "../../../src/services/PeriodStatement.js"
import * as UsageSeries from "../../../src/services/UsageSeries.js"
import { look } from "../../domain/history/looks.js"
import { account } from "../../domain/history/simulated.js"
import * as MonthlyAccount from "../../services/statement/MonthlyAccount.js"

const EVERY = { every: 6 * MonthlyAccount.HOUR }
const hole = [Date.UTC(2026, 8, 22, 10), Date.UTC(2026, 9, 9, 10)] as const

const HISTORIES: Readonly<Record<string, ReadonlyArray<Snapshot.Snapshot>>> = {
  plain: MonthlyAccount.snapshots(EVERY),
  "with a hole": MonthlyAccount.snapshots({ ...EVERY, hole }),
  "of 100,000 USD a month with a hole": MonthlyAccount.snapshots({ ...EVERY, hole, scale: 10_000 }),
  "with an amount due once a week": MonthlyAccount.snapshots({ ...EVERY, dueEvery: 7 * MonthlyAccount.DAY }),
  "with a correction": ["5.00", "4.00", "600.00", "599.00"].map((monthly, day) =>
    look({ at: `2026-05-1${day}T12:00:00Z`, monthly, stable: "0.00", due: "0.00" }),
  ),
  "without an amount due": MonthlyAccount.snapshots({ ...EVERY, dueEvery: 1e15 }).slice(1),
}

const linesOf = (name: string, request: PeriodStatement.Request) =>
  Effect.gen(function* () {
    yield* Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(HISTORIES[name] ?? []))
    const statement = Option.getOrThrow(yield* PeriodStatement.of(account, request))
    return PeriodView.lines(statement, pico.createColors(false))
  }).pipe(Effect.provide(Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerMemory)))

const at = Timestamp.unsafeFromText

describe.each(Object.keys(HISTORIES))("PeriodView of a history %s", (name) => {
  it.effect.each(["day", "week", "month", "cycle"] as const)("fits 80 columns by %s, in aligned tables", (by) =>
    Effect.gen(function* () {
      for (const zone of ["UTC", "America/Argentina/Buenos_Aires"]) {
        const lines = yield* linesOf(name, { by, zone })
        expect(lines.filter((line) => line.length > 80)).toEqual([])
        expect(lines.filter((line) => /\s$/.test(line))).toEqual([])
        for (const title of ["Used", "Credits", "Amount due"]) {
          const [header = "", ...rows] = lines.slice(lines.indexOf(title) + 1)
          const table = rows.slice(0, rows.indexOf("")).filter((line) => /^(?:20|total)/.test(line))
          expect(new Set(table.map((line) => line.length))).toEqual(new Set([header.length]))
        }
      }
    }),
  )
})

describe("PeriodView", () => {
  const EXPLAINS = /^~ is an estimate between bounds/
  const WHERE = /^The bounds of each day are in the output of --json/
  const CORRECTED = /^Corrected is what no event explains/
  const GRANTS = /^Assumes: grants are only what the snapshots show\.$/
  const ALL = [/^Assumes: grants are only what the snapshots show; payments are only what the$/, /^snapshots show\.$/]
  it.effect.each([
    { name: "plain", by: "day", to: "2026-10-01T00:00:00Z", notes: [GRANTS] },
    { name: "plain", by: "month", to: undefined, notes: [EXPLAINS, ...ALL] },
    { name: "with a hole", by: "month", to: undefined, notes: [EXPLAINS, ...ALL] },
    {
      name: "with a correction",
      by: "month",
      to: undefined,
      notes: [EXPLAINS, CORRECTED, ...ALL.slice(0, 1), /^snapshots show; refreshes/, /^show\.$/],
    },
    { name: "with a hole", by: "day", to: undefined, notes: [EXPLAINS, WHERE, ...ALL] },
  ] as const)("explains what it marks: the history $name by $by", ({ by, name, notes, to }) =>
    Effect.gen(function* () {
      const lines = yield* linesOf(name, { by, to: to === undefined ? undefined : at(to) })
      expect(lines.slice(lines.lastIndexOf("") + 1)).toEqual(notes.map((note) => expect.stringMatching(note)))
      expect(lines.some((line) => line.includes("~"))).toBe(notes.some((note) => note === EXPLAINS))
    }),
  )

  it.effect("has a dash for each balance where no amount due is known", () =>
    Effect.gen(function* () {
      const lines = yield* linesOf("without an amount due", { by: "month" })
      expect(lines.filter((line) => line.endsWith(" –"))).toHaveLength(6)
    }),
  )
})
