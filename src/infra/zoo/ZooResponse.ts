/** Answers of the API to values or errors. Pure but for {@link read}, which takes the bytes off the wire. */
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import { BodyRejected } from "../../domain/balance/wire/BodyRejected.js"
import { MOST_BYTES, type Options } from "../../domain/balance/wire/Gate.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as BearerToken from "./BearerToken.js"
import * as Issues from "./Issues.js"
import * as RetryAfter from "./RetryAfter.js"
import * as ZooApi from "./ZooApi.js"
import * as ZooError from "./ZooError.js"

/** An answer with its body read. Of a body that is too large, only the beginning. */
export interface Answer {
  readonly status: number
  readonly headers: Headers.Headers
  readonly body: Uint8Array
}

/** The call that is answered. */
export interface Call {
  readonly method: string
  readonly target: string
  readonly token: BearerToken.BearerToken
  readonly now: Timestamp.Timestamp
}

/** A balance, what its body said beyond the contract, and the API's name for the call. */
export interface Balance extends CustomerBalance.Decoded {
  readonly apiCallId: Option.Option<string>
}

const MOST_ERROR_BYTES = 65_536
const MOST_MESSAGE = 200
const MOST_ID = 100

const NOTHING = new Uint8Array()

const declaredBytes = (headers: Headers.Headers): number => Number(headers["content-length"] ?? Number.NaN)

const concat = (chunks: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** The body, until more than `most` bytes have come; the connection is closed on what is left. */
const streamed = (response: HttpClientResponse.HttpClientResponse, most: number) =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    return response.stream.pipe(
      Stream.runFoldWhile(
        0,
        (size) => size <= most,
        (size, chunk) => {
          chunks.push(chunk)
          return size + chunk.byteLength
        },
      ),
      Effect.map((size) => concat(chunks, size)),
      Effect.catchIf(
        (error) => error.reason === "EmptyBody",
        () => Effect.succeed(NOTHING),
      ),
    )
  })

/** The body, or its beginning where it has more than `most` bytes. Read at once, which is cheaper, where its length is certain. */
const bytesOf = (response: HttpClientResponse.HttpClientResponse, most: number) => {
  const declared = declaredBytes(response.headers)
  if (declared > most) return streamed(response, 0)
  return declared <= most && response.headers["content-encoding"] === undefined
    ? Effect.map(response.arrayBuffer, (buffer) => new Uint8Array(buffer))
    : streamed(response, most)
}

/**
 * Reads an answer: at most a little over 1 MiB, the first bytes of a body that announces more, 64 KiB of an error's. What breaks while
 * the body of an error is read takes nothing from the error, so it is let go.
 */
export const read = (
  response: HttpClientResponse.HttpClientResponse,
): Effect.Effect<Answer, HttpClientError.ResponseError> => {
  const { status, headers } = response
  const body =
    status === 200
      ? bytesOf(response, MOST_BYTES)
      : Effect.orElseSucceed(bytesOf(response, MOST_ERROR_BYTES), () => NOTHING)
  return Effect.map(body, (bytes) => ({ status, headers, body: bytes }))
}

/** What a body says of a failure; proxies say nothing of it. */
const SaidText = Schema.parseJson(Schema.partial(ZooApi.ErrorBody))
const decodeSaid = Schema.decodeUnknownOption(SaidText)
const SILENT: typeof SaidText.Type = {}

const utf8 = new TextDecoder("utf-8", { fatal: true })
const lenient = new TextDecoder("utf-8")

const quoted = (text: string | null | undefined, token: BearerToken.BearerToken, most: number): Option.Option<string> =>
  Option.filter(
    Option.map(Option.fromNullable(text), (value) => BearerToken.quote(value, token, most)),
    (value) => value !== "",
  )

/** The API's name for a call. */
export const apiCallIdOf = (headers: Headers.Headers, token: BearerToken.BearerToken): Option.Option<string> =>
  quoted(headers["x-api-call-id"], token, MOST_ID)

const contextOf = ({ method, target, token }: Call, answer: Answer): ZooError.Context => {
  const said = answer.status === 200 ? SILENT : Option.getOrElse(decodeSaid(lenient.decode(answer.body)), () => SILENT)
  return {
    method,
    target,
    requestId: quoted(said.request_id, token, MOST_ID),
    apiCallId: apiCallIdOf(answer.headers, token),
    apiMessage: quoted(said.message, token, MOST_MESSAGE),
    errorCode: quoted(said.error_code, token, MOST_ID),
  }
}

