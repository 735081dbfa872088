/** What a refresh between two looks can have set the monthly credits to. */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Assumption from "./Assumption.js"
import * as Snapshot from "./Snapshot.js"

/** From the lowest to the highest allowance. */
export interface Range {
  readonly lowest: Usd.Usd
  readonly highest: Usd.Usd
}

/** What is known of the allowance. */
export interface Allowances {
  /** Those that the plans of both looks tell, else the one that is assumed. */
  readonly told: ReadonlyArray<Usd.Usd>
  /** Of those told that reach what is left at the later look; `None` where none does. */
  readonly range: Option.Option<Range>
  /** By how much the later plan's is higher, which a change of plan may have added; 0 without one. */
  readonly toppedUpBy: Usd.Usd
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** The highest allowance that can be taken for granted where no plan tells one; `None` where none is to be. */
export type Assumed = Option.Option<Usd.Usd>

const HIGHEST_SEEN: ReadonlyArray<Assumption.Assumption> = ["AllowanceIsHighestSeen"]

/** Where no refresh asks for them. */
export const none: Allowances = { told: [], range: Option.none(), toppedUpBy: Usd.zero, assumes: Assumption.none }

const toldBy = (snapshot: Snapshot.Snapshot): Option.Option<Usd.Usd> =>
  Option.filter(Snapshot.allowance(snapshot), (usd) => !Usd.isNegative(usd))

/** The allowances between two looks; `newOnly`: only the change of plan can have set the monthly credits, and that to the later plan's. */
export const between = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  assumed: Assumed,
  { newOnly, planChanged }: { readonly newOnly: boolean; readonly planChanged: boolean },
): Allowances => {
  const [before, after] = [toldBy(a), toldBy(b)]
  // Another plan that does not tell its allowance has an unknown one, whatever the plan before it told.
  const isUntold = planChanged && (Option.isNone(after) || (!newOnly && Option.isNone(before)))
  const byPlan = isUntold ? [] : [...(newOnly ? [] : Option.toArray(before)), ...Option.toArray(after)]
  const isAssumed = byPlan.length === 0 && Option.isSome(assumed)
  const told = isAssumed ? [assumed.value] : byPlan
  const enough = told.filter((usd) => !Usd.lessThan(usd, Snapshot.monthly(b)))
  const [first] = enough
  const more = Option.zipWith(before, after, (old, next) => Usd.max(Usd.zero, Usd.subtract(next, old)))
  return {
    told,
    range:
      first === undefined
        ? Option.none()
        : Option.some({ lowest: enough.reduce(Usd.min), highest: enough.reduce(Usd.max) }),
    toppedUpBy: Option.getOrElse(more, () => Usd.zero),
    assumes: isAssumed ? HIGHEST_SEEN : Assumption.none,
  }
}
