import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import pico from "picocolors"
import * as StatusView from "../../../src/cli/render/StatusView.js"
import * as AmountDue from "../../../src/domain/balance/AmountDue.js"
import * as Block from "../../../src/domain/balance/Block.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as Report from "../../../src/domain/runway/Report.js"
import { at, DAY, every, inputOf, type Says, steady } from "../../domain/runway/histories.js"

const screenOf = (
  snapshots: ReadonlyArray<Snapshot.Snapshot>,
  now: string,
  more: Partial<Report.Input> = {},
  isPast = true,
) => {
  const report = Report.make({ ...inputOf(snapshots), now: at(now), ...more })
  const lines = StatusView.lines(report, "UTC", pico.createColors(false), { isPast })
  const told = lines.slice(lines.lastIndexOf("") + 1).join(" ")
  // How sure each clause is stands in brackets.
  const sentence = told.replaceAll(/ \((?:80 %: [^)]*|[^)]* chance)\)/g, "")
  return { report, lines, told, sentence }
}

const row = (lines: ReadonlyArray<string>, start: string): string =>
  lines.find((line) => line.trimStart().startsWith(start)) ?? ""

const on = OverdraftPolicy.sourced(OverdraftPolicy.payAsYouGo(), "given")
const off = OverdraftPolicy.sourced(OverdraftPolicy.blocked, "observed")

describe("the first line of a status", () => {
  const snapshots = steady("2026-10-01T00:00:00Z", "2026-11-11T12:00:00Z", 1)

  it("names the moment that was asked for, and how old its balance is", () => {
    const { lines } = screenOf(snapshots, "2026-11-21T15:00:00Z")
    expect(lines[0]).toBe("As of Sat 21 Nov 2026 15:00 UTC: balance observed 10 d 3 h before")
  })

  it("names the account where the status is one of now", () => {
    const { lines } = screenOf(snapshots, "2026-11-11T12:05:00Z", {}, false)
    expect(lines[0]).toMatch(/^user:\S+ at api\.zoo\.dev$/)
    expect(lines[1]).toBe("Wed 11 Nov 2026 12:05 UTC, balance observed 5 min ago")
  })
})

describe("the next refresh of a status", () => {
  const screen = (refreshAt: string) =>
    screenOf(
      every(6, "2026-11-01T00:00:00Z", "2026-11-11T12:00:00Z", (_, index) => ({
        monthly: 20 - index / 10,
        due: 0,
        refreshAt,
      })),
      "2026-11-11T12:00:00Z",
    ).lines

  it("is pending from its date on, for 400 days", () => {
    expect(row(screen("2026-11-11T11:00:00Z"), "Next refresh")).toContain("pending since Wed 11 Nov 2026 11:00 UTC")
    expect(row(screen("2025-10-07T12:00:00Z"), "Next refresh")).toContain("pending since Tue 7 Oct 2025 12:00 UTC")
  })

  it.each([
    ["1970-01-01T00:00:00Z", "Thu 1 Jan 1970 00:00 UTC"],
    ["2025-10-07T11:59:59Z", "Tue 7 Oct 2025 11:59 UTC"],
  ])("is no pending one where its date lies over 400 days in the past: %s", (refreshAt, moment) => {
    const lines = screen(refreshAt)
    expect(row(lines, "Next refresh")).toBe(`Next refresh        ${moment}, over 400 days in the past`)
    expect(row(lines, "Assumes")).toBe("  Assumes the announced refresh is over 400 days in the past, and not used")
    expect(lines.join("\n")).not.toContain("pending")
  })
})

