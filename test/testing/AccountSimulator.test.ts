import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"

const minute = 60_000
const day = 24 * 60 * minute
const at = (text: string): number => Date.parse(text)
const iso = (t: number): string => new Date(t).toISOString()

const from = at("2026-06-01T00:00:00Z")
const to = at("2026-07-31T00:00:00Z")

/** An account on which nothing happens that a test does not ask for. */
const quiet = (options: Partial<AccountSimulator.Options>) =>
  AccountSimulator.simulate({
    seed: 7,
    from,
    to,
    plan: "free",
    refresh: null,
    grants: [],
    calls: [],
    billingDay: 15,
    paymentDelaySeconds: 3600,
    ...options,
  })

const pools = (monthlyCents: number, stableCents: number, payAsYouGoCents: number) => ({
  monthlyCents,
  stableCents,
  payAsYouGoCents,
})

const tags = (account: AccountSimulator.SimulatedAccount) => account.events.map((event) => event._tag)

const body = (
  account: AccountSimulator.SimulatedAccount,
  t: number,
  options: AccountSimulator.BodyOptions = { includeTotalDue: false },
): Record<string, unknown> => JSON.parse(account.bodyAt(t, options))

const june = (text: string): number => at(`2026-06-${text}Z`)

/** Any account: plan, credits, calendar, grants and use vary. */
const anyOptions: FastCheck.Arbitrary<AccountSimulator.Options> = FastCheck.record({
  seed: FastCheck.maxSafeInteger(),
  start: FastCheck.integer({ min: at("2023-12-20T00:00:00Z"), max: at("2028-03-05T00:00:00Z") }),
  days: FastCheck.integer({ min: 0, max: 70 }),
  plan: FastCheck.constantFrom<AccountSimulator.PlanName>("free", "plus", "pro", "team", "contract"),
  payAsYouGo: FastCheck.boolean(),
  openingMonthlyCents: FastCheck.integer({ min: 0, max: 5_000 }),
  openingStableCents: FastCheck.integer({ min: 0, max: 8_000 }),
  dailyCents: FastCheck.integer({ min: 0, max: 1_500 }),
  collectionThresholdCents: FastCheck.integer({ min: 0, max: 8_000 }),
  billingDay: FastCheck.integer({ min: 1, max: 31 }),
  refresh: FastCheck.option(
    FastCheck.record({
      day: FastCheck.integer({ min: 1, max: 31 }),
      hour: FastCheck.integer({ min: 0, max: 23 }),
      minute: FastCheck.integer({ min: 0, max: 59 }),
      lagSeconds: FastCheck.integer({ min: 0, max: 20 * 86_400 }),
    }),
  ),
  granted: FastCheck.array(
    FastCheck.record({ share: FastCheck.nat(1000), cents: FastCheck.integer({ min: 1, max: 5_000 }) }),
    { maxLength: 5 },
  ),
}).map(({ start, days, granted, ...options }) => ({
  ...options,
  from: start,
  to: start + days * day,
  grants: granted.map(({ share, cents }) => ({ at: start + Math.floor((days * day * share) / 1000), cents })),
}))

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

describe("the price of a call", () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 3],
    [5, 4],
    [32, 27],
    [60, 50],
    [95, 79],
    [600, 500],
    [3600, 3000],
  ])("of %i s is %i cents", (seconds, cents) => {
    const account = quiet({ calls: [{ at: june("02T10:00:00"), seconds }] })
    expect(account.calls.map((call) => call.cents)).toEqual([cents])
  })

  it("is rounded for each call, not for their sum", () => {
    const calls = Array.from({ length: 30 }, (_, index) => ({ at: june("02T10:00:00") + index, seconds: 1 }))
    expect(quiet({ calls }).usageBetween(from, to).totalCents).toBe(30)
  })

  it.prop(
    "is s / 120 dollars rounded half-up in exact arithmetic",
    { seconds: FastCheck.integer({ min: 1, max: 10_000_000_000 }) },
    ({ seconds }) => {
      const account = quiet({ calls: [{ at: june("02T10:00:00"), seconds }] })
      expect(account.calls[0]?.cents).toBe(Number((BigInt(seconds) * 200n + 120n) / 240n))
    },
  )
})

