/** The gate: a body as it came over the wire to a typed balance with its drift, or a rejection that says why. */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type { CustomerBalance } from "../Balance.js"
import * as Body from "./Body.js"
import { BodyRejected } from "./BodyRejected.js"
import * as Decoder from "./Decoder.js"
import * as Drift from "./Drift.js"
import * as ExactJson from "./ExactJson.js"
import * as Excerpt from "./Excerpt.js"
import type { Findings } from "./Findings.js"
import * as Revision from "./Revision.js"
import * as ToDomain from "./ToDomain.js"

/** A balance, and what its body said beyond the contract. */
export interface Decoded {
  readonly balance: CustomerBalance
  readonly drift: ReadonlyArray<Drift.Drift>
}

/** How a body is read. */
export interface Options {
  /** Whether drift is a failure: a body with any is rejected as `Invalid`, each finding an issue. Default: no. */
  readonly strict?: boolean | undefined
}

/** Most bytes of a body: 1 MiB. */
export const MOST_BYTES = 1_048_576

/** U+FEFF, which some editors put before the first character of a file. */
const BYTE_ORDER_MARK = 0xfeff

const reject = (kind: BodyRejected["kind"], expected: string, found: string): Either.Either<never, BodyRejected> =>
  Either.left(BodyRejected.of(kind, [{ path: "$", expected, found }]))

const BEFORE_PAGE = /^\s*</

const isPage = (text: string): boolean => BEFORE_PAGE.test(text)

const PAGE = reject("Html", "a JSON object", "a page or XML")

const apiError = (raw: Readonly<Record<string, unknown>>): Either.Either<never, BodyRejected> | undefined => {
  if ("updated_at" in raw || typeof raw["message"] !== "string" || !("request_id" in raw || "error_code" in raw))
    return undefined
  return reject("ApiError", "a customer balance", "an error of the API")
}

type Read = Either.Either<Decoder.Decoded<CustomerBalance>, Findings>

const decoderOf = <A, I>(
  schema: Schema.Schema<A, I>,
  toDomain: (body: A) => CustomerBalance,
  life?: Pick<Revision.Life, "until">,
) => {
  const decode = Decoder.compile(schema, life)
  return (document: ExactJson.Document, text: string): Read =>
    Either.map(decode(document, text), ({ drift, value }) => ({ drift, value: toDomain(value) }))
}

const decodeCurrent = decoderOf(Body.Current, ToDomain.current)
const decodeOlder = decoderOf(Body.Older, ToDomain.older, { until: Revision.CURRENT_MODEL })

const isRecord = (raw: unknown): raw is Readonly<Record<string, unknown>> =>
  typeof raw === "object" && raw !== null && !Array.isArray(raw)

const invalid = ({ issueCount, issues, onlyOutOfRange }: Findings): BodyRejected =>
  BodyRejected.of(onlyOutOfRange ? "OutOfRange" : "Invalid", issues, issueCount)

const drifted = (drift: ReadonlyArray<Drift.Drift>): BodyRejected =>
  BodyRejected.of(
    "Invalid",
    drift.map((each) => ({ path: each.path, expected: Drift.expected(each), found: each.found })),
  )

const decodeDocument = (
  document: ExactJson.Document,
  text: string,
  { strict = false }: Options,
): Either.Either<Decoded, BodyRejected> => {
  const raw = document.value
  if (!isRecord(raw)) {
    const found = typeof raw === "number" ? ExactJson.exact(raw, document) : raw
    return reject("Invalid", "one JSON object", Excerpt.value(found))
  }
  const failed = apiError(raw)
  if (failed !== undefined) return failed
  const read = Body.isOlder(raw) ? decodeOlder(document, text) : decodeCurrent(document, text)
  if (Either.isLeft(read)) return Either.left(invalid(read.left))
  const { drift, value: balance } = read.right
  return strict && drift.length > 0 ? Either.left(drifted(drift)) : Either.right({ balance, drift })
}

const unread = (text: string, failure: ExactJson.Failure): Either.Either<never, BodyRejected> => {
  if (failure === "NotJson") {
    return reject("NotJson", "one JSON object", text.trim() === "" ? "an empty body" : "a text that is no JSON")
  }
  return failure === "TooDeep"
    ? reject("TooDeep", `at most ${ExactJson.MOST_LEVELS} levels`, "more levels of arrays and objects")
    : reject("TooLarge", `at most ${ExactJson.MOST_VALUES} values`, "more values in arrays and objects")
}

const decodeWithin = (text: string, options: Options): Either.Either<Decoded, BodyRejected> => {
  const unmarked = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
  if (isPage(unmarked)) return PAGE
  const parsed = ExactJson.parse(unmarked)
  return Either.isRight(parsed) ? decodeDocument(parsed.right, unmarked, options) : unread(unmarked, parsed.left)
}

const tooLarge = (found: string): Either.Either<never, BodyRejected> =>
  reject("TooLarge", `at most ${MOST_BYTES} bytes`, found)

/**
 * The balance of a body as text, at most {@link MOST_BYTES} of UTF-8. Money may stand as text or as JSON numbers: both come out exact.
 *
 * @example
 * import { CustomerBalance } from "zoo-runway/domain"
 *
 * CustomerBalance.decodeText("<html></html>") // Left(BodyRejected { kind: "Html" })
 */
export const decodeText = (text: string, options: Options = {}): Either.Either<Decoded, BodyRejected> => {
  if (text.length > MOST_BYTES) return tooLarge(`${text.length} characters`)
  // A character has at most three bytes of UTF-8 for each of its units.
  if (3 * text.length > MOST_BYTES) {
    const size = new TextEncoder().encode(text).length
    if (size > MOST_BYTES) return tooLarge(`${size} bytes`)
  }
  return decodeWithin(text, options)
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The balance of a body as bytes: UTF-8, at most {@link MOST_BYTES}. */
export const decodeBytes = (bytes: Uint8Array, options: Options = {}): Either.Either<Decoded, BodyRejected> => {
  if (bytes.byteLength > MOST_BYTES) return tooLarge(`${bytes.byteLength} bytes`)
  const text = textOf(bytes)
  return text === undefined ? reject("NotJson", "UTF-8 text", "bytes that are no UTF-8") : decodeWithin(text, options)
}
