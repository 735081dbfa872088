/** The process of the command line: its streams, its signals, its exit code. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as ExitCode from "./ExitCode.js"
import * as Program from "./Program.js"
import * as Terminal from "./Terminal.js"

/** The exit code where standard output could not be written. */
let outputFailed: number | undefined

const main = (): void => {
  const fiber = Effect.runFork(Effect.provide(Program.run(process.argv.slice(2), process.env), Terminal.layer))
  const stop = (): void => {
    Effect.runFork(Fiber.interruptFork(fiber))
  }
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    const failure = Terminal.outputFailure(error)
    if (Option.isSome(failure) && outputFailed === undefined) {
      outputFailed = ExitCode.damaged
      process.stderr.write(`zoo-runway: ${failure.value}\n`)
    }
    process.exitCode = outputFailed ?? ExitCode.interrupted
    // There may be something to clean up.
    stop()
  })
  // Nothing can be reported then, and the exit code still tells.
  process.stderr.on("error", () => {})
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop)
  fiber.addObserver((exit) => {
    process.exitCode = outputFailed ?? (Exit.isSuccess(exit) ? exit.value : ExitCode.interrupted)
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeListener(signal, stop)
  })
}

main()
