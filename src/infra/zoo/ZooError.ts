/**
 * Why the Zoo API gave no answer that can be used, split by what the caller can do about it. Every message is one line that names the
 * method and its target and says what to do; none holds a token.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { BodyRejected } from "../../domain/balance/wire/BodyRejected.js"

/** What every error tells of the call that failed. What comes from the API is `None` where nothing was answered, or it did not say. */
export interface Context {
  /** The method that was called: `ZooClient.balance`. */
  readonly method: string
  /** The written subject: `me`, `user:ID`, `org`, `org:ID`. */
  readonly target: string
  /** `request_id` of the API's error body. */
  readonly requestId: Option.Option<string>
  /** The header `x-api-call-id`, which the publisher asks for in support requests. */
  readonly apiCallId: Option.Option<string>
  /** The API's own words, at most 200 characters. */
  readonly apiMessage: Option.Option<string>
  /** `error_code` of the API's error body. */
  readonly errorCode: Option.Option<string>
  /** How many attempts were made, the one that failed last included; absent where none was. */
  readonly attempts?: number | undefined
}

/** The context of a call that was not answered. */
export const unanswered = (method: string, target: string): Context => ({
  method,
  target,
  requestId: Option.none(),
  apiCallId: Option.none(),
  apiMessage: Option.none(),
  errorCode: Option.none(),
})

const line = (self: Context, what: string): string => {
  const said = Option.match(self.apiMessage, {
    onNone: () => "",
    onSome: (text) => `; the API says ${JSON.stringify(text)}`,
  })
  const tried = (self.attempts ?? 1) > 1 ? `; tried ${self.attempts} times` : ""
  const call = Option.match(self.apiCallId, { onNone: () => "", onSome: (id) => ` (x-api-call-id ${id})` })
  return `${self.method} ${self.target}: ${what}${tried}${said}${call}`
}

/** The token was refused. `Unauthorized`: the API does not know it. `Forbidden`: it has no right to ask this. */
export class Refused extends Data.TaggedError("Refused")<Context & { readonly reason: "Unauthorized" | "Forbidden" }> {
  override get message(): string {
    const advice = {
      Unauthorized: "401, the API does not know the token: check it, or make a new one and set ZOO_API_TOKEN",
      Forbidden: "403, the token may not ask this: user:ID and org:ID need an employee's token, org a member's",
    }
    return line(this, advice[this.reason])
  }
}

/** No such user or organisation. */
export class NotFound extends Data.TaggedError("NotFound")<Context> {
  override get message(): string {
    return line(this, "404, no such user or organisation: check the id and the base URL")
  }
}

/** When to try again, in words. A wait that nobody can wait for is none. */
const when = (retryAfter: Option.Option<Duration.Duration>): string =>
  Option.match(
    Option.filter(retryAfter, (time) => Duration.isFinite(time)),
    { onNone: () => "later", onSome: (time) => `after ${Duration.format(time)}` },
  )

/**
 * Too many calls: wait for `retryAfter` where it is told. `Api`: the API refused the call (429). `Client`: the client's own limits
 * (`callsPerSecond`, `concurrency`) left it no turn before its deadline; nothing was sent.
 */
export class RateLimited extends Data.TaggedError("RateLimited")<
  Context & { readonly by: "Api" | "Client"; readonly retryAfter: Option.Option<Duration.Duration> }
> {
  override get message(): string {
    if (this.by === "Api") return line(this, `429, too many calls: try again ${when(this.retryAfter)}`)
    const what = Option.isSome(this.retryAfter)
      ? `no turn before the deadline, because of callsPerSecond or of what the API asked for: try again ${when(this.retryAfter)}`
      : "no turn before the deadline, because of concurrency: try again later"
    return line(this, `not sent, too many calls of this client (${what})`)
  }
}

/**
 * The request was not accepted: another 4xx, a redirect that is not followed (to another origin, to plain http, without a readable
 * Location, or after three others), or a status that has no place here.
 */
