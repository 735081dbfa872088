/**
 * A day of the ledger as the text that is stored.
 *
 * JSON: `{ "pools": [segment…], "due": [segment…] }`. A segment is a chain of entries, each beginning where the one before it ends:
 * `{ "from": ms since 1970, "monthly": nano-dollars, "stable": nano-dollars, "entries": […] }` with the balances at its beginning, or
 * `{ "from", "due", "entries" }`. An entry of exact usage is an array `[to, used, stable, assumes, usedAssumes, snapshots, longestGap]` whose last
 * members are left out where they are 0 (`snapshots`: 1, `longestGap`: the entry's length): `to` in milliseconds after the day's midnight,
 * `used` and `stable` in nano-dollars (as text past 2^53), `assumes` as bits. Any other entry is an object `{ "closedAt", "entry" }`.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Assumption from "./Assumption.js"
import * as Ledger from "./Ledger.js"
import * as LedgerDay from "./LedgerDay.js"

const nanosText = (nanos: bigint): string =>
  nanos >= Number.MIN_SAFE_INTEGER && nanos <= Number.MAX_SAFE_INTEGER ? `${nanos}` : `"${nanos}"`

const stepText = (step: LedgerDay.Step, start: number): string => {
  const values = [
    `${step.to - start}`,
    nanosText(step.used),
    nanosText(step.stable),
    `${step.assumes}`,
    `${step.usedAssumes}`,
  ]
  if (step.snapshots > 1) values.push(`${step.snapshots}`, `${step.longestGapMillis}`)
  else while (values.length > 1 && values.at(-1) === "0") values.pop()
  return `[${values.join(",")}]`
}

const itemText = (item: LedgerDay.Item, start: number): string =>
  item._tag === "Step"
    ? stepText(item, start)
    : JSON.stringify({ closedAt: item.closedAt, entry: Schema.encodeSync(Ledger.Entry)(item.entry) })

const segmentText = ({ first, from, items, second }: LedgerDay.Segment, start: number, isPools: boolean): string => {
  const balances = isPools ? `"monthly":${nanosText(first)},"stable":${nanosText(second)}` : `"due":${nanosText(first)}`
  return `{"from":${from},${balances},"entries":[${items.map((item) => itemText(item, start)).join(",")}]}`
}

const trackText = (track: LedgerDay.Track, start: number, isPools: boolean): string =>
  `[${track.map((segment) => segmentText(segment, start, isPools)).join(",")}]`

/** A day to its text. */
export const encode = (self: LedgerDay.LedgerDay): string => {
  const start = LedgerDay.startOf(self.day)
  return `{"pools":${trackText(self.pools, start, true)},"due":${trackText(self.due, start, false)}}`
}

type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Thrown within {@link decode} and caught by it. */
class Malformed extends Error {}

const whole = (value: Json | undefined): number => {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new Malformed(`${value} is not a whole number`)
  return value
}

const nanos = (value: Json | undefined): bigint => {
  if (value === 0) return 0n
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === "string" && /^-?\d{1,24}$/.test(value)) return BigInt(value)
  throw new Malformed(`${value} is not an amount`)
}

const bitsOf = (value: Json | undefined): number => {
  const bits = whole(value)
  if (Assumption.fromBits(bits) === undefined) throw new Malformed(`${value} is not a set of assumptions`)
  return bits
}

const isArray = (value: Json | undefined): value is ReadonlyArray<Json> => Array.isArray(value)

const object = (value: Json | undefined): { readonly [key: string]: Json } => {
  if (typeof value !== "object" || value === null || isArray(value)) throw new Malformed("not an object")
  return value
}

const array = (value: Json | undefined): ReadonlyArray<Json> => {
  if (!isArray(value)) throw new Malformed("not an array")
  return value
}

const stepFrom = (values: ReadonlyArray<Json>, from: number, start: number): LedgerDay.Step => {
  const to = start + whole(values[0])
  if (to < from) throw new Malformed("an entry ends before it begins")
  return {
    _tag: "Step",
    from,
    to,
    used: values.length > 1 ? nanos(values[1]) : 0n,
    stable: values.length > 2 ? nanos(values[2]) : 0n,
    assumes: values.length > 3 ? bitsOf(values[3]) : 0,
    usedAssumes: values.length > 4 ? bitsOf(values[4]) : 0,
    snapshots: values.length > 5 ? whole(values[5]) : 1,
    longestGapMillis: values.length > 6 ? whole(values[6]) : to - from,
  }
}

const wholeFrom = (value: Json): LedgerDay.Whole => {
  const { closedAt, entry } = object(value)
  const decoded = Schema.decodeUnknownEither(Ledger.Entry)(entry)
  if (Either.isLeft(decoded)) throw new Malformed(decoded.left.message)
  return { _tag: "Whole", closedAt: whole(closedAt), entry: decoded.right }
}

const segmentFrom = (value: Json, start: number, isPools: boolean): LedgerDay.Segment => {
  const { due, entries, from, monthly, stable } = object(value)
  let end = whole(from)
  const items: Array<LedgerDay.Item> = []
  for (const each of array(entries)) {
    const item = isArray(each) ? stepFrom(each, end, start) : wholeFrom(each)
    end = item._tag === "Step" ? item.to : item.entry.to.epochMillis
    items.push(item)
  }
  return { from: whole(from), first: nanos(isPools ? monthly : due), second: isPools ? nanos(stable) : 0n, items }
}

/** A day from its text, or why the text is not one. */
export const decode = (day: number, text: string): Either.Either<LedgerDay.LedgerDay, string> => {
  const start = LedgerDay.startOf(day)
  try {
    const { due, pools } = object(JSON.parse(text) as Json)
    return Either.right({
      day,
      pools: array(pools).map((segment) => segmentFrom(segment, start, true)),
      due: array(due).map((segment) => segmentFrom(segment, start, false)),
    })
  } catch (cause) {
    if (cause instanceof Malformed || cause instanceof SyntaxError) return Either.left(cause.message)
    throw cause
  }
}