describe("the last days of a status", () => {
  const last = (snapshots: ReadonlyArray<Snapshot.Snapshot>, now: string) => {
    const { lines } = screenOf(snapshots, now)
    const first = lines.findIndex((line) => line.startsWith("Last "))
    return lines.slice(first, lines.indexOf("", first))
  }

  it("are not observed after the last snapshot", () => {
    expect(last(steady("2026-06-01T06:00:00Z", "2026-08-20T06:00:00Z", 1), "2026-11-22T00:00:00Z")).toEqual([
      "Last 30 days        ??????????????????????????????",
      "  2026-10-23 to 2026-11-21: not observed",
    ])
    expect(last(steady("2026-10-01T00:00:00Z", "2026-11-19T00:00:00Z", 1), "2026-11-22T12:00:00Z")).toEqual([
      "Last 30 days        ██████████████████████████????",
      "  2026-10-24 to 2026-11-22 (so far): 26.00 USD, most 1.00 on 2026-10-24",
      "  4 of 30 days not observed (?)",
    ])
  })

  it("are not observed within a gap", () => {
    const snapshots = steady("2026-11-01T00:00:00Z", "2026-11-11T00:00:00Z", 2).filter(
      ({ observedAt: { epochMillis } }) =>
        epochMillis <= Date.parse("2026-11-04T00:00:00Z") || epochMillis >= Date.parse("2026-11-06T00:00:00Z"),
    )
    expect(last(snapshots, "2026-11-11T00:00:00Z")).toEqual([
      "Last 10 days        ███??█████",
      "  2026-11-01 to 2026-11-10: 16.00 USD, most 2.00 on 2026-11-01",
      "  2 of 10 days not observed (?), and 4.00 USD on them",
    ])
  })

  it("differ from idle ones", () => {
    const idle = every(6, "2026-11-01T00:00:00Z", "2026-11-04T00:00:00Z", () => ({ monthly: 20, due: 0 }))
    expect(last(idle, "2026-11-04T00:00:00Z")).toEqual([
      "Last 3 days         ···",
      "  2026-11-01 to 2026-11-03: 0.00 USD, most 0.00 on 2026-11-01",
    ])
  })

  it("are one day after an hour", () => {
    const hour = every(0.5, "2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z", (_, index) => ({
      monthly: 20 - index / 2,
      due: 0,
      refreshAt: "2026-12-01T00:00:00Z",
    }))
    expect(last(hour, "2026-11-01T01:00:00Z")).toEqual([
      "Last 1 day          █",
      "  2026-11-01 (so far): 1.00 USD, most 1.00 on 2026-11-01",
    ])
  })
})

describe("the rates of a status", () => {
  it.each([
    ["an hour", "2026-11-20T23:00:00Z", ["not enough history", "not enough history", "not enough history"]],
    ["three hours", "2026-11-20T21:00:00Z", ["1.00", "not enough history", "not enough history"]],
    ["a day", "2026-11-20T00:00:00Z", ["1.00", "1.00", "not enough history"]],
    ["three days", "2026-11-18T00:00:00Z", ["1.00", "1.00", "1.00"]],
    ["a month", "2026-10-21T00:00:00Z", ["1.00", "1.00", "1.00"]],
  ])("of a history of %s are those of windows of which a tenth is covered", (_, from, expected) => {
    const to = "2026-11-21T00:00:00Z"
    const snapshots = every(0.5, from, to, (time) => ({
      monthly: 80 - (time - Date.parse("2026-10-21T00:00:00Z")) / DAY,
      due: 0,
      refreshAt: "2026-12-01T00:00:00Z",
      allowance: 80,
    }))
    const { lines } = screenOf(snapshots, to)
    const cells = ["last 24 h", "last 7 d", "last 30 d"].map(
      (name) => row(lines, name).replace(`  ${name}`, "").trim().split("  ")[0],
    )
    expect(cells).toEqual(expected)
  })

  it("of a weekly poll tell coverage beside too few snapshots, and not beside too little history", () => {
    const weekly = every(168, "2026-08-02T12:00:00Z", "2026-11-01T12:00:00Z", (_, index) => ({
      monthly: 40 - index,
      due: 0,
      allowance: 40,
    }))
    const { lines, report } = screenOf(weekly, "2026-11-01T12:00:00Z")
    expect(row(lines, "last 24 h")).toMatch(/^ {2}last 24 h +too few snapshots +100 % +7 d$/)
    expect(row(lines, "last 7 d")).toMatch(/^ {2}last 7 d +too few snapshots +100 % +7 d$/)
    expect(report.rates[0]?.burn).toMatchObject({ _tag: "NotEnoughHistory", reason: "FewSnapshots", coverage: 1 })
    expect(lines.slice(0, lines.indexOf("")).join()).not.toContain("not enough history")
  })

  it("have no number of credits of a window in which their unit changed", () => {
    const minutes = every(6, "2025-09-20T00:00:00Z", "2025-10-02T00:00:00Z", (_, index) => ({
      monthly: 40 - index / 4,
      due: 0,
      allowance: 40,
    }))
    const { lines } = screenOf(minutes, "2025-10-02T00:00:00Z")
    expect(row(lines, "last 24 h")).toMatch(/ {2}1\.00 .* {2}120 +100 %/)
    expect(row(lines, "last 7 d")).toMatch(/ {2}1\.00 .* {2}unit changed +100 %/)
    expect(row(lines, "last 30 d")).toMatch(/ {2}1\.00 .* {2}unit changed +40 %/)
  })

  it("say at least where nothing bounds them above", () => {
    const dry = every(6, "2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z", (_, index) => ({
      monthly: Math.max(0, 15 - index * 0.3),
      refreshAt: "2026-12-01T00:00:00Z",
    }))
    const { lines } = screenOf(dry, "2026-11-21T00:00:00Z")
    expect(row(lines, "last 24 h")).toMatch(/at least 0\.00 +at least 0 /)
    expect(row(lines, "last 30 d")).toMatch(/at least 0\.75 +at least \d+ /)
    expect(lines.join("\n")).not.toContain("to ?")
  })

  it("stand beside the longest gap", () => {
    const snapshots = steady("2026-10-01T00:00:00Z", "2026-11-21T00:00:00Z", 1).filter(
      ({ observedAt: { epochMillis } }) =>
        epochMillis <= Date.parse("2026-11-08T00:00:00Z") || epochMillis >= Date.parse("2026-11-13T12:00:00Z"),
    )
    const { lines } = screenOf(snapshots, "2026-11-21T00:00:00Z")
    expect(row(lines, "last 30 d")).toMatch(/81 % +5 d 12 h$/)
    expect(row(lines, "last 7 d")).toMatch(/100 % +6 h$/)
  })
})

