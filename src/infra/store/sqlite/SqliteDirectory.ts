/** The directory of accounts on a SQLite file. */
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Subject from "../../../domain/balance/Subject.js"
import * as Account from "../../../domain/history/Account.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import type * as AccountDirectory from "../AccountDirectory.js"
import * as Fingerprint from "../Fingerprint.js"
import { StoreCorrupt, type StoreOpenError } from "../StoreError.js"
import * as Accounts from "./AccountTable.js"
import type * as Connection from "./Connection.js"

type AccountRow = Pick<Accounts.Row, "id" | "base_url" | "owner">

type Key = readonly [fingerprint: Buffer, baseUrl: string, subject: string]

const statements = (path: string, database: Database.Database) => {
  const secret = database.prepare<[], Buffer>("SELECT value FROM meta WHERE key = 'secret'").pluck().get()
  if (secret?.length !== Fingerprint.SECRET_BYTES) throw new StoreCorrupt({ path, table: "meta", key: "secret" })
  const ofHolder = "WHERE fingerprint = ? AND base_url = ? AND subject = ?"
  return {
    secret,
    accounts: new Accounts.AccountTable(path, database),
    account: database.prepare<[...Key], AccountRow>(
      `SELECT id, base_url, owner FROM account WHERE id = (SELECT account_id FROM holder ${ofHolder})`,
    ),
    remember: database.prepare<[...Key, number]>(
      `INSERT INTO holder (fingerprint, base_url, subject, account_id) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET account_id = excluded.account_id`,
    ),
    answeredAt: database.prepare<[...Key], number | null>(`SELECT answered_at FROM holder ${ofHolder}`).pluck(),
    noteAnswer: database.prepare<[...Key, number]>(
      `INSERT INTO holder (fingerprint, base_url, subject, answered_at) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET answered_at = max(coalesce(answered_at, excluded.answered_at), excluded.answered_at)`,
    ),
    label: database.prepare<[...Key], string | null>(`SELECT label FROM holder ${ofHolder}`).pluck(),
    isTaken: database
      .prepare<[string, string], number>(
        "SELECT EXISTS (SELECT 1 FROM holder WHERE label = ?) OR EXISTS (SELECT 1 FROM account WHERE owner = ?)",
      )
      .pluck(),
    keepLabel: database.prepare<[...Key, string]>(
      `INSERT INTO holder (fingerprint, base_url, subject, label) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET label = excluded.label`,
    ),
  }
}

/** The directory of an open file. */
export const make = (connection: Connection.Connection): Effect.Effect<AccountDirectory.Service, StoreOpenError> =>
  Effect.map(
    connection.prepare((database) => statements(connection.path, database)),
    (sql) => {
      const keyOf = ({ credential, baseUrl, subject }: AccountDirectory.Holder): [...Key] => [
        Fingerprint.of(sql.secret, credential),
        baseUrl,
        Subject.format(subject),
      ]
      const knownLabel = (holder: AccountDirectory.Holder): Option.Option<string> =>
        Option.fromNullable(sql.label.get(...keyOf(holder)))
      return {
        find: (holder) =>
          connection.read("AccountDirectory.find", () =>
            Option.fromNullable(sql.account.get(...keyOf(holder))).pipe(
              Option.map((row) => Accounts.toAccount(connection.path, row)),
              Option.filter(({ owner }) => owner._tag !== "Labelled"),
            ),
          ),
        lastAnswered: (holder) =>
          connection.read("AccountDirectory.lastAnswered", () =>
            Option.map(Option.fromNullable(sql.answeredAt.get(...keyOf(holder))), Timestamp.fromMillis),
          ),
        noteAnswer: (holder, at) =>
          connection.write("AccountDirectory.noteAnswer", () => {
            sql.noteAnswer.run(...keyOf(holder), at.epochMillis)
          }),
        remember: (holder, account) =>
          connection.write("AccountDirectory.remember", () => {
            // Another process may have removed the account that an id was remembered of.
            sql.accounts.forgetIds()
            sql.remember.run(...keyOf(holder), sql.accounts.idOf(account))
          }),
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
                        const label = Fingerprint.newLabel(
                          (label) => sql.isTaken.get(label, Account.formatOwner({ _tag: "Labelled", label })) === 1,
                        )
                        sql.keepLabel.run(...keyOf(holder), label)
                        return label
                      }),
                    ),
                }),
              ),
              Effect.map((label) => Account.labelled(holder.baseUrl, label)),
            ),
      }
    },
  )
