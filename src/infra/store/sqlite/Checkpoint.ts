/**
 * What the ledger keeps in mind before a day's first look, as text: so that any day can be explained without what came before it.
 *
 * The look before is kept as the row of numbers that it is; the plans since the last known amount due only where they are others than that
 * look's own. The text begins with 16 hexadecimal digits of its own SHA-256, which tell whether it is what was put in.
 */
import { createHash } from "node:crypto"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Subscription from "../../../domain/balance/Subscription.js"
import * as Assumption from "../../../domain/history/Assumption.js"
import * as Ledger from "../../../domain/history/Ledger.js"
import type * as Renewals from "../../../domain/history/Renewals.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Usd from "../../../domain/money/Usd.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import type { Look } from "./Look.js"

const Nanos = Schema.BigInt
const Millis = Schema.Int

const LookText = Schema.Struct({
  observedAt: Millis,
  updatedAt: Millis,
  termsId: Schema.Int,
  monthlyUsd: Nanos,
  monthlyCredits: Schema.NullOr(Nanos),
  stableUsd: Nanos,
  grantedCredits: Schema.NullOr(Nanos),
  prepaidCreditsUsd: Schema.NullOr(Nanos),
  dueUsd: Schema.NullOr(Nanos),
})

const Seen = Schema.Struct({ from: Millis, to: Millis, usd: Usd.FromText, isCertain: Schema.Boolean })

const State = Schema.Struct({
  look: LookText,
  due: Schema.Struct({
    since: Millis,
    usd: Schema.OptionFromNullOr(Usd.FromText),
    plans: Schema.OptionFromNullOr(Schema.Array(Schema.OptionFromNullOr(Subscription.Subscription))),
    assumes: Schema.Array(Assumption.Assumption),
  }),
  payAsYouGoPossible: Schema.Boolean,
  renewals: Schema.Struct({
    last: Schema.OptionFromNullOr(Seen),
    candidates: Schema.Array(Seen),
    smaller: Schema.Int,
    greatest: Usd.FromText,
  }),
  lastFirst: Schema.OptionFromNullOr(Schema.Struct({ first: Millis, isApplied: Schema.Boolean })),
})

const Text = Schema.parseJson(State)
const encodeText = Schema.encodeEither(Text)
const decodeText = Schema.decodeEither(Text)

const sameSubscription = Option.getEquivalence(Subscription.equivalence)

const samePlan = (a: Renewals.Plans[number] | undefined, b: Renewals.Plans[number]): boolean =>
  a !== undefined && sameSubscription(a, b)

/** Before an account's first look. */
export const START = ""

const DIGITS = 16
const sealOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, DIGITS)

/** The text within a sealed one; `undefined` where it is not what was put in. */
const opened = (sealed: string): string | undefined => {
  const text = sealed.slice(DIGITS)
  return sealOf(text) === sealed.slice(0, DIGITS) ? text : undefined
}

/** A state's text; `undefined` where it holds what no text does: amounts past the range. */
export const encode = (state: Ledger.State, previous: Look | undefined): string | undefined => {
  if (previous === undefined || Option.isNone(state.previous)) return START
  const own = state.previous.value.balance.subscription
  const isOwn = state.due.plans.length === 1 && samePlan(state.due.plans[0], own)
  const { content, dueUsd, observedAt, updatedAt } = previous
  const text = encodeText({
    look: { observedAt, updatedAt, dueUsd, ...content },
    due: {
      since: state.due.since.epochMillis,
      usd: state.due.usd,
      plans: isOwn ? Option.none() : Option.some(state.due.plans),
      assumes: state.due.assumes,
    },
    payAsYouGoPossible: state.payAsYouGoPossible,
    renewals: state.renewals,
    lastFirst: state.lastFirst,
  })
  return Either.isRight(text) ? `${sealOf(text.right)}${text.right}` : undefined
}

/** A state from its text, with the look before it; `undefined` where the text is none. */
export const decode = (
  text: string,
  toSnapshot: (look: Look) => Snapshot.Snapshot,
): { readonly state: Ledger.State; readonly previous: Look | undefined } | undefined => {
  if (text === START) return { state: Ledger.start, previous: undefined }
  const inner = opened(text)
  if (inner === undefined) return undefined
  const decoded = decodeText(inner)
  if (Either.isLeft(decoded)) return undefined
  const { due, lastFirst, look: kept, payAsYouGoPossible, renewals } = decoded.right
  const { observedAt, updatedAt, dueUsd, ...content } = kept
  const previous: Look = { observedAt, updatedAt, isDueTold: dueUsd !== null, dueUsd, content }
  const snapshot = toSnapshot(previous)
  const state: Ledger.State = {
    previous: Option.some(snapshot),
    due: {
      since: Timestamp.fromMillis(due.since),
      usd: due.usd,
      plans: Option.getOrElse(due.plans, () => [snapshot.balance.subscription]),
      assumes: due.assumes,
    },
    payAsYouGoPossible,
    highestSeen: Option.none(),
    renewals,
    lastFirst,
  }
  return { state, previous }
}
