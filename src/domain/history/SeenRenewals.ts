/** What earlier looks tell of an account's renewals: when the last one was, and how pay as you go is charged otherwise. */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Calendar from "../time/Calendar.js"
import * as Timestamp from "../time/Timestamp.js"
import type { Span } from "./EventSpan.js"

/** A renewal that was seen. */
interface Seen {
  readonly from: number
  readonly to: number
  readonly usd: Usd.Usd
  /** Nothing else can have raised the amount due by as much. */
  readonly isCertain: boolean
}

/** The renewals that a span can hold, as far as they bear on whether one is likely; `Renewals.within` works them out. */
interface PossibleRenewals {
  readonly mostWithin: (rise: Usd.Usd) => Usd.Usd
  readonly explain: (rise: Usd.Usd) => boolean
}

/** Renewals of one plan. */
export interface SeenRenewals {
  readonly last: Option.Option<Seen>
  /** Rises of the last weeks that may have held one, oldest first. */
  readonly candidates: ReadonlyArray<Seen>
  /** Rises of the amount due that were too small to hold a renewal: how many, counted to as many as tell something, and the greatest. */
  readonly smaller: number
  readonly greatest: Usd.Usd
}

/** Before the first look, and after a change of plan. */
export const none: SeenRenewals = { last: Option.none(), candidates: [], smaller: 0, greatest: Usd.zero }

const HOUR = 3_600_000
/** Usage of a longer time can make up a price by itself. */
const SHORT = 2 * HOUR
/** Fewer rises say little about the next one. */
const ENOUGH = 5
/** No renewal follows another one sooner: less than the shortest month, because renewals come some hours late. */
const SOONEST = 27 * 24 * HOUR
/** What is older says nothing of the next renewal. */
const RECENT = 32 * 24 * HOUR
/** Where more rises than this may have held a renewal, one of them falls on the right day by chance. */
const FEW = 3

/** Whether the last renewal, which is certain, is so near before `to` that no other one lies between. */
export const isTooSoon = (seen: SeenRenewals, to: number): boolean =>
  Option.exists(seen.last, (last) => last.isCertain && to - last.from < SOONEST)

/** Whether the last renewal, which is certain, was of so much. */
export const wasOf = (seen: SeenRenewals, usd: Usd.Usd): boolean =>
  Option.exists(seen.last, (last) => last.isCertain && Usd.Equivalence(last.usd, usd))

/** The days of the month that a renewal at some moment may belong to: on a month's last day, any later one of longer months, too. */
const daysOf = (millis: number): { readonly day: number; readonly latest: number } => {
  const at = Timestamp.fromMillis(millis)
  const day = Calendar.dayOfMonth(at)
  return { day, latest: Calendar.isLastOfMonth(at) ? 31 : day }
}

const monthsLater = (millis: number, months: number, day: number): number =>
  Calendar.addMonths(Timestamp.fromMillis(millis), months, day).epochMillis

/** The share of the last renewal's span, a whole number of months later, that lies in `(from, to]`: 0 to 1. */
const shareOnItsDay = (last: Seen, from: number, to: number): number => {
  const about = Math.round((to - last.to) / (30.4375 * 24 * HOUR))
  const shares = [about - 1, about, about + 1].map((months) => {
    if (months < 1) return 0
    const start = monthsLater(last.from, months, daysOf(last.from).day)
    const end = monthsLater(last.to, months, daysOf(last.to).latest)
    return Math.max(0, Math.min(end, to) - Math.max(start, from)) / Math.max(1, end - start)
  })
  return Math.max(...shares)
}

/** Whether a renewal is likely to lie beside a payment: most of the last one's day and time of the month does. */
export const isLikelyBesidePayment = (seen: SeenRenewals, { from, to }: Pick<Span, "from" | "to">): boolean =>
  Option.exists(seen.last, (last) => shareOnItsDay(last, from.epochMillis, to.epochMillis) > 0.5)

/** The renewal that a rise of the amount due is likely to hold beside pay as you go, and how that is known; `None` where it is only possible. */
export const likelyIn = (
  seen: SeenRenewals,
  renewals: PossibleRenewals,
  rise: Usd.Usd,
  span: Pick<Span, "from" | "to">,
): Option.Option<{ readonly usd: Usd.Usd; readonly why: string }> => {
  const [from, to] = [span.from.epochMillis, span.to.epochMillis]
  if (Option.exists(seen.last, (last) => to - last.from < SOONEST)) return Option.none()
  if (renewals.explain(rise)) return Option.some({ usd: rise, why: "the amount due rose by just the plan's price" })
  const before = Option.match(seen.last, { onNone: () => seen.candidates, onSome: (last) => [last] })
  const onItsDay = before.find((each) => !Usd.lessThan(rise, each.usd) && shareOnItsDay(each, from, to) > 0)
  if (onItsDay !== undefined && before.length <= FEW) {
    const why = "the amount due rose by an earlier renewal and more, on the day of the month of that renewal"
    return Option.some({ usd: onItsDay.usd, why })
  }
  const price = renewals.mostWithin(rise)
  const isOutstanding =
    to - from <= SHORT && seen.smaller >= ENOUGH && !Usd.lessThan(price, Usd.add(seen.greatest, seen.greatest))
  const why = "the amount due rose by the plan's price and more, and never by half as much before without it"
  return isOutstanding ? Option.some({ usd: price, why }) : Option.none()
}

/** After a rise of the amount due that was too small to hold a renewal. */
export const afterSmaller = (seen: SeenRenewals, rise: Usd.Usd): SeenRenewals =>
  seen.smaller >= ENOUGH && !Usd.lessThan(seen.greatest, rise)
    ? seen
    : { ...seen, smaller: Math.min(ENOUGH, seen.smaller + 1), greatest: Usd.max(seen.greatest, rise) }

const seenIn = (usd: Usd.Usd, { confidence, from, to }: Span): Seen => ({
  from: from.epochMillis,
  to: to.epochMillis,
  usd,
  isCertain: confidence === "Certain",
})

/** A renewal a month after another one: not before that month is over, but for some hours by which the other one was late. */
const narrowed = (seen: Seen, last: Seen): Seen => {
  const month = monthsLater(last.from, 1, daysOf(last.from).day) - 24 * HOUR
  const isNext = seen.isCertain && last.isCertain && seen.to - last.from < RECENT + last.to - last.from
  return isNext && month > seen.from && month < seen.to ? { ...seen, from: month } : seen
}

/** After a renewal, certain or likely as the span says. */
export const afterRenewal = (seen: SeenRenewals, usd: Usd.Usd, span: Span): SeenRenewals => {
  const renewal = seenIn(usd, span)
  return {
    ...seen,
    last: Option.some(Option.match(seen.last, { onNone: () => renewal, onSome: (last) => narrowed(renewal, last) })),
    candidates: [],
  }
}

/** After a rise that may have held a renewal of so much. */
export const afterCandidate = (seen: SeenRenewals, usd: Usd.Usd, span: Span): SeenRenewals => ({
  ...seen,
  candidates: [...seen.candidates.filter(({ to }) => span.to.epochMillis - to < RECENT), seenIn(usd, span)].slice(
    -FEW - 1,
  ),
})
