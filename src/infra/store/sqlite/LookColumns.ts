/** The columns of the table `look`, and what they may hold. */
import type { SumColumns } from "./SumColumns.js"
import * as Sums from "./SumColumns.js"

/** What a row says of its looks. */
export interface LookColumns {
  readonly account_id: bigint
  readonly observed_at: bigint
  readonly nth: bigint
  readonly lag: bigint
  readonly terms_id: bigint
  readonly monthly_usd: bigint
  readonly monthly_credits: bigint | null
  readonly stable_usd: bigint
  readonly granted_credits: bigint | null
  readonly prepaid_credits_usd: bigint | null
  readonly due_usd: bigint | null
  readonly sights: Buffer | null
}

/** A row. */
export interface Row extends LookColumns, SumColumns {
  readonly is_open: bigint
}

/** The columns of {@link LookColumns}. */
export const LOOK_COLUMNS = [
  "account_id",
  "observed_at",
  "nth",
  "lag",
  "terms_id",
  "monthly_usd",
  "monthly_credits",
  "stable_usd",
  "granted_credits",
  "prepaid_credits_usd",
  "due_usd",
  "sights",
] as const satisfies ReadonlyArray<keyof LookColumns>

const OTHER_COLUMNS = [...Sums.NAMES, "is_open"] as const satisfies ReadonlyArray<keyof Row>

/** All of them. */
export const COLUMNS = [...LOOK_COLUMNS, ...OTHER_COLUMNS] as const

const NULLABLE: ReadonlySet<string> = new Set([
  "monthly_credits",
  "granted_credits",
  "prepaid_credits_usd",
  "due_usd",
  "credits_lower",
  "credits_hidden",
  "paygo_lower",
  "paygo_hidden",
])
const WHOLE = LOOK_COLUMNS.filter((column) => column !== "sights" && !NULLABLE.has(column))
const WHOLE_OR_NONE = LOOK_COLUMNS.filter((column) => NULLABLE.has(column))
const OTHER_WHOLE = OTHER_COLUMNS.filter((column) => !NULLABLE.has(column))
const OTHER_WHOLE_OR_NONE = OTHER_COLUMNS.filter((column) => NULLABLE.has(column))

const isWhole = (value: unknown): boolean => typeof value === "bigint"
const isWholeOrNone = (value: unknown): boolean => typeof value === "bigint" || value === null

/**
 * The first column whose value is of another type than the table says, which a flipped bit can bring about; `undefined` where none is. Sums
 * aside.
 */
export const flawOf = (row: LookColumns): keyof LookColumns | undefined => {
  for (const column of WHOLE) if (!isWhole(row[column])) return column
  for (const column of WHOLE_OR_NONE) if (!isWholeOrNone(row[column])) return column
  return row.sights === null || Buffer.isBuffer(row.sights) ? undefined : "sights"
}

/** The first column beside those of {@link flawOf} that is flawed so. */
export const flawOfSums = (row: Row): keyof Row | undefined =>
  OTHER_WHOLE.find((column) => !isWhole(row[column])) ??
  OTHER_WHOLE_OR_NONE.find((column) => !isWholeOrNone(row[column]))
