/** What the failures of SQLite and of the file system mean, as errors that a caller can act on. */
import Database from "better-sqlite3"
import {
  StoreBusy,
  StoreCannotOpen,
  StoreCorrupt,
  type StoreError,
  StoreFull,
  StoreIoFailed,
  StoreNewerVersion,
  StoreNotADatabase,
  StoreOlderVersion,
  type StoreOpenError,
  StoreOutOfRange,
  StoreReadOnly,
} from "../StoreError.js"

/** What an error code of SQLite means. `Bug` is whatever a sound file and a sound statement never give. */
export type Meaning = "Busy" | "Full" | "Corrupt" | "NotADatabase" | "ReadOnly" | "Denied" | "Io" | "Bug"

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["BUSY", "Busy"],
  // A race for the write-ahead log's index, which passes.
  ["PROTOCOL", "Busy"],
  ["FULL", "Full"],
  ["CORRUPT", "Corrupt"],
  ["NOTADB", "NotADatabase"],
  ["READONLY", "ReadOnly"],
  // The file was moved or removed under the connection.
  ["READONLY_DBMOVED", "Io"],
  ["PERM", "Denied"],
  ["AUTH", "Denied"],
  ["CANTOPEN", "Io"],
  ["IOERR", "Io"],
  ["NOLFS", "Io"],
  ["NOMEM", "Io"],
])

/** The meaning of a code such as `SQLITE_BUSY` or, extended, `SQLITE_BUSY_SNAPSHOT`. */
export const meaning = (code: string): Meaning => {
  const [, primary = "", ...extension] = code.split("_")
  return MEANINGS.get([primary, ...extension].join("_")) ?? MEANINGS.get(primary) ?? "Bug"
}

/** Whether a failure of the file system has this code. */
export const isErrno = (cause: unknown, code: string): boolean =>
  cause instanceof Error && "code" in cause && cause.code === code

/** The reason behind a code of the file system such as `ENOENT`. */
export const reason = (code: string): StoreCannotOpen["reason"] => {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "EEXIST":
      return "NoSuchFolder"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "PermissionDenied"
    case "EISDIR":
      return "NotAFile"
    default:
      return "Other"
  }
}

/** What SQLite throws when it is busy. */
export const busy = (): Error => new Database.SqliteError("database is locked", "SQLITE_BUSY")

/** The error behind what a copy of a store threw; `undefined` for a bug. */
export const whileCopying = (
  path: string,
  target: string,
  operation: string,
  cause: unknown,
): StoreError | undefined => {
  if (cause instanceof StoreCannotOpen) return cause
  if (cause instanceof Database.SqliteError) {
    // What is wrong is more likely wrong with the copy, which is written, than with what is only read.
    return whileOpen(meaning(cause.code) === "Full" || meaning(cause.code) === "Io" ? target : path, operation, cause)
  }
  return cause instanceof Error && "code" in cause && typeof cause.code === "string"
    ? cause.code === "ENOSPC"
      ? new StoreFull({ path: target, operation })
      : new StoreCannotOpen({ path: target, reason: reason(cause.code), cause })
    : undefined
}

const isStoreError = (cause: unknown): cause is StoreError =>
  cause instanceof StoreCorrupt ||
  cause instanceof StoreOutOfRange ||
  cause instanceof StoreReadOnly ||
  cause instanceof StoreNewerVersion

/** Whether it is what only the values of a damaged file bring about: they break a rule of the tables, or add up past an int64. */
const isOfDamage = ({ code, message }: InstanceType<typeof Database.SqliteError>): boolean =>
  code.startsWith("SQLITE_CONSTRAINT") || message === "integer overflow"

/** The error behind what an operation on an open store threw; `undefined` for a bug. */
export const whileOpen = (path: string, operation: string, cause: unknown): StoreError | undefined => {
  if (isStoreError(cause)) return cause
  if (!(cause instanceof Database.SqliteError)) return undefined
  switch (meaning(cause.code)) {
    case "Busy":
      return new StoreBusy({ path, operation })
    case "Full":
      return new StoreFull({ path, operation })
    case "ReadOnly":
      return new StoreReadOnly({ path, operation })
    case "Corrupt":
    case "NotADatabase":
      return new StoreCorrupt({ path, table: "database", key: cause.code, cause })
    case "Denied":
    case "Io":
      return new StoreIoFailed({ path, operation, code: cause.code, cause })
    case "Bug":
      return isOfDamage(cause) ? new StoreCorrupt({ path, table: "database", key: cause.message, cause }) : undefined
  }
}

const isOpenError = (cause: unknown): cause is StoreOpenError =>
  cause instanceof StoreCannotOpen ||
  cause instanceof StoreNotADatabase ||
  cause instanceof StoreNewerVersion ||
  cause instanceof StoreOlderVersion ||
  cause instanceof StoreFull ||
  cause instanceof StoreIoFailed ||
  cause instanceof StoreCorrupt

/** The error behind what opening a store threw; `undefined` for a bug. */
export const whileOpening = (path: string, cause: unknown): StoreOpenError | undefined => {
  if (isOpenError(cause)) return cause
  if (cause instanceof Database.SqliteError) {
    switch (meaning(cause.code)) {
      case "Busy":
        return new StoreBusy({ path, operation: "open" })
      case "Full":
        return new StoreFull({ path, operation: "open" })
      case "NotADatabase":
        return new StoreNotADatabase({ path, reason: "NotSqlite" })
      case "Corrupt":
        return new StoreCorrupt({ path, table: "database", key: cause.code, cause })
      case "ReadOnly":
      case "Denied":
        return new StoreCannotOpen({ path, reason: "PermissionDenied", cause })
      case "Io":
        return cause.code.startsWith("SQLITE_CANTOPEN")
          ? new StoreCannotOpen({ path, reason: "Other", cause })
          : new StoreIoFailed({ path, operation: "open", code: cause.code, cause })
      case "Bug":
        // The version says that the tables are there, and one of them is not.
        return cause.code === "SQLITE_ERROR"
          ? new StoreCorrupt({ path, table: "sqlite_schema", key: cause.message, cause })
          : undefined
    }
  }
  return cause instanceof Error && "code" in cause && typeof cause.code === "string"
    ? new StoreCannotOpen({ path, reason: reason(cause.code), cause })
    : undefined
}
