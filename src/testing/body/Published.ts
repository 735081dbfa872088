/**
 * What each published revision lets a body say: which members its closed sets have, and how long its lists and texts may be.
 *
 * The decoder has a table of revisions of its own. This one is written a second time on purpose and shares nothing with it but the days, so
 * that the two can be tested against each other.
 */
import type { Revision } from "../../domain/balance/wire/Revision.js"

/** Whether a revision is the one of a day or a later one. */
export const isFrom = (revision: Revision, day: Revision): boolean => revision >= day

/** Most features of a plan. */
export const MOST_FEATURES = 15

/** Most characters of a feature, which has at least one. */
export const MOST_FEATURE_CHARACTERS = 80

/** Names of a plan; `undefined` where any text is one. */
export const tierNames = (revision: Revision): ReadonlyArray<string> | undefined => {
  if (isFrom(revision, "2025-10-30")) return undefined
  return isFrom(revision, "2025-07-25")
    ? ["free", "plus", "pro", "team", "enterprise"]
    : ["free", "pro", "team", "enterprise"]
}

/** Kinds of support. */
export const supportTiers = (revision: Revision): ReadonlyArray<string> =>
  isFrom(revision, "2025-05-10")
    ? ["community", "standard_email", "priority_email", "premium"]
    : ["community", "standard", "premium", "priority"]

/** Tools that a plan can include. */
export const tools = (revision: Revision): ReadonlyArray<string> =>
  isFrom(revision, "2025-11-07")
    ? ["modeling_app", "text_to_cad"]
    : ["modeling_app", "text_to_cad", "diff_chrome_extension"]

/** Endpoints that a plan can include. */
export const endpoints = (revision: Revision): ReadonlyArray<string> =>
  isFrom(revision, "2025-04-03") ? ["modeling", "ml", "file"] : []

/** Who can be given a share link. */
export const shareLinks = (revision: Revision): ReadonlyArray<string> =>
  isFrom(revision, "2024-10-11") ? ["public", "password_protected", "organization_only"] : []

/** How often a price is due. */
export const intervals = (revision: Revision): ReadonlyArray<string> =>
  isFrom(revision, "2025-12-17") ? ["day", "week", "month", "year", "unknown"] : ["day", "week", "month", "year"]

/** What is done with the customer's data. */
export const trainingData: ReadonlyArray<string> = ["always", "default_on", "default_off"]

/** Who owns billing. */
export const billingModes = (revision: Revision): ReadonlyArray<string> =>
  isFrom(revision, "2026-03-31") ? ["standard", "contract"] : ["standard"]

/** What a customer can have to do about a payment. */
export const pendingActions = (revision: Revision): ReadonlyArray<string> =>
  isFrom(revision, "2025-12-17") ? ["payment_intent", "setup_intent"] : []

/** The price that a contract owns. */
export const contractPrice = (revision: Revision): string =>
  isFrom(revision, "2026-04-02") ? "contract" : "enterprise"

/** Whether bodies tell pre-paid cash and credits instead of counts of API credits. */
export const isOlderModel = (revision: Revision): boolean => !isFrom(revision, "2025-05-04")

/** Whether every body tells the amount due, asked for or not. */
export const alwaysTellsDue = (revision: Revision): boolean => !isFrom(revision, "2025-05-07")
