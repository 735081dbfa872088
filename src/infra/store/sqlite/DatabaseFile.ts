/**
 * Opens the database of a history, and tells whether its path still names it.
 *
 * A file can be removed, renamed or replaced under a process that has it open. SQLite goes on with the file that it opened, whose write-ahead
 * log (`-wal`) and index (`-shm`) stay beside the path; a file that is opened at the path afterwards would be read with the log of the other one.
 * So a file that is not at its path any more is left in order: its log is written into it, and the log and its index are removed from the
 * path.
 */
import { closeSync, mkdirSync, openSync, realpathSync, statSync, unlinkSync } from "node:fs"
import { dirname } from "node:path"
import { StoreCannotOpen, StoreOlderVersion } from "../StoreError.js"
import * as Driver from "./Driver.js"
import * as FileHeader from "./FileHeader.js"
import * as Migrations from "./Migrations.js"
import * as ReadOnlyCopy from "./ReadOnlyCopy.js"
import * as SqliteError from "./SqliteError.js"

/** Options of opening a file for writing. */
export interface ReadWrite {
  readonly mode: "ReadWrite"
  /** Whether the file's folder is created where it is missing. */
  readonly createFolder: boolean
  readonly synchronous: "FULL" | "NORMAL"
  /** Whether the log is written into the file seldom, and wholly when it closes. @default false */
  readonly bulk?: boolean
}

/** How a file is opened. */
export type Mode = ReadWrite | { readonly mode: "ReadOnly" }

/** A database that was opened. */
export interface DatabaseFile {
  readonly database: Driver.Database
  /** Whether the path still names this file. Costs one call of the system. */
  readonly isAtPath: () => boolean
  /**
   * Closes a file that is not at its path any more, its log in it and removed from the path.
   *
   * @throws SqliteError `SQLITE_BUSY` while another connection prevents it, `SQLITE_FULL` where the file has no room for its log; it stays
   * open then.
   */
  readonly leave: () => void
  /** Closes it, wherever it is. */
  readonly close: () => void
}

/**
 * Pages of the log past which it is written into the file. Without a wait for the disk each time costs what hundreds of appends do, so it is
 * seldom; with one, a log that grows is slower to wait for than one that is written over.
 */
const LOG_PAGES = { FULL: 1000, NORMAL: 4096 } as const

/** Pages of the log of a bulk, 256 MiB: past that it is written into the file, lest it grow without bound. */
const BULK_LOG_PAGES = 65_536

/** How long SQLite itself waits for a lock: this long the event loop stands still. */
const BUSY_TIMEOUT_MS = 5

/** How often a file is opened anew that is replaced while it is opened. */
const MAX_ATTEMPTS = 3

/** What tells two files apart: no two that exist at one time have the same. */
interface Identity {
  readonly device: number
  readonly inode: number
}

const identityOf = (path: string | Buffer): Identity | undefined => {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    return stats === undefined ? undefined : { device: stats.dev, inode: stats.ino }
  } catch {
    // Whatever cannot be looked at is opened again, which says why.
    return undefined
  }
}

const isSame = (a: Identity | undefined, b: Identity | undefined): boolean =>
  a !== undefined && b !== undefined && a.inode === b.inode && a.device === b.device

/** Creates the file where it is missing, for its owner alone; `-wal` and `-shm` follow its mode. Shows early that it can be written. */
const claim = (path: string, createFolder: boolean): void => {
  const folder = dirname(path)
  if (createFolder) mkdirSync(folder, { recursive: true, mode: 0o700 })
  else if (statSync(folder, { throwIfNoEntry: false }) === undefined) {
    throw new StoreCannotOpen({ path, reason: "NoSuchFolder" })
  }
  closeSync(openSync(path, "a", 0o600))
}

const removeFile = (path: string): void => {
  try {
    unlinkSync(path)
  } catch (cause) {
    if (!SqliteError.isErrno(cause, "ENOENT")) throw cause
  }
}

/** The log and its index, which lie beside the file itself where the path is a link. */
const sidecarsOf = (real: string): ReadonlyArray<string> => [`${real}-wal`, `${real}-shm`]

