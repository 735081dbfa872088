/** The options `--from` and `--to` of commands that read the history. */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Timestamp from "../domain/time/Timestamp.js"
import { UsageError } from "./CliError.js"
import * as Settings from "./Settings.js"

/** The options as they were written. */
export interface Written {
  readonly from?: string
  readonly to?: string
}

/** Two moments in order, where they were given. */
export interface Span {
  readonly from: Option.Option<Timestamp.Timestamp>
  readonly to: Option.Option<Timestamp.Timestamp>
}

/** The checked options; dates are midnights in the zone. */
export const make = (written: Written, zone: string): Either.Either<Span, UsageError> =>
  Either.gen(function* () {
    const from = yield* Settings.optional(written.from, (text) => Settings.time("--from", text, zone))
    const to = yield* Settings.optional(written.to, (text) => Settings.time("--to", text, zone))
    if (Option.isSome(from) && Option.isSome(to) && !DateTime.lessThan(from.value, to.value)) {
      return yield* Either.left(new UsageError({ message: "--to is not after --from: name a later moment for --to" }))
    }
    return { from, to }
  })

/** Refuses a span that begins where the history is read no further: at a moment of the past, or now. */
export const beginsBefore = (
  { from }: Span,
  asOf: Option.Option<Timestamp.Timestamp>,
  now: Timestamp.Timestamp,
): Either.Either<void, UsageError> => {
  if (
    Option.isNone(from) ||
    DateTime.lessThan(
      from.value,
      Option.getOrElse(asOf, () => now),
    )
  )
    return Either.void
  const begin = `--from ${Timestamp.format(from.value)}`
  return Either.left(
    new UsageError({
      message: Option.match(asOf, {
        onNone: () => `${begin} lies in the future: name a moment of the past`,
        onSome: (at) => `${begin} is not before --as-of ${Timestamp.format(at)}: name an earlier moment for --from`,
      }),
    }),
  )
}

/** The earlier of two moments, where any was given. */
export const earlier = (
  a: Option.Option<Timestamp.Timestamp>,
  b: Option.Option<Timestamp.Timestamp>,
): Option.Option<Timestamp.Timestamp> =>
  Option.isSome(a) && Option.isSome(b) ? Option.some(DateTime.min(a.value, b.value)) : Option.orElse(a, () => b)
