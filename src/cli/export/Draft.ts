/**
 * What a command makes under a temporary name beside the final one, and moves there once it is whole: a command that fails leaves nothing.
 *
 * What stands under the final name is replaced on demand alone, and only where it is a regular file or what an export makes.
 */
import { lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Leftovers from "../../infra/store/Leftovers.js"
import { CannotWrite } from "../CliError.js"
import { cannotWrite, type Target } from "./NewFile.js"
import * as ParquetFolder from "./ParquetFolder.js"

/** What is made, and where. */
export interface Options extends Target {
  readonly kind: "File" | "Folder"
  /** Whether what stands there is replaced. */
  readonly force: boolean
  /** The file of the history, which is never replaced. */
  readonly history: string
}

/** What is being made. */
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
const objection = async ({ elsewhere, force, history, kind, out }: Options): Promise<string | undefined> => {
  if (await isHistory(out, history)) return `${out} is the history itself: ${elsewhere}`
  const there = await lstat(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (there === undefined) return undefined
  if (kind === "File") {
    if (!there.isFile()) return `${out} is not a regular file: ${elsewhere}`
  } else {
    if (!there.isDirectory()) return `${out} is not a folder, which Parquet files are written to: ${elsewhere}`
    if ((await readdir(out)).length === 0) return undefined
    if (!(await ParquetFolder.isOne(out))) return `${out} holds more than an export: ${elsewhere}`
  }
  return force ? undefined : `${out} exists: remove it, ${elsewhere}, or replace it with --force`
}

/**
 * Moves a folder to where another one may be, which is put aside and only removed once the new one is there. Where the process is killed
 * between the two moves, the old one stays under a name that is no leftover.
 */
const replaceFolder = async (from: string, to: string): Promise<void> => {
  const leftover = Leftovers.pathIn(dirname(to))
  const aside = `${to}.replaced-${process.pid}`
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
  if (!there) return
  await rename(aside, leftover)
  await rm(leftover, { recursive: true })
}

/** Begins a draft. What was not committed is removed with the scope. */
export const make = (options: Options): Effect.Effect<Draft, CannotWrite, Scope.Scope> => {
  const { kind, out } = options
  const path = Leftovers.pathIn(dirname(resolve(out)))
  const attempt = (run: () => Promise<void>) =>
    Effect.tryPromise({
      try: run,
      catch: (cause) => (cause instanceof CannotWrite ? cause : cannotWrite(options)(cause)),
    })
  const check = async (): Promise<void> => {
    const message = await objection(options)
    if (message !== undefined) throw new CannotWrite({ message })
  }
  const begin = attempt(async () => {
    await check()
    Leftovers.removeFrom(dirname(path))
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
