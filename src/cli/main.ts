#!/usr/bin/env node
/** The program. What is only printed, such as help, is printed without loading the library. */
import * as CommandLine from "./CommandLine.js"
import * as ExitCode from "./ExitCode.js"
import * as Output from "./Output.js"

const parsed = CommandLine.parse(process.argv.slice(2))

/** The exit code where standard output could not be written. */
let failed: number | undefined
let stop = (): void => {}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  const failure = Output.failureOf(error)
  if (failure !== undefined && failed === undefined) {
    failed = ExitCode.damaged
    process.stderr.write(`zoo-runway: ${failure}\n`)
  }
  process.exitCode = failed ?? ExitCode.interrupted
  // There may be something to clean up.
  stop()
})
// Nothing can be reported then, and the exit code still tells.
process.stderr.on("error", () => {})

if (parsed._tag === "Stopped") {
  process.exitCode = parsed.code
  if (parsed.err !== "") process.stderr.write(parsed.err)
  if (parsed.out !== "") Output.write(process.stdout, parsed.out)
} else {
  const { start } = await import("./Process.js")
  stop = start(parsed, (code) => {
    process.exitCode = failed ?? code
  })
}
