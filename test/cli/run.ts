import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../../dist/bin/zoo-runway.js", import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  /** Arguments of node itself. */
  readonly node?: ReadonlyArray<string>
  readonly cwd?: string
}

/** Whoever runs the tests may be logged in: what is in their home is none of ours. */
const NO_HOME = "/nonexistent"

/** Starts the bundled command line in an environment of its own. */
export const start = (
  args: ReadonlyArray<string>,
  { cwd, env = {}, node = [] }: Surroundings = {},
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

/** Runs the bundled command line to its end. */
export const run = (
  args: ReadonlyArray<string>,
  { input = "", ...surroundings }: Surroundings & { readonly input?: string | Uint8Array } = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = start(args, surroundings)
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    child.on("error", reject)
    child.on("close", (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    )
    child.stdin.end(input)
  })
