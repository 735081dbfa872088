import type { Grant } from "./Grants.js"
import type { Plan, PlanName } from "./Plan.js"
import type { Demand } from "./Usage.js"

/** When the monthly credits are set back to the allowance. */
export interface Refresh {
  /** Day of the month, 1 to 31; the last day of months that are shorter. Default 1. */
  readonly day?: number
  /** UTC, 0 to 23. Default 0. */
  readonly hour?: number
  /** 0 to 59. Default 0. */
  readonly minute?: number
  /**
   * It is applied so much later than it is due, and pending in between; below 0 so much earlier. -5 to 20 days.
   *
   * @default 0
   */
  readonly lagSeconds?: number
  /** Whether the body has `monthly_api_credits_refresh_at`; `null` stands there otherwise. Default true. */
  readonly announced?: boolean
}

/** What to simulate. Times are whole milliseconds since the epoch (UTC, years 1970 to 9999), amounts whole cents of at least 0. */
export interface Options {
  /** Any safe integer. Everything that is not given follows from it. */
  readonly seed: number
  /** The truth starts here, with the opening state: what happens at `from` itself has happened already. */
  readonly from: number
  /** What happens at `to` is the last of the truth; not before `from`. */
  readonly to: number
  /** Default `pro`. */
  readonly plan?: PlanName | Plan
  /** Whether usage goes on, billed, when the credits are gone. Default true, unlike a new account's. */
  readonly payAsYouGo?: boolean
  /** Default: the plan's allowance. */
  readonly openingMonthlyCents?: number
  /** Default 6000. */
  readonly openingStableCents?: number
  /** Mean use on a working day, idle days and bursts included. About three calls a dollar; at most 1e7. Default 300. */
  readonly dailyCents?: number
  /** These calls instead of generated ones; those outside `(from, to]` are left out. */
  readonly calls?: ReadonlyArray<Demand>
  /** These grants instead of those that the seed brings; those outside `(from, to]` are left out. */
  readonly grants?: ReadonlyArray<Grant>
  /** `null`: never. Default: the first of the month at midnight UTC, and never where a contract owns billing. */
  readonly refresh?: Refresh | null
  /** Subscriptions renew and invoices close at noon UTC of this day, 1 to 31. Default: of the seed, not the day of the refresh. */
  readonly billingDay?: number
  /** Pay-as-you-go usage above this that no invoice has yet is invoiced at once. Default 5000. */
  readonly collectionThresholdCents?: number
  /** How long after its invoice a payment comes. Default: of the seed, one to 72 hours, another for each. */
  readonly paymentDelaySeconds?: number
  /** How late the body shows what happened. Default 0. */
  readonly lagSeconds?: number
  /** The user's UUID. Default: of the seed. */
  readonly id?: string
  /** Default: of the seed, at example.com. */
  readonly email?: string
  /** The organization's UUID. Default: of the seed. */
  readonly organizationId?: string
}
