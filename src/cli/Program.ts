/** One run of a command to its exit code: one line on standard error for a failure, never a stack trace or a token. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Advice from "./Advice.js"
import type * as CommandLine from "./CommandLine.js"
import * as ExitCode from "./ExitCode.js"
import * as Message from "./Message.js"
import type { Environment } from "./Settings.js"
import { Terminal } from "./Terminal.js"

/** A failure, with what to do about it. */
const lineOf = (failure: ExitCode.Failure, environment: Environment): string => {
  const advice = Advice.of(failure, environment)
  const message = Message.of(failure)
  return advice === undefined ? message : `${message}; ${advice}`
}

/**
 * Runs a command to its exit code, without a log: commands tell people themselves, and standard output is for results.
 *
 * @param environment Variables of the environment.
 */
export const run = (
  { call, command: { load } }: CommandLine.Called,
  environment: Environment,
): Effect.Effect<number, never, Terminal> =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const exit = yield* Effect.exit(
      Effect.flatMap(Effect.promise(load), ({ command }) => command({ ...call, environment })),
    )
    if (Exit.isSuccess(exit)) return ExitCode.ok
    const failure = Cause.failureOption(exit.cause)
    if (Option.isSome(failure)) {
      yield* terminal.note(`zoo-runway: ${lineOf(failure.value, environment)}`)
      return ExitCode.of(failure.value)
    }
    if (Cause.isInterruptedOnly(exit.cause)) return ExitCode.interrupted
    yield* terminal.note("zoo-runway: a fault of zoo-runway itself; please report the command and its version")
    if (environment["ZOO_RUNWAY_DEBUG"]) {
      yield* Effect.forEach(Cause.pretty(exit.cause).split("\n"), terminal.note, { discard: true })
    }
    return ExitCode.defect
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
