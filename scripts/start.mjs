/**
 * Runs the command line from a checkout, building it first where it is missing or older than a file of src.
 *
 *     npm start                     runs `zoo-runway demo`
 *     npm start -- COMMAND …        runs `zoo-runway COMMAND …`
 */
import { spawnSync } from "node:child_process"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const bundle = join(root, "dist/bin/zoo-runway.js")
const script = join(root, "scripts/build.mjs")

const changed = (path) => statSync(path).mtimeMs

/** When anything below a folder changed last; a folder changes when a file of it goes. */
const newest = (folder) =>
  readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(folder, entry.name)
    return Math.max(latest, entry.isDirectory() ? newest(path) : changed(path))
  }, changed(folder))

const isBuilt = () => {
  const built = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const others = ["package.json", "package-lock.json"].map((name) => changed(join(root, name)))
  return built > Math.max(newest(join(root, "src")), changed(script), ...others)
}

if (!isBuilt()) {
  // Standard output belongs to the command: what the build says goes to standard error.
  const { status } = spawnSync(process.execPath, [script, "--cli-only"], { stdio: ["ignore", 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}

// In this process, so that signals, exit code and terminal are the command's own.
const args = process.argv.slice(2)
process.argv = [process.execPath, bundle, ...(args.length === 0 ? ["demo"] : args)]
await import(pathToFileURL(bundle).href)
