/** Commands that read, on a file system that is mounted read-only: a backup's snapshot, a container's volume. */
import { execFile, execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as Samples from "../infra/store/Samples.js"
import { append, on } from "../infra/store/SqliteFile.js"

/** Mounts the first argument read-only over itself, for the command behind it alone. */
const MOUNTED = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'

const unshared = (folder: string, command: ReadonlyArray<string>): ReadonlyArray<string> => [
  "--mount",
  "sh",
  "-c",
  MOUNTED,
  folder,
  ...command,
]

const canMount = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-mount-"))
  try {
    execFileSync("unshare", unshared(folder, ["true"]), { stdio: "ignore" })
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const title = "a read-only file system (skipped where a test may not mount one)"

describe.skipIf(!canMount())(title, () => {
  let folder: string
  let database: string
  let temporary: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "zoo-runway-cli-"))
    database = join(folder, "kept", "history.db")
    temporary = join(folder, "tmp")
    mkdirSync(temporary)
    const storing = append(Samples.snapshot(0, "10.00"), Samples.snapshot(1, "9.00"))
    await Effect.runPromise(on(SnapshotStore.layerSqlite({ path: database }), storing))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = async (...args: ReadonlyArray<string>) => {
    const command = [process.execPath, "dist/bin/zoo-runway.js", ...args, "--db", database]
    const env = { PATH: process.env["PATH"], HOME: "/nonexistent", TMPDIR: temporary }
    return (await promisify(execFile)("unshare", unshared(join(folder, "kept"), command), { env })).stdout
  }

  it("is read from like any other, and nothing is left behind", async () => {
    const before = readFileSync(database)
    const [history, status, verified, examined, exported] = await Promise.all([
      run("history", "--json"),
      run("status", "--offline"),
      run("verify"),
      run("doctor"),
      run("export", "--format", "jsonl"),
    ])
    expect(history.trimEnd().split("\n")).toHaveLength(2)
    expect(status).toContain("Credits left")
    expect(verified).toMatch(/nothing is damaged/)
    expect(examined).toMatch(/warn +writing +cannot open the history .*permission denied/)
    expect(exported.trimEnd().split("\n")).toHaveLength(2)
    expect(readFileSync(database).equals(before)).toBe(true)
    expect(readdirSync(join(folder, "kept"))).toEqual(["history.db"])
    expect(readdirSync(temporary)).toEqual([])
  })
})
