/** Peers that neither hosts nor CI need: installed for this bench alone, into its own folder. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL("peers", import.meta.url))
const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

const versionOf = (name) => {
  const file = join(folder, "node_modules", name, "package.json")
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : undefined
}

const isInstalled = () => Object.entries(dependencies).every(([name, version]) => versionOf(name) === version)

/** Loads them in a process of its own: what is broken shows before anything is measured. */
const load = () => {
  const require = createRequire(join(folder, "package.json"))
  const names = Object.keys(dependencies).map((name) => require.resolve(name))
  execFileSync(process.execPath, ["-e", `for (const name of ${JSON.stringify(names)}) require(name)`], {
    stdio: "pipe",
  })
}

/** Their folder and versions; where they cannot be had, why. */
export const install = () => {
  try {
    if (!isInstalled()) {
      const npm = process.platform === "win32" ? "npm.cmd" : "npm"
      const options = ["--prefix", folder, "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
      execFileSync(npm, ["install", ...options], { stdio: ["ignore", "pipe", "pipe"] })
    }
    load()
    const versions = Object.keys(dependencies).map((name) => [name, versionOf(name)])
    return { folder, versions: Object.fromEntries([...versions, ["sqlite3", versionOf("sqlite3")]]) }
  } catch (error) {
    return {
      folder: null,
      versions: {},
      why: String(error.stderr || error.message)
        .trim()
        .split("\n")[0],
    }
  }
}
