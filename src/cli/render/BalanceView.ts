/** A balance as a table. */
import * as Option from "effect/Option"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import type * as Price from "../../domain/balance/Price.js"
import * as RefreshSchedule from "../../domain/balance/RefreshSchedule.js"
import type * as Subscription from "../../domain/balance/Subscription.js"
import * as Credits from "../../domain/money/Credits.js"
import * as Usd from "../../domain/money/Usd.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as Table from "./Table.js"

const credits = (count: Option.Option<Credits.Credits>): string =>
  Option.match(count, { onNone: () => "", onSome: (known) => `${Credits.format(known)} credits` })

const price = (of: Price.Price): string => {
  switch (of._tag) {
    case "Flat":
    case "PerUser": {
      const interval = of.interval._tag === "Unknown" ? Format.text(of.interval.raw) : of.interval._tag.toLowerCase()
      return `${Usd.format(of.price)} USD ${of._tag === "PerUser" ? "per user and" : "a"} ${interval}`
    }
    case "Contract":
      return "by contract"
    case "Unknown":
      return Format.text(of.raw)
  }
}

/** The plan's name for people. */
export const planName = (of: Subscription.Subscription): string =>
  Format.text(Option.getOrElse(of.displayName, () => of.name))

const plan = (of: Subscription.Subscription): string => [planName(of), price(of.price)].join(", ")

const refresh = (balance: CustomerBalance.CustomerBalance, now: Timestamp.Timestamp, times: Format.Times): string => {
  if (balance.refresh._tag === "Unscheduled") return "not announced"
  const { at } = balance.refresh
  const away = at.epochMillis - now.epochMillis
  if (RefreshSchedule.isLongPast(balance.refresh, now)) return `${times.moment(at)}, over 400 days in the past`
  return RefreshSchedule.isPending(balance.refresh, now)
    ? `pending since ${times.moment(at)}, for ${Format.span(-away)}`
    : `${times.moment(at)}, in ${Format.span(away)}`
}

const allowance = (balance: CustomerBalance.CustomerBalance): string =>
  Option.match(
    Option.flatMap(balance.subscription, (of) => of.allowance.value),
    {
      onNone: () => "",
      onSome: (usd) => `of ${Format.money(usd)}`,
    },
  )

/** Lines of a table: what is left of each pool, the amount due, the next refresh and the plan. Amounts are exact. */
export const lines = (
  balance: CustomerBalance.CustomerBalance,
  now: Timestamp.Timestamp,
  times: Format.Times,
  colors: Colors,
): ReadonlyArray<string> => {
  const stable = CustomerBalance.stableValue(balance)
  const total = Usd.add(balance.monthly.value, stable)
  const stableDetail =
    balance.stable._tag === "Granted"
      ? credits(Option.some(balance.stable.credits))
      : `${Usd.format(balance.stable.cash)} cash, ${Usd.format(balance.stable.credits)} credits`
  const due = balance.due._tag === "Due" ? [Usd.format(balance.due.usd), "USD"] : ["not asked", ""]
  const amounts = Table.align(
    [
      [colors.bold("Credits left"), colors.bold(Usd.format(total)), "USD", ""],
      [
        "  monthly",
        Usd.format(balance.monthly.value),
        "USD",
        [allowance(balance), credits(balance.monthly.credits)].filter(Boolean).join(", "),
      ],
      ["  stable", Usd.format(stable), "USD", stableDetail],
      ["Amount due", ...due],
    ],
    [1],
  )
  const facts = Table.align([
    ["Next refresh", refresh(balance, now, times)],
    ["Plan", Option.match(balance.subscription, { onNone: () => "not told", onSome: plan })],
  ])
  return [...amounts, ...facts]
}
