/** The meaning of the failures of SQLite and of the file system, as errors that a caller can act on. */
import * as Schema from "effect/Schema"
import {
  StoreBusy,
  StoreCannotOpen,
  StoreCorrupt,
  StoreError,
  StoreFull,
  StoreIoFailed,
  StoreNotADatabase,
  StoreOpenError,
  StoreReadOnly,
} from "../StoreError.js"
import * as Driver from "./Driver.js"

/** The meaning of an error code of SQLite. `Bug`: sound files and sound statements never cause it. */
export type Meaning = "Busy" | "Full" | "Corrupt" | "NotADatabase" | "ReadOnly" | "Denied" | "Io" | "Bug"

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["BUSY", "Busy"],
  // A race for the write-ahead log's index, which passes.
  ["PROTOCOL", "Busy"],
  // Another process removed the log of an empty file at the same time.
  ["IOERR_DELETE_NOENT", "Busy"],
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

/** The error behind what copying a history threw; `undefined` for a bug. */
export const whileCopying = (
  path: string,
  target: string,
  operation: string,
  cause: unknown,
): StoreError | undefined => {
  if (cause instanceof StoreCannotOpen) return cause
  if (Driver.isSqliteError(cause)) {
    // The source is only read: a full disk or a failing one is more likely that of the copy.
    const isOfCopy = meaning(cause.code) === "Full" || meaning(cause.code) === "Io"
    return whileOpen(isOfCopy ? target : path, operation, cause)
  }
  return cause instanceof Error && "code" in cause && typeof cause.code === "string"
    ? cause.code === "ENOSPC"
      ? new StoreFull({ path: target, operation })
      : new StoreCannotOpen({ path: target, reason: reason(cause.code), cause })
    : undefined
}

const isStoreError = Schema.is(StoreError)

/** Whether only the values of a damaged file cause it: they break a rule of the tables, or add up past an int64. */
const isOfDamage = ({ code, message }: Driver.SqliteError): boolean =>
  code.startsWith("SQLITE_CONSTRAINT") || message === "integer overflow"

/** The error behind what an operation on an open store threw; `undefined` for a bug. `path` is undefined in memory. */
export const whileOpen = (path: string | undefined, operation: string, cause: unknown): StoreError | undefined => {
  if (isStoreError(cause)) return cause
  if (!Driver.isSqliteError(cause)) return undefined
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

const isOpenError = Schema.is(StoreOpenError)

/** The error behind what opening a store threw; `undefined` for a bug. `path` is undefined in memory. */
export const whileOpening = (path: string | undefined, cause: unknown): StoreOpenError | undefined => {
  if (isOpenError(cause)) return cause
  if (Driver.isSqliteError(cause)) {
    switch (meaning(cause.code)) {
      case "Busy":
        return new StoreBusy({ path, operation: "open" })
      case "Full":
        return new StoreFull({ path, operation: "open" })
      case "NotADatabase":
        return new StoreNotADatabase({ path: path ?? "", reason: "NotSqlite" })
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
