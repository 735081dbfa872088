/** Snapshots as rows of whole numbers: nano-dollars, milliseconds, and credits in their two's-complement view. Nothing is lost either way. */
import * as Option from "effect/Option"
import * as AmountDue from "../../../domain/balance/AmountDue.js"
import type * as Pool from "../../../domain/balance/Pool.js"
import * as RefreshSchedule from "../../../domain/balance/RefreshSchedule.js"
import type * as Account from "../../../domain/history/Account.js"
import * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Credits from "../../../domain/money/Credits.js"
import * as Usd from "../../../domain/money/Usd.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import { StoreCorrupt } from "../StoreError.js"
import type * as PlanText from "./PlanText.js"

/** What a snapshot's row holds besides its key: the amounts and the times. */
export interface Amounts {
  readonly created_at: bigint
  readonly monthly_usd: bigint
  readonly monthly_credits: bigint | null
  readonly granted_usd: bigint | null
  readonly granted_credits: bigint | null
  readonly prepaid_cash_usd: bigint | null
  readonly prepaid_credits_usd: bigint | null
  readonly due_usd: bigint | null
  readonly refresh_at: bigint | null
}

/** A row of the table `snapshot`. */
export interface Row extends Amounts {
  readonly account_id: bigint
  readonly observed_at: bigint
  readonly updated_at: bigint
  readonly variant: bigint
  readonly plan_id: bigint
}

/** The columns of the key, then those that tell one body from another at the same times. */
export const COLUMNS = [
  "account_id",
  "observed_at",
  "updated_at",
  "variant",
  "created_at",
  "plan_id",
  "monthly_usd",
  "monthly_credits",
  "granted_usd",
  "granted_credits",
  "prepaid_cash_usd",
  "prepaid_credits_usd",
  "due_usd",
  "refresh_at",
] as const satisfies ReadonlyArray<keyof Row>

const millis = (time: Timestamp.Timestamp): bigint => BigInt(time.epochMillis)
const signed = (credits: Credits.Credits): bigint => BigInt.asIntN(64, credits)

/** A snapshot's columns, but for the ids that the store gives. */
export const fromSnapshot = ({
  observedAt,
  balance,
}: Snapshot.Snapshot): Omit<Row, "account_id" | "variant" | "plan_id"> => {
  const { monthly, stable, due, refresh } = balance
  const [granted, prepaid] = stable._tag === "Granted" ? [stable, undefined] : [undefined, stable]
  return {
    observed_at: millis(observedAt),
    updated_at: millis(balance.updatedAt),
    created_at: millis(balance.createdAt),
    monthly_usd: Usd.toNanos(monthly.value),
    monthly_credits: Option.getOrNull(Option.map(monthly.credits, signed)),
    granted_usd: granted === undefined ? null : Usd.toNanos(granted.value),
    granted_credits: granted === undefined ? null : signed(granted.credits),
    prepaid_cash_usd: prepaid === undefined ? null : Usd.toNanos(prepaid.cash),
    prepaid_credits_usd: prepaid === undefined ? null : Usd.toNanos(prepaid.credits),
    due_usd: due._tag === "Due" ? Usd.toNanos(due.usd) : null,
    refresh_at: refresh._tag === "RefreshAt" ? millis(refresh.at) : null,
  }
}

/** The furthest that a `DateTime` goes, either way. */
const LAST_MILLI = 8_640_000_000_000_000n

/** The time of whole milliseconds; `None` past what a `DateTime` can say. */
export const timeOf = (at: bigint): Option.Option<Timestamp.Timestamp> =>
  at > LAST_MILLI || at < -LAST_MILLI ? Option.none() : Option.some(Timestamp.fromMillis(Number(at)))

/**
 * A snapshot from its row, its account and its plan.
 *
 * @throws StoreCorrupt when a column holds what no snapshot has.
 */
export const toSnapshot = (
  path: string,
  row: Row,
  account: Account.Account,
  { subscription, subscriptionId, enterprisePrice, id, mapId }: PlanText.Plan,
): Snapshot.Snapshot => {
  const corrupt = (column: string): StoreCorrupt => {
    const key = `${row.account_id}/${row.observed_at}/${row.updated_at}/${row.variant} ${column}`
    return new StoreCorrupt({ path, table: "snapshot", key })
  }
  const usd = (column: keyof Row, nanos: bigint): Usd.Usd =>
    Option.getOrThrowWith(Usd.fromNanos(nanos), () => corrupt(column))
  const credits = (view: bigint): Credits.Credits => Credits.unsafeFromBigInt(BigInt.asUintN(64, view))
  const time = (column: keyof Row, at: bigint): Timestamp.Timestamp =>
    Option.getOrThrowWith(timeOf(at), () => corrupt(column))
  const stable = (): Pool.Stable => {
    if (row.granted_usd !== null && row.granted_credits !== null) {
      return { _tag: "Granted", value: usd("granted_usd", row.granted_usd), credits: credits(row.granted_credits) }
    }
    if (row.prepaid_cash_usd === null || row.prepaid_credits_usd === null) throw corrupt("granted_usd")
    return {
      _tag: "PrePaid",
      cash: usd("prepaid_cash_usd", row.prepaid_cash_usd),
      credits: usd("prepaid_credits_usd", row.prepaid_credits_usd),
    }
  }
  return Snapshot.make(account, time("observed_at", row.observed_at), {
    monthly: {
      value: usd("monthly_usd", row.monthly_usd),
      credits: Option.map(Option.fromNullable(row.monthly_credits), credits),
    },
    stable: stable(),
    due: row.due_usd === null ? AmountDue.notRequested : AmountDue.due(usd("due_usd", row.due_usd)),
    refresh:
      row.refresh_at === null
        ? RefreshSchedule.unscheduled
        : RefreshSchedule.refreshAt(time("refresh_at", row.refresh_at)),
    subscriptionId,
    subscription,
    enterprisePrice,
    id,
    mapId,
    createdAt: time("created_at", row.created_at),
    updatedAt: time("updated_at", row.updated_at),
  })
}
