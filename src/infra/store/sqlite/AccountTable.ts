/** The table `account`: a base URL and an owner's written form (`user:ID`, `org:ID`, `me:LABEL`) by id, and the state of its history. */
import * as Option from "effect/Option"
import * as Account from "../../../domain/history/Account.js"
import * as Memo from "../../Memo.js"
import { StoreCorrupt } from "../StoreError.js"
import * as Checksum from "./Checksum.js"
import type * as Driver from "./Driver.js"

/** A row without the state of its history: enough to tell whose it is. */
export interface Row {
  readonly id: number
  readonly base_url: string
  readonly owner: string
  readonly sealed_before: number | null
  readonly checksum: number
}

/** An account with the state of its history. */
export interface Known {
  readonly id: number
  readonly account: Account.Account
  readonly epoch: number
  /** Snapshots of the UTC days before this one were pruned. Days since 1970. */
  readonly sealedBefore: number | undefined
}

/** Text that tells accounts apart: an owner's written form has no line break. */
export const keyOf = Memo.byObject(
  ({ baseUrl, owner }: Account.Account): string => `${Account.formatOwner(owner)}\n${baseUrl}`,
)

/** The checksum of a row. */
const checksumOf = (id: number, baseUrl: string, owner: string, sealedBefore: number | null): number =>
  Checksum.of([id, baseUrl, owner, sealedBefore])

/** Whether a row is what was written. */
const isSound = ({ base_url, checksum, id, owner, sealed_before }: Row): boolean =>
  checksumOf(id, base_url, owner, sealed_before) === checksum

const isDay = (value: unknown): boolean => value === null || Number.isSafeInteger(value)

const MAX_CACHED = 10_000

/** Columns of {@link Row}. */
export const COLUMNS = ["id", "base_url", "owner", "sealed_before", "checksum"] as const satisfies ReadonlyArray<
  keyof Row
>

const SELECT = `SELECT ${COLUMNS.join(", ")}, epoch FROM account`

/** The table of an open file. Methods that change rows run within a transaction that writes. */
export class AccountTable {
  private readonly path: string | undefined
  /** Accounts of rows whose checksum was right, by id; an entry counts while the row still reads the same. */
  private readonly verified = new Memo.RecentMap<{ readonly row: Row; readonly account: Account.Account }>(MAX_CACHED)
  private readonly sql

  constructor(path: string | undefined, database: Driver.Database) {
    this.path = path
    this.sql = {
      find: database.prepare<[string, string], Row & { readonly epoch: number }>(
        `${SELECT} WHERE base_url = ? AND owner = ?`,
      ),
      one: database.prepare<[number], Row & { readonly epoch: number }>(`${SELECT} WHERE id = ?`),
      all: database.prepare<[], Row & { readonly epoch: number }>(`${SELECT} ORDER BY id`),
      add: database.prepare<[string, string]>("INSERT INTO account (base_url, owner, checksum) VALUES (?, ?, 0)"),
      setChecksum: database.prepare<[number, number]>("UPDATE account SET checksum = ? WHERE id = ?"),
      raiseEpoch: database.prepare<[number, number]>("UPDATE account SET epoch = max(epoch, ?) + 1 WHERE id = ?"),
      seal: database.prepare<[number, number, number]>(
        "UPDATE account SET sealed_before = ?, checksum = ? WHERE id = ?",
      ),
      rename: database.prepare<[string, string, number, number]>(
        "UPDATE account SET base_url = ?, owner = ?, checksum = ? WHERE id = ?",
      ),
      remove: database.prepare<[number]>("DELETE FROM account WHERE id = ?"),
    }
  }

  /**
   * An account's id and state; `undefined` where it has none.
   *
   * @throws StoreCorrupt
   */
  known(account: Account.Account): Known | undefined {
    const row = this.sql.find.get(account.baseUrl, Account.formatOwner(account.owner))
    return row && this.toKnown(row)
  }

