/** Whose file a path names, found out without changing a byte of it or leaving anything beside it. */
import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs"
import Database from "better-sqlite3"
import { StoreCannotOpen, StoreCorrupt, StoreNewerVersion, StoreNotADatabase } from "../StoreError.js"
import { isErrno } from "./Fault.js"

/** The `application_id` of a history: the four letters `zoor`. */
export const APPLICATION_ID = 0x7a6f6f72

/** What a database says of itself. */
export interface Identity {
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

/** What an open database says of itself, its write-ahead log included. */
export const ofDatabase = (database: Database.Database): Identity => ({
  applicationId: Number(database.pragma("application_id", { simple: true })),
  userVersion: Number(database.pragma("user_version", { simple: true })),
  hasTables: database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined,
})

/**
 * What the file at `path` says of itself: `Missing` when there is none, `Empty` when it has no bytes.
 *
 * The header tells, unless a write-ahead log holds what is newer than it; then SQLite is asked, for reading only.
 */
export const ofFile = (path: string): "Missing" | "Empty" | Identity => {
  try {
    if (!statSync(path).isFile()) throw new StoreCannotOpen({ path, reason: "NotAFile" })
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return "Missing"
    throw cause
  }
  const head = readHead(path)
  if (head.length === 0) return "Empty"
  if (head.length < HEAD_BYTES || head.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new StoreNotADatabase({ path, reason: "NotSqlite" })
  }
  if (size(`${realpathSync(path)}-wal`) > 0) {
    const database = new Database(path, { readonly: true, fileMustExist: true, timeout: 5 })
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
 * The format version of what was found: 0 where nothing was written yet.
 *
 * @throws StoreNotADatabase when another application's tables are there.
 * @throws StoreCorrupt when it is no version.
 * @throws StoreNewerVersion when the format is newer than `supported`.
 */
export const versionOf = (path: string, found: "Missing" | "Empty" | Identity, supported: number): number => {
  if (found === "Missing" || found === "Empty") return 0
  const isBlank = found.applicationId === 0 && found.userVersion === 0 && !found.hasTables
  if (isBlank) return 0
  if (found.applicationId !== APPLICATION_ID) throw new StoreNotADatabase({ path, reason: "OtherApplication" })
  if (found.userVersion < 0) throw new StoreCorrupt({ path, table: "header", key: "user_version" })
  if (found.userVersion > supported)
    throw new StoreNewerVersion({ path, part: "Format", found: found.userVersion, supported })
  return found.userVersion
}
