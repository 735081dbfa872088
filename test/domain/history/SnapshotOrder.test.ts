import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as SnapshotOrder from "../../../src/domain/history/SnapshotOrder.js"
import * as Histories from "../../infra/store/Histories.js"
import * as Model from "../../infra/store/Model.js"
import * as Samples from "../../infra/store/Samples.js"

const { at, snapshot } = Samples

const standings = (snapshots: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<SnapshotOrder.Standing> => {
  let recent = SnapshotOrder.start
  return snapshots.map((each) => {
    const [next, standing] = SnapshotOrder.step(recent, each)
    recent = next
    return standing
  })
}

/** Snapshots at minutes, with the minute of their `updatedAt`. */
const of = (...times: ReadonlyArray<readonly [observed: number, updated: number]>) =>
  standings(times.map(([observed, updated]) => snapshot(observed, "1.00", { updatedAt: at(updated) })))

describe("the order of snapshots", () => {
  it("finds the answers of a replica that lags outdated", () => {
    expect(of([0, 0], [60, 60], [61, 0], [62, 60], [63, 30])).toEqual([
      "Current",
      "Current",
      "Outdated",
      "Current",
      "Outdated",
    ])
  })

  it("finds the answers of a poller whose clock is behind outdated where the other one's are ahead", () => {
    expect(of([0, 0], [10, 10], [11, 1], [20, 20], [21, 11])).toEqual([
      "Current",
      "Current",
      "Outdated",
      "Current",
      "Outdated",
    ])
  })

  it("counts the hour with its end, and a millisecond later the snapshot right before", () => {
    expect(of([0, 10], [5, 5], [60, 7])).toEqual(["Current", "Outdated", "Outdated"])
    expect(of([0, 10], [5, 5], [61, 7])).toEqual(["Current", "Outdated", "Current"])
    expect(of([0, 10], [61, 7])).toEqual(["Current", "Outdated"])
  })

  it("believes a server that stays behind for more than an hour", () => {
    expect(of([0, 100], [30, 50], [80, 50], [100, 51])).toEqual(["Current", "Outdated", "Current", "Current"])
  })

  it("takes equal times of the server for current", () => {
    expect(of([0, 0], [1, 0], [2, 0])).toEqual(["Current", "Current", "Current"])
  })

  it("finds snapshots from before the account was created misdated", () => {
    const born = { createdAt: at(10), updatedAt: at(10) }
    expect(standings([snapshot(9, "1.00", born), snapshot(10, "1.00", born)])).toEqual(["Misdated", "Current"])
  })

  it("finds snapshots of more than a day before their own updatedAt misdated", () => {
    const day = 24 * 60
    expect(of([0, day], [1, day + 2])).toEqual(["Current", "Misdated"])
  })

  it("does not compare with misdated snapshots", () => {
    expect(of([0, 0], [1, 24 * 60 + 2], [2, 2])).toEqual(["Current", "Misdated", "Current"])
  })

  it.prop(
    "is that of the plain rule, and the ledger goes on from the last current snapshot",
    [Histories.of(Samples.user)],
    ([given]) => {
      const history = Model.history(given)
      const current = Model.current(history)
      expect(history.filter((_, index) => standings(history)[index] === "Current")).toEqual(current)
      let state = Ledger.start
      for (const each of history) state = Ledger.step(state, each)[0]
      expect(state.previous).toEqual(Option.fromNullable(current.at(-1)))
    },
    { fastCheck: { numRuns: 60 } },
  )

  it.prop(
    "never needs more than the last snapshot and those of the hour before it",
    [FastCheck.array(FastCheck.tuple(FastCheck.nat({ max: 7 }), FastCheck.nat({ max: 200 })), { maxLength: 60 })],
    ([steps]) => {
      let [recent, minute] = [SnapshotOrder.start, 0]
      for (const [step, updated] of steps) {
        minute += step
        recent = SnapshotOrder.step(recent, snapshot(minute, "1.00", { updatedAt: at(updated) }))[0]
        expect(recent.at(-1)?.observedAt).toBe(at(minute).epochMillis)
        const last = recent.slice(0, -1)
        expect(last.every(({ observedAt }) => observedAt >= at(minute - 60).epochMillis || last.length === 1)).toBe(
          true,
        )
        const times = recent.map(({ updatedAt }) => updatedAt)
        expect(times).toEqual([...times].sort((a, b) => b - a))
      }
    },
  )
})