/** Ten days to 20 November of an account that uses 2 USD a day from what `says` gives. */
const spending = (says: (used: number) => Partial<Says>) =>
  every(6, "2026-11-10T00:00:00Z", "2026-11-20T00:00:00Z", (_, index) => ({
    monthly: 0,
    due: 0,
    refreshAt: "2026-12-01T00:00:00Z",
    allowance: 100,
    ...says(index / 2),
  }))

describe("the closing sentence of a status", () => {
  const now = "2026-11-20T00:00:00Z"
  it.each([
    [
      "credits that last the cycle",
      (used: number) => ({ monthly: 60 - used }),
      on,
      "monthly credits last to the refresh on Tue 1 Dec; projected charge 0.00 USD.",
    ],
    [
      "stable credits that take over",
      (used: number) => ({ monthly: 30 - used, stable: 50 }),
      on,
      "monthly credits last until Wed 25 Nov; stable credits cover the rest of the month; projected charge 0.00 USD.",
    ],
    [
      "credits that end with pay as you go",
      (used: number) => ({ monthly: 30 - used }),
      on,
      "monthly credits last until Wed 25 Nov; then usage is charged; projected charge 12.00 USD.",
    ],
    [
      "credits that end without it",
      (used: number) => ({ monthly: 30 - used }),
      off,
      "monthly credits last until Wed 25 Nov; then service stops; no charge for usage, as pay as you go is off.",
    ],
    [
      "credits that end, and it is not known what then",
      (used: number) => ({ monthly: 30 - used }),
      OverdraftPolicy.unknown,
      "monthly credits last until Wed 25 Nov; then usage is charged or service stops; projected charge 12.00 USD if pay as you go is on.",
    ],
    [
      "stable credits that end as well",
      (used: number) => ({ monthly: 30 - used, stable: 4 }),
      on,
      "monthly credits last until Wed 25 Nov; all credits last until Fri 27 Nov, then usage is charged; projected charge 8.00 USD.",
    ],
    [
      "a stable debt",
      (used: number) => ({ monthly: 30 - used, stable: -6 }),
      on,
      "monthly credits last until Sun 22 Nov; then usage is charged; projected charge 18.00 USD.",
    ],
    [
      "nothing left",
      () => ({ monthly: 0 }),
      on,
      /^monthly credits are used up; no stable credits are left, usage is charged; projected charge/,
    ],
    [
      "no usage",
      () => ({ monthly: 30 }),
      on,
      "no usage was observed, so that the credits last; projected charge 0.00 USD.",
    ],
  ] as const)("of %s says what the table shows", (_, says, overdraft, expected) => {
    const snapshots =
      typeof expected === "string"
        ? spending(says)
        : every(6, "2026-11-10T00:00:00Z", now, (_, index) => ({ monthly: 0, due: index / 2, allowance: 20 }))
    const { report, sentence } = screenOf(snapshots, now, { overdraft })
    if (typeof expected === "string") expect(sentence).toBe(expected)
    else expect(sentence).toMatch(expected)
    if (report.left.stable.value <= 0n) expect(sentence).not.toContain("stable credits cover")
  })

  it.each([
    ["before the refresh", "2026-10-30T00:00:00Z", 0],
    ["while the refresh is pending", "2026-11-02T12:00:00Z", 0],
    ["while the refresh is pending, with stable credits", "2026-11-02T12:00:00Z", 90],
  ])("of a plan without monthly credits does not say that they are used up, %s", (_, to, stable) => {
    const snapshots = every(6, "2026-10-12T00:00:00Z", to, (_, index) => ({
      monthly: 0,
      stable: Math.max(0, stable - index / 4),
      due: stable > 0 ? 0 : index / 4,
      refreshAt: "2026-11-01T00:00:00Z",
      allowance: 0,
    }))
    const { lines, report, sentence } = screenOf(snapshots, to, { overdraft: on })
    expect(sentence).toMatch(
      stable > 0
        ? /^the plan includes no monthly credits; stable credits cover the rest of the month; projected charge 0.00 USD.$/
        : /^the plan includes no monthly credits; no stable credits are left, usage is charged; projected charge/,
    )
    expect(row(lines, "Monthly credits")).toBe("  Monthly credits   none in the plan")
    expect(report.projection).toMatchObject({ monthly: { _tag: "Empty" } })
    if (stable === 0) expect(row(lines, "All credits")).toBe("  All credits       none left")
    expect(lines.join("\n")).not.toContain("used up")
  })

  it("of a contract without stable credits does not say that they cover anything", () => {
    const contract = spending((used) => ({ monthly: 130 - used, allowance: 500 })).map((snapshot) => ({
      ...snapshot,
      balance: {
        ...snapshot.balance,
        refresh: { _tag: "Unscheduled" as const },
        subscription: Option.map(snapshot.balance.subscription, (plan) => ({
          ...plan,
          price: { _tag: "Contract" as const },
        })),
      },
    }))
    const { report, sentence } = screenOf(contract, now)
    expect(report.projection).toMatchObject({ _tag: "Projected", credits: { _tag: "RunsOut" } })
    expect(sentence).toBe("monthly credits last until 14 Jan 2027; projected charge 0.00 USD if pay as you go is on.")
  })

  it("does not speak of stable credits where the monthly ones last to the end that was asked for", () => {
    const snapshots = spending((used) => ({ monthly: 30 - used, stable: 50 }))
    const { sentence } = screenOf(snapshots, now, { overdraft: on, horizon: at("2026-11-22T00:00:00Z") })
    expect(sentence).toBe("monthly credits last until Wed 25 Nov; projected charge 0.00 USD.")
  })

  it("of an old balance names what is likely used up by now", () => {
    const { lines, sentence } = screenOf(
      spending((used) => ({ monthly: 30 - used })),
      "2026-11-27T00:00:00Z",
      { overdraft: on },
    )
    expect(sentence).toBe(
      "monthly credits are likely used up by now; then usage is charged; projected charge 12.00 USD.",
    )
    expect(row(lines, "Monthly credits")).toContain("likely used up by now")
    expect(row(lines, "Usage from now")).toContain("8.00 USD")
    expect(row(lines, "The charge is")).toBe(
      "  The charge is that since Fri 20 Nov 2026 00:00 UTC, the usage that from now",
    )
  })

  it("of a blocked account says why service is stopped, and projects no charge", () => {
    const block = Block.of("billing_threshold_reached", "Pay the open invoice.")
    const { lines, report, sentence } = screenOf(
      spending((used) => ({ monthly: 30 - used })),
      now,
      { block, overdraft: on },
    )
    expect(report.runway._tag).toBe("Blocked")
    expect(row(lines, "Service")).toBe("Service             stopped: billing_threshold_reached")
    expect(lines).toContain("  Pay the open invoice.")
    expect(row(lines, "Projected charge")).toContain("0.00 USD")
    expect(sentence).toContain("the API has stopped service")
  })

  it("of a balance that is too old says so", () => {
    const { sentence } = screenOf(steady("2026-06-01T06:00:00Z", "2026-08-20T06:00:00Z", 1), "2026-11-22T00:00:00Z")
    expect(sentence).toBe(
      "no projection: the newest balance is 93 days 18 hours old; with this history a projection takes one of up to 62 days.",
    )
  })
})

