/** The attempts of a call: when each goes out, with which token, and whether another one follows. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as BearerToken from "./BearerToken.js"
import type { Credentials } from "./Credentials.js"
import * as Elapsed from "./Elapsed.js"
import type { Limits } from "./Limits.js"
import * as Retry from "./Retry.js"
import * as Timeouts from "./Timeouts.js"
import type { Turns } from "./Turns.js"
import * as ZooError from "./ZooError.js"
import * as ZooMetrics from "./ZooMetrics.js"

/** A call, whatever it asks for. */
export interface Call<A> {
  readonly method: string
  readonly target: string
  /** The path with its parameters by name. */
  readonly route: string
  /** Where its token comes from. */
  readonly credentials: Credentials
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

const sendable = (
  context: ZooError.Context,
  found: Option.Option<BearerToken.BearerToken>,
): Effect.Effect<BearerToken.BearerToken, ZooError.ZooError> => {
  if (Option.isNone(found)) return Effect.fail(new ZooError.NoCredential(context))
  const reason = BearerToken.flawOf(found.value)
  return reason === undefined
    ? Effect.succeed(found.value)
    : Effect.fail(new ZooError.InvalidCredential({ ...context, reason }))
}

const isUnknownToken = (error: ZooError.ZooError): boolean =>
  error._tag === "Refused" && error.reason === "Unauthorized"

/** Makes the attempts of a call, until one is answered, no other may help, or the deadline has come. */
export const run = <A>(call: Call<A>, limits: Limits, turns: Turns): Effect.Effect<A, ZooError.ZooError> =>
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
          return last ?? ZooError.late(unsent, `no token was read before the ${Timeouts.deadlineOf(limits)}`)
        case "Waiting":
          return noTurn(Option.none())
        case "Asking":
          return ZooError.late(asked, `no complete answer before the ${Timeouts.deadlineOf(limits)}`)
      }
    }

    const keyOf = (token: BearerToken.BearerToken) => turns.keyOf(token, route, target)

    const ask = (token: BearerToken.BearerToken, deadline: number, attempts: number) =>
      Effect.suspend(() => {
        doing = "Asking"
        asked = { ...unsent, attempts }
        return call.attempt({ token, context: asked, deadline })
      })

    const attempts = Effect.gen(function* () {
      const deadline = (yield* Elapsed.now) + limits.deadline
      let token = yield* sendable(unsent, yield* credentials.current)
      let mayRenew = true
      for (let made = 1; ; made++) {
        doing = "Waiting"
        const asking = Effect.either(ask(token, deadline, made))
        let answer = yield* Effect.catchAll(turns.inTurn(keyOf(token), deadline, asking), ({ wait }) =>
          Effect.fail(noTurn(Option.some(Duration.millis(Math.ceil(wait))))),
        )
        if (mayRenew && Either.isLeft(answer) && isUnknownToken(answer.left)) {
          doing = "Reading"
          last = answer.left
          const renewed = yield* credentials.renewed(token)
          if (Option.isSome(renewed)) {
            mayRenew = false
            token = yield* sendable(unsent, renewed)
            doing = "Waiting"
            answer = yield* turns.atOnce(keyOf(token), Effect.either(ask(token, deadline, made)))
          }
        }
        if (Either.isRight(answer)) return answer.right
        last = answer.left
        const [now, random] = [yield* Elapsed.now, yield* Random.next]
        const wait = Retry.waitAfter(last, { made, most: limits.attempts, now, deadline, random })
        if (Option.isNone(wait) || turns.next(keyOf(token), now + wait.value) >= deadline)
          return yield* Effect.fail(last)
        doing = "Waiting"
        yield* Elapsed.wait(wait.value)
        yield* Metric.increment(Metric.tagged(ZooMetrics.retries, "route", route))
      }
    })

    return Effect.timeoutFail(attempts, { duration: limits.deadline, onTimeout: tooLate })
  })
