/** What must hold of a history that is stored: the same is told of it before and after it is pruned, and in one zone as in another. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Account from "../../src/domain/history/Account.js"
import * as StatementRows from "../../src/domain/history/StatementRows.js"
import * as Report from "../../src/domain/runway/Report.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as PeriodStatement from "../../src/services/PeriodStatement.js"
import * as Pruning from "../../src/services/Pruning.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import { Random } from "../fuzz/Random.js"
import * as Polling from "./Polling.js"
import * as RowLaws from "./RowLaws.js"
import type { Scenario } from "./Scenario.js"
import * as TrueAccount from "./TrueAccount.js"
import type { Violation } from "./Violation.js"

const ZONES = ["UTC", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Chatham"] as const
const MINUTE = 60_000
const DAY = 1440 * MINUTE
const PERIODS = ["day", "week", "month", "cycle"] as const

const store = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerMemory)

/**
 * A report as JSON, without what is not stored of removed snapshots: times of the server, numbers of credits, counts of snapshots, and when exactly
 * an idle account was observed.
 */
const comparable = (report: Report.Report) => {
  const { balance, observedAt: _, rates, ...rest } = Report.encode(report)
  const { due: __, monthly, stable, updatedAt: ___, ...kept } = balance
  const counted = rates.map(({ burn, ...rate }) => ({ ...rate, burn: { ...burn, snapshots: 0 } }))
  const amounts = { monthly: monthly.value, stable: stable._tag === "Granted" ? stable.value : stable.cash }
  return { ...rest, balance: { ...kept, ...amounts }, rates: counted }
}

const reportAt = (account: Account.Account, now: Timestamp.Timestamp, zone: string) =>
  Effect.gen(function* () {
    const usage = yield* UsageSeries.UsageSeries
    const snapshot = Option.getOrThrow(yield* usage.balanceAt(account, now))
    const consumption = yield* usage.series({
      account,
      from: DateTime.subtract(snapshot.observedAt, { days: Report.HISTORY_DAYS }),
      until: snapshot.observedAt,
      cuts: Report.cuts(now, snapshot.observedAt, zone),
    })
    return Report.make({ snapshot, consumption, now, zone })
  })

const statement = (account: Account.Account, request: PeriodStatement.Request) =>
  Effect.map(PeriodStatement.of(account, request), Option.getOrThrow)

const encodeRows = Schema.encodeSync(Schema.Array(StatementRows.Row))

const FLOWS: typeof RowLaws.FLOWS = [
  ...RowLaws.FLOWS,
  ["monthly", (row) => row.usageOf.monthly],
  ["stable", (row) => row.usageOf.stable],
]

/**
 * How much shares, hours and forecasts may differ, which depend on when exactly an account was observed. Times of a forecast may by a minute.
 * Amounts, which are text, are equal to the last digit.
 */
const TOLERANCE = 0.02

const isNear = (a: unknown, b: unknown): boolean => {
  if (typeof a === "number" && typeof b === "number")
    return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b))
  return typeof a === "string" && typeof b === "string" && Math.abs(Date.parse(a) - Date.parse(b)) <= MINUTE
}

/** The first place where two JSON values differ. */
const difference = (a: unknown, b: unknown, path = ""): string | undefined => {
  if (Object.is(a, b) || isNear(a, b)) return undefined
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return `${path}: ${a} is not ${b}`
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(Reflect.get(a, key), Reflect.get(b, key), `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** What is told of a history: a report at each moment, and rows by every period. */
const told = (
  account: Account.Account,
  moments: ReadonlyArray<readonly [now: Timestamp.Timestamp, zone: string]>,
  zone: string,
) =>
  Effect.gen(function* () {
    const parts: Array<readonly [string, unknown]> = []
    for (const [now, of] of moments)
      parts.push([`report ${Timestamp.format(now)} ${of}`, comparable(yield* reportAt(account, now, of))])
    for (const by of PERIODS) {
      const { rows, totals } = yield* statement(account, { by, zone })
      parts.push([`rows by ${by} ${zone}`, encodeRows([...rows, totals])])
    }
    return parts
  })

/** Checks a history at some moments, chosen by the number of the scenario. */
export const check = (scenario: Scenario) =>
  Effect.gen(function* () {
    const looks = Polling.looks(scenario.polling, TrueAccount.make(scenario), scenario.options.from)
    const violations: Array<Violation> = []
    const [first, last] = [looks[0], looks.at(-1)]
    if (first === undefined || last === undefined) return { checked: 0, violations }
    const { account } = first
    const [from, to] = [first.observedAt.epochMillis, last.observedAt.epochMillis]
    if (from === to) return { checked: 0, violations }
    const random = new Random(scenario.number, 78)
    const broken = (law: Violation["law"], sort: string, detail: string): void => {
      violations.push({ law, sort, number: scenario.number, detail: `    ${detail}` })
    }
    yield* Effect.flatMap(SnapshotStore.SnapshotStore, (history) => history.appendAll(looks))
    // The usage of a whole UTC day is merged by the quarter of an hour: at other moments of a pruned one, the last quarter may differ.
    const moments = [0.4, 0.7, 1].map((share) => {
      const at = Math.ceil((from + share * (to - from)) / DAY) * DAY
      return [Timestamp.fromMillis(at), random.pick(ZONES)] as const
    })
    const [one, other] = [random.pick(ZONES), random.pick(ZONES)]
    const before = yield* told(account, moments, other)

    // Each period adds up to the whole, which is the same in any zone.
    const whole = (yield* statement(account, { by: "month", zone: one })).totals
    for (const by of PERIODS) {
      const { rows } = yield* statement(account, { by, zone: other })
      for (const [name, of] of FLOWS) {
        const sum = rows.reduce((total, row) => total + of(row).expected.value, 0n)
        if (sum !== of(whole).expected.value)
          broken("one zone's months are another's days", name, `by ${by}: ${sum} is not ${of(whole).expected.value}`)
      }
    }

    const border = Timestamp.fromMillis(random.between(from, to))
    yield* Pruning.run({ account, before: border })
    const after = yield* told(account, moments, other)
    for (const [index, [name, value]] of after.entries()) {
      const found = difference(before[index]?.[1], value)
      if (found !== undefined)
        broken(
          "pruning changes nothing that is told",
          name.split(" ")[0] ?? "",
          `${name}, pruned before ${Timestamp.format(border)}: ${found}`,
        )
    }
    return { checked: 1, violations }
  }).pipe(Effect.provide(store))
