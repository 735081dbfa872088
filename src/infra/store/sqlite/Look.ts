/**
 * A look as the store keeps it: its times, and what it says as whole numbers. Nano-dollars, milliseconds, and credits (uint64) in their
 * two's-complement view as an int64. Nothing is lost either way.
 */
import * as Option from "effect/Option"
import type * as Pool from "../../../domain/balance/Pool.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Credits from "../../../domain/money/Credits.js"
import * as Usd from "../../../domain/money/Usd.js"
import type { Sight } from "./Sights.js"

/** What equal looks in a row have in common, but for the amount due, which some of them may not tell. */
export interface Content {
  readonly termsId: number
  readonly monthlyUsd: bigint
  readonly monthlyCredits: bigint | null
  /** The granted value, or pre-paid cash. */
  readonly stableUsd: bigint
  /** With granted credits alone. */
  readonly grantedCredits: bigint | null
  /** With pre-paid cash alone. */
  readonly prepaidCreditsUsd: bigint | null
}

/** A look. */
export interface Look extends Sight {
  readonly content: Content
  /** Where it is told. */
  readonly dueUsd: bigint | null
}

const signed = (credits: Credits.Credits): bigint => BigInt.asIntN(64, credits)

/** Credits from their view. */
export const creditsOf = (view: bigint): Credits.Credits => Credits.unsafeFromBigInt(BigInt.asUintN(64, view))

const some = <A, B>(option: Option.Option<A>, map: (value: A) => B): B | null =>
  Option.isSome(option) ? map(option.value) : null

/** A snapshot's look, whose terms the store knows by an id. */
export const fromSnapshot = ({ balance, observedAt }: Snapshot.Snapshot, termsId: number): Look => {
  const { due, monthly, stable, updatedAt } = balance
  const granted: (Pool.Stable & { readonly _tag: "Granted" }) | undefined =
    stable._tag === "Granted" ? stable : undefined
  const prepaid = stable._tag === "PrePaid" ? stable : undefined
  return {
    observedAt: observedAt.epochMillis,
    updatedAt: updatedAt.epochMillis,
    isDueTold: due._tag === "Due",
    dueUsd: due._tag === "Due" ? Usd.toNanos(due.usd) : null,
    content: {
      termsId,
      monthlyUsd: Usd.toNanos(monthly.value),
      monthlyCredits: some(monthly.credits, signed),
      stableUsd:
        granted === undefined ? (prepaid === undefined ? 0n : Usd.toNanos(prepaid.cash)) : Usd.toNanos(granted.value),
      grantedCredits: granted === undefined ? null : signed(granted.credits),
      prepaidCreditsUsd: prepaid === undefined ? null : Usd.toNanos(prepaid.credits),
    },
  }
}

/** Whether two looks say the same, but for the amount due. */
export const sameContent = (a: Content, b: Content): boolean =>
  a === b ||
  (a.monthlyUsd === b.monthlyUsd &&
    a.termsId === b.termsId &&
    a.stableUsd === b.stableUsd &&
    a.monthlyCredits === b.monthlyCredits &&
    a.grantedCredits === b.grantedCredits &&
    a.prepaidCreditsUsd === b.prepaidCreditsUsd)

/** Whether two looks are the same to the last digit. */
export const same = (a: Look, b: Look): boolean =>
  a.observedAt === b.observedAt &&
  a.updatedAt === b.updatedAt &&
  a.dueUsd === b.dueUsd &&
  sameContent(a.content, b.content)
