/**
 * What an export makes under a temporary name beside the final one, and moves there once it is whole: an export that fails leaves nothing.
 *
 * What stands under the final name is replaced on demand alone, and only where it is what an export makes.
 */
import { randomBytes } from "node:crypto"
import { lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CannotWrite } from "../CliError.js"
import { cannotWrite } from "./NewFile.js"
import * as ParquetFolder from "./ParquetFolder.js"

/** What is made, and where. */
export interface Options {
  readonly kind: "File" | "Folder"
  readonly out: string
  /** Whether an export that stands there is replaced. */
  readonly force: boolean
  /** The file of the history, which is never replaced. */
  readonly history: string
}

/** An export that goes on. */
export interface Draft {
  /** Where to write: of a file nothing is there yet, a folder is there, empty. */
  readonly path: string
  /** Gives it its final name. */
  readonly commit: Effect.Effect<void, CannotWrite>
}

const COMPANIONS = ["", "-wal", "-shm", "-journal"] as const

const isHistory = async (out: string, history: string): Promise<boolean> => {
  const files = COMPANIONS.map((ending) => resolve(`${history}${ending}`))
  if (files.includes(resolve(out))) return true
  const identity = (file: string) => stat(file, { bigint: true }).catch(() => undefined)
  const [there, ...kept] = await Promise.all([out, ...files].map(identity))
  return there !== undefined && kept.some((file) => file?.ino === there.ino && file.dev === there.dev)
}

/** Why nothing may be made at a place; `undefined` where it may. */
const objection = async ({ force, history, kind, out }: Options): Promise<string | undefined> => {
  if (await isHistory(out, history)) return `${out} is the history itself: name another with --out`
  const there = await lstat(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (there === undefined) return undefined
  if (kind === "File") {
    if (!there.isFile()) return `${out} is no file: name another with --out`
  } else {
    if (!there.isDirectory()) return `${out} is no folder, which Parquet files are written to: name another with --out`
    if ((await readdir(out)).length === 0) return undefined
    if (!(await ParquetFolder.isOne(out))) return `${out} holds more than an export: name another folder with --out`
  }
  return force ? undefined : `${out} exists: remove it, name another with --out, or replace it with --force`
}

const temporary = (out: string): string =>
  join(dirname(resolve(out)), `.zoo-runway-${randomBytes(6).toString("hex")}.partial`)

/** Moves a folder to where another one may be, which is put aside and only removed once the new one is there. */
const replaceFolder = async (from: string, to: string): Promise<void> => {
  const aside = temporary(to)
  const there = await rename(to, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false
      throw error
    },
  )
  try {
    await rename(from, to)
  } catch (error) {
    if (there) await rename(aside, to)
    throw error
  }
  if (there) await rm(aside, { recursive: true })
}

/** Begins an export. What was not committed is removed with the scope. */
export const make = (options: Options): Effect.Effect<Draft, CannotWrite, Scope.Scope> => {
  const { kind, out } = options
  const path = temporary(out)
  const attempt = (run: () => Promise<void>) =>
    Effect.tryPromise({
      try: run,
      catch: (cause) => (cause instanceof CannotWrite ? cause : cannotWrite(out)(cause)),
    })
  const check = async (): Promise<void> => {
    const message = await objection(options)
    if (message !== undefined) throw new CannotWrite({ message })
  }
  const begin = attempt(async () => {
    await check()
    if (kind === "Folder") await mkdir(path, { mode: 0o700 })
  })
  const remove = Effect.ignore(Effect.tryPromise(() => rm(path, { recursive: true, force: true })))
  return Effect.as(
    Effect.acquireRelease(begin, () => remove),
    {
      path,
      // Stopped half-way, what is being moved would be removed.
      commit: Effect.uninterruptible(
        attempt(async () => {
          // Somebody else may have made something there meanwhile.
          await check()
          await (kind === "File" ? rename(path, resolve(out)) : replaceFolder(path, resolve(out)))
        }),
      ),
    },
  )
}
