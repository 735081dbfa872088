/**
 * Reasons why a store could not do what it was asked, split by what the caller can do about them. No message holds a secret or a balance.
 *
 * `path` is the file of the history; it is absent where the history is not a file.
 */
import * as Schema from "effect/Schema"
import * as Timestamp from "../../domain/time/Timestamp.js"

const place = { path: Schema.optional(Schema.String) }
const cause = { cause: Schema.optional(Schema.Defect) }
const operation = { operation: Schema.String }

const historyAt = (path: string | undefined): string => (path === undefined ? "the history" : `the history ${path}`)

/** The file cannot be opened or created. Not for a file that opens and then fails: see {@link StoreIoFailed}. */
export class StoreCannotOpen extends Schema.TaggedError<StoreCannotOpen>()("StoreCannotOpen", {
  ...place,
  /** `NoDriver`: no SQLite driver can be loaded on this machine. */
  reason: Schema.Literal("NoSuchFolder", "NoSuchFile", "PermissionDenied", "NotAFile", "Exists", "NoDriver", "Other"),
  ...cause,
}) {
  override get message(): string {
    const why = {
      NoSuchFolder: "the folder does not exist",
      NoSuchFile: "the file does not exist",
      PermissionDenied: "permission denied on the file or its folder",
      NotAFile: "not a regular file",
      Exists: "the file exists already and was left as it is",
      NoDriver: "no SQLite driver is installed for this version of Node",
      Other: "the system refused to open it",
    }[this.reason]
    return `cannot open ${historyAt(this.path)}: ${why}`
  }
}

/** The file is something other than a history, and was left as it is. */
export class StoreNotADatabase extends Schema.TaggedError<StoreNotADatabase>()("StoreNotADatabase", {
  path: Schema.String,
  reason: Schema.Literal("NotSqlite", "OtherApplication"),
}) {
  override get message(): string {
    const what = this.reason === "NotSqlite" ? "is not a SQLite database" : "is a database of another application"
    return `${this.path} ${what} and was left as it is`
  }
}

/** The file has a newer format than this version of the library reads, and was left as it is. */
export class StoreNewerVersion extends Schema.TaggedError<StoreNewerVersion>()("StoreNewerVersion", {
  path: Schema.String,
  found: Schema.Int,
  supported: Schema.Int,
}) {
  override get message(): string {
    return `the history ${this.path} has format ${this.found}; this version reads formats up to ${this.supported}`
  }
}

/** The file has an older format and was opened for reading only. Opening it for writing once migrates it. */
export class StoreOlderVersion extends Schema.TaggedError<StoreOlderVersion>()("StoreOlderVersion", {
  path: Schema.String,
  found: Schema.Int,
  supported: Schema.Int,
}) {
  override get message(): string {
    return `the history ${this.path} has format ${this.found} and must be opened for writing once to migrate it to ${this.supported}`
  }
}

/** Another process held the file past the deadline. Trying again later helps. */
export class StoreBusy extends Schema.TaggedError<StoreBusy>()("StoreBusy", { ...place, ...operation }) {
  override get message(): string {
    return `${this.operation}: ${historyAt(this.path)} is locked by another process`
  }
}

/** The disk is full. What was acknowledged before is stored. */
export class StoreFull extends Schema.TaggedError<StoreFull>()("StoreFull", { ...place, ...operation }) {
  override get message(): string {
    return `${this.operation}: no space left for ${historyAt(this.path)}`
  }
}

/** The system failed to read or write the file. `code` is SQLite's. What was acknowledged before is stored. */
export class StoreIoFailed extends Schema.TaggedError<StoreIoFailed>()("StoreIoFailed", {
  ...place,
  ...operation,
  code: Schema.String,
  ...cause,
}) {
  override get message(): string {
    return `${this.operation}: the system failed to read or write ${historyAt(this.path)} (${this.code})`
  }
}

/** A stored row is not what was written. `table` and `key` say which. Restore a backup. */
export class StoreCorrupt extends Schema.TaggedError<StoreCorrupt>()("StoreCorrupt", {
  ...place,
  table: Schema.String,
  key: Schema.String,
  ...cause,
}) {
  override get message(): string {
    return `${historyAt(this.path)} is damaged: table ${this.table}, ${this.key}`
  }
}

/** The store was opened for reading only. */
export class StoreReadOnly extends Schema.TaggedError<StoreReadOnly>()("StoreReadOnly", { ...place, ...operation }) {
  override get message(): string {
    return `${this.operation}: ${historyAt(this.path)} is open for reading only`
  }
}

/** A value that the store's columns cannot hold. Nothing was written. */
export class StoreOutOfRange extends Schema.TaggedError<StoreOutOfRange>()("StoreOutOfRange", {
  ...operation,
  field: Schema.String,
}) {
  override get message(): string {
    return `${this.operation}: ${this.field} is out of range (amounts below 9.2e9 USD, times in whole milliseconds, plans and ids that their schemas accept)`
  }
}

/** The snapshot lies in the sealed span of a pruned account, whose usage cannot be computed again. Nothing was written. */
export class StorePruned extends Schema.TaggedError<StorePruned>()("StorePruned", {
  ...operation,
  /** End of the sealed span: snapshots observed before it are refused. */
  until: Timestamp.FromText,
}) {
  override get message(): string {
    return `${this.operation}: the history is pruned up to ${Timestamp.format(this.until)} and accepts no changes before that time`
  }
}

/** Two accounts that cannot be merged. */
export class StoreMergeRefused extends Schema.TaggedError<StoreMergeRefused>()("StoreMergeRefused", {
  from: Schema.String,
  into: Schema.String,
  reason: Schema.Literal("Same", "NothingStored", "Pruned", "OtherBaseUrl"),
}) {
  override get message(): string {
    const why = {
      Same: "they are the same account",
      NothingStored: `no history for ${this.from}`,
      Pruned: "snapshots of one lie in the pruned span of the other",
      OtherBaseUrl: "they belong to different base URLs",
    }[this.reason]
    return `cannot merge ${this.from} into ${this.into}: ${why}`
  }
}

/** Errors of opening a store. Not among them: what an open store fails with ({@link StoreError}). */
export const StoreOpenError = Schema.Union(
  StoreCannotOpen,
  StoreNotADatabase,
  StoreNewerVersion,
  StoreOlderVersion,
  StoreBusy,
  StoreFull,
  StoreIoFailed,
  StoreCorrupt,
)
/** Errors of opening a store. */
export type StoreOpenError = typeof StoreOpenError.Type

/**
 * Errors of an open store. The errors of opening are among them, because a file that was removed or replaced under a running process is
 * opened again. Not among them: {@link StoreMergeRefused}, which only `merge` fails with.
 */
export const StoreError = Schema.Union(
  StoreBusy,
  StoreFull,
  StoreIoFailed,
  StoreCorrupt,
  StoreReadOnly,
  StoreOutOfRange,
  StorePruned,
  StoreCannotOpen,
  StoreNotADatabase,
  StoreNewerVersion,
  StoreOlderVersion,
)
/** Errors of an open store. */
export type StoreError = typeof StoreError.Type

/** The message of a failure without the function that failed, for a reader who called none; `open` and `forget` are no functions. */
export const withoutOperation = ({
  message,
  operation = "",
}: {
  readonly message: string
  readonly operation?: string
}): string =>
  operation.includes(".") && message.startsWith(`${operation}: `) ? message.slice(operation.length + 2) : message
