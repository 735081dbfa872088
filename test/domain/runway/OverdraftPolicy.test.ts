import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { at, DAY, every, type Says, seriesOf } from "./histories.js"

const FROM = "2026-11-01T00:00:00Z"
const TO = "2026-11-21T00:00:00Z"

/** Snapshots every six hours to 21 November; `says` gets the days since the first. */
const history = (says: (days: number) => Partial<Says>, to = TO) =>
  every(6, FROM, to, (time) => ({
    monthly: 0,
    due: 0,
    allowance: 10,
    refreshAt: "2026-12-01T00:00:00Z",
    ...says((time - Date.parse(FROM)) / DAY),
  }))

const observed = (snapshots: ReadonlyArray<Snapshot.Snapshot>, since = FROM) =>
  Option.getOrNull(
    Option.map(
      OverdraftPolicy.observed(seriesOf(snapshots), { since: at(since) }),
      ({ at, policy }) => `${policy._tag} ${Timestamp.format(at).slice(0, 13)}`,
    ),
  )

describe("the overdraft policy that a history shows", () => {
  it.each([
    ["is on where pay as you go was charged", history((days) => ({ due: days })), "PayAsYouGo 2026-11-21T00"],
    [
      "is on as of the last charge",
      history((days) => ({ due: Math.min(days, 2) })),
      // Empty for longer after it, with nothing charged.
      "Blocked 2026-11-21T00",
    ],
    [
      "is on where fewer than three days without a charge follow one",
      history((days) => ({ due: Math.min(days, 17.25) })),
      "PayAsYouGo 2026-11-18T06",
    ],
    ["is off where nothing was charged for three empty days", history(() => ({})), "Blocked 2026-11-21T00"],
    [
      "is off as of the end of the empty days where credits came since",
      history((days) => ({ monthly: days > 10 ? 10 : 0, stable: 0 })),
      "Blocked 2026-11-11T00",
    ],
    ["is not known where credits were left", history((days) => ({ monthly: 10 - days / 4 })), null],
    [
      "is not known of two empty days",
      history((days) => ({ monthly: Math.max(0, 9 - days / 2) }), "2026-11-21T00:00:00Z"),
      null,
    ],
    ["is not known where the amount due was never asked for", history(() => ({ due: undefined }) as never), null],
    [
      "is off where usage raised a debt and not the amount due",
      history((days) => ({ monthly: -days })),
      "Blocked 2026-11-21T00",
    ],
  ] as const)("%s", (_, snapshots, expected) => {
    expect(observed(snapshots)).toBe(expected)
  })

  it("is not known of three empty days with a gap in them", () => {
    const snapshots = history(() => ({})).filter(({ observedAt }) => {
      const days = (observedAt.epochMillis - Date.parse(FROM)) / DAY
      return days < 2 || days > 18.5
    })
    expect(observed(snapshots)).toBeNull()
  })

  it("is not on by a charge from before the previous cycle", () => {
    const snapshots = history((days) => ({ monthly: days < 3 ? 0 : 10, due: Math.min(days, 2) }))
    expect(observed(snapshots)).toBe("PayAsYouGo 2026-11-03T00")
    expect(observed(snapshots, "2026-11-05T00:00:00Z")).toBeNull()
  })

  it("charges the price that is told", () => {
    const price = Usd.unsafeFromText("0.01")
    const found = OverdraftPolicy.observed(seriesOf(history((days) => ({ due: days }))), { since: at(FROM), price })
    expect(Option.map(found, ({ policy }) => policy)).toEqual(Option.some(OverdraftPolicy.payAsYouGo(price)))
  })
})
