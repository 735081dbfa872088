/** What a verification found: a line an account, and each correction and open book below it. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Amount from "../../domain/history/Amount.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Verification from "../../services/Verification.js"
import * as Format from "./Format.js"

const Json = Schema.Struct({
  ok: Schema.Boolean,
  accounts: Schema.Array(Verification.AccountVerification),
}).annotations({ identifier: "Verification" })

const encode = Schema.encodeSync(Json)

/** Whether every book closes. */
export const isSound = (accounts: ReadonlyArray<Verification.AccountVerification>): boolean =>
  accounts.every(({ open }) => open === 0)

/** The whole as JSON. */
export const json = (accounts: ReadonlyArray<Verification.AccountVerification>): string =>
  JSON.stringify(encode({ ok: isSound(accounts), accounts }), null, 2)

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`

const BOOKS = { Monthly: "monthly credits", Stable: "stable credits", Due: "the amount due" } as const

const unshown = (all: number, shown: number): ReadonlyArray<string> =>
  all > shown ? [`  and ${all - shown} more`] : []

/** The lines of an account; times are in `zone`. */
export const lines = (of: Verification.AccountVerification, zone: string): ReadonlyArray<string> => {
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const books = of.open === 0 ? "books closed" : `${count(of.open, "book")} open`
  return [
    `${Account.formatOwner(of.account.owner)} at ${new URL(of.account.baseUrl).host}: ${count(of.looks, "look")}, ${books}, ${count(of.corrections, "correction")}`,
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
