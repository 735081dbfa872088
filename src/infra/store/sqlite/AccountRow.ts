/** Accounts as rows: a base URL and the owner's written form (`user:ID`, `org:ID`, `me:LABEL`). */
import * as Schema from "effect/Schema"
import * as Account from "../../../domain/history/Account.js"
import { StoreCorrupt } from "../StoreError.js"

/** A row of the table `account`. */
export interface Row {
  readonly id: bigint
  readonly base_url: string
  readonly owner: string
}

const isAccount = Schema.is(Account.Account)

const make = (baseUrl: string, owner: string): Account.Account | undefined => {
  const colon = owner.indexOf(":")
  const id = owner.slice(colon + 1)
  switch (owner.slice(0, colon)) {
    case "user":
      return Account.user(baseUrl, id)
    case "org":
      return Account.organization(baseUrl, id)
    case "me":
      return Account.labelled(baseUrl, id)
    default:
      return undefined
  }
}

/**
 * An account from its row.
 *
 * @throws StoreCorrupt when the owner is none.
 */
export const toAccount = (path: string, row: Row): Account.Account => {
  const account = make(row.base_url, row.owner)
  if (!isAccount(account)) throw new StoreCorrupt({ path, table: "account", key: `${row.id} owner` })
  return account
}