describe("draw order", () => {
  it("is monthly, then stable, then pay as you go, and a call may be split across all three", () => {
    const account = quiet({
      openingMonthlyCents: 80,
      openingStableCents: 25,
      calls: [
        { at: june("02T10:00:00"), seconds: 60 },
        { at: june("02T11:00:00"), seconds: 95 },
        { at: june("02T12:00:00"), seconds: 2 },
      ],
    })
    expect(account.calls).toEqual([
      { at: june("02T10:00:00"), seconds: 60, cents: 50, ...pools(50, 0, 0), refused: false, refusedCents: 0 },
      { at: june("02T11:00:00"), seconds: 95, cents: 79, ...pools(30, 25, 24), refused: false, refusedCents: 0 },
      { at: june("02T12:00:00"), seconds: 2, cents: 2, ...pools(0, 0, 2), refused: false, refusedCents: 0 },
    ])
    expect(account.stateAt(june("02T10:59:59"))).toMatchObject({ monthlyCents: 30, stableCents: 25, dueCents: 0 })
    expect(account.stateAt(june("02T11:00:00"))).toMatchObject({ monthlyCents: 0, stableCents: 0, dueCents: 24 })
    expect(account.stateAt(june("02T12:00:00"))).toMatchObject({ monthlyCents: 0, stableCents: 0, dueCents: 26 })
  })

  it("takes calls in order of time, whatever the order they are given in", () => {
    const late = { at: june("02T11:00:00"), seconds: 95 }
    const early = { at: june("02T10:00:00"), seconds: 60 }
    expect(quiet({ openingMonthlyCents: 50, calls: [late, early] }).calls.map((call) => call.monthlyCents)).toEqual([
      50, 0,
    ])
  })
})

describe("without pay as you go", () => {
  const account = quiet({
    payAsYouGo: false,
    openingMonthlyCents: 3,
    openingStableCents: 2,
    grants: [{ at: june("04T00:00:00"), cents: 100 }],
    calls: [
      { at: june("02T10:00:00"), seconds: 60 },
      { at: june("03T10:00:00"), seconds: 32 },
      { at: june("04T10:00:00"), seconds: 32 },
    ],
  })

  it("a call stops when the credits do and later ones are refused, at no cost", () => {
    expect(account.calls.slice(0, 2)).toEqual([
      { at: june("02T10:00:00"), seconds: 6, cents: 5, ...pools(3, 2, 0), refused: true, refusedCents: 45 },
      { at: june("03T10:00:00"), seconds: 0, cents: 0, ...pools(0, 0, 0), refused: true, refusedCents: 27 },
    ])
    expect(account.stateAt(june("03T12:00:00"))).toMatchObject({ monthlyCents: 0, stableCents: 0, dueCents: 0 })
  })

  it("a refused call is no change of the account", () => {
    expect(account.stateAt(june("03T12:00:00"))).toBe(account.stateAt(june("02T10:00:00")))
  })

  it("service goes on when credits come", () => {
    expect(account.calls[2]).toMatchObject({ seconds: 32, cents: 27, stableCents: 27, refused: false })
  })

  it("refused demand is counted apart from usage", () => {
    expect(account.usageBetween(from, to)).toEqual({ ...pools(3, 29, 0), totalCents: 32, refusedCents: 72 })
  })

  it("a call runs for all the seconds that the credits pay", () => {
    const cut = quiet({
      payAsYouGo: false,
      openingMonthlyCents: 3,
      openingStableCents: 0,
      calls: [{ at: june("02T10:00:00"), seconds: 5 }],
    })
    expect(cut.calls[0]).toMatchObject({ seconds: 4, cents: 3, refused: true, refusedCents: 1 })
  })

  it("credits that suffice exactly refuse nothing", () => {
    const exact = quiet({
      payAsYouGo: false,
      openingMonthlyCents: 50,
      openingStableCents: 29,
      calls: [{ at: june("02T10:00:00"), seconds: 95 }],
    })
    expect(exact.calls[0]).toMatchObject({ cents: 79, ...pools(50, 29, 0), refused: false, refusedCents: 0 })
  })
})