/** The error that the status of an answer stands for; `undefined` for 200. */
export const failureOf = (call: Call, answer: Answer): ZooError.ZooError | undefined => {
  const { status } = answer
  if (status === 200) return undefined
  const context = contextOf(call, answer)
  const retryAfter = Option.flatMap(Option.fromNullable(answer.headers["retry-after"]), (text) =>
    RetryAfter.parse(text, call.now),
  )
  if (status === 401) return new ZooError.Refused({ ...context, reason: "Unauthorized" })
  if (status === 403) return new ZooError.Refused({ ...context, reason: "Forbidden" })
  if (status === 404) return new ZooError.NotFound(context)
  if (status === 429) return new ZooError.RateLimited({ ...context, retryAfter })
  if (status > 200 && status < 300) return new ZooError.UnexpectedBody({ ...context, status })
  if (status >= 500 && status < 600) {
    const detail = `status ${status}`
    return new ZooError.Unavailable({ ...context, reason: "Server", status: Option.some(status), retryAfter, detail })
  }
  return new ZooError.RequestRejected({ ...context, status })
}

const rejected = (what: string, kind: BodyRejected["kind"], expected: string, found: string): BodyRejected =>
  new BodyRejected({
    message: `the body is no ${what}: expected ${expected}, found ${found}`,
    kind,
    issues: [{ path: "$", expected, found }],
  })

/** What is said of a body that repeats the token, in place of quoting it. */
const REPEATED = "a body that repeats the token"

const repeatsToken = (call: Call, answer: Answer): boolean =>
  BearerToken.occursIn(lenient.decode(answer.body), call.token)

/** What a 200 holds. A body that repeats the token is not quoted. */
const valueOf = <A>(
  call: Call,
  answer: Answer,
  what: string,
  decode: (body: Uint8Array) => Either.Either<A, BodyRejected>,
): Either.Either<A, ZooError.ZooError> => {
  const failure = failureOf(call, answer)
  if (failure !== undefined) return Either.left(failure)
  const declared = declaredBytes(answer.headers)
  const decoded =
    declared > MOST_BYTES
      ? Either.left(rejected(what, "TooLarge", `at most ${MOST_BYTES} bytes`, `${declared} bytes`))
      : decode(answer.body)
  return Either.mapLeft(decoded, (cause) => {
    const shown = repeatsToken(call, answer) ? rejected(what, cause.kind, "an answer", REPEATED) : cause
    return new ZooError.UnexpectedBody({ ...contextOf(call, answer), status: answer.status, cause: shown })
  })
}

const jsonOf = (body: Uint8Array): Option.Option<unknown> => {
  try {
    return Option.some(JSON.parse(utf8.decode(body)))
  } catch {
    return Option.none()
  }
}

const decoderOf = <A>(schema: Schema.Schema<A, unknown>, what: string) => {
  const decode = Schema.decodeUnknownEither(schema, { errors: "all" })
  return (body: Uint8Array): Either.Either<A, BodyRejected> =>
    Option.match(jsonOf(body), {
      onNone: () => Either.left(rejected(what, "NotJson", "one JSON object", "a text that is no JSON")),
      onSome: (json) =>
        Either.mapLeft(decode(json), (error) => {
          const { kind, issues, message } = BodyRejected.of("Invalid", Issues.flatten(error.issue))
          return new BodyRejected({ kind, issues, message: message.replace("customer balance", what) })
        }),
    })
}

const decodeUser = decoderOf(ZooApi.user.successSchema, "user")
const decodeOrg = decoderOf(ZooApi.org.successSchema, "organisation")

/** What a body said beyond the contract, nothing quoted where it repeats the token: excerpts are cut, and a part of it would go unseen. */
const shownDrift = (
  drift: CustomerBalance.Decoded["drift"],
  call: Call,
  answer: Answer,
): CustomerBalance.Decoded["drift"] =>
  drift.length > 0 && repeatsToken(call, answer)
    ? drift.map(({ kind }) => ({ kind, path: "$", found: REPEATED }))
    : drift

/** The balance of an answer. With `strict`, a body that says more than the contract is an `UnexpectedBody`. */
export const balance = (call: Call, answer: Answer, options: Options = {}): Either.Either<Balance, ZooError.ZooError> =>
  Either.map(
    valueOf(call, answer, "customer balance", (body) => CustomerBalance.decodeBytes(body, options)),
    (decoded) => ({
      balance: decoded.balance,
      drift: shownDrift(decoded.drift, call, answer),
      apiCallId: apiCallIdOf(answer.headers, call.token),
    }),
  )

/** The user of an answer. */
export const user = (call: Call, answer: Answer): Either.Either<ZooApi.User, ZooError.ZooError> =>
  valueOf(call, answer, "user", decodeUser)

/** The organisation of an answer. */
export const org = (call: Call, answer: Answer): Either.Either<ZooApi.Organization, ZooError.ZooError> =>
  valueOf(call, answer, "organisation", decodeOrg)
