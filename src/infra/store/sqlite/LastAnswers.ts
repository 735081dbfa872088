/**
 * The last answer to a holder, in one statement: who the holder is, whose account that is, the newest snapshot up to the answer that is not outdated, and since when
 * snapshots agree. A cache reads it where memory has nothing, so it must be fast.
 */
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Fingerprint from "../../Fingerprint.js"
import * as Memo from "../../Memo.js"
import type * as AccountDirectory from "../AccountDirectory.js"
import type * as Answers from "../Answers.js"
import type { AccountTable } from "./AccountTable.js"
import type * as Connection from "./Connection.js"
import type * as Driver from "./Driver.js"
import type { HolderTable } from "./HolderTable.js"
import type { PlanTable } from "./PlanTable.js"
import * as SnapshotRow from "./SnapshotRow.js"
import { IS_NOT_OUTDATED } from "./SnapshotTable.js"

/** Places of the columns behind those of the snapshot. */
const LABEL = SnapshotRow.COLUMNS.length
const ANSWERED_AT = LABEL + 1
const HOLDER_CHECKSUM = LABEL + 2
const OWNER = LABEL + 3
const SEALED_BEFORE = LABEL + 4
const ACCOUNT_CHECKSUM = LABEL + 5
const AGREED_SINCE = LABEL + 6

/** When the snapshot before was observed, where it has the same content: `SnapshotRow.agrees` as SQL. */
const SINCE = `
  SELECT CASE
    WHEN p.monthly_usd = s.monthly_usd AND p.stable_usd = s.stable_usd AND p.plan_id = s.plan_id
      AND p.created_at = s.created_at AND p.refresh_at IS s.refresh_at AND p.monthly_credits IS s.monthly_credits
      AND p.granted_credits IS s.granted_credits AND p.prepaid_credits_usd IS s.prepaid_credits_usd
      AND (p.due_usd IS NULL OR s.due_usd IS NULL OR p.due_usd = s.due_usd)
    THEN p.observed_at
  END
  FROM snapshot p
  WHERE p.account_id = s.account_id AND (p.observed_at, p.updated_at, p.nth) < (s.observed_at, s.updated_at, s.nth)
  ORDER BY p.observed_at DESC, p.updated_at DESC, p.nth DESC LIMIT 1`

const QUERY = `
  SELECT ${SnapshotRow.columns("s.")}, h.label, h.answered_at, h.checksum, a.owner, a.sealed_before, a.checksum, (${SINCE})
  FROM holder h
  JOIN account a ON a.id = h.account_id
  JOIN snapshot s ON s.account_id = h.account_id AND s.observed_at <= h.answered_at AND ${IS_NOT_OUTDATED}
  WHERE h.fingerprint = ? AND h.base_url = ? AND h.subject = ?
  ORDER BY s.observed_at DESC, s.updated_at DESC, s.nth DESC LIMIT 1`

const numberOf = (value: unknown): number | null => (value === null ? null : Number(value))

/** Reads the last answers of an open file. */
export class LastAnswers {
  private readonly path: string | undefined
  private readonly accounts: AccountTable
  private readonly plans: PlanTable
  private readonly holders: HolderTable
  private readonly query

  constructor(
    path: string | undefined,
    database: Driver.Database,
    tables: { readonly accounts: AccountTable; readonly plans: PlanTable; readonly holders: HolderTable },
  ) {
    this.path = path
    this.accounts = tables.accounts
    this.plans = tables.plans
    this.holders = tables.holders
    this.query = database.prepare<[Buffer, string, string], ReadonlyArray<unknown>>(QUERY).safeIntegers().raw()
  }

  /**
   * The last answer to a holder; `None` where it has none, or only a label.
   *
   * @throws StoreCorrupt where the holder, the account or the snapshot is not what was written.
   */
  of(holder: AccountDirectory.Holder): Option.Option<Answers.Answer> {
    const { base_url, fingerprint, subject } = this.holders.keyOf(holder)
    const row = this.query.get(fingerprint, base_url, subject)
    if (row === undefined) return Option.none()
    const id = Number(row[SnapshotRow.ACCOUNT_ID])
    this.holders.sound({
      fingerprint,
      base_url,
      subject,
      account_id: id,
      label: row[LABEL] as string | null,
      answered_at: numberOf(row[ANSWERED_AT]),
      checksum: Number(row[HOLDER_CHECKSUM]),
    })
    const account = this.accounts.fromRow({
      id,
      base_url,
      owner: row[OWNER] as string,
      sealed_before: numberOf(row[SEALED_BEFORE]),
      checksum: Number(row[ACCOUNT_CHECKSUM]),
    })
    if (account.owner._tag === "Labelled") return Option.none()
    const decoder = new SnapshotRow.Decoder(this.path, account, (plan) => this.plans.of(plan))
    const snapshot = decoder.decode(row as SnapshotRow.RawRow)
    const agreedSince = numberOf(row[AGREED_SINCE]) ?? snapshot.observedAt.epochMillis
    return Option.some({ snapshot, agreedSince })
  }
}

/** Makes the last answers of a connection. */
export const makeAnswers = (
  connection: Connection.Connection<{ readonly answers: LastAnswers; readonly holders: HolderTable }>,
): Answers.Service => {
  // Of the file that was opened first: the processes that share it agree on the keys of leases, and a credential keeps its fingerprint when another
  // file is put in its place.
  const secret = connection.readNow(({ holders }) => holders.secret)
  const fingerprintOf = Fingerprint.ofTokens(secret)
  return {
    fingerprint: Memo.byObject((credential: Redacted.Redacted) => fingerprintOf(credential).toString("hex")),
    version: connection.version,
    peek: (holder) => {
      try {
        return Option.getOrUndefined(connection.readNow(({ answers }) => answers.of(holder)))
      } catch {
        return undefined
      }
    },
    // In one transaction, so that what another process removes meanwhile is not taken for damage.
    last: (holder) => connection.read("Answers.last", ({ answers }) => answers.of(holder)),
  }
}
