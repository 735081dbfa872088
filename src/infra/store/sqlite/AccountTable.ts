/** The table `account`: a base URL and the owner's written form (`user:ID`, `org:ID`, `me:LABEL`), by id. */
import { createHash } from "node:crypto"
import type Database from "better-sqlite3"
import * as Option from "effect/Option"
import * as Account from "../../../domain/history/Account.js"
import { RecentMap } from "../RecentMap.js"
import { StoreCorrupt } from "../StoreError.js"

/** A row. */
export interface Row {
  readonly id: number
  readonly base_url: string
  readonly owner: string
  readonly digest: Buffer | null
}

const keys = new WeakMap<Account.Account, string>()

/** A text that tells accounts apart. */
export const keyOf = (account: Account.Account): string => {
  const known = keys.get(account)
  if (known !== undefined) return known
  // An owner's written form has no line break.
  const key = `${Account.formatOwner(account.owner)}\n${account.baseUrl}`
  keys.set(account, key)
  return key
}

/** The digest that is kept with an account: a flipped bit must not give a history to somebody else. */
const digestOf = (key: string): Buffer => createHash("sha256").update(key).digest()

const isSound = ({ base_url, digest, owner }: Row): boolean =>
  Buffer.isBuffer(digest) && digestOf(`${owner}\n${base_url}`).equals(digest)

const sound = (path: string, row: Row): Row => {
  if (!isSound(row)) throw new StoreCorrupt({ path, table: "account", key: `${row.id}` })
  return row
}

/** Accounts that are remembered as sound. */
const SOUND = 10_000

/** Accounts that are remembered. */
const MOST = 65_536

/** The table of an open file. */
export class AccountTable {
  private readonly path: string
  private readonly ids = new Map<string, number>()
  private readonly sql

  constructor(path: string, database: Database.Database) {
    this.path = path
    this.sql = {
      find: database.prepare<[string, string], Row>(
        "SELECT id, base_url, owner, digest FROM account WHERE base_url = ? AND owner = ?",
      ),
      add: database.prepare<[string, string, Buffer]>("INSERT INTO account (base_url, owner, digest) VALUES (?, ?, ?)"),
      revision: database.prepare<[number], number>("SELECT revision FROM account WHERE id = ?").pluck(),
      revise: database.prepare<[number]>("UPDATE account SET revision = revision + 1 WHERE id = ?"),
      one: database.prepare<[number], Row>("SELECT id, base_url, owner, digest FROM account WHERE id = ?"),
      all: database.prepare<[], Row>("SELECT id, base_url, owner, digest FROM account ORDER BY id"),
      remove: database.prepare<[number]>("DELETE FROM account WHERE id = ?"),
    }
  }

  /** Forgets the ids: another process may have removed an account. */
  forgetIds(): void {
    this.ids.clear()
  }

  /**
   * The id of an account; `undefined` where it has none.
   *
   * @throws StoreCorrupt where it is not what was put in: somebody else's history must not be handed out.
   */
  find({ baseUrl, owner }: Account.Account): number | undefined {
    const row = this.sql.find.get(baseUrl, Account.formatOwner(owner))
    return row && this.sound(row).id
  }

  private sound(row: Row): Row {
    return sound(this.path, row)
  }

  /** The id of an account, which gets one where it has none. To be called within a transaction that writes. */
  idOf(account: Account.Account): number {
    const key = keyOf(account)
    const known = this.ids.get(key)
    if (known !== undefined) return known
    const id =
      this.find(account) ??
      Number(this.sql.add.run(account.baseUrl, Account.formatOwner(account.owner), digestOf(key)).lastInsertRowid)
    if (this.ids.size >= MOST) this.ids.clear()
    this.ids.set(key, id)
    return id
  }

  /** How often anything but the end of an account's history changed. */
  revisionOf(id: number): number | undefined {
    return this.sql.revision.get(id)
  }

  /** Tells others that more than the end changed. */
  revise(id: number): void {
    this.sql.revise.run(id)
  }

  /**
   * The account of an id.
   *
   * @throws StoreCorrupt where there is none.
   */
  of(id: number): Account.Account {
    const row = this.sql.one.get(id)
    if (row === undefined) throw new StoreCorrupt({ path: this.path, table: "account", key: `${id}` })
    return toAccount(this.path, this.sound(row))
  }

  /** Every account. */
  all(): ReadonlyArray<{ readonly id: number; readonly account: Account.Account }> {
    return this.sql.all.all().map((row) => ({ id: row.id, account: toAccount(this.path, row) }))
  }

  /** The ids of accounts that are not what was put in. */
  damaged(): ReadonlyArray<number> {
    return this.sql.all
      .all()
      .filter((row) => !isSound(row))
      .map(({ id }) => id)
  }

  /** Removes an account. */
  remove(id: number): void {
    this.forgetIds()
    this.sql.remove.run(id)
  }
}

/** Accounts whose rows were found sound, so that none is worked out again that still says the same. */
export class SoundAccounts {
  private readonly path: string
  private readonly known = new RecentMap<{ readonly row: Row; readonly account: Account.Account }>(SOUND)

  constructor(path: string) {
    this.path = path
  }

  /**
   * The account of a row.
   *
   * @throws StoreCorrupt when it is not what was put in.
   */
  of(row: Row): Account.Account {
    const key = row.digest?.toString("latin1") ?? ""
    const known = this.known.get(key)
    if (known !== undefined && known.row.owner === row.owner && known.row.base_url === row.base_url) {
      return known.account
    }
    const account = toAccount(this.path, sound(this.path, row))
    this.known.set(key, { row, account })
    return account
  }
}

/**
 * An account from its row.
 *
 * @throws StoreCorrupt when the owner is none.
 */
export const toAccount = (path: string, row: Pick<Row, "id" | "base_url" | "owner">): Account.Account => ({
  baseUrl: row.base_url,
  owner: Option.getOrThrowWith(
    Account.parseOwner(row.owner),
    () => new StoreCorrupt({ path, table: "account", key: `${row.id} owner` }),
  ),
})
