/**
 * Why the Zoo API gave no answer that can be used, split by what the caller can do about it. Every message is one line that names the
 * method and its target; none holds a token. All of them encode to JSON: {@link ZooError} is their schema.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { BodyRejected } from "../../domain/balance/wire/BodyRejected.js"

/** `null` where nothing was answered, or it did not say. */
const Said = Schema.OptionFromNullOr(Schema.String)

/** What every error tells of the call that failed. What comes from the API is `None` where nothing was answered, or it did not say. */
const Context = Schema.Struct({
  /** The method that was called: `ZooClient.balance`. */
  method: Schema.String,
  /** The written subject: `me`, `user:ID`, `org`, `org:ID`. */
  target: Schema.String,
  /** `request_id` of the API's error body. */
  requestId: Said,
  /** The header `x-api-call-id`, which the publisher asks for in support requests. */
  apiCallId: Said,
  /** The API's own words, at most 200 characters. */
  apiMessage: Said,
  /** `error_code` of the API's error body. */
  errorCode: Said,
  /** How many attempts were made, the one that failed last included; absent where none was. */
  attempts: Schema.optional(Schema.Number),
})
/** What every error tells of the call that failed. */
export interface Context extends Schema.Schema.Type<typeof Context> {}

const RetryAfter = Schema.OptionFromNullOr(Schema.DurationFromMillis)

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

/** The status of an answer, in words. `fetch` hides that of some redirects (0), and HTTP has none outside of 100 to 599. */
const statusWords = (status: number): string => {
  if (status === 0) return "the status is hidden"
  return status >= 100 && status < 600 ? `status ${status}` : `${status} is not an HTTP status`
}

/** The token was refused. `Unauthorized`: the API does not know it. `Forbidden`: it has no right to ask this. */
export class Refused extends Schema.TaggedError<Refused>("zoo-runway/Refused")("Refused", {
  ...Context.fields,
  reason: Schema.Literal("Unauthorized", "Forbidden"),
}) {
  override get message(): string {
    const what = {
      Unauthorized: "401, the API does not know the token: check it, or make a new one",
      Forbidden: "403, the token may not ask this: user:ID and org:ID need an employee's token, org a member's",
    }
    return line(this, what[this.reason])
  }
}

/** No such user or organisation. */
export class NotFound extends Schema.TaggedError<NotFound>("zoo-runway/NotFound")("NotFound", Context.fields) {
  override get message(): string {
    return line(this, "404, no such user or organisation: check the id and the base URL")
  }
}

/** A longer wait than this is no advice. */
const MAX_ADVISED = Duration.days(366)

/** When to try again, in words. */
const when = (retryAfter: Option.Option<Duration.Duration>): string =>
  Option.match(Option.filter(retryAfter, Duration.between({ minimum: Duration.millis(1), maximum: MAX_ADVISED })), {
    onNone: () => "later",
    onSome: (time) => `after ${Duration.format(time)}`,
  })

/**
 * Too many calls: wait for `retryAfter` where it is told. `Api`: the API refused the call (429). `Client`: the client's own limits
 * (`callsPerSecond`, `concurrency`) left it no turn before its deadline; nothing was sent.
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("zoo-runway/RateLimited")("RateLimited", {
  ...Context.fields,
  by: Schema.Literal("Api", "Client"),
  retryAfter: RetryAfter,
}) {
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
export class RequestRejected extends Schema.TaggedError<RequestRejected>("zoo-runway/RequestRejected")(
  "RequestRejected",
  {
    ...Context.fields,
    /** The status of the answer; 0 for a redirect whose status the platform hides. */
    status: Schema.Number,
    /** The redirect that is not followed, in a few words, with no more of its target than the origin; absent for anything else. */
    redirect: Schema.optional(Schema.String),
  },
) {
  override get message(): string {
    const what =
      this.redirect === undefined
        ? "the request was not accepted: check the base URL"
        : `${this.redirect} is not followed: set the base URL to where the API is`
    return line(this, `${statusWords(this.status)}, ${what}`)
  }
}

/**
 * No answer for now: trying again later may help. `Server`: a 5xx, or the API did not take the call this time (408, 425). `Network`: no
 * connection, or one that broke. `Timeout`: headers or body did not come in time.
 */
export class Unavailable extends Schema.TaggedError<Unavailable>("zoo-runway/Unavailable")("Unavailable", {
  ...Context.fields,
  reason: Schema.Literal("Server", "Network", "Timeout"),
  /** The status where `reason` is `Server`. */
  status: Schema.OptionFromNullOr(Schema.Number),
  /** How long to wait, where the API tells it. */
  retryAfter: RetryAfter,
  cause: Schema.optional(Schema.Defect),
  /** What happened, in a few words. */
  detail: Schema.String,
}) {
  override get message(): string {
    const what = {
      Server: `: try again ${when(this.retryAfter)}`,
      Network: ", the API cannot be reached: check the network and the base URL, then try again",
      Timeout: ", so it was given up: try again, or allow more time",
    }
    return line(this, `${this.detail}${what[this.reason]}`)
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

/** The API answered with success, but with nothing that can be read. */
export class UnexpectedBody extends Schema.TaggedError<UnexpectedBody>("zoo-runway/UnexpectedBody")("UnexpectedBody", {
  ...Context.fields,
  status: Schema.Number,
  /** What is wrong with the body; absent where the status is not 200. */
  cause: Schema.optional(BodyRejected),
}) {
  override get message(): string {
    const what = this.cause === undefined ? `${statusWords(this.status)}, where only 200 is known` : this.cause.message
    return line(this, `${what}: check the base URL, or report this answer`)
  }
}

/** Neither the layer nor the call has a token. Nothing was sent. */
export class NoCredential extends Schema.TaggedError<NoCredential>("zoo-runway/NoCredential")(
  "NoCredential",
  Context.fields,
) {
  override get message(): string {
    return line(this, "no token: give one to the layer or to the call")
  }
}

/** The token cannot stand in a header. Nothing was sent. */
export class InvalidCredential extends Schema.TaggedError<InvalidCredential>("zoo-runway/InvalidCredential")(
  "InvalidCredential",
  { ...Context.fields, reason: Schema.Literal("Blank", "IllegalCharacter") },
) {
  override get message(): string {
    const what = {
      Blank: "the token is blank",
      IllegalCharacter: "the token has a character that cannot be sent (a space, a line break, or one beyond ASCII)",
    }
    return line(this, what[this.reason])
  }
}

/** The subject has no valid id, which only a subject that was not made by `Subject` can have. Nothing was sent. */
export class InvalidTarget extends Schema.TaggedError<InvalidTarget>("zoo-runway/InvalidTarget")("InvalidTarget", {
  ...Context.fields,
  reason: Schema.String,
}) {
  override get message(): string {
    return line(this, `not sent (${this.reason}): make subjects with Subject.parse, Subject.user or Subject.anyOrg`)
  }
}

/** Errors of a call of the Zoo API. Not among them: `InvalidBaseUrl`, which only making the client fails with. */
export const ZooError = Schema.Union(
  Refused,
  NotFound,
  RateLimited,
  RequestRejected,
  Unavailable,
  UnexpectedBody,
  NoCredential,
  InvalidCredential,
  InvalidTarget,
)
/** Errors of a call of the Zoo API. */
export type ZooError = typeof ZooError.Type

/** How long the API asks to wait after an error, in milliseconds; 0 where it does not. */
export const retryAfterMillis = (error: ZooError): number =>
  error._tag === "RateLimited" || error._tag === "Unavailable"
    ? Option.match(error.retryAfter, { onNone: () => 0, onSome: Duration.toMillis })
    : 0
