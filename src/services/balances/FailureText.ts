/**
 * A failure of the API as a short text for other processes that wait for the same call, and back. It holds neither the token nor whose
 * balance was asked for, nor the API's own words.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ZooError from "../../infra/zoo/ZooError.js"

const Millis = Schema.optional(Schema.Int.pipe(Schema.nonNegative()))
const Ids = { requestId: Schema.optional(Schema.String), apiCallId: Schema.optional(Schema.String) }

const Told = Schema.parseJson(
  Schema.Union(
    Schema.TaggedStruct("Refused", { ...Ids, reason: Schema.Literal("Unauthorized", "Forbidden") }),
    Schema.TaggedStruct("NotFound", Ids),
    Schema.TaggedStruct("RateLimited", { ...Ids, retryAfter: Millis }),
    Schema.TaggedStruct("Unavailable", {
      ...Ids,
      reason: Schema.Literal("Server", "Network", "Timeout"),
      status: Schema.optional(Schema.Int),
      retryAfter: Millis,
      detail: Schema.String,
    }),
  ),
)
type Told = typeof Told.Type

const encode = Schema.encodeSync(Told)
const decode = Schema.decodeUnknownOption(Told)

const millis = (wait: Option.Option<Duration.Duration>): number | undefined =>
  Option.getOrUndefined(Option.map(wait, (span) => Math.ceil(Duration.toMillis(span))))

const span = (told: number | undefined): Option.Option<Duration.Duration> =>
  Option.map(Option.fromNullable(told), Duration.millis)

const toldOf = (error: ZooError.ZooError): Told | undefined => {
  const ids = {
    requestId: Option.getOrUndefined(error.requestId),
    apiCallId: Option.getOrUndefined(error.apiCallId),
  }
  switch (error._tag) {
    case "Refused":
      return { _tag: "Refused", ...ids, reason: error.reason }
    case "NotFound":
      return { _tag: "NotFound", ...ids }
    case "RateLimited":
      // Our own rate is nobody else's.
      if (error.by === "Client") return undefined
      return { _tag: "RateLimited", ...ids, retryAfter: millis(error.retryAfter) }
    case "Unavailable": {
      const { detail, reason, retryAfter, status } = error
      return {
        _tag: "Unavailable",
        ...ids,
        reason,
        status: Option.getOrUndefined(status),
        retryAfter: millis(retryAfter),
        detail,
      }
    }
    default:
      return undefined
  }
}

/** What others are told; `None` of failures that they have to meet themselves. */
export const of = (error: ZooError.ZooError): Option.Option<string> =>
  Option.map(Option.fromNullable(toldOf(error)), (told) => encode(told))

/** The failure of a text, as one of the call of `method` for `target`; `None` where the text is none of this version's. */
export const read = (text: string, method: string, target: string): Option.Option<ZooError.ZooError> =>
  Option.map(decode(text), (told) => {
    const context = {
      ...ZooError.unanswered(method, target),
      requestId: Option.fromNullable(told.requestId),
      apiCallId: Option.fromNullable(told.apiCallId),
    }
    switch (told._tag) {
      case "Refused":
        return new ZooError.Refused({ ...context, reason: told.reason })
      case "NotFound":
        return new ZooError.NotFound(context)
      case "RateLimited":
        return new ZooError.RateLimited({ ...context, by: "Api", retryAfter: span(told.retryAfter) })
      case "Unavailable":
        return new ZooError.Unavailable({
          ...context,
          reason: told.reason,
          status: Option.fromNullable(told.status),
          retryAfter: span(told.retryAfter),
          detail: told.detail,
        })
    }
  })
