/** What a command of the command line is: its place in the help, its options, and how its code is loaded. */
import type { Option } from "commander"
import type * as Effect from "effect/Effect"
import type { Failure } from "./ExitCode.js"
import type { Environment } from "./Settings.js"
import type { Terminal } from "./Terminal.js"

/** How a command was called: its options as they were written, and what stood beside them. */
export interface Call<Written> {
  readonly written: Written
  readonly args: ReadonlyArray<string>
  readonly environment: Environment
}

/** What the code of a command does. */
export type Run<Written> = (call: Call<Written>) => Effect.Effect<void, Failure, Terminal>

/** A command. */
export interface Command<Written = never> {
  /** `accounts join` is a command of `accounts`. */
  readonly name: string
  readonly summary: string
  /** Arguments that are no options, such as `<file>` or `[file]`, each with a description. */
  readonly args: ReadonlyArray<readonly [syntax: string, description: string]>
  readonly options: ReadonlyArray<Option>
  /** What the help says after the options. */
  readonly notes: string | undefined
  /** Loads the code: only that of the command that is called. */
  readonly load: () => Promise<{ readonly command: Run<Written> }>
}

/** Makes a command; the options are those that its code expects as written. */
export const make = <Written>({
  args = [],
  notes,
  ...rest
}: Pick<Command<Written>, "name" | "summary" | "options" | "load"> &
  Partial<Pick<Command<Written>, "args" | "notes">>): Command => ({ ...rest, args, notes })
