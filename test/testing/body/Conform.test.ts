import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import {
  AmountDue,
  Credits,
  CustomerBalance,
  RefreshSchedule,
  Subscription,
  Timestamp,
  Usd,
} from "../../../src/domain.js"
import { Arbitraries, Bodies } from "../../../src/testing.js"

const usd = Usd.unsafeFromText
const credits = Credits.unsafeFromBigInt

/** A plan of today with something in every part that not every revision has. */
const plan: Subscription.Subscription = {
  name: "maker",
  displayName: Option.some("Maker"),
  description: Option.some("For makers"),
  features: ["", "f".repeat(81), ...Array.from({ length: 20 }, (_, index) => `feature ${index}`)],
  type: { _tag: "Individual" },
  price: { _tag: "Flat", interval: { _tag: "Unknown", raw: "decade" }, price: usd("20") },
  annualDiscount: Option.some(12.5),
  billingMode: { _tag: "Contract" },
  customQuote: true,
  customModels: true,
  supportTier: { _tag: "StandardEmail" },
  trainingData: { _tag: "Unknown", raw: "never" },
  endpointsIncluded: [{ _tag: "Ml" }, { _tag: "Unknown", raw: "slicer" }],
  toolsIncluded: [{ _tag: "DiffChromeExtension" }, { _tag: "TextToCad" }],
  shareLinks: [{ _tag: "Public" }, { _tag: "Unknown", raw: "friends" }],
  allowance: { value: Option.none(), credits: Option.some(credits(1205n)) },
  creditPrice: usd("0.0083"),
  pendingAction: Option.some({ _tag: "SetupIntent" }),
}

const balance: CustomerBalance.CustomerBalance = {
  monthly: { value: usd("10"), credits: Option.some(credits(1205n)) },
  stable: { _tag: "Granted", value: usd("50"), credits: credits(6024n) },
  due: AmountDue.notRequested,
  refresh: RefreshSchedule.refreshAt(Timestamp.unsafeFromText("2026-09-01T00:00:00Z")),
  subscriptionId: Option.some("sub"),
  subscription: Option.some(plan),
  enterprisePrice: Option.some({ _tag: "Unknown", raw: "per_galaxy" }),
  id: Option.some("no UUID"),
  mapId: Option.none(),
  createdAt: Timestamp.unsafeFromText("2024-03-01T00:00:00Z"),
  updatedAt: Timestamp.unsafeFromText("2026-08-05T00:00:00Z"),
}

const planIn = (revision: Bodies.Revision, more: Partial<Subscription.Subscription> = {}) =>
  Option.getOrThrow(
    Bodies.conform({ ...balance, subscription: Option.some({ ...plan, ...more }) }, revision).subscription,
  )

/** The first and the last revision in which something holds, by the day before and the day of each change. */
const changesOf = (told: (revision: Bodies.Revision) => unknown): ReadonlyArray<readonly [Bodies.Revision, unknown]> =>
  Bodies.revisions.flatMap((revision, index) => {
    const [before, now] = [Bodies.revisions[index - 1], told(revision)]
    return before !== undefined && JSON.stringify(told(before)) === JSON.stringify(now)
      ? []
      : [[revision, now] as const]
  })

const OLDEST = "2024-02-29"