export class RequestRejected extends Data.TaggedError("RequestRejected")<
  Context & {
    /** The status of the answer; 0 for a redirect whose status the platform hides. */
    readonly status: number
    /** The redirect that is not followed, in a few words, with no more of its target than the origin; absent for anything else. */
    readonly redirect?: string | undefined
  }
> {
  override get message(): string {
    const what =
      this.redirect === undefined
        ? "the request was not accepted: check the base URL"
        : `${this.redirect} is not followed: check the base URL, and set it (ZOO_HOST) to where the API is`
    return line(this, `status ${this.status}, ${what}`)
  }
}

/**
 * No answer for now: trying again later may help. `Server`: a 5xx, or the API did not take the call this time (408, 425). `Network`: no
 * connection, or one that broke. `Timeout`: headers or body did not come in time.
 */
export class Unavailable extends Data.TaggedError("Unavailable")<
  Context & {
    readonly reason: "Server" | "Network" | "Timeout"
    /** The status where `reason` is `Server`. */
    readonly status: Option.Option<number>
    /** How long to wait, where the API tells it. */
    readonly retryAfter: Option.Option<Duration.Duration>
    readonly cause?: Error
    /** What happened, in a few words. */
    readonly detail: string
  }
> {
  override get message(): string {
    const advice = {
      Server: `: try again ${when(this.retryAfter)}`,
      Network: ", the API cannot be reached: check the network and the base URL, then try again",
      Timeout: ", so it was given up: try again, or allow more time",
    }
    return line(this, `${this.detail}${advice[this.reason]}`)
  }
}

/** No connection, or one that broke: `Unavailable`, in a few words. */
export const network = (context: Context, detail: string, cause?: Error): Unavailable =>
  new Unavailable({
    ...context,
    reason: "Network",
    status: Option.none(),
    retryAfter: Option.none(),
    detail,
    ...(cause && { cause }),
  })

/** What did not come in time: `Unavailable`, in a few words. */
export const late = (context: Context, detail: string): Unavailable =>
  new Unavailable({ ...context, reason: "Timeout", status: Option.none(), retryAfter: Option.none(), detail })

/** The API answered with success, but with nothing that can be read: upgrade this library, or report the answer. */
export class UnexpectedBody extends Data.TaggedError("UnexpectedBody")<
  Context & {
    readonly status: number
    /** What is wrong with the body; absent where the status is not 200. */
    readonly cause?: BodyRejected
  }
> {
  override get message(): string {
    const what = this.cause === undefined ? `status ${this.status} where only 200 is known` : this.cause.message
    return line(this, `${what}: check the base URL, upgrade zoo-runway, or report this answer`)
  }
}

/** Neither the layer nor the call has a token. Nothing was sent. */
export class NoCredential extends Data.TaggedError("NoCredential")<Context> {
  override get message(): string {
    return line(this, "no token: set ZOO_API_TOKEN or give a token")
  }
}

/** The token cannot stand in a header. Nothing was sent. */
export class InvalidCredential extends Data.TaggedError("InvalidCredential")<
  Context & { readonly reason: "Blank" | "IllegalCharacter" }
> {
  override get message(): string {
    const what = {
      Blank: "the token is blank",
      IllegalCharacter: "the token has a character that cannot be sent (a space, a line break, or none of ASCII)",
    }
    return line(this, `${what[this.reason]}: set ZOO_API_TOKEN or give a token`)
  }
}

/** The subject's id is none, which only a subject that was not made by `Subject` can have. Nothing was sent. */
export class InvalidTarget extends Data.TaggedError("InvalidTarget")<Context & { readonly reason: string }> {
  override get message(): string {
    return line(this, `not sent (${this.reason}): make subjects with Subject.parse, Subject.user or Subject.anyOrg`)
  }
}

/** Why a call of the Zoo API failed. */
export type ZooError =
  | Refused
  | NotFound
  | RateLimited
  | RequestRejected
  | Unavailable
  | UnexpectedBody
  | NoCredential
  | InvalidCredential
  | InvalidTarget
