/** Runs the command line: in the process of the test, or as the bundle, in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as CommandLine from "../../src/cli/CommandLine.js"
import { standingAt } from "../../src/cli/commands/Demo.js"
import * as Program from "../../src/cli/Program.js"
import { Terminal } from "../../src/cli/Terminal.js"
import { ofThisFile } from "../support/Secrecy.js"
import { recording } from "./TestTerminal.js"

/** The bundle. */
export const program = fileURLToPath(new URL("../../dist/bin/zoo-runway.js", import.meta.url))

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
}

interface OwnSurroundings extends Surroundings {
  /** Columns of the terminal; without it there is none. */
  readonly columns?: number
  /** The time at which the clock stands; without it, it runs. */
  readonly now?: number
}

interface ProcessSurroundings extends Surroundings {
  /** Arguments of node itself. */
  readonly node?: ReadonlyArray<string>
  readonly cwd?: string
}

type WithInput<S> = S & { readonly input?: string | Uint8Array }

/** Whoever runs the tests may be logged in: what is in their home is none of ours. */
const NO_HOME = "/nonexistent"
process.env["HOME"] = NO_HOME

/** Starts the bundle in an environment of its own. */
export const start = (
  args: ReadonlyArray<string>,
  { cwd, env = {}, node = [] }: ProcessSurroundings = {},
): ChildProcessWithoutNullStreams => {
  const child = spawn(process.execPath, [...node, program, ...args], {
    env: { PATH: process.env["PATH"], HOME: NO_HOME, ...env },
    stdio: "pipe",
    cwd,
  })
  // A command that fails before it reads leaves the pipe.
  child.stdin.on("error", () => {})
  return child
}

/** Runs the bundle to its end. */
export const runBundle = (
  args: ReadonlyArray<string>,
  { input = "", ...surroundings }: WithInput<ProcessSurroundings> = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = start(args, surroundings)
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    child.on("error", reject)
    child.on("close", (code) =>
      resolve({ code: code ?? -1, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    )
    child.stdin.end(input)
  })

const linesOf = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")

/** Runs the command line to its end, without a process of its own. */
export const run = async (
  args: ReadonlyArray<string>,
  { columns, env = {}, input = "", now }: WithInput<OwnSurroundings> = {},
): Promise<Ran> => {
  const parsed = CommandLine.parse(args)
  if (parsed._tag === "Stopped") return { code: parsed.code, out: parsed.out, err: parsed.err }
  const { err, out, terminal } = recording({ input, ...(columns === undefined ? {} : { columns }) })
  for (const [name, value] of Object.entries(env)) if (/token/i.test(name)) ofThisFile.learn(value)
  const program = Effect.provideService(Program.run(parsed, env), Terminal, terminal)
  const code = await Effect.runPromise(
    now === undefined ? program : Effect.withClock(program, standingAt(Clock.make(), now)),
  )
  ofThisFile.note("output of the command line", [...out, ...err].join("\n"))
  return { code, out: linesOf(out), err: linesOf(err) }
}