describe("the refresh of monthly credits", () => {
  const refreshesOf = (options: Partial<AccountSimulator.Options>) =>
    quiet(options).events.flatMap((event) => (event._tag === "Refresh" ? [event] : []))

  it("comes on the first of each calendar month at midnight UTC", () => {
    const times = refreshesOf({ from: at("2026-12-31T23:59:59.999Z"), to: at("2027-04-01T00:00:00Z"), refresh: {} })
    expect(times.map((event) => iso(event.at))).toEqual([
      "2027-01-01T00:00:00.000Z",
      "2027-02-01T00:00:00.000Z",
      "2027-03-01T00:00:00.000Z",
      "2027-04-01T00:00:00.000Z",
    ])
  })

  it("on day 31 comes on the last day of months with 28 to 30", () => {
    const refresh = { day: 31, hour: 9, minute: 30 }
    const times = refreshesOf({ from: at("2027-01-01T00:00:00Z"), to: at("2028-03-01T00:00:00Z"), refresh })
    expect(times.map((event) => iso(event.at).slice(0, 16))).toEqual([
      "2027-01-31T09:30",
      "2027-02-28T09:30",
      "2027-03-31T09:30",
      "2027-04-30T09:30",
      "2027-05-31T09:30",
      "2027-06-30T09:30",
      "2027-07-31T09:30",
      "2027-08-31T09:30",
      "2027-09-30T09:30",
      "2027-10-31T09:30",
      "2027-11-30T09:30",
      "2027-12-31T09:30",
      "2028-01-31T09:30",
      "2028-02-29T09:30",
    ])
  })

  it("lets what is left expire and sets the credits back to the allowance", () => {
    const account = quiet({ refresh: {}, calls: [{ at: june("30T23:59:59.999"), seconds: 60 }] })
    const july = at("2026-07-01T00:00:00Z")
    expect(account.events).toEqual([
      { _tag: "Refresh", at: july, scheduledAt: july, expiredCents: 950, grantedCents: 1000 },
    ])
    expect(account.stateAt(july - 1)).toMatchObject({ monthlyCents: 950, refreshAt: july })
    expect(account.stateAt(july)).toMatchObject({
      monthlyCents: 1000,
      refreshAt: at("2026-08-01T00:00:00Z"),
      updatedAt: july,
    })
  })

  it("comes before a call that ends at the same time", () => {
    const july = at("2026-07-01T00:00:00Z")
    const account = quiet({ refresh: {}, openingMonthlyCents: 7, calls: [{ at: july, seconds: 60 }] })
    expect(account.events[0]).toMatchObject({ expiredCents: 7 })
    expect(account.stateAt(july).monthlyCents).toBe(950)
  })

  it("is pending while it is due but not applied, and usage then still draws on the old credits", () => {
    const account = quiet({
      refresh: { day: 10, hour: 6, lagSeconds: 600 },
      calls: [
        { at: june("10T06:05:00"), seconds: 60 },
        { at: june("10T06:10:01"), seconds: 60 },
      ],
    })
    const due = "2026-06-10T06:00:00.000Z"
    expect(body(account, june("10T06:09:59.999"))).toMatchObject({
      monthly_api_credits_refresh_at: due,
      monthly_api_credits_remaining_monetary_value: "9.50",
    })
    expect(account.stateAt(june("10T06:09:59.999")).refreshAt).toBe(june("10T06:00:00"))
    expect(body(account, june("10T06:10:00"))).toMatchObject({
      monthly_api_credits_refresh_at: "2026-07-10T06:00:00.000Z",
      monthly_api_credits_remaining_monetary_value: "10.00",
    })
    expect(account.events[0]).toMatchObject({ at: june("10T06:10:00"), scheduledAt: june("10T06:00:00") })
    expect(account.stateAt(june("10T06:10:01")).monthlyCents).toBe(950)
  })

  it("may be pending when the truth starts", () => {
    const account = quiet({ from: june("01T00:05:00"), refresh: { lagSeconds: 600 }, openingMonthlyCents: 4 })
    expect(account.stateAt(june("01T00:05:00"))).toMatchObject({ monthlyCents: 4, refreshAt: june("01T00:00:00") })
    expect(account.stateAt(june("01T00:10:00"))).toMatchObject({ monthlyCents: 1000 })
  })

  it("has happened already where the truth starts with it", () => {
    const account = quiet({ refresh: {} })
    expect(account.stateAt(from)).toMatchObject({ refreshAt: at("2026-07-01T00:00:00Z"), updatedAt: from })
    expect(tags(account)).toEqual(["Refresh"])
  })

  it("can go unannounced", () => {
    const account = quiet({ refresh: { announced: false } })
    expect(tags(account)).toEqual(["Refresh"])
    expect(body(account, to)).toMatchObject({ monthly_api_credits_refresh_at: null })
  })

  it("never comes where a contract owns billing, and neither does a renewal", () => {
    const account = AccountSimulator.simulate({ seed: 7, from, to, plan: "contract", grants: [], calls: [] })
    expect(account.events).toEqual([])
    expect(body(account, to)).toMatchObject({
      monthly_api_credits_refresh_at: null,
      subscription_details: { modeling_app: { billing_mode: "contract", price: { type: "contract" } } },
    })
  })
})

describe("grants", () => {
  it("raise the stable credits, and only those within the span count", () => {
    const account = quiet({
      openingStableCents: 10,
      grants: [
        { at: from, cents: 1 },
        { at: june("05T00:00:00"), cents: 2500 },
        { at: to + 1, cents: 3 },
      ],
    })
    expect(account.events).toEqual([{ _tag: "Grant", at: june("05T00:00:00"), cents: 2500 }])
    expect(account.stateAt(to).stableCents).toBe(2510)
    expect(account.stateAt(to).monthlyCents).toBe(1000)
  })
})

