/** Whose file a path names, read without changing a byte of it or leaving anything beside it. */
import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs"
import { StoreCannotOpen, StoreCorrupt, StoreNewerVersion, StoreNotADatabase } from "../StoreError.js"
import * as Driver from "./Driver.js"
import { isErrno } from "./SqliteError.js"

/** The `application_id` of a history: the four letters `zoor`. */
export const APPLICATION_ID = 0x7a6f6f72

/** What the header of a database says. */
export interface FileHeader {
  readonly applicationId: number
  readonly userVersion: number
  readonly hasTables: boolean
}

const MAGIC = "SQLite format 3\0"
/** The file's header (100 bytes) and the head of its first page, which is the root of the schema. */
const HEAD_BYTES = 105
const LEAF = 0x0d

const readHead = (path: string): Buffer => {
  const file = openSync(path, "r")
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0))
  } finally {
    closeSync(file)
  }
}

const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Whether there is a file. @throws StoreCannotOpen `NotAFile` where something else is there. */
export const isThere = (path: string): boolean => {
  try {
    if (!statSync(path).isFile()) throw new StoreCannotOpen({ path, reason: "NotAFile" })
    return true
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return false
    throw cause
  }
}

/** Reads the header of an open database, its write-ahead log included. At one moment: another process may be creating the tables. */
export const ofDatabase = (database: Driver.Database): FileHeader => {
  const read = (): FileHeader => ({
    applicationId: Number(database.pragma("application_id", { simple: true })),
    userVersion: Number(database.pragma("user_version", { simple: true })),
    hasTables: database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined,
  })
  return database.inTransaction ? read() : database.transaction(read)()
}

/**
 * Reads the header of the file at `path`: `Missing` when there is no file, `Empty` when it has no bytes.
 *
 * The header tells, unless a write-ahead log may hold a newer one; then SQLite is asked, for reading only.
 */
export const ofFile = (path: string): "Missing" | "Empty" | FileHeader => {
  if (!isThere(path)) return "Missing"
  const head = readHead(path)
  if (head.length === 0) return "Empty"
  if (head.length < HEAD_BYTES || head.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new StoreNotADatabase({ path, reason: "NotSqlite" })
  }
  if (size(`${realpathSync(path)}-wal`) > 0) {
    const database = Driver.open(path, { readonly: true, fileMustExist: true, timeout: 5 })
    try {
      return ofDatabase(database)
    } finally {
      database.close()
    }
  }
  return {
    userVersion: head.readInt32BE(60),
    applicationId: head.readInt32BE(68),
    hasTables: head.readUInt8(100) !== LEAF || head.readUInt16BE(103) > 0,
  }
}

/**
 * The format version of a header: 0 where nothing was written yet.
 *
 * @throws StoreNotADatabase when another application's tables are there.
 * @throws StoreCorrupt when it is not a version.
 * @throws StoreNewerVersion when the format is newer than `supported`.
 */
export const versionOf = (
  path: string | undefined,
  found: "Missing" | "Empty" | FileHeader,
  supported: number,
): number => {
  if (found === "Missing" || found === "Empty") return 0
  const isBlank = found.applicationId === 0 && found.userVersion === 0 && !found.hasTables
  if (isBlank) return 0
  const name = path ?? ":memory:"
  if (found.applicationId !== APPLICATION_ID) throw new StoreNotADatabase({ path: name, reason: "OtherApplication" })
  if (found.userVersion < 0) throw new StoreCorrupt({ path, table: "header", key: "user_version" })
  if (found.userVersion > supported) throw new StoreNewerVersion({ path: name, found: found.userVersion, supported })
  return found.userVersion
}
