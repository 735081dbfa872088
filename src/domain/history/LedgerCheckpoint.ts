/**
 * The state of the ledger at the end of a UTC day, as text, so that any later time can be explained without the snapshots before it.
 *
 * The last snapshot is named by its times and not repeated: it is stored, and pruning leaves the last one of each UTC day. The plans since the
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

// Rises of the amount due may lie outside the range of an amount.
const Nanos = Schema.transform(Schema.BigInt, Schema.BigDecimalFromSelf, {
  strict: true,
  decode: (nanos) => Usd.sumFromNanos(nanos),
  encode: (usd) => usd.value,
})
const Millis = Schema.Int

const Seen = Schema.Struct({ from: Millis, to: Millis, usd: Nanos, isCertain: Schema.Boolean })

const Written = Schema.Struct({
  previous: Schema.Struct({ observedAt: Millis, updatedAt: Millis }),
  due: Schema.Struct({
    since: Millis,
    usd: Schema.OptionFromNullOr(Nanos),
    plans: Schema.OptionFromNullOr(Schema.Array(Schema.OptionFromNullOr(Subscription.Subscription))),
    assumes: Schema.Array(Assumption.Assumption),
  }),
  payAsYouGoPossible: Schema.Boolean,
  renewals: Schema.Struct({
    last: Schema.OptionFromNullOr(Seen),
    candidates: Schema.Array(Seen),
    smaller: Schema.Int,
    greatest: Nanos,
  }),
  lastFirst: Schema.OptionFromNullOr(Schema.Struct({ first: Millis, isApplied: Schema.Boolean })),
})

const Text = Schema.parseJson(Written)
const encodeText = Schema.encodeEither(Text)
const decodeText = Schema.decodeEither(Text)

const sameSubscription = Option.getEquivalence(Subscription.equivalence)

const isOwnPlan = (plans: Renewals.Plans, { balance }: Snapshot.Snapshot): boolean =>
  plans.length === 1 && plans[0] !== undefined && sameSubscription(plans[0], balance.subscription)

/** A state to its text; `None` before the first snapshot and for a state that no text holds. */
export const encode = (state: Ledger.State): Option.Option<string> =>
  Option.flatMap(state.previous, (previous) => {
    const { due, lastFirst, payAsYouGoPossible, renewals } = state
    const { assumes, plans, since, usd } = due
    return Either.getRight(
      encodeText({
        previous: { observedAt: previous.observedAt.epochMillis, updatedAt: previous.balance.updatedAt.epochMillis },
        due: {
          since: since.epochMillis,
          usd,
          plans: isOwnPlan(plans, previous) ? Option.none() : Option.some(plans),
          assumes,
        },
        payAsYouGoPossible,
        renewals,
        lastFirst,
      }),
    )
  })

/** A checkpoint that was read: the last snapshot is to be looked up. */
export interface Checkpoint {
  /** When the last snapshot was observed. */
  readonly observedAt: Timestamp.Timestamp
  /** The state with that snapshot; `None` for a different snapshot. */
  readonly state: (previous: Snapshot.Snapshot) => Option.Option<Ledger.State>
}

const asUsd = (value: { readonly value: bigint }): Usd.Usd => Usd.sumFromNanos(value.value)

/** A checkpoint from its text. */
export const decode = (text: string): Either.Either<Checkpoint, ParseResult.ParseError> =>
  Either.map(decodeText(text), ({ due, lastFirst, payAsYouGoPossible, previous: named, renewals }) => ({
    observedAt: Timestamp.fromMillis(named.observedAt),
    state: (previous) => {
      const isNamed =
        previous.observedAt.epochMillis === named.observedAt &&
        previous.balance.updatedAt.epochMillis === named.updatedAt
      if (!isNamed) return Option.none()
      const seen = ({ from, isCertain, to, usd }: typeof Seen.Type) => ({ from, to, isCertain, usd: asUsd(usd) })
      return Option.some({
        previous: Option.some(previous),
        due: {
          since: Timestamp.fromMillis(due.since),
          usd: Option.map(due.usd, asUsd),
          plans: Option.getOrElse(due.plans, () => [previous.balance.subscription]),
          assumes: due.assumes,
        },
        payAsYouGoPossible,
        highestSeen: Option.none(),
        renewals: {
          last: Option.map(renewals.last, seen),
          candidates: renewals.candidates.map(seen),
          smaller: renewals.smaller,
          greatest: asUsd(renewals.greatest),
        },
        lastFirst,
      })
    },
  }))