describe("what is due", () => {
  it("rises with the renewal on the billing date, stays with the invoice and falls with the payment", () => {
    const account = quiet({ plan: "plus", to: june("30T00:00:00") })
    const noon = june("15T12:00:00")
    expect(account.events).toEqual([
      { _tag: "Renewal", at: noon, cents: 2000 },
      { _tag: "Invoice", at: noon, cents: 2000, number: 1, early: false },
      { _tag: "Payment", at: noon + 60 * minute, cents: 2000, invoice: 1 },
    ])
    expect(account.stateAt(noon - 1).dueCents).toBe(0)
    expect(account.stateAt(noon).dueCents).toBe(2000)
    expect(account.stateAt(noon + 60 * minute - 1).dueCents).toBe(2000)
    expect(account.stateAt(noon + 60 * minute).dueCents).toBe(0)
  })

  it("renews for every member of an organization", () => {
    const account = quiet({ plan: "team", to: june("30T00:00:00") })
    expect(account.events[0]).toEqual({ _tag: "Renewal", at: june("15T12:00:00"), cents: 26_000 })
    expect(body(account, to)).toMatchObject({
      subscription_details: {
        modeling_app: {
          price: { type: "per_user", interval: "month", price: "65.00" },
          type: { type: "organization", saml_sso: false },
        },
      },
    })
  })

  it("has no renewal and no empty invoice on the free plan", () => {
    expect(quiet({}).events).toEqual([])
  })

  const minutes = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ at: june("02T10:00:00") + index * minute, seconds: 60 }))
  const billed = { openingMonthlyCents: 0, openingStableCents: 0, collectionThresholdCents: 100 }

  it("is invoiced early as soon as usage without an invoice is above the threshold", () => {
    const account = quiet({ ...billed, calls: minutes(3), to: june("03T00:00:00") })
    expect(account.events).toEqual([
      { _tag: "Invoice", at: june("02T10:02:00"), cents: 150, number: 1, early: true },
      { _tag: "Payment", at: june("02T11:02:00"), cents: 150, invoice: 1 },
    ])
    expect(account.stateAt(june("02T10:01:00"))).toMatchObject({ dueCents: 100, uninvoicedCents: 100 })
    expect(account.stateAt(june("02T10:02:00"))).toMatchObject({ dueCents: 150, uninvoicedCents: 0 })
    expect(account.stateAt(june("02T11:02:00"))).toMatchObject({ dueCents: 0, uninvoicedCents: 0 })
  })

  it("is not invoiced early while usage is at the threshold", () => {
    expect(quiet({ ...billed, calls: minutes(2), to: june("14T00:00:00") }).events).toEqual([])
  })

  it("is invoiced on the billing date for what no invoice has yet, with the renewal", () => {
    const account = quiet({ ...billed, plan: "plus", calls: minutes(4), to: june("30T00:00:00") })
    expect(account.events.filter((event) => event._tag === "Invoice").map((event) => event.cents)).toEqual([150, 2050])
    expect(account.stateAt(june("15T12:00:00")).dueCents).toBe(2050)
    expect(account.stateAt(to)).toMatchObject({ dueCents: 0, uninvoicedCents: 0 })
  })

  it("is never below what is on no invoice yet, even when a payment comes late", () => {
    const account = quiet({ ...billed, calls: minutes(7), paymentDelaySeconds: 240 })
    expect(account.stateAt(june("02T10:05:59")).dueCents).toBe(300)
    expect(account.stateAt(june("02T10:06:00"))).toMatchObject({ dueCents: 200, uninvoicedCents: 50 })
  })

  it("closes on the last day of months without the billing day", () => {
    const account = quiet({
      plan: "plus",
      billingDay: 31,
      from: at("2028-01-15T00:00:00Z"),
      to: at("2028-05-01T00:00:00Z"),
    })
    const renewals = account.events.filter((event) => event._tag === "Renewal")
    expect(renewals.map((event) => iso(event.at))).toEqual([
      "2028-01-31T12:00:00.000Z",
      "2028-02-29T12:00:00.000Z",
      "2028-03-31T12:00:00.000Z",
      "2028-04-30T12:00:00.000Z",
    ])
  })

  it("is paid one to 72 hours after the invoice by default", () => {
    const { events } = AccountSimulator.simulate({ seed: 3, from, to: from + 365 * day, plan: "plus" })
    const invoices = new Map(events.flatMap((event) => (event._tag === "Invoice" ? [[event.number, event.at]] : [])))
    const delays = events.flatMap((event) =>
      event._tag === "Payment" ? [event.at - (invoices.get(event.invoice) ?? 0)] : [],
    )
    expect(delays.length).toBeGreaterThanOrEqual(11)
    expect(new Set(delays).size).toBeGreaterThan(5)
    for (const delay of delays) {
      expect(delay).toBeGreaterThanOrEqual(60 * minute)
      expect(delay).toBeLessThanOrEqual(72 * 60 * minute)
    }
  })
})

