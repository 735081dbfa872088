/**
 * Rows of the table `snapshot`: {@link COLUMNS} lists the columns, and with them inserting, selecting, encoding, decoding and the checksum.
 */
import * as Option from "effect/Option"
import * as AmountDue from "../../../domain/balance/AmountDue.js"
import type * as CustomerBalance from "../../../domain/balance/CustomerBalance.js"
import type * as Pool from "../../../domain/balance/Pool.js"
import * as RefreshSchedule from "../../../domain/balance/RefreshSchedule.js"
import type * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Credits from "../../../domain/money/Credits.js"
import * as Usd from "../../../domain/money/Usd.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import { StoreCorrupt } from "../StoreError.js"
import * as Checksum from "./Checksum.js"
import type { Plan } from "./PlanTable.js"

/**
 * The columns in the order of {@link Row}. A `"number"` is bound as one and stays below 2^53 (ids, days, milliseconds); a `"bigint"` is an int64.
 */
export const COLUMNS = [
  { name: "account_id", type: "number", isNullable: false },
  { name: "observed_at", type: "number", isNullable: false },
  { name: "updated_at", type: "number", isNullable: false },
  { name: "nth", type: "number", isNullable: false },
  { name: "plan_id", type: "number", isNullable: false },
  { name: "created_at", type: "number", isNullable: false },
  { name: "refresh_at", type: "number", isNullable: true },
  { name: "monthly_usd", type: "bigint", isNullable: false },
  { name: "monthly_credits", type: "bigint", isNullable: true },
  { name: "stable_usd", type: "bigint", isNullable: false },
  { name: "granted_credits", type: "bigint", isNullable: true },
  { name: "prepaid_credits_usd", type: "bigint", isNullable: true },
  { name: "due_usd", type: "bigint", isNullable: true },
  { name: "checksum", type: "number", isNullable: false },
] as const

/** Places of the columns in a row. */
export const ACCOUNT_ID = 0
export const OBSERVED_AT = 1
export const UPDATED_AT = 2
export const NTH = 3
export const PLAN_ID = 4
export const CREATED_AT = 5
export const REFRESH_AT = 6
export const MONTHLY_USD = 7
export const MONTHLY_CREDITS = 8
export const STABLE_USD = 9
export const GRANTED_CREDITS = 10
export const PREPAID_CREDITS_USD = 11
export const DUE_USD = 12
export const CHECKSUM = 13

/** A row as it is bound. */
export type Row = [
  accountId: number,
  observedAt: number,
  updatedAt: number,
  nth: number,
  planId: number,
  createdAt: number,
  refreshAt: number | null,
  monthlyUsd: bigint,
  monthlyCredits: bigint | null,
  stableUsd: bigint,
  grantedCredits: bigint | null,
  prepaidCreditsUsd: bigint | null,
  dueUsd: bigint | null,
  checksum: number,
]

/**
 * A row as it is read: `raw` and with safe integers. A sound file holds bigints and NULL; {@link isSound} tells, and only a sound row is used.
 */
export type RawRow = ReadonlyArray<bigint | null>

/** A row as it is bound, or one as it is read. Two of a kind can be compared. */
type AnyRow = ReadonlyArray<number | bigint | null>

/** The columns for a SELECT, each with `prefix` before it. */
export const columns = (prefix = ""): string => COLUMNS.map(({ name }) => `${prefix}${name}`).join(", ")

/** SQL that inserts a {@link Row}. */
export const INSERT = `INSERT INTO snapshot (${columns()}) VALUES (${COLUMNS.map(() => "?").join(", ")})`

const MIN_TIME = Timestamp.unsafeFromText("0100-01-01T00:00:00Z").epochMillis
const MAX_TIME = Timestamp.unsafeFromText("9999-12-31T23:59:59.999Z").epochMillis

/** Whether a value that was read is a time of a snapshot. */
export const isTime = (value: unknown): value is number =>
  typeof value === "number" && value >= MIN_TIME && value <= MAX_TIME

const signed = (credits: Credits.Credits): bigint => BigInt.asIntN(64, credits)
const creditsOf = (value: bigint): Credits.Credits => Credits.unsafeFromBigInt(BigInt.asUintN(64, value))

/** Encodes a snapshot. `nth` and the checksum are set by {@link seal}. */
export const encode = (accountId: number, planId: number, { balance, observedAt }: Snapshot.Snapshot): Row => {
  const { due, monthly, refresh, stable } = balance
  const isGranted = stable._tag === "Granted"
  return [
    accountId,
    observedAt.epochMillis,
    balance.updatedAt.epochMillis,
    0,
    planId,
    balance.createdAt.epochMillis,
    refresh._tag === "RefreshAt" ? refresh.at.epochMillis : null,
    monthly.value.value,
    monthly.credits._tag === "Some" ? signed(monthly.credits.value) : null,
    isGranted ? stable.value.value : stable.cash.value,
    isGranted ? signed(stable.credits) : null,
    isGranted ? null : stable.credits.value,
    due._tag === "Due" ? due.usd.value : null,
    0,
  ]
}

