/**
 * Whether a store holds exactly the snapshots that it was given: each once, to the last digit, in order, nothing else; whether usage at rest and
 * every ledger are those of the snapshots folded again; and whether verification finds nothing. Each line that is returned is something that does
 * not hold.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Consumption from "../../src/domain/history/Consumption.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import { SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import { UsageStore } from "../../src/infra/store/UsageStore.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import * as Samples from "../infra/store/Samples.js"
import type { Histories, History } from "./Expected.js"
import * as Told from "./Told.js"

/** The snapshots of every account as texts, by the account's name. */
export const stored = Effect.gen(function* () {
  const store = yield* SnapshotStore
  const texts = new Map<string, ReadonlyArray<string>>()
  for (const account of yield* store.listAccounts) {
    texts.set(Told.nameOf(account), Samples.texts(yield* Stream.runCollect(store.stream(account))))
  }
  return texts
})

/** What of the stored snapshots is not as expected. */
export const differences = (
  histories: Histories,
  found: ReadonlyMap<string, ReadonlyArray<string>>,
): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  if (found.size !== histories.size) wrong.push(`${found.size} accounts, not ${histories.size}`)
  for (const [name, { texts }] of histories) {
    const told = found.get(name) ?? []
    const difference = Told.difference(texts, told)
    if (difference !== undefined) wrong.push(`${name} has ${told.length} snapshots of ${texts.length}: ${difference}`)
  }
  return wrong
}

/** Whether each snapshot is there, once, and no other one. */
export const contents = (histories: Histories) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const wrong = [...differences(histories, yield* stored)]
    for (const { account, snapshots } of yield* store.accounts) {
      const wanted = histories.get(Told.nameOf(account))?.texts.length ?? 0
      if (snapshots !== wanted) wrong.push(`${Told.nameOf(account)} counts ${snapshots} snapshots, not ${wanted}`)
    }
    return wrong
  })

/** The days of a ledger, folded from all snapshots at once. */
const fold = (snapshots: History["folded"]) => {
  const folding = new UsageSeries.DayFold(Ledger.start)
  const days = snapshots.flatMap((snapshot) => Option.toArray(Option.fromNullable(folding.step(snapshot))))
  return [...days, ...Option.toArray(Option.fromNullable(folding.finished()))]
}

const usageOf = (name: string, { account, folded }: History) =>
  Effect.gen(function* () {
    const [usage, series] = [yield* UsageStore, yield* UsageSeries.UsageSeries]
    const wrong: Array<string> = []
    const days = fold(folded)
    const atRest = new Map(days.map(UsageSeries.toStored).map((each) => [each.day, Told.storedText(each)]))
    const compareStored = (when: string, found: ReadonlyArray<Parameters<typeof Told.storedText>[0]>): void => {
      for (const each of found) {
        const difference = Told.difference([atRest.get(each.day) ?? "no such day"], [Told.storedText(each)])
        if (difference !== undefined) wrong.push(`${name}, usage at rest ${when}: ${difference}`)
      }
    }
    compareStored("before it is read", yield* usage.days(account, Told.ALL_DAYS))
    const told = (yield* Told.ledger(account)).filter((line) => line.startsWith("day"))
    const difference = Told.difference(
      days.map(({ day }) => Told.dayText(day)),
      told,
    )
    if (difference !== undefined) wrong.push(`${name}, ledger: ${difference}`)
    const [sums, wanted] = [
      Told.sumsText(yield* series.series({ account, cuts: [] })),
      Told.sumsText(Consumption.fromLedger(Ledger.fromHistory(folded))),
    ]
    if (sums !== wanted) wrong.push(`${name} used ${sums}, the ledger explains ${wanted}`)
    compareStored("after it was read", yield* usage.days(account, Told.ALL_DAYS))
    return wrong
  })

/** Whether usage is what the ledger computes from the snapshots: at rest, day by day, and in sum. */
export const usage = (histories: Histories) =>
  Effect.gen(function* () {
    const wrong: Array<string> = []
    for (const [name, history] of histories) wrong.push(...(yield* usageOf(name, history)))
    return wrong
  })

/** All of it. */
export const all = (histories: Histories) =>
  Effect.gen(function* () {
    return [
      ...(yield* contents(histories)),
      ...(yield* usage(histories)),
      ...(yield* Told.damage).map((each) => `verification finds ${each}`),
    ]
  })