describe("every account", () => {
  it.prop(
    "conserves cents in every pool, at any time",
    { options: anyOptions, share: FastCheck.nat(1000) },
    ({ options, share }) => {
      const account = AccountSimulator.simulate(options)
      const t = options.from + Math.floor(((options.to - options.from) * share) / 1000)
      let monthly = options.openingMonthlyCents ?? NaN
      let stable = options.openingStableCents ?? NaN
      let due = 0
      for (const event of account.events.filter((event) => event.at <= t)) {
        if (event._tag === "Refresh") monthly += event.grantedCents - event.expiredCents
        if (event._tag === "Grant") stable += event.cents
        if (event._tag === "Renewal") due += event.cents
        if (event._tag === "Payment") due -= event.cents
      }
      for (const call of account.calls.filter((call) => call.at <= t)) {
        monthly -= call.monthlyCents
        stable -= call.stableCents
        due += call.payAsYouGoCents
      }
      expect(account.stateAt(t)).toMatchObject({ monthlyCents: monthly, stableCents: stable, dueCents: due })
      expect(Math.min(monthly, stable, due)).toBeGreaterThanOrEqual(0)
    },
    { fastCheck: { numRuns: 150 } },
  )

  it.prop(
    "prices each call, pays it from the pools in order, and refuses only without pay as you go",
    { options: anyOptions },
    ({ options }) => {
      const account = AccountSimulator.simulate(options)
      for (const call of account.calls) {
        const after = account.stateAt(call.at)
        expect(call.cents).toBe(Number((BigInt(call.seconds) * 200n + 120n) / 240n))
        expect(call.monthlyCents + call.stableCents + call.payAsYouGoCents).toBe(call.cents)
        expect(call.at > options.from && call.at <= options.to).toBe(true)
        if (call.stableCents > 0) expect(after.monthlyCents).toBe(0)
        if (call.payAsYouGoCents > 0 || call.refused) expect(after.monthlyCents + after.stableCents).toBe(0)
        if (call.refused) expect(options.payAsYouGo).toBe(false)
        if (options.payAsYouGo === false) expect(call.payAsYouGoCents).toBe(0)
        expect(call.refusedCents > 0).toBe(call.refused)
        if (call.refused) expect(Number((BigInt(call.seconds + 1) * 200n + 120n) / 240n)).toBe(call.cents + 1)
      }
    },
    { fastCheck: { numRuns: 30 } },
  )

  it.prop(
    "tells usage and events of half-open spans that add up",
    { options: anyOptions, cuts: FastCheck.tuple(FastCheck.nat(), FastCheck.nat(), FastCheck.nat()) },
    ({ options, cuts }) => {
      const account = AccountSimulator.simulate(options)
      const times = [...account.calls, ...account.events].map((item) => item.at).concat(options.from)
      const [a = 0, b = 0, c = 0] = cuts.map((cut) => times[cut % times.length] ?? 0).sort((x, y) => x - y)
      const within = (start: number, end: number) => account.calls.filter((call) => call.at > start && call.at <= end)
      const usage = account.usageBetween(a, c)
      expect(usage).toEqual({
        monthlyCents: sum(within(a, c).map((call) => call.monthlyCents)),
        stableCents: sum(within(a, c).map((call) => call.stableCents)),
        payAsYouGoCents: sum(within(a, c).map((call) => call.payAsYouGoCents)),
        totalCents: sum(within(a, c).map((call) => call.cents)),
        refusedCents: sum(within(a, c).map((call) => call.refusedCents)),
      })
      expect(account.usageBetween(a, b).totalCents + account.usageBetween(b, c).totalCents).toBe(usage.totalCents)
      expect(account.eventsBetween(a, c)).toEqual(account.events.filter((event) => event.at > a && event.at <= c))
      expect([...account.eventsBetween(a, b), ...account.eventsBetween(b, c)]).toEqual(account.eventsBetween(a, c))
      if (c > a) expect(account.usageBetween(c, a)).toEqual({ ...pools(0, 0, 0), totalCents: 0, refusedCents: 0 })
    },
    { fastCheck: { numRuns: 100 } },
  )

  it.prop(
    "has calls and events in order of time, and its last change in the state",
    { options: anyOptions },
    ({ options }) => {
      const account = AccountSimulator.simulate(options)
      for (const items of [account.calls, account.events]) {
        const times = items.map((item) => item.at)
        expect(times).toEqual([...times].sort((a, b) => a - b))
      }
      const changes = account.calls.filter((call) => call.cents > 0).map((call) => call.at)
      const last = Math.max(-Infinity, ...changes, ...account.events.map((event) => event.at))
      const closing = account.stateAt(options.to)
      if (last > -Infinity) expect(closing.updatedAt).toBe(last)
      else expect(closing).toBe(account.stateAt(options.from))
      expect(closing.updatedAt).toBeLessThanOrEqual(options.to)
      expect(account.stateAt(options.to + 90 * day)).toBe(closing)
      expect(account.stateAt(options.from - 90 * day)).toBe(account.stateAt(options.from))
    },
    { fastCheck: { numRuns: 50 } },
  )

  it.prop(
    "is the same for the same options and begins the same when it ends later",
    { options: anyOptions, more: FastCheck.integer({ min: 1, max: 40 }) },
    ({ options, more }) => {
      const account = AccountSimulator.simulate(options)
      const again = AccountSimulator.simulate({ ...options })
      const longer = AccountSimulator.simulate({ ...options, to: options.to + more * day })
      expect(again.calls).toEqual(account.calls)
      expect(again.events).toEqual(account.events)
      expect(longer.calls.slice(0, account.calls.length)).toEqual(account.calls)
      expect(longer.eventsBetween(options.from, options.to)).toEqual(account.events)
      const asked = { includeTotalDue: true }
      expect(again.bodyAt(options.to, asked)).toBe(account.bodyAt(options.to, asked))
      expect(longer.bodyAt(options.to, asked)).toBe(account.bodyAt(options.to, asked))
    },
    { fastCheck: { numRuns: 50 } },
  )

  it("differs from those of other seeds in name and in use", () => {
    const seeds = [-1, 0, 1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]
    const accounts = seeds.map((seed) => AccountSimulator.simulate({ seed, from, to }))
    expect(new Set(accounts.map((account) => account.id)).size).toBe(seeds.length)
    expect(new Set(accounts.map((account) => account.email)).size).toBe(seeds.length)
    expect(new Set(accounts.map((account) => account.organizationId)).size).toBe(seeds.length)
    expect(new Set(accounts.map((account) => JSON.stringify(account.calls))).size).toBe(seeds.length)
  })
})

