/** Accounts as rows: a base URL and the owner's written form (`user:ID`, `org:ID`, `me:LABEL`). */
import * as Option from "effect/Option"
import * as Account from "../../../domain/history/Account.js"
import { StoreCorrupt } from "../StoreError.js"

/** A row of the table `account`. */
export interface Row {
  readonly id: bigint
  readonly base_url: string
  readonly owner: string
}

/**
 * An account from its row.
 *
 * @throws StoreCorrupt when the owner is none.
 */
export const toAccount = (path: string, row: Row): Account.Account => ({
  baseUrl: row.base_url,
  owner: Option.getOrThrowWith(
    Account.parseOwner(row.owner),
    () => new StoreCorrupt({ path, table: "account", key: `${row.id} owner` }),
  ),
})