/** Removes a log and its index that another file left beside an empty one. Under the lock no other process can begin the new file. */
const removeLeftovers = (path: string, database: Driver.Database, identity: Identity | undefined): void => {
  database.exec("BEGIN EXCLUSIVE")
  try {
    // A file that is not at the path any more has no say in what lies beside it.
    if (!isSame(identity, identityOf(path))) throw Driver.busy()
    if (statSync(path).size === 0) for (const each of sidecarsOf(realpathSync(path))) removeFile(each)
  } finally {
    database.exec("ROLLBACK")
  }
}

/** Opens the log, and begins it where the file has none. Nothing is written into it yet. */
const openLog = (path: string, database: Driver.Database, identity: Identity | undefined): void => {
  // Before SQLite reads: with a log beside it, any file looks like the one that the log belongs to.
  const found = FileHeader.ofFile(path)
  if (found === "Empty") removeLeftovers(path, database, identity)
  else FileHeader.versionOf(path, found, Migrations.VERSION)
  FileHeader.versionOf(path, FileHeader.ofDatabase(database), Migrations.VERSION)
  database.pragma("journal_mode = WAL")
  // Switching alone opens no log.
  database.pragma("user_version")
}

const configure = (path: string, database: Driver.Database, { bulk, synchronous }: ReadWrite): void => {
  database.pragma(`synchronous = ${synchronous}`)
  database.pragma(`wal_autocheckpoint = ${bulk ? BULK_LOG_PAGES : LOG_PAGES[synchronous]}`)
  database.pragma("foreign_keys = ON")
  Migrations.run(path, database)
}

const refuseOlder = (path: string, found: "Missing" | "Empty" | FileHeader.FileHeader): void => {
  const version = FileHeader.versionOf(path, found, Migrations.VERSION)
  if (version < Migrations.VERSION) throw new StoreOlderVersion({ path, found: version, supported: Migrations.VERSION })
}

/** Opens the file and prepares the connection, and closes it where that fails. */
const opened = (open: () => Driver.Database, prepare: (database: Driver.Database) => void): Driver.Database => {
  const database = open()
  try {
    prepare(database)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/** A file by the name of a path, as it was at one time. */
interface Sidecar {
  readonly file: string
  readonly identity: Identity | undefined
}

/** An opened file, and which one it is. */
interface Found {
  readonly database: Driver.Database
  readonly identity: Identity
  /** Its path without links. */
  readonly real: string
  /** Its log and the log's index. */
  readonly sidecars: ReadonlyArray<Sidecar>
}

/**
 * Opens the file at the path with its log, and tells which ones they are. SQLite opens the log by its name: it is this file's where the path names
 * this file afterwards.
 */
const openAt = (
  path: string,
  open: () => Driver.Database,
  prepare: (database: Driver.Database, identity: Identity | undefined) => void,
): Found => {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const identity = identityOf(path)
    try {
      const real = realpathSync(path)
      const database = opened(open, (each) => prepare(each, identity))
      const sidecars = sidecarsOf(real).map((file) => ({ file, identity: identityOf(file) }))
      if (identity !== undefined && isSame(identity, identityOf(path))) return { database, identity, real, sidecars }
      database.close()
    } catch (cause) {
      // Any error may come of a file that goes while it is opened.
      if (isSame(identity, identityOf(path))) throw cause
    }
  }
  throw Driver.busy()
}

const openForWriting = (path: string, options: ReadWrite): Found => {
  // Opening something else, such as a pipe, may wait without end.
  FileHeader.isThere(path)
  claim(path, options.createFolder)
  const found = openAt(
    path,
    () => Driver.open(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS }),
    (database, identity) => openLog(path, database, identity),
  )
  opened(
    () => found.database,
    (database) => configure(path, database, options),
  )
  return found
}

const openInPlace = (path: string): Found => {
  const found = FileHeader.ofFile(path)
  if (found === "Missing") throw new StoreCannotOpen({ path, reason: "NoSuchFile" })
  refuseOlder(path, found)
  return openAt(
    path,
    () => Driver.open(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS }),
    // Opening alone reads nothing: whether the file can be read where it lies shows now.
    (database) => refuseOlder(path, FileHeader.ofDatabase(database)),
  )
}

