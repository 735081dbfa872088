/**
 * The state of the ledger at the end of a UTC day, as text, so that any later time can be explained without the snapshots before it.
 *
 * The last snapshot is named by its times and not repeated: it is stored, and pruning leaves the last one that counts of each UTC day. The plans since the
 * last known amount due are written only where they differ from that snapshot's own.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Subscription from "../balance/Subscription.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Assumption from "./Assumption.js"
import type * as Ledger from "./Ledger.js"
import type * as Renewals from "./Renewals.js"
import type * as Snapshot from "./Snapshot.js"
import type * as SnapshotOrder from "./SnapshotOrder.js"

// Rises of the amount due may lie outside the range of an amount.
const Nanos = Schema.transform(Schema.BigInt, Schema.BigDecimalFromSelf, {
  strict: true,
  decode: (nanos) => Usd.sumFromNanos(nanos),
  encode: (usd) => usd.value,
})
const Millis = Schema.Int

const Seen = Schema.Struct({ from: Millis, to: Millis, usd: Nanos, isCertain: Schema.Boolean })

const Times = Schema.Struct({ observedAt: Millis, updatedAt: Millis })

const Falls = Schema.Struct({ since: Millis, count: Schema.Int, usd: Nanos, certain: Nanos })

const reversal = { since: Millis, moved: Nanos, certain: Nanos, backAt: Millis, back: Nanos }
const Reversals = Schema.Struct({
  stable: Schema.Struct(reversal),
  due: Schema.Struct({ ...reversal, kind: Schema.Literal("Usage", "Unknown") }),
})

const Written = Schema.Struct({
  previous: Schema.OptionFromNullOr(Times),
  recent: Schema.Array(Times),
  due: Schema.Struct({
    since: Millis,
    usd: Schema.OptionFromNullOr(Nanos),
    plans: Schema.OptionFromNullOr(Schema.Array(Schema.OptionFromNullOr(Subscription.Subscription))),
    assumes: Schema.Array(Assumption.Assumption),
  }),
  empty: Schema.OptionFromNullOr(Schema.Struct({ from: Millis, to: Millis })),
  renewals: Schema.Struct({
    last: Schema.OptionFromNullOr(Seen),
    candidates: Schema.Array(Seen),
    smaller: Schema.Int,
    greatest: Nanos,
  }),
  lastDue: Schema.OptionFromNullOr(Schema.Struct({ at: Millis, isApplied: Schema.Boolean })),
  undoing: Schema.Struct({ last: Falls, before: Falls, repeatable: Nanos }),
  reversals: Reversals,
})

const Text = Schema.parseJson(Written)

const sameSubscription = Option.getEquivalence(Subscription.equivalence)

const isOwnPlan = (plans: Renewals.Plans, { balance }: Snapshot.Snapshot): boolean =>
  plans.length === 1 && plans[0] !== undefined && sameSubscription(plans[0], balance.subscription)

const timesOf = ({ balance, observedAt }: Snapshot.Snapshot) => ({
  observedAt: observedAt.epochMillis,
  updatedAt: balance.updatedAt.epochMillis,
})

/** A state to its text. */
export const encode = (state: Ledger.State): string => {
  const { due, empty, lastDue, previous, recent, renewals, reversals, undoing } = state
  const { assumes, plans, since, usd } = due
  return Schema.encodeSync(Text)({
    previous: Option.map(previous, timesOf),
    recent,
    due: {
      since: since.epochMillis,
      usd,
      plans: Option.exists(previous, (snapshot) => isOwnPlan(plans, snapshot)) ? Option.none() : Option.some(plans),
      assumes,
    },
    empty: Option.map(empty, ({ from, to }) => ({ from: from.epochMillis, to: to.epochMillis })),
    renewals,
    lastDue,
    undoing,
    reversals,
  })
}

/** A checkpoint that was read: the last snapshot that counts is to be looked up. */
export interface Checkpoint {
  /** The times of that snapshot; `None` where no snapshot counted yet. */
  readonly previous: Option.Option<SnapshotOrder.Times>
  /** The state with that snapshot; `None` for a different snapshot. */
  readonly state: (previous: Option.Option<Snapshot.Snapshot>) => Option.Option<Ledger.State>
}

const asUsd = (value: { readonly value: bigint }): Usd.Usd => Usd.sumFromNanos(value.value)

const seenOf = ({ from, isCertain, to, usd }: typeof Seen.Type) => ({ from, to, isCertain, usd: asUsd(usd) })

const reversalOf = ({ back, backAt, certain, moved, since }: Omit<typeof Reversals.Type.due, "kind">) => ({
  since,
  moved: asUsd(moved),
  certain: asUsd(certain),
  backAt,
  back: asUsd(back),
})

const fallsOf = ({ certain, count, since, usd }: typeof Falls.Type) => ({
  since,
  count,
  usd: asUsd(usd),
  certain: asUsd(certain),
})

const sameTimes = Option.getEquivalence<SnapshotOrder.Times>(
  (a, b) => a.observedAt === b.observedAt && a.updatedAt === b.updatedAt,
)

/** A checkpoint from its text. */
export const decode = (text: string): Either.Either<Checkpoint, ParseResult.ParseError> =>
  Either.map(
    Schema.decodeEither(Text)(text),
    ({ due, empty, lastDue, previous: named, recent, renewals, reversals, undoing }) => ({
      previous: named,
      state: (previous) =>
        sameTimes(Option.map(previous, timesOf), named)
          ? Option.some({
              previous,
              recent,
              due: {
                since: Timestamp.fromMillis(due.since),
                usd: Option.map(due.usd, asUsd),
                plans: Option.getOrElse(due.plans, () =>
                  Option.toArray(Option.map(previous, ({ balance }) => balance.subscription)),
                ),
                assumes: due.assumes,
              },
              empty: Option.map(empty, ({ from, to }) => ({
                from: Timestamp.fromMillis(from),
                to: Timestamp.fromMillis(to),
              })),
              highestSeen: Option.none(),
              renewals: {
                last: Option.map(renewals.last, seenOf),
                candidates: renewals.candidates.map(seenOf),
                smaller: renewals.smaller,
                greatest: asUsd(renewals.greatest),
              },
              lastDue,
              undoing: {
                last: fallsOf(undoing.last),
                before: fallsOf(undoing.before),
                repeatable: asUsd(undoing.repeatable),
              },
              reversals: {
                stable: reversalOf(reversals.stable),
                due: { ...reversalOf(reversals.due), kind: reversals.due.kind },
              },
            })
          : Option.none(),
    }),
  )
