/** The process of a command: its signals and its exit code. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as CommandLine from "./CommandLine.js"
import * as ExitCode from "./ExitCode.js"
import * as Program from "./Program.js"
import * as Terminal from "./Terminal.js"

const SIGNALS = ["SIGINT", "SIGTERM"] as const

/** Starts a command, and returns a function that stops it. `ended` receives the exit code. */
export const start = (called: CommandLine.Called, ended: (code: number) => void): (() => void) => {
  const fiber = Effect.runFork(Effect.provide(Program.run(called, process.env), Terminal.layer))
  const stop = (): void => {
    Effect.runFork(Fiber.interruptFork(fiber))
  }
  for (const signal of SIGNALS) process.once(signal, stop)
  fiber.addObserver((exit) => {
    for (const signal of SIGNALS) process.removeListener(signal, stop)
    ended(Exit.isSuccess(exit) ? exit.value : ExitCode.interrupted)
  })
  return stop
}
