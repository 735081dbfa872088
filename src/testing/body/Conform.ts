/** What is left of a balance when a body of some revision tells it. */
import * as Option from "effect/Option"
import * as AmountDue from "../../domain/balance/AmountDue.js"
import type { CustomerBalance } from "../../domain/balance/CustomerBalance.js"
import type * as Pool from "../../domain/balance/Pool.js"
import * as RefreshSchedule from "../../domain/balance/RefreshSchedule.js"
import type { Revision } from "../../domain/balance/wire/Revision.js"
import * as Usd from "../../domain/money/Usd.js"
import * as ConformPlan from "./ConformPlan.js"
import * as Conversion from "./Conversion.js"
import * as Published from "./Published.js"

/** The ids of a balance that has none of its own. */
const ID = "00000000-0000-4000-8000-000000000001"
const MAP_ID = "00000000-0000-4000-8000-000000000002"

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const id = (id: Option.Option<string>, revision: Revision, fallback: string): Option.Option<string> =>
  Published.isFrom(revision, "2025-10-28")
    ? Option.none()
    : Option.some(
        Option.getOrElse(
          Option.filter(id, (text) => UUID.test(text)),
          () => fallback,
        ),
      )

const monthly = ({ credits, value }: Pool.Monthly, revision: Revision): Pool.Monthly => ({
  value,
  credits: Published.isOlderModel(revision)
    ? Option.none()
    : Option.some(Conversion.creditsOf({ value: Option.some(value), credits })),
})

const stable = (stable: Pool.Stable, revision: Revision): Pool.Stable => {
  if (Published.isOlderModel(revision))
    return stable._tag === "PrePaid" ? stable : { _tag: "PrePaid", cash: Usd.zero, credits: stable.value }
  if (stable._tag === "Granted") return stable
  const value = Conversion.withinRange(Usd.add(stable.cash, stable.credits))
  const credits = Conversion.creditsOf({ value: Option.some(value), credits: Option.none() })
  return { _tag: "Granted", value, credits }
}

/**
 * What is left of a balance when a body of a revision tells it: the balance that such a body decodes to, without drift.
 *
 * What the revision has no words for is gone. What it required and the balance does not tell is made up: an amount due of 0, fixed ids, and
 * credits and values from each other at the published price of a credit. Members of closed sets that the revision does not have become one
 * that it has, or leave their list. To conform twice changes nothing more. Lengths are cut to those of the contract only: what the gate is too
 * narrow for (texts past 10,000 characters, lists past 1000 elements) stays so.
 *
 * @example
 * import { Bodies, StubZoo } from "zoo-runway/testing"
 * import { CustomerBalance } from "zoo-runway/domain"
 * import * as Either from "effect/Either"
 *
 * const { balance } = Either.getOrThrow(CustomerBalance.decodeText(StubZoo.exampleBody))
 * Bodies.conform(balance, "2024-02-29").stable // { _tag: "PrePaid", cash: 0.00 USD, credits: 63.35 USD }
 */
export const conform = (balance: CustomerBalance, revision: Revision): CustomerBalance => ({
  monthly: monthly(balance.monthly, revision),
  stable: stable(balance.stable, revision),
  due:
    balance.due._tag === "NotRequested" && Published.alwaysTellsDue(revision) ? AmountDue.due(Usd.zero) : balance.due,
  refresh: Published.isFrom(revision, "2026-08-04") ? balance.refresh : RefreshSchedule.unscheduled,
  subscriptionId: balance.subscriptionId,
  subscription: Option.map(balance.subscription, (plan) => ConformPlan.plan(plan, revision)),
  enterprisePrice: Published.isFrom(revision, "2025-11-04")
    ? Option.none()
    : Option.map(balance.enterprisePrice, (price) => ConformPlan.price(price, revision)),
  id: id(balance.id, revision, ID),
  mapId: id(balance.mapId, revision, MAP_ID),
  createdAt: balance.createdAt,
  updatedAt: balance.updatedAt,
})
