/** Accounts whose bodies are told in another revision. */
import * as Either from "effect/Either"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import type { Revision } from "../../domain/balance/wire/Revision.js"
import { print } from "../body/Print.js"
import * as Published from "../body/Published.js"
import type { MoneyForm } from "../body/Spelling.js"
import type { StubAccount } from "./StubAccount.js"

/** How bodies are told. */
export interface InRevisionOptions {
  /** Money as JSON text (the default) or as a JSON number. */
  readonly money?: MoneyForm | undefined
}

/**
 * The same account, its balance told as the API told it in a revision: a simulated account of today answers as one of 2024 would have.
 *
 * Before 2025-05-07 every body tells the amount due, asked for or not. A body of the account that is no customer balance throws its
 * `BodyRejected`.
 *
 * @example
 * import { StubZoo } from "zoo-runway/testing"
 *
 * const account = StubZoo.inRevision(StubZoo.exampleAccount, "2024-02-29", { money: "number" })
 * const stub = StubZoo.make({ accounts: [account] })
 */
export const inRevision = <Account extends StubAccount>(
  account: Account,
  revision: Revision,
  { money }: InRevisionOptions = {},
): Omit<Account, "bodyAt"> & Pick<StubAccount, "bodyAt"> => ({
  ...account,
  bodyAt: (now, { includeTotalDue }) => {
    const text = account.bodyAt(now, { includeTotalDue: includeTotalDue || Published.alwaysTellsDue(revision) })
    const { balance } = Either.getOrThrowWith(CustomerBalance.decodeText(text), (rejected) => rejected)
    return print(balance, revision, { money })
  },
})
