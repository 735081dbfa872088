import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Leftovers from "../../../src/infra/store/Leftovers.js"
import { leftoverIn, ofEndedProcess } from "./KilledProcess.js"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-leftovers-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const DAY_S = 86_400
/** The path that a process of another machine would have made. */
const elsewhere = (path: string): string => path.replace(/-[\da-f]{8}-/, "-00000000-")
const aged = (path: string, seconds: number): string => {
  writeFileSync(path, "")
  const at = Date.now() / 1000 - seconds
  utimesSync(path, at, at)
  return path
}

describe("Leftovers", () => {
  it("of a process that has ended are removed, files and folders with all that is in them", () => {
    leftoverIn(folder)
    expect(readdirSync(folder)).toHaveLength(3)
    Leftovers.removeFrom(folder)
    expect(readdirSync(folder)).toEqual([])
  })

  it("are none of a process that runs, this one or another, however old", () => {
    const own = aged(Leftovers.pathIn(folder), 2 * DAY_S)
    const parent = aged(Leftovers.pathIn(folder).replace(`-${process.pid}-`, `-${process.ppid}-`), 2 * DAY_S)
    Leftovers.removeFrom(folder)
    expect(readdirSync(folder).sort()).toEqual([own, parent].map((path) => basename(path)).sort())
  })

  it("of another machine are removed once they were not written for a day", () => {
    const fresh = aged(elsewhere(Leftovers.pathIn(folder)), DAY_S - 60)
    aged(elsewhere(Leftovers.pathIn(folder)), DAY_S + 60)
    Leftovers.removeFrom(folder)
    expect(readdirSync(folder)).toEqual([basename(fresh)])
  })

  it("have names of their own: other files stay, and a link is removed and not what it names", () => {
    for (const name of [".zoo-runway-1.tmp", "history.db", ".zoo-runway-zzzzzzzz-1-000000000000.tmp"]) {
      writeFileSync(join(folder, name), name)
    }
    const link = ofEndedProcess(Leftovers.pathIn(folder))
    symlinkSync(join(folder, "history.db"), link)
    Leftovers.removeFrom(folder)
    expect(existsSync(link)).toBe(false)
    expect(readdirSync(folder)).toHaveLength(3)
    expect(readFileSync(join(folder, "history.db"), "utf8")).toBe("history.db")
  })

  it("are none where the folder cannot be read", () => {
    expect(() => Leftovers.removeFrom(join(folder, "none"))).not.toThrow()
  })
})
