/** The base folders of the XDG Base Directory Specification. */
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"

/** Variables of the environment. */
type Environment = Readonly<Record<string, string | undefined>>

const DEFAULTS = { XDG_CONFIG_HOME: ".config", XDG_DATA_HOME: join(".local", "share") } as const

/** Variables that name a base folder. */
export type Variable = keyof typeof DEFAULTS

/** The folder that a variable names; `undefined` where it is not set, empty, or relative, which the specification says to ignore. */
const named = (variable: Variable, environment: Environment): string | undefined => {
  const folder = environment[variable]
  return folder !== undefined && isAbsolute(folder) ? folder : undefined
}

/** Whether a variable names a folder. */
export const isNamed = (variable: Variable, environment: Environment): boolean =>
  named(variable, environment) !== undefined

/** The folder that a variable names, else its default below the home folder. */
export const folder = (variable: Variable, environment: Environment): string =>
  named(variable, environment) ?? join(homedir(), DEFAULTS[variable])
