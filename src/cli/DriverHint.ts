/** Names the command that installs the SQLite driver, for the package manager that installed this program. */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

type Manager = "npm" | "pnpm" | "yarn"

/** File that a package manager leaves in the `node_modules` that it makes. */
const MARKERS: ReadonlyArray<readonly [string, Manager]> = [
  [".modules.yaml", "pnpm"],
  [".yarn-integrity", "yarn"],
  [".package-lock.json", "npm"],
]

/** Where this program is installed, and by what. */
export interface Installation {
  readonly manager: Manager
  /** Folder of the project that it is installed in; `undefined` where it is installed for all projects. */
  readonly project: string | undefined
  readonly nodeMajor: number
  /** Whether the package of the driver that is meant for this version of Node is there. */
  readonly hasPackage: boolean
}

/** The first version of Node that `better-sqlite3` 13, which needs no install script, runs on. */
const NO_SCRIPT_SINCE = 22

const NAME = "better-sqlite3"

const isInstalled = (name: string): boolean => {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`)
    return true
  } catch {
    return false
  }
}

const ancestors = (folder: string): ReadonlyArray<string> => {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...ancestors(parent)]
}

/** Looks at the files around the program, then at the variable that package managers set for what they run. */
export const find = (environment: Readonly<Record<string, string | undefined>>): Installation => {
  const nodeMajor = Number.parseInt(process.versions.node, 10)
  const hasPackage = isInstalled(nodeMajor < NO_SCRIPT_SINCE ? `${NAME}-12` : NAME)
  for (const folder of ancestors(dirname(fileURLToPath(import.meta.url)))) {
    const marker = MARKERS.find(([file]) => existsSync(join(folder, "node_modules", file)))
    if (marker !== undefined) return { manager: marker[1], project: folder, nodeMajor, hasPackage }
  }
  const [agent] = /^(?:pnpm|yarn)(?=\/)/.exec(environment["npm_config_user_agent"] ?? "") ?? []
  return { manager: agent === "pnpm" || agent === "yarn" ? agent : "npm", project: undefined, nodeMajor, hasPackage }
}

const rebuild = `npm rebuild ${NAME}-12 --foreground-scripts`

const npm = ({ hasPackage, nodeMajor }: Installation): string => {
  const needsScript = nodeMajor < NO_SCRIPT_SINCE
  // npm takes binding.gyp for an install script, and where that fails it removes a package that needs none.
  if (!hasPackage) return `npm install --include=optional ${needsScript ? "--foreground-scripts" : "--ignore-scripts"}`
  // npm 12, which runs no script that is not allowed, does not run on Node 20.
  return needsScript ? rebuild : `npm pkg set allowScripts.${NAME}=true --json && ${rebuild}`
}

/** The command that installs a driver. */
export const commandOf = (installation: Installation): string => {
  const { hasPackage, manager, project } = installation
  switch (manager) {
    case "npm":
      return project === undefined ? `npm install --global --allow-scripts=${NAME} zoo-runway` : npm(installation)
    case "pnpm":
      if (project === undefined) return `pnpm add --global --allow-build=${NAME} zoo-runway`
      return hasPackage ? `pnpm approve-builds (choose ${NAME})` : "pnpm install --force"
    case "yarn":
      return project === undefined ? "yarn global add zoo-runway --force" : "yarn install --force"
  }
}

/** The command for this installation, and the folder to run it in where that is not the current one. */
export const command = (environment: Readonly<Record<string, string | undefined>>): string => {
  const installation = find(environment)
  const { project } = installation
  return project === undefined || project === process.cwd()
    ? commandOf(installation)
    : `${commandOf(installation)} (in ${project})`
}
