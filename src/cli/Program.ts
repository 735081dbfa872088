/** One run of the command line, from its arguments to an exit code: one line on standard error for a failure, never a stack trace or a token. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Advice from "./Advice.js"
import * as Care from "./Care.js"
import { UsageError } from "./CliError.js"
import * as CommandLine from "./CommandLine.js"
import * as Decode from "./commands/Decode.js"
import * as Demo from "./commands/Demo.js"
import * as Export from "./commands/Export.js"
import * as Fetch from "./commands/Fetch.js"
import * as History from "./commands/History.js"
import * as Import from "./commands/Import.js"
import * as Ledger from "./commands/Ledger.js"
import * as Statement from "./commands/Statement.js"
import * as Status from "./commands/Status.js"
import * as ExitCode from "./ExitCode.js"
import * as Message from "./Message.js"
import * as Settings from "./Settings.js"
import * as Span from "./Span.js"
import { Terminal } from "./Terminal.js"

const seedOf = (text: string): Effect.Effect<number, UsageError> =>
  /^\d{1,9}$/.test(text)
    ? Effect.succeed(Number(text))
    : Effect.fail(new UsageError({ message: `--seed ${JSON.stringify(text)} is no seed: write a whole number` }))

const limitOf = (text: string): Either.Either<number, UsageError> =>
  /^[1-9]\d{0,8}$/.test(text)
    ? Either.right(Number(text))
    : Either.left(new UsageError({ message: `--limit ${JSON.stringify(text)} is no count: write a number from 1 on` }))

/** The settings of a command that never asks the API. */
const offline = (written: Settings.Written, environment: Settings.Environment) =>
  Settings.make({ ...written, offline: true }, environment)

const command = (
  invocation: CommandLine.Invocation,
  environment: Settings.Environment,
): Effect.Effect<void, ExitCode.Failure, Terminal> => {
  switch (invocation._tag) {
    case "Care":
      return Care.run(invocation.care, environment)
    case "Decode":
      return Decode.run(invocation)
    case "Demo": {
      const { json, seed, zone } = invocation
      return Effect.all([seedOf(seed), Settings.zone(zone)]).pipe(
        Effect.flatMap(([number, checked]) => Demo.run({ json, zone: checked, seed: number })),
      )
    }
    case "Export": {
      const { written } = invocation
      return Effect.gen(function* () {
        yield* Export.run(yield* Export.options(written), yield* offline({ subject: "me", ...written }, environment))
      })
    }
    case "Fetch":
      return Effect.flatMap(Settings.make(invocation.written, environment), Fetch.run)
    case "History": {
      const { written } = invocation
      return Effect.gen(function* () {
        const options = {
          span: yield* Span.make(written, yield* Settings.zone(written.zone)),
          limit: yield* Settings.optional(written.limit, limitOf),
        }
        yield* History.run(options, yield* offline(written, environment))
      })
    }
    case "Import": {
      const { allowFuture, files, written } = invocation
      const narrowed = written.subject !== undefined
      const settings = Settings.make({ subject: "me", ...written, offline: true }, environment, false)
      return Effect.flatMap(settings, (settings) => Import.run({ allowFuture, files, narrowed }, settings))
    }
    case "Statement": {
      const { written } = invocation
      return Effect.gen(function* () {
        const span = yield* Span.make(written, yield* Settings.zone(written.zone))
        yield* Statement.run({ span, by: written.by, format: written.format }, yield* offline(written, environment))
      })
    }
    case "Ledger": {
      const { written } = invocation
      return Effect.gen(function* () {
        yield* Ledger.run(
          yield* Span.make(written, yield* Settings.zone(written.zone)),
          yield* offline(written, environment),
        )
      })
    }
    case "Status":
      return Effect.flatMap(Settings.make(invocation.written, environment), Status.run)
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s*[\r\n]+\s*/g, " ")

/** A failure in one line, with what to do about it. */
const lineOf = (failure: ExitCode.Failure, environment: Settings.Environment): string => {
  const advice = Advice.of(failure, environment)
  const message = Message.of(failure)
  return oneLine(advice === undefined ? message : `${message}; ${advice}`)
}

/**
 * Runs the command line to its exit code, without a log: commands tell people themselves, and standard output is for results.
 *
 * @param args What is written after the name of the program.
 * @param environment Variables of the environment.
 */
export const run = (
  args: ReadonlyArray<string>,
  environment: Settings.Environment,
): Effect.Effect<number, never, Terminal> =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const parsed = CommandLine.parse(args)
    if (Either.isLeft(parsed)) {
      const { asked, text } = parsed.left
      yield* asked ? terminal.print(text) : terminal.note(`zoo-runway: ${text}`)
      return asked ? ExitCode.ok : ExitCode.usage
    }
    const exit = yield* Effect.exit(command(parsed.right, environment))
    if (Exit.isSuccess(exit)) return ExitCode.ok
    const failure = Cause.failureOption(exit.cause)
    if (Option.isSome(failure)) {
      yield* terminal.note(`zoo-runway: ${lineOf(failure.value, environment)}`)
      return ExitCode.of(failure.value)
    }
    if (Cause.isInterruptedOnly(exit.cause)) return ExitCode.interrupted
    yield* terminal.note("zoo-runway: a fault of zoo-runway itself; please report the command and its version")
    if (environment["ZOO_RUNWAY_DEBUG"]) yield* terminal.note(Cause.pretty(exit.cause))
    return ExitCode.defect
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
