/** Answers of the API to values or errors. Pure but for {@link read}, which takes the bytes off the wire. */
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Stream from "effect/Stream"
import * as CollectionThreshold from "../../domain/balance/CollectionThreshold.js"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import { BodyRejected, type Issue } from "../../domain/balance/wire/BodyRejected.js"
import * as Drift from "../../domain/balance/wire/Drift.js"
import * as Excerpt from "../../domain/balance/wire/Excerpt.js"
import { MOST_BYTES, type Options } from "../../domain/balance/wire/Gate.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as BearerToken from "./BearerToken.js"
import * as RetryAfter from "./RetryAfter.js"
import * as ZooApi from "./ZooApi.js"
import * as ZooError from "./ZooError.js"

/** An answer with its body read. Of a body that is too large, only the beginning. */
export interface Answer {
  readonly status: number
  readonly headers: Headers.Headers
  readonly body: Uint8Array
  /** The redirect that it is and that is not followed, in a few words. */
  readonly redirect?: string | undefined
}

/** The call that is answered. */
export interface Call {
  readonly method: string
  readonly target: string
  /** Attempts made, the answered one included. */
  readonly attempts?: number | undefined
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

const saidIn = (answer: Answer): typeof SaidText.Type =>
  Option.getOrElse(decodeSaid(lenient.decode(answer.body)), () => SILENT)

const contextOf = (call: Call, answer: Answer, said: typeof SaidText.Type): ZooError.Context => ({
  method: call.method,
  target: call.target,
  attempts: call.attempts,
  requestId: quoted(said.request_id, call.token, MOST_ID),
  apiCallId: apiCallIdOf(answer.headers, call.token),
  apiMessage: quoted(said.message, call.token, MOST_MESSAGE),
  errorCode: quoted(said.error_code, call.token, MOST_ID),
})

/** Answers below 500 that mean: not this time. */
const NOT_THIS_TIME: Readonly<Record<number, string>> = {
  408: "status 408, the API waited too long for the request",
  425: "status 425, the API does not take the request yet",
}

/** Statuses that tell of the token or of what it asks for, where the API says them itself. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404])

/** Whether an answer is the API's own: it names the call, or its body is an error of the API's form. A proxy's answer tells nothing of the token. */
const isOfApi = ({ headers }: Answer, { message, request_id }: typeof SaidText.Type): boolean =>
  headers["x-api-call-id"] !== undefined || (typeof request_id === "string" && typeof message === "string")

/** The error that the status of an answer stands for; `undefined` for 200. */
export const failureOf = (call: Call, answer: Answer): ZooError.ZooError | undefined => {
  const { redirect, status } = answer
  if (status === 200) return undefined
  const said = saidIn(answer)
  const context = contextOf(call, answer, said)
  const retryAfter = Option.flatMap(Option.fromNullable(answer.headers["retry-after"]), (text) =>
    RetryAfter.parse(text, call.now),
  )
  if (REFUSALS.has(status) && !isOfApi(answer, said)) {
    const detail = `status ${status}, which is no answer of the API but of a proxy, or of a server at a wrong base URL`
    return new ZooError.Unavailable({ ...context, reason: "Server", status: Option.some(status), retryAfter, detail })
  }
  if (status === 401) return new ZooError.Refused({ ...context, reason: "Unauthorized" })
  if (status === 403) return new ZooError.Refused({ ...context, reason: "Forbidden" })
  if (status === 404) return new ZooError.NotFound(context)
  if (status === 429) return new ZooError.RateLimited({ ...context, by: "Api", retryAfter })
  if (status > 200 && status < 300) return new ZooError.UnexpectedBody({ ...context, status })
  const detail = status >= 500 && status < 600 ? `status ${status}, the API failed` : NOT_THIS_TIME[status]
  if (detail === undefined) return new ZooError.RequestRejected({ ...context, status, redirect })
  return new ZooError.Unavailable({ ...context, reason: "Server", status: Option.some(status), retryAfter, detail })
}

const rejected = (what: string, kind: BodyRejected["kind"], expected: string, found: string): BodyRejected =>
  new BodyRejected({
    message: `the body is no ${what}: expected ${expected}, found ${found}`,
    kind,
    issues: [{ path: "$", expected, found }],
  })

/**
 * What is missing of a body that could not be read, in a few words. With a `content-encoding` the announced length is not that of what was
 * read.
 */
const missing = ({ body, headers }: Answer): string | undefined => {
  const declared = declaredBytes(headers)
  return declared > body.byteLength && headers["content-encoding"] === undefined
    ? `the body broke off after ${body.byteLength} of ${declared} bytes`
    : undefined
}

/** What a 200 holds. */
const valueOf = <A>(
  call: Call,
  answer: Answer,
  what: string,
  decode: (body: Uint8Array, token: BearerToken.BearerToken) => Either.Either<A, BodyRejected>,
): Either.Either<A, ZooError.ZooError> => {
  const failure = failureOf(call, answer)
  if (failure !== undefined) return Either.left(failure)
  const { status } = answer
  const declared = declaredBytes(answer.headers)
  if (declared > MOST_BYTES) {
    const cause = rejected(what, "TooLarge", `at most ${MOST_BYTES} bytes`, `${declared} bytes`)
    return Either.left(new ZooError.UnexpectedBody({ ...contextOf(call, answer, SILENT), status, cause }))
  }
  return Either.mapLeft(decode(answer.body, call.token), (cause) => {
    const detail = missing(answer)
    const context = contextOf(call, answer, SILENT)
    if (detail !== undefined) return ZooError.network(context, detail)
    const told = cause.kind === "ApiError" ? contextOf(call, answer, saidIn(answer)) : context
    return new ZooError.UnexpectedBody({ ...told, status, cause })
  })
}

/** The JSON of a body, its texts without the token: some of them are stored and shown. */
const jsonOf = (body: Uint8Array, token: BearerToken.BearerToken): unknown => {
  try {
    return JSON.parse(utf8.decode(body), (_, value: unknown) =>
      typeof value === "string" ? BearerToken.hide(value, token) : value,
    )
  } catch {
    return undefined
  }
}

const BALANCE = "customer balance"

/** A rejection of something that is no balance: it is named where a message begins. */
const renamed = ({ issues, kind, message }: BodyRejected, what: string): BodyRejected =>
  new BodyRejected({ kind, issues, message: message.replace(BALANCE, what) })

/** Why bytes are nothing of the API's, in the words of the gate for balances; `undefined` where they are only no balance. */
const reasonOf = (body: Uint8Array, what: string): BodyRejected | undefined => {
  const read = CustomerBalance.decodeBytes(body)
  if (Either.isRight(read) || read.left.kind === "Invalid" || read.left.kind === "OutOfRange") return undefined
  const { issues, kind } = read.left
  return renamed(
    BodyRejected.of(
      kind,
      issues.map((issue) => ({ ...issue, expected: issue.expected.replace(BALANCE, what) })),
    ),
    what,
  )
}

const isList = <A>(issues: A | ReadonlyArray<A>): issues is ReadonlyArray<A> => Array.isArray(issues)

/** Of the variants of a union, the one whose `type` was right tells more than "none of these". */
const closest = (issues: ReadonlyArray<ParseResult.ParseIssue>): ReadonlyArray<ParseResult.ParseIssue> => {
  const inner = issues.find((issue) => issue._tag === "Composite") ?? issues.find((issue) => issue._tag === "Pointer")
  return inner === undefined ? issues.slice(0, 1) : [inner]
}

const takesObjects = (ast: AST.AST): boolean =>
  AST.isTypeLiteral(ast) || (AST.isUnion(ast) && ast.types.some(AST.isTypeLiteral))

const expectedOf = (ast: AST.AST): string =>
  takesObjects(ast) ? "an object" : AST.isTupleType(ast) ? "an array" : String(ast)

/** Every issue below `issue`, outermost first: path, expected and found. */
export const flatten = (issue: ParseResult.ParseIssue, path: Excerpt.Path = []): ReadonlyArray<Issue> => {
  switch (issue._tag) {
    case "Pointer":
      return flatten(issue.issue, path.concat(issue.path))
    case "Composite": {
      const issues = isList(issue.issues) ? issue.issues : [issue.issues]
      return (issue.ast._tag === "Union" ? closest(issues) : issues).flatMap((inner) => flatten(inner, path))
    }
    case "Refinement":
    case "Transformation":
      return flatten(issue.issue, path)
    case "Missing":
      return [{ path: Excerpt.path(path), expected: "a value (the field is required)", found: "nothing" }]
    case "Type":
    case "Forbidden":
    case "Unexpected": {
      const expected = issue.message ?? (issue._tag === "Type" ? expectedOf(issue.ast) : "nothing")
      return [{ path: Excerpt.path(path), expected, found: Excerpt.value(issue.actual) }]
    }
  }
}

const decoderOf = <A, I>(schema: Schema.Schema<A, I>, what: string) => {
  const decode = Schema.decodeUnknownEither(schema, { errors: "all" })
  return (body: Uint8Array, token: BearerToken.BearerToken): Either.Either<A, BodyRejected> =>
    Either.mapLeft(
      decode(jsonOf(body, token)),
      (error) => reasonOf(body, what) ?? renamed(BodyRejected.of("Invalid", flatten(error.issue)), what),
    )
}

const decodeUser = decoderOf(ZooApi.User, "user")
const decodeOrg = decoderOf(ZooApi.Organization, "organisation")

const THRESHOLD = "collection threshold"

/** Bytes that are no UTF-8 become a text that is no JSON, which {@link reasonOf} tells apart. */
const decodeThreshold = (body: Uint8Array): Either.Either<CollectionThreshold.CollectionThreshold, BodyRejected> =>
  Either.mapLeft(
    CollectionThreshold.decodeText(lenient.decode(body)),
    (rejection) => reasonOf(body, THRESHOLD) ?? renamed(rejection, THRESHOLD),
  )

const JSON_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json$/i

/** Whether a content type is `application/json` or `application/…+json`, whatever its case and parameters. */
export const isJson = (contentType: string): boolean => JSON_TYPE.test(contentType.split(";", 1)[0]?.trim() ?? "")

/**
 * The drift of an answer that has a content type other than JSON's: a body that reads as a balance is one under any name. An answer without the
 * header says nothing beyond the contract: RFC 9110 (8.3) leaves it to the reader to look at such a body.
 */
export const contentTypeDrift = (headers: Headers.Headers): Drift.Drift | undefined => {
  const contentType = headers["content-type"]?.trim() ?? ""
  return contentType === "" || isJson(contentType)
    ? undefined
    : { kind: "UnexpectedContentType", path: "$", found: Excerpt.value(contentType) }
}

/** A balance of bytes that an answer calls `contentType`, drift of its own included. */
const decodeBalance = (answer: Answer, options: Options) => {
  const unexpected = contentTypeDrift(answer.headers)
  return Either.flatMap(CustomerBalance.decodeBytes(answer.body, options), ({ balance, drift }) => {
    if (unexpected === undefined) return Either.right({ balance, drift })
    const { found, path } = unexpected
    return options.strict === true
      ? Either.left(BodyRejected.of("Invalid", [{ path, expected: Drift.expected(unexpected), found }]))
      : Either.right({ balance, drift: [unexpected, ...drift].slice(0, Drift.MOST) })
  })
}

/** The balance of an answer. With `strict`, an answer that says more than the contract is an `UnexpectedBody`. */
export const balance = (call: Call, answer: Answer, options: Options = {}): Either.Either<Balance, ZooError.ZooError> =>
  Either.map(
    valueOf(call, answer, BALANCE, () => decodeBalance(answer, options)),
    (decoded) => ({ ...decoded, apiCallId: apiCallIdOf(answer.headers, call.token) }),
  )

/** The user of an answer. */
export const user = (call: Call, answer: Answer): Either.Either<ZooApi.User, ZooError.ZooError> =>
  valueOf(call, answer, "user", decodeUser)

/** The organisation of an answer. */
export const org = (call: Call, answer: Answer): Either.Either<ZooApi.Organization, ZooError.ZooError> =>
  valueOf(call, answer, "organisation", decodeOrg)

/** The collection threshold of an answer, its source without the token: it is stored and shown. */
export const threshold = (
  call: Call,
  answer: Answer,
): Either.Either<CollectionThreshold.CollectionThreshold, ZooError.ZooError> =>
  Either.map(valueOf(call, answer, THRESHOLD, decodeThreshold), (found) => ({
    ...found,
    source: Option.map(found.source, (source) =>
      CollectionThreshold.Source.fromText(BearerToken.hide(CollectionThreshold.Source.toText(source), call.token)),
    ),
  }))
