/** The directory of accounts on a SQLite file. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "../../../domain/history/Account.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import type * as AccountDirectory from "../AccountDirectory.js"
import type { AccountTable } from "./AccountTable.js"
import type * as Connection from "./Connection.js"
import type { HolderTable } from "./HolderTable.js"

/** The tables that the directory reads and writes. */
export interface Tables {
  readonly accounts: AccountTable
  readonly holders: HolderTable
}

/** Makes the directory of a connection. */
export const make = (connection: Connection.Connection<Tables>): AccountDirectory.Service => ({
  find: (holder) =>
    connection.read("AccountDirectory.find", ({ accounts, holders }) =>
      Option.fromNullable(holders.find(holder).account_id).pipe(
        Option.map((id) => accounts.of(id)),
        Option.filter(({ owner }) => owner._tag !== "Labelled"),
      ),
    ),
  lastAnswered: (holder) =>
    connection.read("AccountDirectory.lastAnswered", ({ holders }) =>
      Option.map(Option.fromNullable(holders.find(holder).answered_at), Timestamp.fromMillis),
    ),
  forgetAnswer: (holder) =>
    Effect.flatMap(
      connection.read("AccountDirectory.forgetAnswer", ({ holders }) => holders.find(holder).answered_at),
      (answered) =>
        answered === null
          ? Effect.void
          : connection.write("AccountDirectory.forgetAnswer", ({ holders }) =>
              holders.put({ ...holders.find(holder), answered_at: null }),
            ),
    ),
  remember: (holder, account) =>
    connection.write("AccountDirectory.remember", ({ accounts, holders }) =>
      holders.put({ ...holders.find(holder), account_id: accounts.idOf(account) }),
    ),
  label: (holder) =>
    Effect.flatMap(
      connection.read("AccountDirectory.label", ({ holders }) => Option.fromNullable(holders.find(holder).label)),
      Option.match({
        onSome: Effect.succeed,
        onNone: () =>
          connection.write("AccountDirectory.label", ({ holders }) => {
            // Read again under the lock: another process may have made one meanwhile.
            const stored = holders.find(holder)
            if (stored.label !== null) return stored.label
            const label = holders.newLabel()
            holders.put({ ...stored, label })
            return label
          }),
      }),
    ).pipe(Effect.map((label) => Account.labelled(holder.baseUrl, label))),
})
