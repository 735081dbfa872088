/** Copies an open file while others work on it. */
import { randomBytes } from "node:crypto"
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as StoreCare from "../StoreCare.js"
import { StoreCannotOpen, type StoreError } from "../StoreError.js"
import type * as Connection from "./Connection.js"
import * as Fault from "./Fault.js"

const BACKUP = "StoreCare.backup"

/** Pages that are copied in one turn of the event loop. */
const PAGES_AT_ONCE = 256

/** A folder keeps a new name for certain once it is waited for. */
const settle = (folder: string): void => {
  const file = openSync(folder, "r")
  fsyncSync(file)
  closeSync(file)
}

/** Gives a finished file its name, where no file has it. */
const giveName = (temporary: string, target: string): void => {
  try {
    linkSync(temporary, target)
    rmSync(temporary)
  } catch (cause) {
    if (Fault.isErrno(cause, "EEXIST")) throw new StoreCannotOpen({ path: target, reason: "Exists" })
    if (!Fault.isErrno(cause, "EPERM") && !Fault.isErrno(cause, "ENOTSUP")) throw cause
    // A file system without hard links.
    if (existsSync(target)) throw new StoreCannotOpen({ path: target, reason: "Exists" })
    renameSync(temporary, target)
  }
  settle(dirname(target))
}

const copy = async (
  path: string,
  target: string,
  onProgress: StoreCare.BackupOptions["onProgress"],
  signal: AbortSignal,
): Promise<number> => {
  const refuseExisting = (): void => {
    if (existsSync(target)) throw new StoreCannotOpen({ path: target, reason: "Exists" })
  }
  refuseExisting()
  const temporary = `${target}.${randomBytes(4).toString("hex")}.part`
  closeSync(openSync(temporary, "wx", 0o600))
  try {
    const source = new Database(path, { readonly: true, fileMustExist: true })
    try {
      // A transaction that reads holds the moment that is copied: what others write meanwhile does not begin the copy anew.
      source.exec("BEGIN")
      source.prepare("SELECT count(*) FROM sqlite_schema").get()
      await source.backup(temporary, {
        progress: ({ remainingPages, totalPages }) => {
          signal.throwIfAborted()
          onProgress?.(totalPages - remainingPages, totalPages)
          return PAGES_AT_ONCE
        },
      })
    } finally {
      source.close()
    }
    const file = openSync(temporary, "r+")
    fsyncSync(file)
    closeSync(file)
    signal.throwIfAborted()
    giveName(temporary, target)
    return statSync(target).size
  } catch (cause) {
    for (const leftover of [temporary, `${temporary}-wal`, `${temporary}-shm`]) rmSync(leftover, { force: true })
    throw cause
  }
}

/** Copies the file. One that is interrupted leaves nothing, and is over when the interruption is. */
export const make = (
  connection: Connection.Connection,
  path: string,
  onProgress: StoreCare.BackupOptions["onProgress"],
): Effect.Effect<number, StoreError> => {
  const target = resolve(path)
  const failed = (cause: unknown): Effect.Effect<never, StoreError> => {
    const error = Fault.whileCopying(connection.path, target, BACKUP, cause)
    return error === undefined ? Effect.die(cause) : Effect.fail(error)
  }
  return Effect.async<number, StoreError>((resume, signal) => {
    const over = copy(connection.path, target, onProgress, signal).then(
      (bytes) => resume(Effect.succeed(bytes)),
      (cause: unknown) => resume(failed(cause)),
    )
    return Effect.promise(() => over)
  })
}
