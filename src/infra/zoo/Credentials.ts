/** Where the token of calls that bring none comes from: one that is fixed, or one that may be replaced while the process runs. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as BearerToken from "./BearerToken.js"
import * as ZooError from "./ZooError.js"

/** Where the token of calls that bring none comes from. */
export interface Credentials {
  /** The token to send now; `None`: there is none. */
  readonly current: Effect.Effect<Option.Option<Redacted.Redacted>>
  /** Reads anew after `refused` was refused (401): the token to send instead; `None` where it is still the same, or none. */
  readonly renewed: (refused: Redacted.Redacted) => Effect.Effect<Option.Option<Redacted.Redacted>>
}

const isOther = (token: Redacted.Redacted, refused: Redacted.Redacted): boolean =>
  Redacted.value(token) !== Redacted.value(refused)

/** How long a later read may take. */
const READ_TIMEOUT = "10 seconds"

/** One token, or none, for good. */
export const fixed = (token: Redacted.Redacted | undefined): Credentials => ({
  current: Effect.succeed(Option.fromNullable(token)),
  renewed: () => Effect.succeedNone,
})

/**
 * Reads once now (`E` fails the making) and remembers; reads again when `renewed` is asked, one read at a time, under the configuration
 * of the making. A later read that fails or finds no token keeps what is known: sent again and refused again, it leads to the next read.
 *
 * @example
 * import { Credentials } from "zoo-runway"
 * import * as FileSystem from "@effect/platform/FileSystem"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 * import * as Redacted from "effect/Redacted"
 *
 * const fromFile = Credentials.make(
 *   Effect.gen(function* () {
 *     const files = yield* FileSystem.FileSystem
 *     return Option.some(Redacted.make((yield* files.readFileString("/run/secrets/zoo-token")).trim()))
 *   }),
 * )
 */
export const make = <E, R>(
  read: Effect.Effect<Option.Option<Redacted.Redacted>, E, R>,
): Effect.Effect<Credentials, E, R> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<R>()
    const provider = yield* Effect.configProviderWith(Effect.succeed)
    const again = read.pipe(
      Effect.provide(context),
      Effect.withConfigProvider(provider),
      Effect.timeout(READ_TIMEOUT),
      // Whatever goes wrong with a later read, what is known stays.
      Effect.catchAllCause(() => Effect.succeedNone),
    )
    const turn = yield* Effect.makeSemaphore(1)
    let known = yield* read
    let begun = 0

    const renewed: Credentials["renewed"] = (refused) => {
      const unlessRefused = Effect.sync(() => Option.filter(known, (token) => isOther(token, refused)))
      const reading = Effect.flatMap(again, (found) => {
        known = Option.orElse(found, () => known)
        return unlessRefused
      })
      // Of many calls that were refused at once, one reads: whoever comes after it finds another token already, or that there is none.
      return Effect.suspend(() => {
        const before = begun
        const unlessRead = Effect.suspend(() => {
          if (begun > before) return unlessRefused
          begun++
          return reading
        })
        return turn.withPermits(1)(
          Effect.flatMap(unlessRefused, (other) => (Option.isSome(other) ? Effect.succeed(other) : unlessRead)),
        )
      })
    }

    return { current: Effect.sync(() => known), renewed }
  })

/** The token of a call, where it can be sent. */
export const sendable = (
  context: ZooError.Context,
  found: Option.Option<Redacted.Redacted>,
): Effect.Effect<Redacted.Redacted, ZooError.NoCredential | ZooError.InvalidCredential> => {
  if (Option.isNone(found)) return Effect.fail(new ZooError.NoCredential(context))
  const reason = BearerToken.flawOf(found.value)
  return reason === undefined
    ? Effect.succeed(found.value)
    : Effect.fail(new ZooError.InvalidCredential({ ...context, reason }))
}

/** Whether an error says that the API does not know the token, so that another one may be answered. */
export const isUnauthorized = (error: { readonly _tag: string; readonly reason?: unknown }): boolean =>
  error._tag === "Refused" && error.reason === "Unauthorized"

/** Calls with the current token; where that is refused, reads anew, and calls once more where there is another token. */
export const use = <A, E>(
  { current, renewed }: Credentials,
  {
    call,
    isRefused,
  }: {
    readonly call: (token: Option.Option<Redacted.Redacted>) => Effect.Effect<A, E>
    /** Whether an error says that the token is not known, so that another one may be. */
    readonly isRefused: (error: E) => boolean
  },
): Effect.Effect<A, E> =>
  Effect.flatMap(current, (token) =>
    Effect.catchAll(call(token), (error) =>
      Option.isNone(token) || !isRefused(error)
        ? Effect.fail(error)
        : Effect.flatMap(
            renewed(token.value),
            Option.match({ onNone: () => Effect.fail(error), onSome: (other) => call(Option.some(other)) }),
          ),
    ),
  )

/** What an option names: a token, where one comes from, or nothing. */
export const of = (token: Redacted.Redacted | Credentials | undefined): Credentials =>
  token === undefined || Redacted.isRedacted(token) ? fixed(token) : token
