/** Copies a history while other processes write to it. */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileCare from "../FileCare.js"
import * as Leftovers from "../Leftovers.js"
import { StoreCannotOpen, type StoreError } from "../StoreError.js"
import * as Driver from "./Driver.js"
import * as SqliteError from "./SqliteError.js"

const BACKUP = "FileCare.backup"

/** Pages that are copied in one turn of the event loop. */
const PAGES_AT_ONCE = 256

/** Waits until a new name in a folder is on the disk. */
const sync = (folder: string): void => {
  const file = openSync(folder, "r")
  fsyncSync(file)
  closeSync(file)
}

/** Gives a finished file its name, unless another file has it. */
const giveName = (temporary: string, target: string): void => {
  try {
    linkSync(temporary, target)
    rmSync(temporary)
  } catch (cause) {
    if (SqliteError.isErrno(cause, "EEXIST")) throw new StoreCannotOpen({ path: target, reason: "Exists" })
    if (!SqliteError.isErrno(cause, "EPERM") && !SqliteError.isErrno(cause, "ENOTSUP")) throw cause
    // A file system without hard links.
    if (existsSync(target)) throw new StoreCannotOpen({ path: target, reason: "Exists" })
    renameSync(temporary, target)
  }
  sync(dirname(target))
}

const copy = async (
  path: string,
  target: string,
  onProgress: FileCare.BackupOptions["onProgress"],
  signal: AbortSignal,
): Promise<number> => {
  const refuseExisting = (): void => {
    if (existsSync(target)) throw new StoreCannotOpen({ path: target, reason: "Exists" })
  }
  Leftovers.removeFrom(dirname(target))
  refuseExisting()
  const temporary = Leftovers.pathIn(dirname(target))
  closeSync(openSync(temporary, "wx", 0o600))
  try {
    const source = Driver.open(path, { readonly: true, fileMustExist: true })
    try {
      // A transaction that reads fixes the moment that is copied: writes meanwhile do not begin the copy anew.
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

/** Copies the file at `source` into a new file. An interruption leaves nothing behind, and ends when the copy has ended. */
export const make = (
  source: string,
  path: string,
  onProgress: FileCare.BackupOptions["onProgress"],
): Effect.Effect<number, StoreError> => {
  const target = resolve(path)
  const failed = (cause: unknown): Effect.Effect<never, StoreError> => {
    const error = SqliteError.whileCopying(source, target, BACKUP, cause)
    return error === undefined ? Effect.die(cause) : Effect.fail(error)
  }
  return Effect.async<number, StoreError>((resume, signal) => {
    const over = copy(source, target, onProgress, signal).then(
      (bytes) => resume(Effect.succeed(bytes)),
      (cause: unknown) => resume(failed(cause)),
    )
    return Effect.promise(() => over)
  })
}