/** Columns before the checksum, and a word of which are NULL. */
const COUNT = CHECKSUM
const words = new Int32Array(2 * COUNT + 2)
const int64s = new BigInt64Array(words.buffer, 0, COUNT)
const NULLS = 2 * COUNT
const [LOW, HIGH] = new Uint8Array(new Int32Array([1]).buffer)[0] === 1 ? [0, 1] : [1, 0]
const TWO_32 = 4_294_967_296
/** The checksum of a row that was read, as two words. */
const stored32 = new Int32Array(2)
const stored64 = new BigInt64Array(stored32.buffer)

/** The int64 of a whole number, without making a bigint. */
const setNumber = (index: number, value: number): void => {
  words[2 * index + LOW] = value | 0
  words[2 * index + HIGH] = Math.floor(value / TWO_32)
}

/** Sets a row's place among those of its two times, and its checksum. */
export const seal = (row: Row, nth: number): Row => {
  row[NTH] = nth
  let nulls = 0
  for (let index = 0; index <= REFRESH_AT; index++) {
    const value = row[index] as number | null
    if (value === null) nulls |= 1 << index
    setNumber(index, value ?? 0)
  }
  for (let index = MONTHLY_USD; index < COUNT; index++) {
    const value = row[index] as bigint | null
    if (value === null) {
      nulls |= 1 << index
      int64s[index] = 0n
    } else int64s[index] = value
  }
  words[NULLS] = nulls
  row[CHECKSUM] = Checksum.ofWords(words)
  return row
}

/** Whether a row that was read is what was written: the types of its values, and its checksum. */
export const isSound = (row: RawRow): boolean => {
  let nulls = 0
  for (let index = 0; index < COUNT; index++) {
    const value: unknown = row[index]
    if (typeof value === "bigint") int64s[index] = value
    else if (value === null) {
      nulls |= 1 << index
      int64s[index] = 0n
    } else return false
  }
  words[NULLS] = nulls
  const checksum: unknown = row[CHECKSUM]
  if (typeof checksum !== "bigint") return false
  const wanted = Checksum.ofWords(words)
  stored64[0] = checksum
  return stored32[LOW] === wanted && stored32[HIGH] === wanted >> 31
}

/** A row as it is bound, from a sound one that was read. */
export const fromRaw = (row: RawRow): Row =>
  row.map((value, index) => (COLUMNS[index]?.type === "number" && value !== null ? Number(value) : value)) as Row

/** Whether two rows are of the same snapshot, to the last digit. */
export const isSame = (a: Row, b: Row): boolean =>
  a[OBSERVED_AT] === b[OBSERVED_AT] &&
  a[UPDATED_AT] === b[UPDATED_AT] &&
  a[DUE_USD] === b[DUE_USD] &&
  hasSameContent(a, b)

/**
 * Whether two rows have the same content: the same plan, times of creation and refresh, and amounts, where an amount due that was not requested
 * equals any.
 */
export const agrees = (a: AnyRow, b: AnyRow): boolean =>
  (a[DUE_USD] === b[DUE_USD] || a[DUE_USD] === null || b[DUE_USD] === null) && hasSameContent(a, b)

const hasSameContent = (a: AnyRow, b: AnyRow): boolean =>
  a[MONTHLY_USD] === b[MONTHLY_USD] &&
  a[STABLE_USD] === b[STABLE_USD] &&
  a[PLAN_ID] === b[PLAN_ID] &&
  a[CREATED_AT] === b[CREATED_AT] &&
  a[REFRESH_AT] === b[REFRESH_AT] &&
  a[MONTHLY_CREDITS] === b[MONTHLY_CREDITS] &&
  a[GRANTED_CREDITS] === b[GRANTED_CREDITS] &&
  a[PREPAID_CREDITS_USD] === b[PREPAID_CREDITS_USD]

/** Text that names a row in errors and reports of damage. */
export const keyOf = (row: ReadonlyArray<unknown>): string =>
  [row[ACCOUNT_ID], row[OBSERVED_AT], row[UPDATED_AT], row[NTH]].map(String).join("/")

/**
 * Decodes rows of one account that were read in order. A part that is the same as in the row before is the same object, which makes most rows
 * of a long history cheap.
 */
export class Decoder {
  private readonly path: string | undefined
  private readonly planOf: (id: number) => Plan
  private readonly account: Account.Account
  private last: { readonly row: RawRow; readonly balance: CustomerBalance.CustomerBalance } | undefined

