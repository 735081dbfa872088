/** Room for files that runs out on demand, and comes back. */
import { execFileSync } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type * as Driver from "../../src/infra/store/sqlite/Driver.js"
import { prototype } from "../support/DriverPrototype.js"

/** A folder on a disk of its own. */
export interface Disk {
  readonly folder: string
  readonly free: () => number
  /** Takes all room but for some bytes. */
  readonly fill: (leave: number) => void
  /** Gives back what was taken. */
  readonly empty: () => void
  /** What is in the folder but for what takes the room. */
  readonly files: () => ReadonlyArray<string>
  readonly remove: () => void
}

const FILLER = "filler"
const CHUNK = Buffer.alloc(65_536)

/** A disk of some bytes in memory; `undefined` where this process may not mount one. */
export const inMemory = (bytes: number): Disk | undefined => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-disk-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder], { stdio: "pipe" })
  } catch {
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
  const filler = join(folder, FILLER)
  const free = (): number => {
    const { bfree, bsize } = statfsSync(folder)
    return bfree * bsize
  }
  return {
    folder,
    free,
    fill: (leave) => {
      const file = openSync(filler, "a")
      try {
        for (let rest = free() - leave; rest > 0; ) rest -= writeSync(file, CHUNK, 0, Math.min(rest, CHUNK.length))
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(filler, { force: true }),
    files: () => readdirSync(folder).filter((name) => name !== FILLER),
    remove: () => {
      // Lazily: what failed half way may still have a file open.
      execFileSync("umount", ["-l", folder], { stdio: "pipe" })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Limits the pages of a file that is open already, which SQLite takes for a full disk. */
export interface PageLimit {
  /** No more than this many pages more than there are. */
  readonly limit: (more: number) => void
  readonly lift: () => void
}

/**
 * Remembers the connection that `open` makes, which no store shows: limits hold for a connection, not for a file.
 *
 * @throws when none is made.
 */
export const limiting = async <A>(open: () => Promise<A>): Promise<readonly [A, PageLimit]> => {
  const { pragma } = prototype
  let made: Driver.Database | undefined
  prototype.pragma = function (this: Driver.Database, source, options) {
    made = this
    return pragma.call(this, source, options)
  }
  const opened = await open().finally(() => {
    prototype.pragma = pragma
  })
  const connection = made
  if (connection === undefined) throw new Error("no connection was made")
  const pages = (): number => Number(connection.pragma("page_count", { simple: true }))
  return [
    opened,
    {
      limit: (more) => void connection.pragma(`max_page_count = ${pages() + more}`),
      lift: () => void connection.pragma("max_page_count = 1073741823"),
    },
  ]
}
