/**
 * Files and folders that a process makes for itself and removes before it ends, and the removal of those that a killed process left behind.
 *
 * Their names tell which process made them. One of a running process is never touched; one of another machine or container, whose processes
 * cannot be asked for, is a leftover once it was not written for a day.
 */
import { createHash, randomBytes } from "node:crypto"
import { lstatSync, readdirSync, readlinkSync, rmSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"

const MAX_IDLE_MS = 86_400_000

/** On Linux, process ids are those of a namespace. */
const namespace = (): string => {
  try {
    return readlinkSync("/proc/self/ns/pid")
  } catch {
    return ""
  }
}

const MACHINE = createHash("sha256").update(`${hostname()} ${namespace()}`).digest("hex").slice(0, 8)

/** SQLite puts its log beside a file, under a longer name. */
const NAME = /^\.zoo-runway-([\da-f]{8})-(\d+)-[\da-f]{12}\.tmp(?:-wal|-shm|-journal)?$/

/** A path in a folder at which nothing is yet. */
export const pathIn = (folder: string): string =>
  join(folder, `.zoo-runway-${MACHINE}-${process.pid}-${randomBytes(6).toString("hex")}.tmp`)

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // The process of another user.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM"
  }
}

const isLeftover = (path: string, machine: string, pid: number): boolean =>
  machine === MACHINE ? !isRunning(pid) : Date.now() - lstatSync(path).mtimeMs > MAX_IDLE_MS

const attempt = <A>(work: () => A): A | undefined => {
  try {
    return work()
  } catch {
    // What cannot be looked at or removed stays for its owner's next run.
    return undefined
  }
}

/** Removes what killed processes left in a folder. */
export const removeFrom = (folder: string): void => {
  for (const name of attempt(() => readdirSync(folder)) ?? []) {
    const [, machine, pid] = NAME.exec(name) ?? []
    if (machine === undefined) continue
    const path = join(folder, name)
    attempt(() => {
      if (isLeftover(path, machine, Number(pid))) rmSync(path, { recursive: true, force: true })
    })
  }
}
