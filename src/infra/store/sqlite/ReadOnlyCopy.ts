/**
 * A private copy of a history, for reading it where SQLite cannot read the file itself: beside a database with a write-ahead log it needs an
 * index of that log, and a folder or file system that takes no files has no room for one.
 *
 * A copy is of one moment: it does not show later writes. It lies in a folder of its own below the system's temporary folder, for its owner
 * alone, and is removed when it closes. Where the system lets go of the names of open files, it loses its name as soon as it is open, so that
 * a process that is killed while it reads leaves nothing behind; the next copy removes what one that was killed before left. It is made in one turn of the event loop.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Leftovers from "../Leftovers.js"
import { StoreFull, StoreIoFailed } from "../StoreError.js"
import * as Driver from "./Driver.js"
import * as SqliteError from "./SqliteError.js"

/** Whether a file could not be read because nothing can be written beside it. */
export const isNeededAfter = (cause: unknown): boolean =>
  Driver.isSqliteError(cause) && /^SQLITE_(?:READONLY|CANTOPEN)/.test(cause.code)

const removeQuietly = (folder: string): void => {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // Windows keeps open files; this one is removed when it closes.
  }
}

/** An open copy. */
export interface ReadOnlyCopy {
  readonly database: Driver.Database
  /** Closes and removes it. */
  readonly close: () => void
}

const openCopy = (file: string, folder: string): ReadOnlyCopy => {
  const database = Driver.open(file, { readonly: true, fileMustExist: true })
  try {
    database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get()
  } catch (cause) {
    database.close()
    throw cause
  }
  removeQuietly(folder)
  const close = (): void => {
    database.close()
    removeQuietly(folder)
  }
  return { database, close }
}

/** The head of a log has other salts each time the log begins anew. */
const LOG_HEADER_BYTES = 32

const headOf = (file: string): string => {
  const descriptor = openSync(file, "r")
  try {
    const head = Buffer.alloc(LOG_HEADER_BYTES)
    return head.toString("hex", 0, readSync(descriptor, head, 0, LOG_HEADER_BYTES, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** A file of the history as it was found. */
interface Part {
  readonly file: string
  readonly bytes: bigint
  /** Another one after every write but those of the same tick of the file system's clock. */
  readonly state: string
  readonly changedAtMillis: number
  /** How long a tick may be: some file systems know whole seconds only. */
  readonly tickMillis: number
}

const partOf = (file: string): ReadonlyArray<Part> => {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false })
  if (stats === undefined) return []
  const { ctimeNs, dev, ino, mtimeNs, size } = stats
  const changedAtMillis = Math.max(Number(mtimeNs / 1_000_000n), Number(ctimeNs / 1_000_000n))
  const tickMillis = mtimeNs % 1_000_000_000n === 0n ? 2000 : 50
  const state = [dev, ino, size, mtimeNs, ctimeNs, headOf(file)].join(" ")
  return [{ file, bytes: size, state, changedAtMillis, tickMillis }]
}

/** With its log, and with the journal of a write that did not end, which the copy's first opening undoes. */
const partsOf = (real: string): ReadonlyArray<Part> =>
  ["", "-wal", "-journal"].flatMap((ending) => partOf(real + ending))

/** Whether a file could have changed again without showing it. */
const isUnsettled = ({ changedAtMillis, tickMillis }: Part, now: number): boolean =>
  changedAtMillis <= now && now - changedAtMillis < tickMillis

const statesOf = (parts: ReadonlyArray<Part>): string => parts.map(({ file, state }) => `${file} ${state}`).join("\n")

const isFull = (code: string): boolean => code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG"

/** The error of making the copy, with the path of the history; what is wrong with the history itself stays as it is. */
const failureOf = (path: string, temporary: string, cause: unknown): unknown => {
  const operation = `copy to ${temporary} (TMPDIR names another folder)`
  if (!(cause instanceof Error && "code" in cause && typeof cause.code === "string")) return cause
  const { code } = cause
  if (Driver.isSqliteError(cause)) {
    const meaning = SqliteError.meaning(code)
    if (meaning === "Full") return new StoreFull({ path, operation })
    const isOfCopy = meaning === "Io" || meaning === "Denied" || meaning === "ReadOnly"
    return isOfCopy ? new StoreIoFailed({ path, operation, code, cause }) : cause
  }
  return isFull(code) ? new StoreFull({ path, operation }) : new StoreIoFailed({ path, operation, code, cause })
}

const needRoom = (folder: string, parts: ReadonlyArray<Part>): void => {
  const { bavail, blocks, bsize } = statfsSync(folder, { bigint: true })
  const [file = 0n, ...logs] = parts.map(({ bytes }) => bytes)
  const needed = logs.reduce((sum, bytes) => sum + 2n * bytes, file)
  // The log is written into the copy, which may grow by it. Some file systems don't tell their size.
  if (blocks > 0n && bavail * bsize < needed) throw Object.assign(new Error("no room"), { code: "ENOSPC" })
}

const copyPart = (file: string, target: string): void => {
  try {
    copyFileSync(file, target, constants.COPYFILE_FICLONE)
  } catch (cause) {
    // It was there a moment ago: another process writes.
    throw SqliteError.isErrno(cause, "ENOENT") ? Driver.busy() : cause
  }
  chmodSync(target, 0o600)
}

/** Writes the log into the copy, which then needs none. */
const fold = (file: string): void => {
  const database = Driver.open(file, { fileMustExist: true })
  try {
    database.pragma("synchronous = OFF")
    database.pragma("journal_mode = DELETE")
  } finally {
    database.close()
  }
}

/**
 * Copies the file at `path` and what its log holds, and opens the copy for reading.
 *
 * @throws SqliteError `SQLITE_BUSY` when another process wrote meanwhile, or just before.
 * @throws StoreFull when the temporary folder has no room.
 * @throws StoreIoFailed when it cannot be made there.
 */
export const open = (path: string, temporary: string = tmpdir()): ReadOnlyCopy => {
  const real = realpathSync(path)
  const parts = partsOf(real)
  const now = Date.now()
  if (parts.some((part) => isUnsettled(part, now))) throw Driver.busy()
  let folder: string | undefined
  try {
    Leftovers.removeFrom(temporary)
    const made = Leftovers.pathIn(temporary)
    mkdirSync(made, { mode: 0o700 })
    folder = made
    needRoom(folder, parts)
    const copy = join(folder, "history.db")
    for (const { file } of parts) copyPart(file, `${copy}${file.slice(real.length)}`)
    if (statesOf(partsOf(real)) !== statesOf(parts)) throw Driver.busy()
    fold(copy)
    return openCopy(copy, folder)
  } catch (cause) {
    if (folder !== undefined) removeQuietly(folder)
    throw failureOf(path, temporary, cause)
  }
}
