/** Removes an account. To be called within a transaction that writes. */
import type Database from "better-sqlite3"
import type { AccountTable } from "./AccountTable.js"
import type { Known } from "./Explainer.js"
import type { HolderTable } from "./HolderTable.js"

/** Prepares to remove an account, whoever opened it, and the texts that nothing refers to any more. */
export const prepare = (
  database: Database.Database,
  { accounts, holders }: { readonly accounts: AccountTable; readonly holders: HolderTable },
): ((known: Known) => void) => {
  const ofAccount = ["look", "day", "checkpoint"].map((table) =>
    database.prepare<[number]>(`DELETE FROM ${table} WHERE account_id = ?`),
  )
  const unused = [
    `DELETE FROM terms WHERE id NOT IN (SELECT terms_id FROM look)
       AND id NOT IN (
         SELECT json_extract(substr(state, 17), '$.look.termsId') FROM checkpoint
         WHERE json_valid(substr(state, 17)) AND json_extract(substr(state, 17), '$.look.termsId') IS NOT NULL
       )`,
    "DELETE FROM plan WHERE id NOT IN (SELECT plan_id FROM terms)",
  ].map((sql) => database.prepare<[]>(sql))
  return ({ account, id }) => {
    for (const statement of ofAccount) statement.run(id)
    holders.forget(id, account)
    accounts.remove(id)
    for (const statement of unused) statement.run()
  }
}
