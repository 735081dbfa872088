/** Arbitraries of the domain, taken from the schemas themselves: for property tests of what is built on this library. */
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../domain/balance/CustomerBalance.js"
import * as Subject from "../domain/balance/Subject.js"
import * as Revision from "../domain/balance/wire/Revision.js"
import * as Account from "../domain/history/Account.js"
import * as Snapshot from "../domain/history/Snapshot.js"
import * as Credits from "../domain/money/Credits.js"
import * as Usd from "../domain/money/Usd.js"
import * as BodyArbitrary from "./body/BodyArbitrary.js"

export type { Body, Options as BodyOptions } from "./body/BodyArbitrary.js"

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

/** Published revisions of the balance's body. */
export const revision: FastCheck.Arbitrary<Revision.Revision> = FastCheck.constantFrom(...Revision.all)

/**
 * Bodies of a revision, each with the balance that it decodes to without drift. They use every freedom that the wire leaves: money as text or
 * as numbers of any spelling, fields that are absent, `null` or present, order of keys, white space, escapes, fractions and zones of times.
 *
 * @example
 * import { Arbitraries } from "zoo-runway/testing"
 * import * as FastCheck from "effect/FastCheck"
 *
 * const [sample] = FastCheck.sample(Arbitraries.body("2025-05-07", { money: "text" }), 1)
 */
export const body = (
  revision: Revision.Revision,
  options?: BodyArbitrary.Options,
): FastCheck.Arbitrary<BodyArbitrary.Body> => BodyArbitrary.make(customerBalance, revision, options)