describe("the body", () => {
  const account = quiet({
    plan: "plus",
    refresh: {},
    openingMonthlyCents: 5000,
    openingStableCents: 1000,
    calls: [{ at: june("15T10:00:00.123"), seconds: 60 }],
  })

  it("is a balance of the revision of 2026-08-04", () => {
    expect(body(account, june("15T12:30:00"), { includeTotalDue: true })).toEqual({
      created_at: expect.stringMatching(/^202[3-6]-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: "2026-06-15T12:00:00.000Z",
      monthly_api_credits_remaining: 5964,
      monthly_api_credits_remaining_monetary_value: "49.50",
      monthly_api_credits_refresh_at: "2026-07-01T00:00:00.000Z",
      stable_api_credits_remaining: 1205,
      stable_api_credits_remaining_monetary_value: "10.00",
      total_due: "20.00",
      subscription_id: expect.stringMatching(/^sub_[0-9a-f]{24}$/),
      subscription_details: {
        modeling_app: {
          name: "plus",
          display_name: "Plus",
          description: expect.any(String),
          features: [{ info: expect.any(String) }, { info: expect.any(String) }],
          endpoints_included: [],
          zoo_tools_included: ["modeling_app", "text_to_cad"],
          share_links: ["public"],
          support_tier: "standard_email",
          training_data_behavior: "default_on",
          type: { type: "individual" },
          price: { type: "flat", interval: "month", price: "20.00" },
          annual_discount: 10,
          billing_mode: "standard",
          ml_custom_models: false,
          monthly_pay_as_you_go_api_credits: 2410,
          monthly_pay_as_you_go_api_credits_monetary_value: "20.00",
          pay_as_you_go_api_credit_price: "0.0083",
        },
      },
    })
  })

  it("shows the credits that amounts are worth, rounded half-up", () => {
    expect(body(account, from)).toMatchObject({
      monthly_api_credits_remaining: 6024,
      stable_api_credits_remaining: 1205,
    })
    const cents = quiet({ openingMonthlyCents: 83, openingStableCents: 1 })
    expect(body(cents, from)).toMatchObject({
      monthly_api_credits_remaining: 100,
      monthly_api_credits_remaining_monetary_value: "0.83",
      stable_api_credits_remaining: 1,
      stable_api_credits_remaining_monetary_value: "0.01",
    })
  })

  it("changes with the call, to the millisecond", () => {
    expect(body(account, june("15T10:00:00.122"))).toMatchObject({
      updated_at: "2026-06-01T00:00:00.000Z",
      monthly_api_credits_remaining_monetary_value: "50.00",
    })
    expect(body(account, june("15T10:00:00.123"))).toMatchObject({
      updated_at: "2026-06-15T10:00:00.123Z",
      monthly_api_credits_remaining_monetary_value: "49.50",
    })
  })

  it("prints money as JSON numbers when asked, whatever was printed before", () => {
    const t = june("15T12:30:00")
    account.bodyAt(t, { includeTotalDue: true })
    const text = account.bodyAt(t, { includeTotalDue: true, money: "number" })
    expect(text).toContain('"monthly_api_credits_remaining_monetary_value":49.5,')
    expect(JSON.parse(text)).toMatchObject({
      total_due: 20,
      subscription_details: {
        modeling_app: {
          price: { type: "flat", interval: "month", price: 20 },
          monthly_pay_as_you_go_api_credits_monetary_value: 20,
          pay_as_you_go_api_credit_price: 0.0083,
        },
      },
    })
    expect(body(account, t, { includeTotalDue: true, money: "text" })).toMatchObject({ total_due: "20.00" })
  })

  it.prop(
    "has total_due when it is asked for and never else",
    { options: anyOptions, share: FastCheck.nat(1000) },
    ({ options, share }) => {
      const any = AccountSimulator.simulate(options)
      const t = options.from + Math.floor(((options.to - options.from) * share) / 1000)
      const asked = body(any, t, { includeTotalDue: true })
      const { total_due, ...rest } = asked
      const due = any.stateAt(t).dueCents
      expect(total_due).toBe((due / 100).toFixed(2))
      expect(any.bodyAt(t, { includeTotalDue: false })).not.toContain("total_due")
      expect(body(any, t)).toEqual(rest)
    },
    { fastCheck: { numRuns: 50 } },
  )

  it("is late by the lag of the API, as a whole", () => {
    const options = { openingMonthlyCents: 100, calls: [{ at: june("02T10:00:00"), seconds: 60 }] }
    const late = quiet({ ...options, lagSeconds: 90 })
    const remaining = (t: number) => body(late, t)["monthly_api_credits_remaining_monetary_value"]
    expect(late.stateAt(june("02T10:00:00")).monthlyCents).toBe(50)
    expect(remaining(june("02T10:01:29.999"))).toBe("1.00")
    expect(remaining(june("02T10:01:30"))).toBe("0.50")
  })

  it("has no subscription on the free plan", () => {
    expect(body(quiet({}), from)).toMatchObject({ subscription_id: null })
  })

  it("comes with the user and the organization", () => {
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    const user = JSON.parse(account.userBody)
    expect(user).toMatchObject({ id: account.id, email: account.email, allow_pay_as_you_go: true })
    expect(user.id).toMatch(uuid)
    expect(user.email).toMatch(/^account-[0-9a-f]{8}@example\.com$/)
    expect(JSON.parse(account.orgBody).id).toBe(account.organizationId)
    expect(account.organizationId).toMatch(uuid)
    expect(account.organizationId).not.toBe(account.id)
    const named = quiet({ id: "an id", email: "someone@example.com", organizationId: "an org", payAsYouGo: false })
    expect(JSON.parse(named.userBody)).toMatchObject({
      id: "an id",
      email: "someone@example.com",
      allow_pay_as_you_go: false,
    })
    expect(JSON.parse(named.orgBody)).toMatchObject({ id: "an org" })
  })
})

describe("generated use", () => {
  const start = at("2024-01-01T00:00:00Z")
  const days = 728
  const accounts = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) =>
    AccountSimulator.simulate({ seed, from: start, to: start + days * day, dailyCents: 500 }),
  )
  const daily = accounts.flatMap((account) =>
    Array.from({ length: days }, (_, index) => ({
      weekday: new Date(start + index * day).getUTCDay(),
      cents: account.usageBetween(start + index * day, start + (index + 1) * day).totalCents,
    })),
  )
  const working = daily.filter(({ weekday }) => weekday >= 1 && weekday <= 5).map(({ cents }) => cents)
  const weekend = daily.filter(({ weekday }) => weekday === 0 || weekday === 6).map(({ cents }) => cents)
  const mean = (values: ReadonlyArray<number>) => sum(values) / values.length
  const shareOf = (values: ReadonlyArray<number>, holds: (cents: number) => boolean) =>
    values.filter(holds).length / values.length

  it("is dailyCents on a working day in the mean, and little at the weekend", () => {
    expect(mean(working)).toBeGreaterThan(450)
    expect(mean(working)).toBeLessThan(550)
    expect(mean(weekend)).toBeGreaterThan(0)
    expect(mean(weekend)).toBeLessThan(100)
  })

  it("has idle days without any call, and bursts", () => {
    expect(shareOf(working, (cents) => cents === 0)).toBeGreaterThan(0.07)
    expect(shareOf(working, (cents) => cents === 0)).toBeLessThan(0.125)
    expect(shareOf(weekend, (cents) => cents === 0)).toBeGreaterThan(0.5)
    expect(shareOf(working, (cents) => cents > 2500)).toBeGreaterThan(0.003)
    expect(shareOf(working, (cents) => cents > 2500)).toBeLessThan(0.02)
  })

  it("keeps to working hours", () => {
    const hours = accounts.flatMap((account) => account.calls.map((call) => new Date(call.at).getUTCHours()))
    expect(hours.filter((hour) => hour >= 8 && hour < 18).length / hours.length).toBeGreaterThan(0.75)
    expect(hours.filter((hour) => hour < 6).length / hours.length).toBeLessThan(0.03)
  })

  it("has calls of whole seconds, at most 15 minutes, 30 to 50 s in the mean", () => {
    const seconds = accounts.flatMap((account) => account.calls.map((call) => call.seconds))
    expect(seconds.every((duration) => Number.isInteger(duration) && duration >= 1 && duration <= 900)).toBe(true)
    expect(mean(seconds)).toBeGreaterThan(30)
    expect(mean(seconds)).toBeLessThan(50)
  })

  it("does not depend on where the span begins", () => {
    const middle = start + 100.5 * day
    const [whole] = accounts
    const part = AccountSimulator.simulate({ seed: 1, from: middle, to: start + days * day, dailyCents: 500 })
    const made = (calls: ReadonlyArray<AccountSimulator.Call>) => calls.map((call) => [call.at, call.seconds])
    expect(made(part.calls)).toEqual(made(whole?.calls.filter((call) => call.at > middle) ?? []))
  })

  it("is nothing at 0 cents a day", () => {
    expect(AccountSimulator.simulate({ seed: 1, from, to, dailyCents: 0 }).calls).toEqual([])
  })
})

