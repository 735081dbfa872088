/** What a verification found: a line an account with what is wrong below it, and at the end what was checked. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Amount from "../../domain/history/Amount.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Verification from "../../services/Verification.js"
import * as Format from "./Format.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** What was found of a file. */
export const Found = Schema.Struct({
  /** Damage to the file as such. */
  file: Schema.Array(Verification.Damage),
  accounts: Schema.Array(Verification.AccountVerification),
  /** Days of the file that wait to be explained: their sums are not checked. */
  waiting: Count,
  /** Days of the file that were pruned: their sums stand for themselves. */
  frozen: Count,
})
/** What was found of a file. */
export type Found = typeof Found.Type

/** What was found, and whether all of it is sound. */
export const Json = Schema.Struct({ ok: Schema.Boolean, ...Found.fields }).annotations({ identifier: "Verification" })

const encode = Schema.encodeSync(Json)

/** Whether nothing is damaged and every book closes. */
export const isSound = ({ accounts, file }: Found): boolean => file.length === 0 && accounts.every(Verification.isSound)

/** The whole as JSON. */
export const json = (found: Found): string => JSON.stringify(encode({ ok: isSound(found), ...found }), null, 2)

const { count } = Format

const BOOKS = { Monthly: "monthly credits", Stable: "stable credits", Due: "the amount due" } as const

const unshown = (all: number, shown: number): ReadonlyArray<string> =>
  all > shown ? [`  and ${all - shown} more`] : []

/** Damage that is shown of an account or a file: the rest is more of the same. */
const MOST_SHOWN = 20

const damaged = (damage: ReadonlyArray<Verification.Damage>): ReadonlyArray<string> => [
  ...damage
    .slice(0, MOST_SHOWN)
    .map(({ key, table, what }) => `  damaged: ${table} ${Format.text(key)}: ${Format.text(what)}`),
  ...unshown(damage.length, MOST_SHOWN),
]

/** The lines of damage to the file as such; none where there is none. */
export const fileLines = (damage: ReadonlyArray<Verification.Damage>): ReadonlyArray<string> =>
  damage.length === 0 ? [] : [`the file: ${count(damage.length, "damaged place")}`, ...damaged(damage)]

/** The lines of an account; times are in `zone`. */
export const lines = (of: Verification.AccountVerification, zone: string): ReadonlyArray<string> => {
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const told = [
    `${count(of.looks, "look")} on ${count(of.days, "day")}`,
    ...(of.damage.length === 0 ? [] : [count(of.damage.length, "damaged place")]),
    // Of an account that does not read at all there are no books to tell of.
    ...(of.looks === 0
      ? []
      : [of.open === 0 ? "books closed" : `${count(of.open, "book")} open`, count(of.corrections, "correction")]),
  ]
  return [
    `${Format.text(Account.formatOwner(of.account.owner))} at ${new URL(of.account.baseUrl).host}: ${told.join(", ")}`,
    ...damaged(of.damage),
    ...of.firstOpen.map(({ book, residual, to }) => {
      const left = Option.match(residual, { onNone: () => "by what cannot be told", onSome: Usd.format })
      return `  ${times.moment(to)}  ${BOOKS[book]} do not close: ${left}`
    }),
    ...unshown(of.open, of.firstOpen.length),
    ...of.firstCorrections.map(
      ({ amount, book, to, why }) =>
        `  ${times.moment(to)}  ${BOOKS[book]} ${Format.bounds(Amount.lower(amount), Amount.upper(amount))}: ${why}`,
    ),
    ...unshown(of.corrections, of.firstCorrections.length),
  ]
}

const sum = (accounts: Found["accounts"], of: "days" | "looks"): number =>
  accounts.reduce((total, account) => total + account[of], 0)

/** What was checked, in all. */
export const summary = (found: Found): ReadonlyArray<string> => {
  const { accounts, frozen, waiting } = found
  const counts = [
    count(accounts.length, "account"),
    count(sum(accounts, "days"), "day"),
    count(sum(accounts, "looks"), "look"),
  ]
  return [
    `checked: the file, ${counts.join(", ")}; ${isSound(found) ? "nothing is damaged" : "it is damaged"}`,
    ...(frozen > 0 ? [`${count(frozen, "day")} of the file ${frozen === 1 ? "was" : "were"} pruned`] : []),
    ...(waiting > 0
      ? [
          `${count(waiting, "day")} of the file ${waiting === 1 ? "waits" : "wait"} to be explained, with sums that were not checked: zoo-runway verify --explain`,
        ]
      : []),
  ]
}

/** What is wrong, in one line. */
export const verdict = (found: Found): string => {
  const places = [found.file, ...found.accounts.map(({ damage }) => damage)].reduce((n, each) => n + each.length, 0)
  const open = found.accounts.reduce((total, account) => total + account.open, 0)
  const what = [
    ...(places > 0 ? [count(places, "damaged place")] : []),
    ...(open > 0 ? [`${count(open, "book")} that ${open === 1 ? "does" : "do"} not close`] : []),
  ]
  return `the history is damaged (${what.join(", ")}): restore a backup`
}
