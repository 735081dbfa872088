/** Errors of the command line itself: of its arguments, its surroundings and its results. Messages are one line and say what to do. */
import * as Data from "effect/Data"

/** An invalid argument. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

/** Makes the error of an invalid option or argument: `invalid --zone "Mars" (examples: UTC, Europe/Berlin)`. */
export const invalid = (what: string, text: string, hint: string): UsageError =>
  new UsageError({ message: `invalid ${what} ${JSON.stringify(text)} (${hint})` })

/** A setting of the environment that is missing or invalid. */
export class ConfigurationError extends Data.TaggedError("ConfigurationError")<{ readonly message: string }> {}

/** An input file that cannot be read. */
export class NoSuchInput extends Data.TaggedError("NoSuchInput")<{ readonly message: string }> {}

/** An output file that cannot be written. */
export class CannotWrite extends Data.TaggedError("CannotWrite")<{ readonly message: string }> {}

/** No snapshot in the requested span. */
export class NothingInSpan extends Data.TaggedError("NothingInSpan")<{ readonly message: string }> {}

/** No history for the requested account. */
export class NothingStored extends Data.TaggedError("NothingStored")<{ readonly message: string }> {}

/** The history is damaged. */
export class DamageFound extends Data.TaggedError("DamageFound")<{ readonly message: string }> {}

/** Some of the bodies are invalid; each was reported by itself. */
export class SomeRejected extends Data.TaggedError("SomeRejected")<{ readonly message: string }> {}
