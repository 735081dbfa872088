import * as Calendar from "./Calendar.js"
import * as Grants from "./Grants.js"
import type { Options, Refresh } from "./Options.js"
import * as Plan from "./Plan.js"
import * as Random from "./Random.js"
import type { Demand } from "./Usage.js"

/** Options with every default filled in. */
export interface Settings extends Omit<Required<Options>, "calls" | "paymentDelaySeconds"> {
  readonly plan: Plan.Plan
  readonly calls: ReadonlyArray<Demand> | undefined
  readonly refresh: Required<Refresh> | null
  readonly paymentDelaySeconds: number | undefined
  /** When the account was made: 60 to 800 days before `from`. */
  readonly createdAt: number
  /** `null` on a plan without a price. */
  readonly subscriptionId: string | null
}

const lastTime = Date.UTC(10_000, 0) - 1
const most = 1e12

const check = (name: string, value: number, low: number, high: number): void => {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new RangeError(`AccountSimulator: ${name} must be a whole number from ${low} to ${high}, not ${value}`)
  }
}

const refreshOf = (options: Options, plan: Plan.Plan): Required<Refresh> | null => {
  const given = options.refresh === undefined && plan.price.type === "contract" ? null : options.refresh
  return given === null ? null : { day: 1, hour: 0, minute: 0, lagSeconds: 0, announced: true, ...given }
}

const billingDayOf = (seed: number, refreshDay: number): number => {
  const day = Random.integer(Random.stream(seed, "billing day"), 2, 27)
  return day < refreshDay ? day : day + (day === refreshDay ? 1 : 0)
}

const validate = (settings: Settings): void => {
  const { refresh, plan } = settings
  check("plan.monthlyAllowanceCents", plan.monthlyAllowanceCents, 0, most)
  check("plan.price", Plan.renewalCents(plan), 0, most)
  check("openingMonthlyCents", settings.openingMonthlyCents, 0, most)
  check("openingStableCents", settings.openingStableCents, 0, most)
  check("dailyCents", settings.dailyCents, 0, 1e7)
  check("billingDay", settings.billingDay, 1, 31)
  check("collectionThresholdCents", settings.collectionThresholdCents, 0, most)
  check("paymentDelaySeconds", settings.paymentDelaySeconds ?? 0, 0, most)
  check("lagSeconds", settings.lagSeconds, 0, most)
  for (const call of settings.calls ?? []) {
    check("calls.at", call.at, 0, lastTime)
    check("calls.seconds", call.seconds, 1, most)
  }
  for (const grant of settings.grants) {
    check("grants.at", grant.at, 0, lastTime)
    check("grants.cents", grant.cents, 1, most)
  }
  if (refresh !== null) {
    check("refresh.day", refresh.day, 1, 31)
    check("refresh.hour", refresh.hour, 0, 23)
    check("refresh.minute", refresh.minute, 0, 59)
    const days = Calendar.day / Calendar.second
    check("refresh.lagSeconds", refresh.lagSeconds, -5 * days, 20 * days)
  }
}

/** Fills in the defaults. Throws a `RangeError` that names the option that is out of range. */
export const resolve = (options: Options): Settings => {
  const { seed, from, to } = options
  check("seed", seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  check("from", from, 0, lastTime)
  check("to", to, from, lastTime)
  const plan = typeof options.plan === "object" ? options.plan : Plan.plans[options.plan ?? "pro"]
  const refresh = refreshOf(options, plan)
  const identity = Random.stream(seed, "identity")
  const id = Random.uuid(identity)
  const organizationId = Random.uuid(identity)
  const email = `account-${Random.hex(identity, 8)}@example.com`
  const createdAt = from - Random.integer(identity, 60 * 24 * 60, 800 * 24 * 60) * Calendar.minute
  const subscriptionId = `sub_${Random.hex(identity, 24)}`
  const settings: Settings = {
    seed,
    from,
    to,
    plan,
    payAsYouGo: options.payAsYouGo ?? true,
    openingMonthlyCents: options.openingMonthlyCents ?? plan.monthlyAllowanceCents,
    openingStableCents: options.openingStableCents ?? 6_000,
    dailyCents: options.dailyCents ?? 300,
    calls: options.calls,
    grants: options.grants ?? Grants.ofSeed(seed, from, to),
    refresh,
    billingDay: options.billingDay ?? billingDayOf(seed, refresh?.day ?? 1),
    collectionThresholdCents: options.collectionThresholdCents ?? 5_000,
    paymentDelaySeconds: options.paymentDelaySeconds,
    lagSeconds: options.lagSeconds ?? 0,
    id: options.id ?? id,
    email: options.email ?? email,
    organizationId: options.organizationId ?? organizationId,
    createdAt,
    subscriptionId: Plan.renewalCents(plan) > 0 ? subscriptionId : null,
  }
  validate(settings)
  return settings
}
