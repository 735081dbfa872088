/**
 * A snapshot to a line of JSON:
 * `{"subject":"user:ID","base_url":"…","observed_at":"RFC 3339","balance":{…},"credit_unit":"second"}`.
 *
 * The balance is its canonical JSON, so that a line holds all that is kept of a look, to the last digit.
 */
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Memo from "../../infra/Memo.js"
import * as CanonicalText from "./CanonicalText.js"
import * as CreditUnit from "./CreditUnit.js"

/** What the lines of an account begin with. */
const beginning = Memo.byObject(
  ({ baseUrl, owner }: Account.Account) =>
    `{"subject":${JSON.stringify(Account.formatOwner(owner))},"base_url":${JSON.stringify(baseUrl)},"observed_at":"`,
)

const unitOf = (snapshot: Snapshot.Snapshot): string =>
  Option.match(CreditUnit.of(snapshot), { onNone: () => "null", onSome: (unit) => `"${unit}"` })

/** The line of a snapshot, with its end. */
export const of = (snapshot: Snapshot.Snapshot): string => {
  const { account, balance, observedAt } = snapshot
  return `${beginning(account)}${Timestamp.format(observedAt)}","balance":${CanonicalText.balance(balance)},"credit_unit":${unitOf(snapshot)}}\n`
}

/** The lines of snapshots. */
export const ofAll = (snapshots: Iterable<Snapshot.Snapshot>): string => {
  let lines = ""
  for (const snapshot of snapshots) lines += of(snapshot)
  return lines
}
