/**
 * The last answer to a holder, in one statement: who the holder is, whose account that is, the newest look up to the answer, and since when
 * looks say the same. It is what a cache reads where memory has nothing, so it is kept short.
 */
import type Database from "better-sqlite3"
import * as Option from "effect/Option"
import type { Answer } from "../Answers.js"
import { SoundAccounts } from "./AccountTable.js"
import type { HolderTable, Key } from "./HolderTable.js"
import { LOOK_COLUMNS, type LookColumns } from "./LookColumns.js"
import type { LookTable } from "./LookTable.js"

/** A row as it is read: an array, which costs half of an object. */
type Row = readonly [
  ...look: readonly [
    accountId: bigint,
    observedAt: bigint,
    nth: bigint,
    lag: bigint,
    termsId: bigint,
    monthlyUsd: bigint,
    monthlyCredits: bigint | null,
    stableUsd: bigint,
    grantedCredits: bigint | null,
    prepaidCreditsUsd: bigint | null,
    dueUsd: bigint | null,
    sights: Buffer | null,
  ],
  agreedSince: bigint | null,
  label: string | null,
  answeredAt: bigint,
  holderDigest: Buffer | null,
  owner: string,
  accountDigest: Buffer | null,
]

const lookOf = (row: Row): LookColumns => ({
  account_id: row[0],
  observed_at: row[1],
  nth: row[2],
  lag: row[3],
  terms_id: row[4],
  monthly_usd: row[5],
  monthly_credits: row[6],
  stable_usd: row[7],
  granted_credits: row[8],
  prepaid_credits_usd: row[9],
  due_usd: row[10],
  sights: row[11],
})

/** A row alone in its hour may go on what the row before it says: then that one began it, as far as two rows tell. */
const AGREED_SINCE = `
  CASE WHEN l.sights IS NULL THEN (
    SELECT CASE
      WHEN p.terms_id = l.terms_id AND p.monthly_usd = l.monthly_usd AND p.stable_usd = l.stable_usd
        AND p.monthly_credits IS l.monthly_credits AND p.granted_credits IS l.granted_credits
        AND p.prepaid_credits_usd IS l.prepaid_credits_usd
        AND (p.due_usd IS NULL OR l.due_usd IS NULL OR p.due_usd = l.due_usd)
      THEN p.observed_at
    END
    FROM look p WHERE p.account_id = l.account_id AND p.observed_at < l.observed_at
    ORDER BY p.observed_at DESC, p.nth DESC LIMIT 1
  ) END`

const QUERY = `
  SELECT ${LOOK_COLUMNS.map((column) => `l.${column}`).join(", ")}, ${AGREED_SINCE},
    h.label, h.answered_at, h.digest, a.owner, a.digest
  FROM holder h
  JOIN account a ON a.id = h.account_id
  JOIN look l ON l.account_id = h.account_id AND l.observed_at <= h.answered_at
  WHERE h.fingerprint = ? AND h.base_url = ? AND h.subject = ?
  ORDER BY l.observed_at DESC, l.nth DESC LIMIT 1`

/** Reads the last answers of an open file. */
export class AnswerReader {
  private readonly accounts: SoundAccounts
  private readonly holders: HolderTable
  private readonly looks: LookTable
  private readonly query

  constructor(path: string, database: Database.Database, holders: HolderTable, looks: LookTable) {
    this.accounts = new SoundAccounts(path)
    this.holders = holders
    this.looks = looks
    this.query = database.prepare<[Buffer, string, string], Row>(QUERY).safeIntegers().raw()
  }

  /**
   * The last answer to a holder; `None` of one that has none, or a label alone.
   *
   * @throws StoreCorrupt where the holder, the account or the look is not what was put in.
   */
  last(key: Key): Option.Option<Answer> {
    const row = this.query.get(key.fingerprint, key.base_url, key.subject)
    if (row === undefined) return Option.none()
    const [agreedSince, label, answered, holderDigest, owner, accountDigest] = [
      row[12],
      row[13],
      row[14],
      row[15],
      row[16],
      row[17],
    ]
    const [id, answeredAt] = [Number(row[0]), Number(answered)]
    this.holders.mustBeSound({
      fingerprint: key.fingerprint,
      base_url: key.base_url,
      subject: key.subject,
      account_id: id,
      label,
      answered_at: answeredAt,
      digest: holderDigest,
    })
    const account = this.accounts.of({ id, base_url: key.base_url, owner, digest: accountDigest })
    if (account.owner._tag === "Labelled") return Option.none()
    const looks = this.looks.looksOfColumns(lookOf(row))
    const look = looks.findLast((each) => each.observedAt <= answeredAt)
    const [first] = looks
    if (look === undefined || first === undefined) return Option.none()
    return Option.some({
      snapshot: this.looks.snapshotOf(account, look),
      agreedSince: agreedSince === null ? first.observedAt : Number(agreedSince),
    })
  }
}
