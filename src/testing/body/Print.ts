/** Balances as bodies of a revision. */
import * as Option from "effect/Option"
import * as AmountDue from "../../domain/balance/AmountDue.js"
import type { CustomerBalance } from "../../domain/balance/CustomerBalance.js"
import type { Revision } from "../../domain/balance/wire/Revision.js"
import { conform } from "./Conform.js"
import * as Fields from "./Fields.js"
import * as Json from "./Json.js"
import * as PrintPlan from "./PrintPlan.js"
import * as Published from "./Published.js"
import * as Spelling from "./Spelling.js"

/** How a body is printed. */
export interface Options {
  /** Money as JSON text with two decimals or more (`"41.20"`, the default) or as a JSON number (`41.2`), exact in both. */
  readonly money?: Spelling.MoneyForm | undefined
  /** How fields are written that have nothing to say; `absent` by default. */
  readonly blank?: Spelling.Blank | undefined
  /** The payment secret beside a subscription, from 2025-12-17 on. No balance has it; without it the body has none either. */
  readonly actionClientSecret?: string | undefined
}

const amounts = ({ monthly, stable }: CustomerBalance, { usd }: Spelling.Spelling): ReadonlyArray<Json.Member> =>
  stable._tag === "PrePaid"
    ? [
        ["monthly_credits_remaining", usd(monthly.value)],
        ["pre_pay_cash_remaining", usd(stable.cash)],
        ["pre_pay_credits_remaining", usd(stable.credits)],
      ]
    : [
        ["monthly_api_credits_remaining", Json.number(String(Option.getOrElse(monthly.credits, () => 0n)))],
        ["monthly_api_credits_remaining_monetary_value", usd(monthly.value)],
        ["stable_api_credits_remaining", Json.number(String(stable.credits))],
        ["stable_api_credits_remaining_monetary_value", usd(stable.value)],
      ]

/** The body of a revision as a JSON value, from a balance that conforms to it. */
export const body = (
  balance: CustomerBalance,
  revision: Revision,
  spelling: Spelling.Spelling,
  actionClientSecret?: string,
): Json.Json => {
  const { nullable } = Fields.of(spelling)
  const hasIds = !Published.isFrom(revision, "2025-10-28")
  const refreshAt = balance.refresh._tag === "RefreshAt" ? Option.some(balance.refresh.at) : Option.none()
  return Json.object(
    hasIds ? nullable("id", balance.id) : undefined,
    hasIds ? nullable("map_id", balance.mapId) : undefined,
    ["created_at", spelling.time(balance.createdAt)],
    ["updated_at", spelling.time(balance.updatedAt)],
    ...amounts(balance, spelling),
    Published.isFrom(revision, "2026-08-04")
      ? nullable("monthly_api_credits_refresh_at", Option.map(refreshAt, spelling.time))
      : undefined,
    nullable("total_due", Option.map(AmountDue.known(balance.due), spelling.usd)),
    nullable("subscription_id", balance.subscriptionId),
    nullable(
      "subscription_details",
      Option.map(balance.subscription, (plan) => PrintPlan.details(plan, revision, spelling, actionClientSecret)),
    ),
    Published.isFrom(revision, "2025-11-04")
      ? undefined
      : nullable(
          "modeling_app_enterprise_price",
          Option.map(balance.enterprisePrice, (price) => PrintPlan.price(price, revision, spelling)),
        ),
  )
}

/**
 * The body of a revision that tells a balance: JSON text on one line, with the fields that this revision had. It decodes to
 * `conform(balance, revision)`, digit for digit and without drift.
 *
 * @example
 * import { Bodies, StubZoo } from "zoo-runway/testing"
 * import { CustomerBalance } from "zoo-runway/domain"
 * import * as Either from "effect/Either"
 *
 * const { balance } = Either.getOrThrow(CustomerBalance.decodeText(StubZoo.exampleBody))
 * const body = Bodies.print(balance, "2024-02-29", { money: "number" })
 */
export const print = (
  balance: CustomerBalance,
  revision: Revision,
  { actionClientSecret, blank = "absent", money = "text" }: Options = {},
): string => Json.write(body(conform(balance, revision), revision, Spelling.plain(money, blank), actionClientSecret))