describe("how sure the closing sentence of a status is", () => {
  it("is what the table says of each", () => {
    const snapshots = every(6, "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z", (_, index) => ({
      monthly: 20 - index / 4,
      due: 10,
      refreshAt: "2026-12-01T00:00:00Z",
    }))
    const { lines, report, told } = screenOf(snapshots, "2026-11-20T00:00:00Z", { overdraft: on })
    const sure = (name: string) =>
      row(lines, name)
        .replace(/^.*?(?=80 %:)/, "")
        .replace(/;.*/, "")
        .trim()
    expect(sure("Monthly credits")).toMatch(/^80 %: \S/)
    expect(told).toContain(`(${sure("Monthly credits")})`)
    expect(told).toContain(`USD (${sure("Projected charge")})`)
    const { total } = Option.getOrThrow(report.bill)
    expect(told).toContain(`expected bill on Tue 1 Dec without renewals ${total.point.toFixed(2)} USD (80 %: `)
  })
})

describe("the collection threshold of a status", () => {
  const now = "2026-11-20T00:00:00Z"
  /** Credits that last until 25 November, then 12 USD of pay as you go, beside 10 USD that are due. */
  const charged = spending((used) => ({ monthly: 30 - used, due: 10 }))
  const threshold = (amount: string) =>
    Option.some({ amount: Usd.unsafeFromText(amount), source: Option.some({ _tag: "SystemDefault" as const }) })
  const outcomeOf = (report: Report.Report) => {
    const { projection } = Report.encode(report)
    return projection._tag === "Projected" ? projection.charges[0]?.outcome : undefined
  }

  it("that the amount due and the charge pass is named with the day, and usage is charged or blocked", () => {
    const { lines, report, sentence } = screenOf(charged, now, { overdraft: on, threshold: threshold("16.00") })
    expect(row(lines, "Threshold passed")).toMatch(
      /^ {2}Threshold passed +16\.00 USD +on Sat 28 Nov: charged or blocked$/,
    )
    expect(sentence).toBe(
      "monthly credits last until Wed 25 Nov; then usage is charged or blocked; projected charge 12.00 USD; expected bill on Tue 1 Dec without renewals 22.00 USD; the collection threshold of 16.00 USD is passed on Sat 28 Nov.",
    )
    expect(Report.encode(report).threshold).toEqual({ amount: "16.00", source: "system_default" })
    expect(outcomeOf(report)).toEqual({
      _tag: "ChargedOrBlocked",
      threshold: "16.00",
      at: expect.stringMatching(/^2026-11-28T/),
    })
    for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80)
  })

  it("that is passed where pay as you go is not known to be on says the same", () => {
    const { sentence } = screenOf(charged, now, { threshold: threshold("16.00") })
    expect(sentence).toContain("then usage is charged or blocked; projected charge 12.00 USD if pay as you go is on")
  })

  it("that the amount due passes already is passed by now", () => {
    const { lines, report, sentence } = screenOf(charged, now, { overdraft: on, threshold: threshold("9.99") })
    expect(row(lines, "Threshold passed")).toContain("by now: charged or blocked")
    expect(sentence).toContain("the collection threshold of 9.99 USD is likely passed by now")
    expect(outcomeOf(report)).toMatchObject({ at: "2026-11-20T00:00:00.000Z" })
  })

  it("counts the charge alone where the amount due is not known", () => {
    const untold = spending((used) => ({ monthly: 30 - used })).map((snapshot) => ({
      ...snapshot,
      balance: { ...snapshot.balance, due: AmountDue.notRequested },
    }))
    expect(outcomeOf(screenOf(untold, now, { overdraft: on, threshold: threshold("11.50") }).report)).toMatchObject({
      _tag: "ChargedOrBlocked",
    })
    expect(outcomeOf(screenOf(untold, now, { overdraft: on, threshold: threshold("12.50") }).report)).toEqual({
      _tag: "Charged",
    })
  })

  it.each([
    ["is not passed", on, Option.none(), threshold("23.00")],
    ["is passed only after the projection ends", on, Option.none(), threshold("500.00")],
    ["cannot be passed, as pay as you go is off", off, Option.none(), threshold("5.00")],
    ["cannot be passed, as service is stopped", on, Block.of("admin", null), threshold("5.00")],
  ] as const)("changes nothing on the screen where it %s", (_, overdraft, block, known) => {
    const without = screenOf(charged, now, { overdraft, block })
    const { lines, report } = screenOf(charged, now, { overdraft, block, threshold: known })
    expect(lines).toEqual(without.lines)
    expect(outcomeOf(report)).toEqual({ _tag: "Charged" })
    expect(Report.encode(without.report).threshold).toBe(null)
    expect(without.lines.join("\n")).not.toMatch(/threshold/i)
  })
})