const openCopy = (path: string): DatabaseFile => {
  const copy = ReadOnlyCopy.open(path)
  const identity = identityOf(path)
  try {
    refuseOlder(path, FileHeader.ofDatabase(copy.database))
  } catch (cause) {
    copy.close()
    throw cause
  }
  return {
    database: copy.database,
    isAtPath: () => isSame(identity, identityOf(path)),
    leave: copy.close,
    close: copy.close,
  }
}

/** Runs a step whose failure prevents nothing unless it passes by itself or loses data. */
const lenient = (step: () => void): void => {
  try {
    step()
  } catch (cause) {
    if (!Driver.isSqliteError(cause)) throw cause
    const meaning = SqliteError.meaning(cause.code)
    if (meaning === "Busy" || meaning === "Full") throw cause
  }
}

interface CheckpointResult {
  readonly busy: number
  readonly log: number
  readonly checkpointed: number
}

/** Writes the whole log into the file. A reader that has all of it in view only prevents that the log is emptied. */
const writeLog = (database: Driver.Database): void => {
  const [result] = database.pragma("wal_checkpoint(TRUNCATE)") as ReadonlyArray<CheckpointResult>
  if (result === undefined || result.busy === 0) return
  if (result.log < 0 || result.checkpointed !== result.log) throw Driver.busy()
}

const watch = (path: string, mode: Mode, { database, identity, real, sidecars }: Found): DatabaseFile => {
  // Converted once: it is looked at after every write.
  const bytes = Buffer.from(path)
  const isAtPath = (): boolean => isSame(identity, identityOf(bytes))
  const isWritable = mode.mode === "ReadWrite"

  const removeSidecars = (): void => {
    for (const each of sidecars) {
      if (!isSame(each.identity, identityOf(each.file))) continue
      // What a log that cannot be written into its file holds is another process's to write.
      if (!isWritable && each.file.endsWith("-wal") && statSync(each.file).size > 0) throw Driver.busy()
      try {
        removeFile(each.file)
      } catch (cause) {
        if (!isWritable) throw Driver.busy()
        throw new StoreCannotOpen({ path, reason: "PermissionDenied", cause })
      }
    }
  }

  /** Under the lock of the old file, which all processes that still have it open share. */
  const removeSidecarsAlone = (): void => {
    lenient(() => database.exec("BEGIN IMMEDIATE"))
    try {
      removeSidecars()
    } finally {
      if (database.inTransaction) database.exec("ROLLBACK")
    }
  }

  const leave = (): void => {
    // A link may have been set to another file, and this one lies where it was, with its log.
    if (!isSame(identity, identityOf(real))) {
      if (isWritable) {
        lenient(() => writeLog(database))
        removeSidecarsAlone()
      } else removeSidecars()
    }
    database.close()
  }

  const close = (): void => {
    try {
      if (!isAtPath()) leave()
      // What was acknowledged is stored either way: a log that others still read is written into the file later.
      else if (isWritable && mode.bulk) database.pragma("wal_checkpoint(TRUNCATE)")
    } catch (cause) {
      if (!Driver.isSqliteError(cause) && !(cause instanceof StoreCannotOpen)) throw cause
    } finally {
      database.close()
    }
  }

  return { database, isAtPath, leave, close }
}

/**
 * Opens the file at a path. For reading only it is opened where it lies, and where nothing can be written beside it, as a private copy, which
 * does not show later writes.
 *
 * @throws StoreOpenError, or what SQLite and the file system throw.
 */
export const open = (path: string, mode: Mode): DatabaseFile => {
  // The driver trims names, so it would open another file than the one whose header was read.
  if (path !== path.trim()) throw new StoreCannotOpen({ path, reason: "Other" })
  if (mode.mode === "ReadWrite") return watch(path, mode, openForWriting(path, mode))
  let found: Found
  try {
    found = openInPlace(path)
  } catch (cause) {
    if (!ReadOnlyCopy.isNeededAfter(cause)) throw cause
    return openCopy(path)
  }
  return watch(path, mode, found)
}

/** Opens a new database in memory. */
export const openInMemory = (): DatabaseFile => {
  const database = opened(
    () => Driver.open(":memory:"),
    (each) => {
      each.pragma("foreign_keys = ON")
      Migrations.run(undefined, each)
    },
  )
  const close = (): void => {
    database.close()
  }
  return { database, isAtPath: () => true, leave: close, close }
}