describe("the account of a seed and a span alone", () => {
  it.each(["2026-01-01", "2026-02-10", "2026-04-30", "2026-06-05", "2026-09-17", "2026-12-31"])(
    "runs out of monthly credits and lives on stable ones, from %s",
    (date) => {
      const start = at(`${date}T00:00:00Z`)
      const account = AccountSimulator.simulate({ seed: 1, from: start, to: start + 60 * day })
      const usage = account.usageBetween(start, start + 60 * day)
      expect(account.events.some((event) => event._tag === "Refresh" && event.expiredCents === 0)).toBe(true)
      expect(usage.stableCents).toBeGreaterThan(1000)
      expect(usage.totalCents).toBeGreaterThan(6_000)
      expect(usage.totalCents).toBeLessThan(20_000)
      expect(account.events.some((event) => event._tag === "Renewal")).toBe(true)
      expect(JSON.parse(account.userBody).allow_pay_as_you_go).toBe(true)
    },
  )

  it("is billed on another day than its credits refresh", () => {
    for (let seed = 0; seed < 200; seed++) {
      const refreshDay = (seed % 31) + 1
      const { options } = AccountSimulator.simulate({ seed, from, to, calls: [], refresh: { day: refreshDay } })
      expect(options.billingDay).not.toBe(refreshDay)
      expect(options.billingDay).toBeGreaterThanOrEqual(2)
      expect(options.billingDay).toBeLessThanOrEqual(28)
    }
  })

  it("is granted some stable credits in some months", () => {
    const grants = [1, 2, 3, 4].map(
      (seed) =>
        AccountSimulator.simulate({ seed, from, to: from + 365 * day, calls: [] }).events.filter(
          (event) => event._tag === "Grant",
        ).length,
    )
    expect(sum(grants)).toBeGreaterThan(12)
    expect(sum(grants)).toBeLessThan(36)
  })
})