describe("a status", () => {
  it.each([
    [on, "on, as given"],
    [OverdraftPolicy.sourced(OverdraftPolicy.payAsYouGo(), "stored"), "on, as given before"],
    [OverdraftPolicy.sourced(OverdraftPolicy.blocked, "observed"), "off, by the history"],
    [OverdraftPolicy.unknown, "not known whether it is on"],
  ])("names the overdraft policy and its source (%#)", (overdraft, expected) => {
    const { lines, report } = screenOf(
      spending((used) => ({ monthly: 60 - used })),
      "2026-11-20T00:00:00Z",
      { overdraft },
    )
    expect(row(lines, "Pay as you go")).toBe(`Pay as you go       ${expected}`)
    expect(Report.encode(report).overdraft.source).toBe(overdraft.source)
  })

  it("fits 80 columns, whatever it shows", () => {
    const long = Block.of("upgrade_downgrade_abuse", "Write to support about the changes of the plan. ".repeat(9))
    const screens = [
      screenOf(
        spending((used) => ({ monthly: 30 - used })),
        "2026-11-20T00:00:00Z",
        { block: long },
      ),
      screenOf(steady("2026-10-01T00:00:00Z", "2026-11-11T12:00:00Z", 1), "2026-11-21T15:00:00Z"),
      screenOf(steady("2026-06-01T06:00:00Z", "2026-08-20T06:00:00Z", 1), "2026-11-22T00:00:00Z"),
      screenOf(
        spending((used) => ({ monthly: 30 - used, stable: 4 })),
        "2026-11-20T00:00:00Z",
        { overdraft: off },
      ),
      screenOf(
        spending((used) => ({ monthly: Math.max(0, 10 - used) })),
        "2026-11-20T00:00:00Z",
      ),
      screenOf(
        spending((used) => ({ monthly: 60 - used, stable: 900 })),
        "2026-11-20T00:00:00Z",
      ),
    ]
    for (const { lines } of screens) for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80)
  })

  it("of an empty account without a charge for three days is not forecast to be charged", () => {
    const snapshots = spending((used) => ({ monthly: Math.max(0, 8 - used), allowance: 8 }))
    const { lines } = screenOf(snapshots, "2026-11-20T00:00:00Z", { overdraft: off })
    expect(row(lines, "Usage if served")).toContain("22")
    expect(row(lines, "Projected charge")).toContain("0.00 USD")
  })
})