  /**
   * The id of an account; `undefined` where it has none.
   *
   * @throws StoreCorrupt
   */
  find(account: Account.Account): number | undefined {
    return this.known(account)?.id
  }

  /** The id of an account, which is added where it has none. */
  idOf(account: Account.Account): number {
    return this.find(account) ?? this.add(account).id
  }

  /** Adds an account that has no id. */
  add(account: Account.Account): Known {
    const { baseUrl, owner } = account
    const written = Account.formatOwner(owner)
    const id = Number(this.sql.add.run(baseUrl, written).lastInsertRowid)
    this.sql.setChecksum.run(checksumOf(id, baseUrl, written, null), id)
    return { id, account, epoch: 0, sealedBefore: undefined }
  }

  /**
   * The account of an id.
   *
   * @throws StoreCorrupt where there is none.
   */
  of(id: number): Account.Account {
    const row = this.sql.one.get(id)
    if (row === undefined) throw this.corrupt(id)
    return this.fromRow(row)
  }

  /** Every account, also one without snapshots, by id. @throws StoreCorrupt */
  all(): ReadonlyArray<Known> {
    return this.sql.all.all().map((row) => this.toKnown(row))
  }

  /**
   * The account of a row, from {@link COLUMNS}. A row that was read before and is the same is not checked again.
   *
   * @throws StoreCorrupt where its checksum is wrong or its owner is not valid.
   */
  fromRow(row: Row): Account.Account {
    const key = `${row.id}`
    const cached = this.verified.get(key)
    if (
      cached !== undefined &&
      cached.row.checksum === row.checksum &&
      cached.row.owner === row.owner &&
      cached.row.base_url === row.base_url &&
      cached.row.sealed_before === row.sealed_before
    ) {
      return cached.account
    }
    if (!isDay(row.sealed_before) || !isSound(row)) throw this.corrupt(row.id)
    const owner = Account.parseOwner(row.owner)
    if (Option.isNone(owner)) throw this.corrupt(row.id)
    const account: Account.Account = { baseUrl: row.base_url, owner: owner.value }
    this.verified.set(key, { row, account })
    return account
  }

  private toKnown(row: Row & { readonly epoch: number }): Known {
    const account = this.fromRow(row)
    if (!Number.isSafeInteger(row.epoch)) throw this.corrupt(row.id)
    return { id: row.id, account, epoch: row.epoch, sealedBefore: row.sealed_before ?? undefined }
  }

  /** Raises an account's epoch, at least past `other`. */
  raiseEpoch(id: number, other = 0): void {
    this.sql.raiseEpoch.run(other, id)
  }

  /** Seals an account up to a day; an earlier one than now changes nothing. */
  seal({ account: { baseUrl, owner }, id, sealedBefore }: Known, before: number): void {
    if (sealedBefore !== undefined && sealedBefore >= before) return
    this.sql.seal.run(before, checksumOf(id, baseUrl, Account.formatOwner(owner), before), id)
  }

  /** Makes a row, and with it its history, that of another account, which has no row. */
  rename({ id, sealedBefore }: Known, { baseUrl, owner }: Account.Account): void {
    const written = Account.formatOwner(owner)
    this.sql.rename.run(baseUrl, written, checksumOf(id, baseUrl, written, sealedBefore ?? null), id)
  }

  /** Removes an account. */
  remove(id: number): void {
    this.sql.remove.run(id)
  }

  /** Ids of accounts that do not read. */
  damaged(): ReadonlyArray<number> {
    return this.sql.all
      .all()
      .filter((row) => !isDay(row.sealed_before) || !Number.isSafeInteger(row.epoch) || !isSound(row))
      .map(({ id }) => id)
  }

  private corrupt(id: number): StoreCorrupt {
    return new StoreCorrupt({ path: this.path, table: "account", key: `${id}` })
  }
}
