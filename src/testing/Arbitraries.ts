/** Arbitraries of the domain, taken from the schemas themselves: for property tests of what is built on this library. */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../domain/balance/CustomerBalance.js"
import * as Subject from "../domain/balance/Subject.js"
import * as Account from "../domain/history/Account.js"
import * as Snapshot from "../domain/history/Snapshot.js"
import * as Credits from "../domain/money/Credits.js"
import * as Usd from "../domain/money/Usd.js"

/** Amounts: mostly of whole cents, some anywhere in the range, some negative. */
export const usd = Arbitrary.make(Usd.Usd)

/** Counts of credits up to 2^64 - 1. */
export const credits = Arbitrary.make(Credits.Credits)

/** Subjects of all four forms. */
export const subject = Arbitrary.make(Schema.typeSchema(Subject.Subject))

/** Accounts of users, organisations and labels. */
export const account = Arbitrary.make(Schema.typeSchema(Account.Account))

/** Balances of both credit models. */
export const customerBalance = Arbitrary.make(Schema.typeSchema(CustomerBalance.CustomerBalance))

/** Snapshots of any account at any time. */
export const snapshot = Arbitrary.make(Schema.typeSchema(Snapshot.Snapshot))
