/** Result of a verification: a line for each account with what is wrong below it, and at the end what was checked. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Amount from "../../domain/history/Amount.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Verification from "../../services/Verification.js"
import * as Format from "./Format.js"
import * as Json from "./Json.js"

/** Result for a file. */
export const Found = Schema.Struct({
  /** Damage to the file itself. */
  file: Schema.Array(Verification.Damage),
  accounts: Schema.Array(Verification.AccountVerification),
})
/** Result for a file. */
export type Found = typeof Found.Type

/** The result, and whether all of it is sound. */
export const Result = Schema.Struct({ ok: Schema.Boolean, ...Found.fields }).annotations({ identifier: "Verification" })

const print = Json.printer(Result)

/** Whether nothing is damaged and every balance equation holds. */
export const isSound = ({ accounts, file }: Found): boolean => file.length === 0 && accounts.every(Verification.isSound)

/** The whole as JSON. */
export const json = (found: Found): string => print({ ok: isSound(found), ...found })

const { count } = Format

const BOOKS = { Monthly: "monthly credits", Stable: "stable credits", Due: "the amount due" } as const

const unshown = (all: number, shown: number): ReadonlyArray<string> =>
  all > shown ? [`  and ${all - shown} more`] : []

/** Damage that is shown of an account or a file. */
const MAX_SHOWN = 20

const damaged = (damage: ReadonlyArray<Verification.Damage>): ReadonlyArray<string> => [
  ...damage
    .slice(0, MAX_SHOWN)
    .map(({ key, table, what }) => `  damaged: ${table} ${Format.text(key)}: ${Format.text(what)}`),
  ...unshown(damage.length, MAX_SHOWN),
]

/** The lines of damage to the file itself; none where there is none. */
export const fileLines = (damage: ReadonlyArray<Verification.Damage>): ReadonlyArray<string> =>
  damage.length === 0 ? [] : [`the file: ${count(damage.length, "damaged place")}`, ...damaged(damage)]

/** The lines of an account; times are in `zone`. */
export const lines = (of: Verification.AccountVerification, zone: string): ReadonlyArray<string> => {
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const told = [
    `${count(of.snapshots, "snapshot")} on ${count(of.days, "day")}`,
    ...(of.sealedDays === 0 ? [] : [count(of.sealedDays, "sealed day")]),
    ...(of.damage.length === 0 ? [] : [count(of.damage.length, "damaged place")]),
    // The ledger is not computed past a row that does not read.
    of.open > 0
      ? `${count(of.open, "entry", "entries")} out of balance`
      : of.damage.length > 0
        ? "ledger not checked in full"
        : "ledger balanced",
    ...(of.snapshots === 0 ? [] : [count(of.corrections, "correction")]),
    ...(of.outdated === 0 ? [] : [`${of.outdated} outdated`]),
    ...(of.misdated === 0 ? [] : [`${of.misdated} misdated`]),
  ]
  return [
    `${Account.formatOwner(of.account.owner)} at ${new URL(of.account.baseUrl).host}: ${told.join(", ")}`,
    ...damaged(of.damage),
    ...of.firstOpen.map(({ book, residual, to }) => {
      const left = Option.match(residual, {
        onNone: () => "by an unknown amount",
        onSome: (usd) => `by ${Usd.format(usd)}`,
      })
      return `  ${times.moment(to)}  ${BOOKS[book]}: out of balance ${left}`
    }),
    ...unshown(of.open, of.firstOpen.length),
    ...of.firstCorrections.map(
      ({ amount, book, to, why }) =>
        `  ${times.moment(to)}  ${BOOKS[book]} ${Format.bounds(Amount.lower(amount), Amount.upper(amount))}: ${why}`,
    ),
    ...unshown(of.corrections, of.firstCorrections.length),
    ...of.firstMisdated.map(
      (at) => `  ${times.moment(at)}  misdated snapshot, which does not count: forget --from --to removes it`,
    ),
    ...unshown(of.misdated, of.firstMisdated.length),
  ]
}

const sum = (accounts: Found["accounts"], of: "days" | "sealedDays" | "snapshots"): number =>
  accounts.reduce((total, account) => total + account[of], 0)

/** What was checked, in all. */
export const summary = (found: Found): ReadonlyArray<string> => {
  const { accounts } = found
  const sealed = sum(accounts, "sealedDays")
  const days = count(sum(accounts, "days"), "day")
  const counts = [
    count(accounts.length, "account"),
    count(sum(accounts, "snapshots"), "snapshot"),
    sealed === 0 ? days : `${days} (${sealed} sealed)`,
  ]
  return [`checked: the file, ${counts.join(", ")}; ${isSound(found) ? "nothing is damaged" : "it is damaged"}`]
}

/** What is wrong, in one line. */
export const verdict = (found: Found): string => {
  const places = [found.file, ...found.accounts.map(({ damage }) => damage)].reduce((n, each) => n + each.length, 0)
  const open = found.accounts.reduce((total, account) => total + account.open, 0)
  const what = [
    ...(places > 0 ? [count(places, "damaged place")] : []),
    ...(open > 0 ? [`${count(open, "entry", "entries")} out of balance`] : []),
  ]
  return `the history is damaged (${what.join(", ")}): restore a backup`
}
