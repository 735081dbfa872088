import { describe, expect, it } from "@effect/vitest"
import { StoreCannotOpen, StoreNotADatabase } from "../../../../src/infra/store/StoreError.js"
import * as SqliteError from "../../../../src/infra/store/sqlite/SqliteError.js"

const sqlite = (code: string) => Object.assign(new Error("message"), { name: "SqliteError", code })
const errno = (code: string) => Object.assign(new Error("message"), { code, syscall: "open" })

describe("the meaning of failures", () => {
  it.each([
    ["SQLITE_BUSY", "StoreBusy", "StoreBusy"],
    ["SQLITE_BUSY_SNAPSHOT", "StoreBusy", "StoreBusy"],
    ["SQLITE_BUSY_RECOVERY", "StoreBusy", "StoreBusy"],
    ["SQLITE_PROTOCOL", "StoreBusy", "StoreBusy"],
    ["SQLITE_FULL", "StoreFull", "StoreFull"],
    ["SQLITE_CORRUPT", "StoreCorrupt", "StoreCorrupt"],
    ["SQLITE_CORRUPT_INDEX", "StoreCorrupt", "StoreCorrupt"],
    ["SQLITE_NOTADB", "StoreCorrupt", "StoreNotADatabase"],
    ["SQLITE_READONLY", "StoreReadOnly", "StoreCannotOpen"],
    ["SQLITE_READONLY_DIRECTORY", "StoreReadOnly", "StoreCannotOpen"],
    ["SQLITE_READONLY_DBMOVED", "StoreIoFailed", "StoreIoFailed"],
    ["SQLITE_PERM", "StoreIoFailed", "StoreCannotOpen"],
    ["SQLITE_CANTOPEN", "StoreIoFailed", "StoreCannotOpen"],
    ["SQLITE_IOERR_FSYNC", "StoreIoFailed", "StoreIoFailed"],
    ["SQLITE_NOMEM", "StoreIoFailed", "StoreIoFailed"],
    ["SQLITE_ERROR", undefined, "StoreCorrupt"],
    ["SQLITE_CONSTRAINT_FOREIGNKEY", "StoreCorrupt", undefined],
    ["SQLITE_MISUSE", undefined, undefined],
  ])("%s is %s while the store is open, and %s while it is opened", (code, whileOpen, whileOpening) => {
    expect(SqliteError.whileOpen("/history.db", "SnapshotStore.append", sqlite(code))?._tag).toBe(whileOpen)
    expect(SqliteError.whileOpening("/history.db", sqlite(code))?._tag).toBe(whileOpening)
  })

  it.each([
    ["ENOENT", "NoSuchFolder"],
    ["ENOTDIR", "NoSuchFolder"],
    ["EEXIST", "NoSuchFolder"],
    ["EACCES", "PermissionDenied"],
    ["EPERM", "PermissionDenied"],
    ["EROFS", "PermissionDenied"],
    ["EISDIR", "NotAFile"],
    ["ELOOP", "Other"],
    ["EMFILE", "Other"],
  ])("the system's %s while opening is %s", (code, reason) => {
    expect(SqliteError.whileOpening("/history.db", errno(code))).toMatchObject({ _tag: "StoreCannotOpen", reason })
  })

  it("a store error is passed on, also one of opening while the store is open", () => {
    const errors = [
      new StoreCannotOpen({ path: "/history.db", reason: "NoSuchFile" }),
      new StoreNotADatabase({ path: "/history.db", reason: "NotSqlite" }),
    ]
    for (const error of errors) {
      expect(SqliteError.whileOpen("/history.db", "SnapshotStore.append", error)).toBe(error)
      expect(SqliteError.whileOpening("/history.db", error)).toBe(error)
    }
  })

  it("anything else is a bug, and stays one", () => {
    for (const cause of [new TypeError("undefined is not a function"), "text", undefined]) {
      expect(SqliteError.whileOpen("/history.db", "SnapshotStore.append", cause)).toBeUndefined()
      expect(SqliteError.whileOpening("/history.db", cause)).toBeUndefined()
    }
  })

  it("the message names the operation, and the file where there is one", () => {
    const busy = SqliteError.whileOpen("/history.db", "SnapshotStore.append", sqlite("SQLITE_BUSY"))
    expect(busy?.message).toBe("SnapshotStore.append: the history /history.db is locked by another process")
    const failed = SqliteError.whileOpen("/history.db", "SnapshotStore.latest", sqlite("SQLITE_IOERR_READ"))
    expect(failed?.message).toContain("SQLITE_IOERR_READ")
    const inMemory = SqliteError.whileOpen(undefined, "SnapshotStore.append", sqlite("SQLITE_FULL"))
    expect(inMemory?.message).toBe("SnapshotStore.append: no space left for the history")
  })
})
