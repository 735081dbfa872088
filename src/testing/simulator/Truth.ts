import type { Draw } from "./Draw.js"

/** A call that ended at `at` (milliseconds since the epoch) and how it was paid, in whole cents. */
export interface Call extends Draw {
  readonly at: number
}

/** What happened to the account besides calls. Times in milliseconds since the epoch, amounts in whole cents. */
export type TruthEvent =
  | {
      /** The monthly credits were set back: `expiredCents` were left and went, `grantedCents` (the allowance) came. */
      readonly _tag: "Refresh"
      readonly at: number
      /** When it was due; pending from then to `at`. */
      readonly scheduledAt: number
      readonly expiredCents: number
      readonly grantedCents: number
    }
  /** Stable credits came. */
  | { readonly _tag: "Grant"; readonly at: number; readonly cents: number }
  /** The subscription renewed: the amount due rose by the plan's price. */
  | { readonly _tag: "Renewal"; readonly at: number; readonly cents: number }
  | {
      /** What was due and on no invoice yet was invoiced; the amount due stayed as it was. */
      readonly _tag: "Invoice"
      readonly at: number
      readonly cents: number
      /** 1 for the account's first, then upwards. */
      readonly number: number
      /** An early one, because usage passed the collection threshold; else the billing date's. */
      readonly early: boolean
    }
  /** The invoice of this number was paid: the amount due fell by its amount. */
  | { readonly _tag: "Payment"; readonly at: number; readonly cents: number; readonly invoice: number }

/** The account at one time, in whole cents and milliseconds since the epoch. */
export interface State {
  readonly monthlyCents: number
  readonly stableCents: number
  /** Outstanding: invoices that are not paid, and what is on no invoice yet. */
  readonly dueCents: number
  /** The part of `dueCents` that is pay-as-you-go usage and on no invoice yet. */
  readonly uninvoicedCents: number
  /** The next refresh that is not applied yet: in the past while it is pending; `null` where none is to come. */
  readonly refreshAt: number | null
  /** The last change of anything here, an invoice or a call that ran; of the opening state: the refresh before it. */
  readonly updatedAt: number
}
