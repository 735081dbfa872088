/** The gate: a body as it came over the wire to a typed balance with its drift, or a rejection that says why. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type { CustomerBalance } from "../CustomerBalance.js"
import * as Body from "./Body.js"
import { BodyRejected } from "./BodyRejected.js"
import * as Drift from "./Drift.js"
import * as ExactJson from "./ExactJson.js"
import * as Excerpt from "./Excerpt.js"
import * as Issues from "./Issues.js"
import * as Leaf from "./Leaf.js"
import * as ToDomain from "./ToDomain.js"

/** A balance, and what its body said beyond the contract. */
export interface Decoded {
  readonly balance: CustomerBalance
  readonly drift: ReadonlyArray<Drift.Drift>
}

/** Most bytes of a body: 1 MiB. */
export const MOST_BYTES = 1_048_576

const reject = (kind: BodyRejected["kind"], expected: string, found: string): Either.Either<never, BodyRejected> =>
  Either.left(BodyRejected.of(kind, [{ path: "$", expected, found }]))

const TITLE = /<title[^>]{0,100}>([^<]{0,80})/i

const isPage = (text: string): boolean => text.trimStart().startsWith("<")

const notJson = (text: string): Either.Either<never, BodyRejected> => {
  const start = text.trimStart()
  if (isPage(text)) {
    const title = TITLE.exec(start)?.[1]?.trim()
    return reject("Html", "a JSON object", title ? `a page whose title is ${Excerpt.value(title)}` : "a page or XML")
  }
  return reject("NotJson", "one JSON object", start === "" ? "an empty body" : "a text that is no JSON")
}

const apiError = (raw: Readonly<Record<string, unknown>>): Either.Either<never, BodyRejected> | undefined => {
  if ("updated_at" in raw || typeof raw["message"] !== "string" || !("request_id" in raw || "error_code" in raw))
    return undefined
  return reject("ApiError", "a customer balance", `an error of the API: ${Excerpt.value(raw["message"])}`)
}

/** The decoder of one credit model: cheap while all is well; the second pass, for every issue, only runs on a bad body. */
const decoderOf = <A, I>(
  schema: Parameters<typeof ParseResult.decodeUnknownEither<A, I>>[0],
  toDomain: (body: A) => CustomerBalance,
) => {
  const decode = ParseResult.decodeUnknownEither(schema)
  const driftOf = Drift.detector(schema)
  return (raw: unknown): Either.Either<Decoded, BodyRejected> => {
    const body = decode(raw)
    if (Either.isRight(body)) return Either.right({ balance: toDomain(body.right), drift: driftOf(raw) })
    const all = decode(raw, { errors: "all" })
    const issues = Issues.flatten(Either.isLeft(all) ? all.left : body.left)
    const outOfRange = issues.every((issue) => issue.expected === Leaf.IN_RANGE)
    return Either.left(BodyRejected.of(outOfRange ? "OutOfRange" : "Invalid", issues))
  }
}

const decodeCurrent = decoderOf(Body.Current, ToDomain.current)
const decodeOlder = decoderOf(Body.Older, ToDomain.older)

const isRecord = (raw: unknown): raw is Readonly<Record<string, unknown>> =>
  typeof raw === "object" && raw !== null && !Array.isArray(raw) && !(raw instanceof ExactJson.JsonNumber)

const decodeValue = (raw: unknown): Either.Either<Decoded, BodyRejected> => {
  if (!isRecord(raw)) return reject("Invalid", "one JSON object", Excerpt.value(raw))
  return apiError(raw) ?? (Body.isOlder(raw) ? decodeOlder(raw) : decodeCurrent(raw))
}

/**
 * The balance of a body as text, at most {@link MOST_BYTES} characters. Money may stand as text or as JSON numbers: both come out exact.
 *
 * @example
 * import { CustomerBalance } from "zoo-runway/domain"
 *
 * CustomerBalance.decodeText("<html></html>") // Left(BodyRejected { kind: "Html" })
 */
export const decodeText = (text: string): Either.Either<Decoded, BodyRejected> => {
  if (text.length > MOST_BYTES) return reject("TooLarge", `at most ${MOST_BYTES} bytes`, `${text.length} characters`)
  const parsed = ExactJson.parse(text)
  if (Either.isRight(parsed)) return decodeValue(parsed.right)
  // The brackets of a page's scripts are no levels of JSON.
  return parsed.left._tag === "TooDeep" && !isPage(text)
    ? reject("TooDeep", `at most ${ExactJson.MOST_LEVELS} levels`, "more levels of arrays and objects")
    : notJson(text)
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The balance of a body as bytes: UTF-8, at most {@link MOST_BYTES}. */
export const decodeBytes = (bytes: Uint8Array): Either.Either<Decoded, BodyRejected> => {
  if (bytes.byteLength > MOST_BYTES)
    return reject("TooLarge", `at most ${MOST_BYTES} bytes`, `${bytes.byteLength} bytes`)
  const text = textOf(bytes)
  return text === undefined ? reject("NotJson", "UTF-8 text", "bytes that are no UTF-8") : decodeText(text)
}