  constructor(path: string | undefined, account: Account.Account, planOf: (id: number) => Plan) {
    this.path = path
    this.account = account
    this.planOf = planOf
  }

  /** @throws StoreCorrupt where the row is not what was written, or its plan is not. */
  decode(row: RawRow): Snapshot.Snapshot {
    if (!isSound(row)) throw this.corrupt(row)
    const before = this.last
    const balance = before === undefined ? this.first(row) : this.next(row, before.row, before.balance)
    this.last = { row, balance }
    return { account: this.account, observedAt: this.time(row, row[OBSERVED_AT]), balance }
  }

  private first(row: RawRow): CustomerBalance.CustomerBalance {
    const { enterprisePrice, id, mapId, subscription, subscriptionId } = this.planOf(Number(row[PLAN_ID]))
    return {
      monthly: this.monthly(row),
      stable: this.stable(row),
      due: this.due(row),
      refresh: this.refresh(row),
      subscriptionId,
      subscription,
      enterprisePrice,
      id,
      mapId,
      createdAt: this.time(row, row[CREATED_AT]),
      updatedAt: this.time(row, row[UPDATED_AT]),
    }
  }

  private next(row: RawRow, before: RawRow, balance: CustomerBalance.CustomerBalance): CustomerBalance.CustomerBalance {
    if (row[PLAN_ID] !== before[PLAN_ID]) return this.first(row)
    if (row[UPDATED_AT] === before[UPDATED_AT] && row[DUE_USD] === before[DUE_USD] && hasSameContent(row, before)) {
      return balance
    }
    return {
      monthly:
        row[MONTHLY_USD] === before[MONTHLY_USD] && row[MONTHLY_CREDITS] === before[MONTHLY_CREDITS]
          ? balance.monthly
          : this.monthly(row),
      stable:
        row[STABLE_USD] === before[STABLE_USD] &&
        row[GRANTED_CREDITS] === before[GRANTED_CREDITS] &&
        row[PREPAID_CREDITS_USD] === before[PREPAID_CREDITS_USD]
          ? balance.stable
          : this.stable(row),
      due: row[DUE_USD] === before[DUE_USD] ? balance.due : this.due(row),
      refresh: row[REFRESH_AT] === before[REFRESH_AT] ? balance.refresh : this.refresh(row),
      subscriptionId: balance.subscriptionId,
      subscription: balance.subscription,
      enterprisePrice: balance.enterprisePrice,
      id: balance.id,
      mapId: balance.mapId,
      createdAt: row[CREATED_AT] === before[CREATED_AT] ? balance.createdAt : this.time(row, row[CREATED_AT]),
      updatedAt: row[UPDATED_AT] === before[UPDATED_AT] ? balance.updatedAt : this.time(row, row[UPDATED_AT]),
    }
  }

  private monthly(row: RawRow): Pool.Monthly {
    const credits = row[MONTHLY_CREDITS]
    return {
      value: this.usd(row, row[MONTHLY_USD]),
      credits: typeof credits === "bigint" ? Option.some(creditsOf(credits)) : Option.none(),
    }
  }

  private stable(row: RawRow): Pool.Stable {
    const usd = this.usd(row, row[STABLE_USD])
    const granted = row[GRANTED_CREDITS]
    return typeof granted === "bigint"
      ? { _tag: "Granted", value: usd, credits: creditsOf(granted) }
      : { _tag: "PrePaid", cash: usd, credits: this.usd(row, row[PREPAID_CREDITS_USD]) }
  }

  private due(row: RawRow): AmountDue.AmountDue {
    return row[DUE_USD] === null ? AmountDue.notRequested : AmountDue.due(this.usd(row, row[DUE_USD]))
  }

  private refresh(row: RawRow): RefreshSchedule.RefreshSchedule {
    const at = row[REFRESH_AT]
    return at === null ? RefreshSchedule.unscheduled : RefreshSchedule.refreshAt(this.time(row, at))
  }

  private usd(row: RawRow, value: bigint | null | undefined): Usd.Usd {
    const usd = typeof value === "bigint" ? Usd.fromNanos(value) : Option.none()
    if (Option.isNone(usd)) throw this.corrupt(row)
    return usd.value
  }

  private time(row: RawRow, value: bigint | null | undefined): Timestamp.Timestamp {
    const millis = typeof value === "bigint" ? Number(value) : Number.NaN
    if (!isTime(millis)) throw this.corrupt(row)
    return Timestamp.fromMillis(millis)
  }

  private corrupt(row: RawRow): StoreCorrupt {
    return new StoreCorrupt({ path: this.path, table: "snapshot", key: keyOf(row) })
  }
}
