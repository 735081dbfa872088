/** Why a store could not do what it was asked, split by what the caller can do about it. No message holds a secret or a balance. */
import * as Data from "effect/Data"
import * as Timestamp from "../../domain/time/Timestamp.js"

/** The file cannot be opened or made: mend the path or its rights. */
export class StoreCannotOpen extends Data.TaggedError("StoreCannotOpen")<{
  readonly path: string
  readonly reason: "NoSuchFolder" | "NoSuchFile" | "PermissionDenied" | "NotAFile" | "Exists" | "Other"
  readonly cause?: unknown
}> {
  override get message(): string {
    const why = {
      NoSuchFolder: "its folder does not exist: make the folder, or name a file in an existing one",
      NoSuchFile: "there is no such file: fetch or import a balance first, or name the file that holds the history",
      PermissionDenied:
        "permission denied: give read and write rights on the file and its folder, or name another file",
      NotAFile: "it is no regular file: name a file",
      Exists: "it is there already, and was left as it is: name another file, or remove it",
      Other: "the system refused it",
    }[this.reason]
    return `cannot open the history ${this.path}: ${why}`
  }
}

/** The file is something else, and was left as it is: name another file. */
export class StoreNotADatabase extends Data.TaggedError("StoreNotADatabase")<{
  readonly path: string
  readonly reason: "NotSqlite" | "OtherApplication"
}> {
  override get message(): string {
    const what = this.reason === "NotSqlite" ? "is no SQLite database" : "is a database of another application"
    return `${this.path} ${what}: it was left as it is; name another file for the history`
  }
}

/** The file was written by a newer version of the library, and was left as it is: upgrade. */
export class StoreNewerVersion extends Data.TaggedError("StoreNewerVersion")<{
  readonly path: string
  /** `Ledger`: its sums were made by a newer ledger than this version's. */
  readonly part: "Format" | "Ledger"
  readonly found: number
  readonly supported: number
}> {
  override get message(): string {
    const what = this.part === "Format" ? "format" : "sums of ledger version"
    return `the history ${this.path} has ${what} ${this.found}, this version reads up to ${this.supported}: upgrade zoo-runway`
  }
}

/** The file has an older format and was opened for reading only: open it for writing once, which brings it up to date. */
export class StoreOlderVersion extends Data.TaggedError("StoreOlderVersion")<{
  readonly path: string
  readonly found: number
  readonly supported: number
}> {
  override get message(): string {
    return `the history ${this.path} has format ${this.found}, this version reads ${this.supported}: open it for writing once to bring it up to date`
  }
}

/** Another process held the file past the deadline: try again later. */
export class StoreBusy extends Data.TaggedError("StoreBusy")<{ readonly path: string; readonly operation: string }> {
  override get message(): string {
    return `${this.operation}: the history ${this.path} stayed locked by another process: try again`
  }
}

/** The disk is full. What was acknowledged is kept: make room and try again. */
export class StoreFull extends Data.TaggedError("StoreFull")<{ readonly path: string; readonly operation: string }> {
  override get message(): string {
    return `${this.operation}: no room left for the history ${this.path}: make room and try again`
  }
}

/** The system failed to read or write the file (`code` is SQLite's): look at the disk, then try again. What was acknowledged is kept. */
export class StoreIoFailed extends Data.TaggedError("StoreIoFailed")<{
  readonly path: string
  readonly operation: string
  readonly code: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `${this.operation}: the system failed to read or write the history ${this.path} (${this.code}): look at its disk and rights`
  }
}

/** What is stored does not decode: `table` and `key` say where. Restore a backup or remove the row. */
export class StoreCorrupt extends Data.TaggedError("StoreCorrupt")<{
  readonly path: string
  readonly table: string
  readonly key: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `the history ${this.path} is damaged at ${this.table} ${this.key}: restore a backup`
  }
}

/** The store was opened for reading only. `isBehind`: what was asked for has to be worked out and kept first. */
export class StoreReadOnly extends Data.TaggedError("StoreReadOnly")<{
  readonly path: string
  readonly operation: string
  readonly isBehind?: true
}> {
  override get message(): string {
    return this.isBehind
      ? `${this.operation}: the sums of the history ${this.path} are behind its looks, and it is open for reading only: open it for writing once`
      : `${this.operation}: the history ${this.path} is open for reading only`
  }
}

/** A value that the store's columns cannot hold; nothing was written. */
export class StoreOutOfRange extends Data.TaggedError("StoreOutOfRange")<{
  readonly operation: string
  readonly field: string
}> {
  override get message(): string {
    return `${this.operation}: ${this.field} is beyond what the history can hold: amounts below 9.2e9 USD, times in whole milliseconds, plans and ids that their schemas accept`
  }
}

/** A snapshot of a span that was pruned, whose sums are frozen: nothing was written. */
export class StorePruned extends Data.TaggedError("StorePruned")<{
  readonly operation: string
  /** What was observed up to this time was pruned. */
  readonly until: Timestamp.Timestamp
}> {
  override get message(): string {
    return `${this.operation}: the history was pruned up to ${Timestamp.format(this.until)}, and takes nothing from before: leave it out, or keep it in another file`
  }
}

/** Two accounts that cannot be made one. */
export class StoreJoinRefused extends Data.TaggedError("StoreJoinRefused")<{
  readonly from: string
  readonly into: string
  readonly reason: "Same" | "NothingKept" | "Pruned" | "OtherBaseUrl"
}> {
  override get message(): string {
    const why = {
      Same: "they are the same account: name another one",
      NothingKept: `nothing is kept of ${this.from}: name an account of this file`,
      Pruned: "part of one of them was pruned, and sums cannot be moved: join before pruning",
      OtherBaseUrl: "they are kept from two base URLs, so they are two accounts",
    }[this.reason]
    return `cannot join ${this.from} into ${this.into}: ${why}`
  }
}

/** Why a store could not be opened. */
export type StoreOpenError =
  | StoreCannotOpen
  | StoreNotADatabase
  | StoreNewerVersion
  | StoreOlderVersion
  | StoreBusy
  | StoreFull
  | StoreIoFailed
  | StoreCorrupt

/** Why an open store could not do what it was asked. */
export type StoreError =
  | StoreBusy
  | StoreFull
  | StoreIoFailed
  | StoreCorrupt
  | StoreReadOnly
  | StoreOutOfRange
  | StorePruned
  | StoreCannotOpen
  | StoreNewerVersion
