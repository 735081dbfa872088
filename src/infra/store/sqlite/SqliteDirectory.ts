/** The directory of accounts on a SQLite file. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Subject from "../../../domain/balance/Subject.js"
import * as Account from "../../../domain/history/Account.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import type * as AccountDirectory from "../AccountDirectory.js"
import { REORDER_MILLIS } from "../AccountDirectory.js"
import * as Fingerprint from "../Fingerprint.js"
import type { AccountTable } from "./AccountTable.js"
import type * as Connection from "./Connection.js"
import type { HolderTable } from "./HolderTable.js"

/** The directory of an open file. */
export const make = (
  connection: Connection.Connection,
  { accounts, holders }: { readonly accounts: AccountTable; readonly holders: HolderTable },
): AccountDirectory.Service => {
  const known = ({ baseUrl, credential, subject }: AccountDirectory.Holder) =>
    holders.find({
      fingerprint: Fingerprint.of(holders.secret, credential),
      base_url: baseUrl,
      subject: Subject.format(subject),
    })
  const knownLabel = (holder: AccountDirectory.Holder): Option.Option<string> =>
    Option.fromNullable(known(holder).label)
  const newLabel = (): string =>
    Fingerprint.newLabel((label) => holders.isTaken(label, Account.formatOwner({ _tag: "Labelled", label })))
  return {
    find: (holder) =>
      connection.read("AccountDirectory.find", () =>
        Option.fromNullable(known(holder).account_id).pipe(
          Option.map((id) => accounts.of(id)),
          Option.filter(({ owner }) => owner._tag !== "Labelled"),
        ),
      ),
    lastAnswered: (holder) =>
      connection.read("AccountDirectory.lastAnswered", () =>
        Option.map(Option.fromNullable(known(holder).answered_at), Timestamp.fromMillis),
      ),
    noteAnswer: (holder, at) =>
      connection.write("AccountDirectory.noteAnswer", () => {
        const before = known(holder)
        const noted = before.answered_at
        const isReordered = noted !== null && noted > at.epochMillis && noted - at.epochMillis <= REORDER_MILLIS
        if (!isReordered) holders.put({ ...before, answered_at: at.epochMillis })
      }),
    forgetAnswer: (holder) =>
      Effect.flatMap(
        connection.read("AccountDirectory.forgetAnswer", () => known(holder).answered_at),
        (answered) =>
          answered === null
            ? Effect.void
            : connection.write("AccountDirectory.forgetAnswer", () =>
                holders.put({ ...known(holder), answered_at: null }),
              ),
      ),
    remember: (holder, account) =>
      connection.write(
        "AccountDirectory.remember",
        () => {
          // Another process may have removed the account that an id was remembered of.
          accounts.forgetIds()
          holders.put({ ...known(holder), account_id: accounts.idOf(account) })
        },
        () => accounts.forgetIds(),
      ),
    label: (holder) =>
      connection
        .read("AccountDirectory.label", () => knownLabel(holder))
        .pipe(
          Effect.flatMap(
            Option.match({
              onSome: Effect.succeed,
              onNone: () =>
                connection.write("AccountDirectory.label", () =>
                  // Asked again under the lock: another process may have made one meanwhile.
                  Option.getOrElse(knownLabel(holder), () => {
                    const label = newLabel()
                    holders.put({ ...known(holder), label })
                    return label
                  }),
                ),
            }),
          ),
          Effect.map((label) => Account.labelled(holder.baseUrl, label)),
        ),
  }
}
