/** What the credits of an exported snapshot are: their number alone does not tell it. */
import * as Option from "effect/Option"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import * as Credits from "../../domain/money/Credits.js"

const hasCredits = ({ monthly, stable, subscription }: Snapshot.Snapshot["balance"]): boolean =>
  Option.isSome(monthly.credits) ||
  stable._tag === "Granted" ||
  Option.exists(subscription, ({ allowance }) => Option.isSome(allowance.credits))

/** The unit of the credits of a snapshot; `None` where it has none, in the older credit model. */
export const of = ({ balance, observedAt }: Snapshot.Snapshot): Option.Option<Credits.Unit> =>
  hasCredits(balance) ? Option.some(Credits.unitAt(observedAt)) : Option.none()
