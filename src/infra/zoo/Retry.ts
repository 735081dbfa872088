/** The attempts of a call: when each goes out, with which token, and whether another one follows. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Backoff from "../../domain/time/Backoff.js"
import * as Elapsed from "../Elapsed.js"
import type * as BearerToken from "./BearerToken.js"
import * as Credentials from "./Credentials.js"
import * as Limits from "./Limits.js"
import type { RateLimiter } from "./RateLimiter.js"
import * as ZooError from "./ZooError.js"

/** Attempts beyond the first of a call, by `route`, the path with its parameters by name: the counter `zoo_runway_retries_total`. */
export const retries: Metric.Metric.Counter<number> = Metric.counter("zoo_runway_retries_total", {
  description: "Attempts beyond the first of a call of the API, by route",
  incremental: true,
})

/** The longest wait after the first failure, and after any, where the API asks for none. */
const BACKOFF: Backoff.Limits = { first: 500, max: 8_000 }

/** Whether the same call may be answered when it is tried again. */
export const isTransient = (error: ZooError.ZooError): boolean =>
  error._tag === "Unavailable" || (error._tag === "RateLimited" && error.by === "Api")

/**
 * Milliseconds to wait after so many failures in a row, the last of them `error`: any whole number up to the backoff (full jitter, `random` in
 * [0, 1)), and no fewer than the API asks for.
 */
export const waitAfter = (error: ZooError.ZooError, failures: number, random: number): number =>
  Math.max(Math.floor(random * Backoff.delay(BACKOFF, failures)), ZooError.retryAfterMillis(error))

/**
 * When an attempt that failed is followed by another: where that may help, an attempt is left, and the wait `fits`. Outputs the wait.
 */
export const schedule = (
  attempts: number,
  fits: (waitMillis: number) => Effect.Effect<boolean>,
): Schedule.Schedule<Duration.Duration, ZooError.ZooError> =>
  Schedule.recurs(attempts - 1).pipe(
    Schedule.intersect(Schedule.identity<ZooError.ZooError>()),
    Schedule.addDelayEffect(([before, error]) =>
      Effect.map(Random.next, (random) => Duration.millis(waitAfter(error, before + 1, random))),
    ),
    Schedule.delays,
    Schedule.checkEffect((error, wait) => (isTransient(error) ? fits(Duration.toMillis(wait)) : Effect.succeed(false))),
  )

/** A call, whatever it asks for. */
export interface Call<A> {
  readonly method: string
  readonly target: string
  /** The path with its parameters by name. */
  readonly route: string
  /** Where its token comes from. */
  readonly credentials: Credentials.Credentials
  readonly attempt: (attempt: Attempt) => Effect.Effect<A, ZooError.ZooError>
}

/** One of the attempts of a call. */
export interface Attempt {
  readonly token: BearerToken.BearerToken
  /** What an error of it tells. */
  readonly context: ZooError.Context
  /** When the call has to have ended, by `Elapsed.now`. */
  readonly deadline: number
}

/** Makes the attempts of a call, until one is answered, no other may help, or the deadline has come. */
export const run = <A>(
  call: Call<A>,
  limits: Limits.Limits,
  limiter: RateLimiter,
): Effect.Effect<A, ZooError.ZooError> =>
  Effect.suspend(() => {
    const { credentials, method, route, target } = call
    const unsent = ZooError.unanswered(method, target)
    /** What is going on, and why the attempt before failed, to be told when the deadline comes. */
    let doing: "Reading" | "Waiting" | "Asking" = "Reading"
    let asked = unsent
    let last: ZooError.ZooError | undefined

    const noTurn = (retryAfter: Option.Option<Duration.Duration>): ZooError.ZooError =>
      last ?? new ZooError.RateLimited({ ...unsent, by: "Client", retryAfter })

    const tooLate = (): ZooError.ZooError => {
      switch (doing) {
        case "Reading":
          return last ?? ZooError.late(unsent, `no token was read before the ${Limits.deadlineOf(limits)}`)
        case "Waiting":
          return noTurn(Option.none())
        case "Asking":
          return ZooError.late(asked, `no complete answer before the ${Limits.deadlineOf(limits)}`)
      }
    }

    const withToken = (token: BearerToken.BearerToken, deadline: number): Effect.Effect<A, ZooError.ZooError> => {
      const key = limiter.keyOf(token, route, target)
      // What became of another token says nothing of this one.
      last = undefined
      let attempts = 0
      const ask = Effect.suspend(() => {
        doing = "Asking"
        asked = { ...unsent, attempts: ++attempts }
        const counted = attempts > 1 ? Metric.increment(Metric.tagged(retries, "route", route)) : Effect.void
        return Effect.zipRight(counted, call.attempt({ token, context: asked, deadline }))
      })
      const attempt = Effect.suspend(() => {
        doing = "Waiting"
        return limiter.run(key, deadline, ask)
      }).pipe(
        Effect.catchTag("NoTurn", ({ wait }) => Effect.fail(noTurn(Option.some(Duration.millis(Math.ceil(wait)))))),
        Effect.tapError((error) =>
          Effect.sync(() => {
            last = error
            doing = Credentials.isUnauthorized(error) ? "Reading" : "Waiting"
          }),
        ),
      )
      const fits = (wait: number) => Effect.map(Elapsed.now, (now) => limiter.next(key, now + wait) < deadline)
      return Effect.retry(attempt, schedule(limits.attempts, fits))
    }

    const attempts = Effect.flatMap(Elapsed.now, (now) =>
      Credentials.use(credentials, {
        call: (token) =>
          Effect.flatMap(Credentials.sendable(unsent, token), (sent) => withToken(sent, now + limits.deadline)),
        isRefused: Credentials.isUnauthorized,
      }),
    )

    return Effect.timeoutFail(attempts, { duration: limits.deadline, onTimeout: tooLate })
  })