describe("options out of range", () => {
  const refused: ReadonlyArray<readonly [string, Partial<AccountSimulator.Options>]> = [
    ["seed", { seed: 0.5 }],
    ["from", { from: -1 }],
    ["from", { from: Number.NaN }],
    ["to", { to: from - 1 }],
    ["to", { to: Number.POSITIVE_INFINITY }],
    ["openingMonthlyCents", { openingMonthlyCents: -1 }],
    ["openingStableCents", { openingStableCents: 0.1 }],
    ["dailyCents", { dailyCents: -5 }],
    ["billingDay", { billingDay: 32 }],
    ["collectionThresholdCents", { collectionThresholdCents: -1 }],
    ["paymentDelaySeconds", { paymentDelaySeconds: -1 }],
    ["lagSeconds", { lagSeconds: -1 }],
    ["calls.seconds", { calls: [{ at: from + 1, seconds: 0 }] }],
    ["calls.at", { calls: [{ at: Number.NaN, seconds: 1 }] }],
    ["grants.cents", { grants: [{ at: from + 1, cents: 0 }] }],
    ["grants.at", { grants: [{ at: 0.5, cents: 1 }] }],
    ["refresh.day", { refresh: { day: 0 } }],
    ["refresh.hour", { refresh: { hour: 24 } }],
    ["refresh.minute", { refresh: { minute: 60 } }],
    ["refresh.lagSeconds", { refresh: { lagSeconds: 21 * 86_400 } }],
    ["plan.monthlyAllowanceCents", { plan: { ...AccountSimulator.plans.free, monthlyAllowanceCents: 1.5 } }],
    ["plan.price", { plan: { ...AccountSimulator.plans.free, price: { type: "flat", cents: -1 } } }],
  ]

  it.each(refused)("are refused by the name %s", (name, options) => {
    expect(() => quiet(options)).toThrow(RangeError)
    expect(() => quiet(options)).toThrow(`AccountSimulator: ${name} must be`)
  })
})

it("the simulator shares no code with what it tests", () => {
  const root = new URL("../../src/testing/", import.meta.url)
  const files = ["AccountSimulator.ts", ...readdirSync(new URL("simulator/", root)).map((name) => `simulator/${name}`)]
  expect(files.length).toBeGreaterThan(5)
  for (const file of files) {
    const source = readFileSync(new URL(file, root), "utf8")
    const imported = [...source.matchAll(/^(?:import|export|\}) .*from "([^"]+)"$/gm)].map((match) => match[1])
    for (const path of imported) expect(path).toMatch(/^\.\/(simulator\/)?[A-Za-z]+\.js$/)
    expect(source).not.toMatch(/Date\.now|new Date\(\)|Math\.random|process\.|console\./)
  }
})
