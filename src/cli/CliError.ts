/** What is wrong with how the command line was called, or with its surroundings. Messages are one line and say what to do. */
import * as Data from "effect/Data"

/** An argument that is none: mend the command. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

/** The surroundings lack something: set it. */
export class ConfigurationError extends Data.TaggedError("ConfigurationError")<{ readonly message: string }> {}

/** A file to read that cannot be read: name another. */
export class NoSuchInput extends Data.TaggedError("NoSuchInput")<{ readonly message: string }> {}

/** A file to write that cannot be written: mend its folder's rights, or read from another place. */
export class CannotWrite extends Data.TaggedError("CannotWrite")<{ readonly message: string }> {}

/** Nothing was seen in the span that was asked for: name another one. */
export class NothingInSpan extends Data.TaggedError("NothingInSpan")<{ readonly message: string }> {}

/** Nothing is kept of whom a command was asked about: name somebody of whom something is. */
export class NothingKept extends Data.TaggedError("NothingKept")<{ readonly message: string }> {}

/** What is kept is not what was put in, or contradicts itself: restore a backup, or import the history anew. */
export class DamageFound extends Data.TaggedError("DamageFound")<{ readonly message: string }> {}

/** Some of the bodies were no balances; each was answered on its own. */
export class SomeRejected extends Data.TaggedError("SomeRejected")<{ readonly message: string }> {}
