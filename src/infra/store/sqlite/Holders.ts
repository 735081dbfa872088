/** What a file holds of an account besides its row: its history, and who opened it. Each is to be called within a transaction that writes. */
import type Database from "better-sqlite3"
import type * as Account from "../../../domain/history/Account.js"
import type { Known } from "./Explainer.js"

/** Removes it, and what nothing refers to any more. */
export const remover = (database: Database.Database): ((known: Known) => void) => {
  const run = (sql: string) => database.prepare<[number]>(sql)
  const ofAccount = [
    "DELETE FROM look WHERE account_id = ?",
    "DELETE FROM day WHERE account_id = ?",
    "DELETE FROM checkpoint WHERE account_id = ?",
    "UPDATE holder SET account_id = NULL, answered_at = NULL WHERE account_id = ?",
  ].map(run)
  const ofLabel = database.prepare<[string, string]>("UPDATE holder SET label = NULL WHERE label = ? AND base_url = ?")
  const unused = [
    "DELETE FROM holder WHERE account_id IS NULL AND label IS NULL",
    `DELETE FROM terms WHERE id NOT IN (SELECT terms_id FROM look)
       AND id NOT IN (SELECT json_extract(substr(state, 17), '$.look.termsId') FROM checkpoint WHERE state <> '')`,
    "DELETE FROM plan WHERE id NOT IN (SELECT plan_id FROM terms)",
  ].map((sql) => database.prepare<[]>(sql))
  return ({ account, id }) => {
    for (const statement of ofAccount) statement.run(id)
    const { owner } = account
    if (owner._tag === "Labelled") ofLabel.run(owner.label, account.baseUrl)
    for (const statement of unused) statement.run()
  }
}

/** Whoever opened the first account opens the second one. */
export const mover = (
  database: Database.Database,
): ((from: number, into: number, account: Account.Account) => void) => {
  const known = database.prepare<[number, number]>("UPDATE holder SET account_id = ? WHERE account_id = ?")
  const labelled = database.prepare<[number, string, string]>(
    "UPDATE holder SET account_id = ? WHERE label = ? AND base_url = ? AND account_id IS NULL",
  )
  return (from, into, { baseUrl, owner }) => {
    known.run(into, from)
    if (owner._tag === "Labelled") labelled.run(into, owner.label, baseUrl)
  }
}
