/** Snapshots into rows of an open file. */
import { createHash } from "node:crypto"
import type Database from "better-sqlite3"
import * as Either from "effect/Either"
import * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Limits from "../Limits.js"
import type { Appended } from "../SnapshotStore.js"
import { StoreOutOfRange } from "../StoreError.js"
import * as PlanText from "./PlanText.js"
import * as SnapshotRow from "./SnapshotRow.js"

/** A snapshot that the columns can hold, before the file gave its ids. */
export interface Entry {
  readonly account: Account.Account
  readonly columns: Omit<SnapshotRow.Row, "account_id" | "variant" | "plan_id">
  readonly plan: string
}

/** Makes entries of a batch of snapshots, before anything is locked: what cannot be held shows here. */
export const encoder = (
  operation: string,
): ((snapshot: Snapshot.Snapshot) => Either.Either<Entry, StoreOutOfRange>) => {
  // Comparing a plan with the one before costs a fraction of writing its text.
  let previous: { readonly plan: PlanText.Plan; readonly text: string } | undefined
  return (snapshot) => {
    const { account, balance } = snapshot
    const field = Limits.flaw(snapshot)
    if (field !== undefined) return Either.left(new StoreOutOfRange({ operation, field }))
    if (previous === undefined || !PlanText.equivalence(previous.plan, balance)) {
      const text = PlanText.encode(balance)
      if (Either.isLeft(text)) return Either.left(new StoreOutOfRange({ operation, field: "plan" }))
      previous = { plan: balance, text: text.right }
    }
    return Either.right({ account, columns: SnapshotRow.fromSnapshot(snapshot), plan: previous.text })
  }
}

// An owner's written form has no line break.
const keyOf = ({ baseUrl, owner }: Account.Account): string => `${Account.formatOwner(owner)}\n${baseUrl}`

const remembered = (ids: Map<string, bigint>, key: string, find: () => bigint): bigint => {
  const known = ids.get(key)
  if (known !== undefined) return known
  const id = find()
  ids.set(key, id)
  return id
}

/** The id of an account, which gets one where it has none. To be called within a transaction. */
export const accountIds = (database: Database.Database): ((account: Account.Account) => bigint) => {
  const find = database
    .prepare<[string, string], bigint>("SELECT id FROM account WHERE base_url = ? AND owner = ?")
    .pluck()
    .safeIntegers()
  const add = database.prepare<[string, string]>("INSERT INTO account (base_url, owner) VALUES (?, ?)")
  return ({ baseUrl, owner }) => {
    const written = Account.formatOwner(owner)
    return find.get(baseUrl, written) ?? BigInt(add.run(baseUrl, written).lastInsertRowid)
  }
}

const planIds = (database: Database.Database): ((json: string) => bigint) => {
  const find = database.prepare<[Buffer], bigint>("SELECT id FROM plan WHERE digest = ?").pluck().safeIntegers()
  const add = database.prepare<[Buffer, string]>("INSERT INTO plan (digest, json) VALUES (?, ?)")
  return (json) => {
    const digest = createHash("sha256").update(json).digest()
    return find.get(digest) ?? BigInt(add.run(digest, json).lastInsertRowid)
  }
}

const KEY = "account_id = @account_id AND observed_at = @observed_at AND updated_at = @updated_at"
const values = (variant: string): string =>
  SnapshotRow.COLUMNS.map((column) => (column === "variant" ? variant : `@${column}`)).join(", ")

/** Prepares to keep entries: called once in each transaction, it gives what keeps an entry. */
export const prepare = (database: Database.Database): (() => (entry: Entry) => Appended) => {
  type Bound = Omit<SnapshotRow.Row, "variant">
  const accountId = accountIds(database)
  const planId = planIds(database)
  const into = `INSERT INTO snapshot (${SnapshotRow.COLUMNS.join(", ")})`
  const add = database.prepare<Bound>(`${into} VALUES (${values("0")}) ON CONFLICT DO NOTHING`)
  const same = SnapshotRow.COLUMNS.filter((column) => column !== "variant").map((column) => `${column} IS @${column}`)
  const find = database.prepare<Bound>(`SELECT 1 FROM snapshot WHERE ${same.join(" AND ")}`)
  const addVariant = database.prepare<Bound>(`${into} SELECT ${values("max(variant) + 1")} FROM snapshot WHERE ${KEY}`)
  return () => {
    // Remembered for one transaction only: another process may remove what nothing uses.
    const accounts = new Map<string, bigint>()
    const plans = new Map<string, bigint>()
    return ({ account, columns, plan }) => {
      const row: Bound = {
        account_id: remembered(accounts, keyOf(account), () => accountId(account)),
        plan_id: remembered(plans, plan, () => planId(plan)),
        ...columns,
      }
      if (add.run(row).changes > 0) return "Appended"
      if (find.get(row) !== undefined) return "Duplicate"
      addVariant.run(row)
      return "Appended"
    }
  }
}