describe("Bodies.conform", () => {
  it("changes nothing the second time", () => {
    FastCheck.assert(
      FastCheck.property(Arbitraries.customerBalance, Arbitraries.revision, (balance, revision) => {
        const once = Bodies.conform(balance, revision)
        expect(CustomerBalance.encode(Bodies.conform(once, revision))).toEqual(CustomerBalance.encode(once))
      }),
      { numRuns: 500 },
    )
  })

  it("leaves what the stable pool is worth as it is, as far as an amount can tell it", () => {
    const most = usd("9199999999.999999999")
    FastCheck.assert(
      FastCheck.property(Arbitraries.customerBalance, Arbitraries.revision, (balance, revision) => {
        const value = CustomerBalance.stableValue(balance)
        const kept = CustomerBalance.stableValue(Bodies.conform(balance, revision))
        const told = balance.stable._tag === Bodies.conform(balance, revision).stable._tag
        expect(kept).toEqual(told ? value : Usd.max(Usd.min(value, most), Usd.negate(most)))
      }),
      { numRuns: 500 },
    )
  })

  it("tells each credit model in the terms of the other, at the published price of a credit", () => {
    const granted = (revision: Bodies.Revision, of = balance) => Bodies.conform(of, revision)
    expect(granted("2025-05-04")).toMatchObject({ monthly: balance.monthly, stable: balance.stable })
    const older = granted("2025-04-03")
    expect(older).toMatchObject({
      monthly: { value: usd("10"), credits: Option.none() },
      stable: { _tag: "PrePaid", cash: Usd.zero, credits: usd("50") },
    })
    expect(granted("2025-05-04", older)).toMatchObject({ monthly: balance.monthly, stable: balance.stable })
    const debts = {
      ...older,
      stable: { _tag: "PrePaid", cash: usd("-9e9".replace("e9", "000000000")), credits: usd("-9000000000") },
    } as const
    expect(granted("2025-05-04", debts).stable).toEqual({
      _tag: "Granted",
      value: usd("-9199999999.999999999"),
      credits: 0n,
    })
  })

  it("values an allowance of credits alone where the value was required", () => {
    expect(
      changesOf((revision) => CustomerBalance.encode(Bodies.conform(balance, revision)).subscription?.allowance),
    ).toEqual([
      [OLDEST, { value: "10.0015", credits: null }],
      ["2025-05-04", { value: "10.0015", credits: "1205" }],
      ["2025-09-30", { value: null, credits: "1205" }],
    ])
    const nothing = { value: Option.none(), credits: Option.none() }
    expect(planIn("2026-08-04", { allowance: nothing }).allowance).toEqual({
      value: Option.some(Usd.zero),
      credits: Option.some(0n),
    })
  })

  it("has every part of a plan from the day on which it came to the day on which it went", () => {
    const { Endpoint, ShareLink, SupportTier, Tool } = Subscription
    expect(changesOf((revision) => planIn(revision).name)).toEqual([
      [OLDEST, "pro"],
      ["2025-10-30", "maker"],
    ])
    expect(changesOf((revision) => planIn(revision, { name: "plus" }).name)).toEqual([
      [OLDEST, "pro"],
      ["2025-07-25", "plus"],
    ])
    expect(changesOf((revision) => Option.getOrNull(planIn(revision).displayName))).toEqual([
      [OLDEST, null],
      ["2025-10-30", "Maker"],
    ])
    expect(changesOf((revision) => Option.getOrNull(planIn(revision).annualDiscount))).toEqual([
      [OLDEST, null],
      ["2024-10-11", 13],
      ["2025-07-18", 12.5],
    ])
    expect(changesOf((revision) => planIn(revision).billingMode._tag)).toEqual([
      [OLDEST, "Standard"],
      ["2026-03-31", "Contract"],
    ])
    expect(changesOf((revision) => planIn(revision).customQuote)).toEqual([
      [OLDEST, false],
      ["2025-11-10", true],
      ["2026-04-02", false],
    ])
    expect(changesOf((revision) => planIn(revision).customModels)).toEqual([
      [OLDEST, false],
      ["2025-11-10", true],
    ])
    expect(changesOf((revision) => SupportTier.toText(planIn(revision).supportTier))).toEqual([
      [OLDEST, "standard"],
      ["2025-05-10", "standard_email"],
    ])
    expect(
      changesOf((revision) => SupportTier.toText(planIn(revision, { supportTier: { _tag: "Priority" } }).supportTier)),
    ).toEqual([
      [OLDEST, "priority"],
      ["2025-05-10", "priority_email"],
    ])
    expect(changesOf((revision) => planIn(revision).endpointsIncluded.map(Endpoint.toText))).toEqual([
      [OLDEST, []],
      ["2025-04-03", ["ml"]],
    ])
    expect(changesOf((revision) => planIn(revision).toolsIncluded.map(Tool.toText))).toEqual([
      [OLDEST, ["diff_chrome_extension", "text_to_cad"]],
      ["2025-11-07", ["text_to_cad"]],
    ])
    expect(changesOf((revision) => planIn(revision).shareLinks.map(ShareLink.toText))).toEqual([
      [OLDEST, []],
      ["2024-10-11", ["public"]],
    ])
    expect(changesOf((revision) => planIn(revision).price)).toEqual([
      [OLDEST, { _tag: "Flat", interval: { _tag: "Month" }, price: usd("20") }],
      ["2025-12-17", { _tag: "Flat", interval: { _tag: "Unknown", raw: "unknown" }, price: usd("20") }],
    ])
    expect(changesOf((revision) => Usd.format(planIn(revision).creditPrice))).toEqual([
      [OLDEST, "0.00"],
      ["2025-05-04", "0.0083"],
    ])
    expect(changesOf((revision) => Option.isSome(planIn(revision).pendingAction))).toEqual([
      [OLDEST, false],
      ["2025-12-17", true],
    ])
  })

  it("has every other part of a balance from the day on which it came to the day on which it went", () => {
    const inRevision = (revision: Bodies.Revision) => Bodies.conform(balance, revision)
    expect(changesOf((revision) => inRevision(revision).due._tag)).toEqual([
      [OLDEST, "Due"],
      ["2025-05-07", "NotRequested"],
    ])
    expect(changesOf((revision) => Option.isSome(inRevision(revision).mapId))).toEqual([
      [OLDEST, true],
      ["2025-10-28", false],
    ])
    expect(changesOf((revision) => Option.getOrNull(inRevision(revision).enterprisePrice))).toEqual([
      [OLDEST, { _tag: "Contract" }],
      ["2025-11-04", null],
    ])
    expect(changesOf((revision) => inRevision(revision).refresh._tag)).toEqual([
      [OLDEST, "Unscheduled"],
      ["2026-08-04", "RefreshAt"],
    ])
  })

  it("keeps an id that is a UUID, in its case", () => {
    const id = Option.some("AC585DAD-c443-433e-9e24-1ac0d8585a08")
    expect(Bodies.conform({ ...balance, id }, OLDEST).id).toEqual(id)
    expect(Bodies.conform(balance, OLDEST).id).not.toEqual(balance.id)
  })

  it("keeps 15 features of 1 to 80 characters", () => {
    const { features } = planIn("2026-08-04")
    expect(features.map(({ length }) => length)).toEqual([80, ...Array.from({ length: 10 }, () => 9), 10, 10, 10, 10])
  })
})
