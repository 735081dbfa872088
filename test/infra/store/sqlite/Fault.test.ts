import { describe, expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Fault from "../../../../src/infra/store/sqlite/Fault.js"

const sqlite = (code: string) => new Database.SqliteError("message", code)
const errno = (code: string) => Object.assign(new Error("message"), { code, syscall: "open" })

describe("what failures mean", () => {
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
    expect(Fault.whileOpen("/history.db", "SnapshotStore.append", sqlite(code))?._tag).toBe(whileOpen)
    expect(Fault.whileOpening("/history.db", sqlite(code))?._tag).toBe(whileOpening)
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
    expect(Fault.whileOpening("/history.db", errno(code))).toMatchObject({ _tag: "StoreCannotOpen", reason })
  })

  it("whatever else is thrown is a bug of ours, and stays one", () => {
    for (const cause of [new TypeError("undefined is not a function"), "text", undefined]) {
      expect(Fault.whileOpen("/history.db", "SnapshotStore.append", cause)).toBeUndefined()
      expect(Fault.whileOpening("/history.db", cause)).toBeUndefined()
    }
  })

  it("names the operation and the file, and what to do", () => {
    const busy = Fault.whileOpen("/history.db", "SnapshotStore.append", sqlite("SQLITE_BUSY"))
    expect(busy?.message).toBe(
      "SnapshotStore.append: the history /history.db stayed locked by another process: try again",
    )
    const failed = Fault.whileOpen("/history.db", "SnapshotStore.latest", sqlite("SQLITE_IOERR_READ"))
    expect(failed?.message).toContain("SQLITE_IOERR_READ")
  })
})
