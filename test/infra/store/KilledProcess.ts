/** What killed processes leave. */
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Leftovers from "../../../src/infra/store/Leftovers.js"

/** The process id of a process that has ended. */
const { pid: ended } = spawnSync(process.execPath, ["--version"])

/** The name that a process that has ended would have given to a path of this process. */
export const ofEndedProcess = (path: string): string => path.replace(`-${process.pid}-`, `-${ended}-`)

/** Makes a file with its log, and a folder with a file, as a killed process left them; returns the folder. */
export const leftoverIn = (folder: string): string => {
  const [file, made] = [Leftovers.pathIn(folder), Leftovers.pathIn(folder)].map(ofEndedProcess) as [string, string]
  writeFileSync(file, "half")
  writeFileSync(`${file}-wal`, "half")
  mkdirSync(made)
  writeFileSync(join(made, "history.db"), "half")
  return made
}
