/** The compiled decoder beside Effect's own reading of the same schema: both give the same value and balance, or both refuse. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import type { CustomerBalance } from "../../src/domain/balance/CustomerBalance.js"
import * as Body from "../../src/domain/balance/wire/Body.js"
import * as Decoder from "../../src/domain/balance/wire/Decoder.js"
import * as ExactJson from "../../src/domain/balance/wire/ExactJson.js"
import type { Findings } from "../../src/domain/balance/wire/Findings.js"
import * as List from "../../src/domain/balance/wire/List.js"
import * as Revision from "../../src/domain/balance/wire/Revision.js"
import * as ToDomain from "../../src/domain/balance/wire/ToDomain.js"
import { isSame } from "./Same.js"

/** What a reading gives: a value of the wire and the balance that it becomes. */
interface Read {
  readonly value: object
  readonly balance: CustomerBalance
}

const IDENTITY: ReadonlyArray<string> = ["$.id", "$.map_id"]

/** How many issues say that the id of an old enough body is absent, which the schema by itself leaves open. */
const absentIdentity = ({ issues }: Findings): number =>
  issues.filter(({ found, path }) => found === "nothing" && IDENTITY.includes(path)).length

/** Puts exact numbers in the place of their stand-ins. */
const withExactNumbers = (value: unknown, document: ExactJson.Document): unknown => {
  if (typeof value === "number") return ExactJson.exact(value, document)
  if (Array.isArray(value)) return value.map((item) => withExactNumbers(item, document))
  if (typeof value !== "object" || value === null) return value
  const copy = {}
  for (const [key, inner] of Object.entries(value)) {
    // Assigning would set the prototype under a key of that name.
    Object.defineProperty(copy, key, { value: withExactNumbers(inner, document), enumerable: true })
  }
  return copy
}

const hasLongList = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  ((Array.isArray(value) && value.length > List.MOST_ELEMENTS) || Object.values(value).some(hasLongList))

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype

/** Whether a compiled value has all that the schema's has; what no schema knows may stand in it besides. */
const holds = (compiled: unknown, schema: unknown): boolean => {
  if (typeof schema !== "object" || typeof compiled !== "object" || schema === null || compiled === null)
    return isSame(compiled, schema)
  if (Array.isArray(schema) && Array.isArray(compiled))
    return schema.length === compiled.length && schema.every((item, index) => holds(compiled[index], item))
  if (!isPlain(schema) || !isPlain(compiled)) return isSame(compiled, schema)
  const fields = new Map<string, unknown>(Object.entries(compiled))
  return Object.entries(schema).every(([key, value]) => holds(fields.get(key), value))
}

interface Model {
  readonly compiled: (document: ExactJson.Document, text: string) => Either.Either<Read, Findings>
  /** On the left is why the schema refuses. */
  readonly interpreted: (raw: unknown) => Either.Either<Read, string>
  /** Whether the schema leaves open that an id stands. */
  readonly isIdentityOpen: boolean
}

const modelOf = <A extends object, I>(
  schema: Schema.Schema<A, I>,
  toDomain: (value: A) => CustomerBalance,
  life: Revision.Life,
  isIdentityOpen: boolean,
): Model => {
  const compiled = Decoder.compile(schema, life)
  const interpret = ParseResult.decodeUnknownEither(schema)
  const read = (value: A): Read => ({ value, balance: toDomain(value) })
  const interpreted = (raw: unknown): Either.Either<Read, string> => {
    try {
      return Either.mapBoth(interpret(raw), { onLeft: ParseResult.TreeFormatter.formatIssueSync, onRight: read })
    } catch (error) {
      // `Schema` turns the discriminator of a union to text, which an object with a `toString` of its own does not let it.
      if (error instanceof TypeError) return Either.left(error.message)
      throw error
    }
  }
  return {
    compiled: (document, text) => Either.map(compiled(document, text), ({ value }) => read(value)),
    interpreted,
    isIdentityOpen,
  }
}

const current = modelOf(Body.Current, ToDomain.current, { since: Revision.CURRENT_MODEL }, true)
const older = modelOf(Body.Older, ToDomain.older, { until: Revision.CURRENT_MODEL }, false)

/**
 * How the two readings of a text differ; `undefined` where they do not, or the text is no object of JSON. Lists beyond the most elements
 * are left out, which the schema does not bound.
 */
export const difference = (text: string): string | undefined => {
  const parsed = ExactJson.parse(text)
  if (Either.isLeft(parsed)) return undefined
  const document = parsed.right
  const raw = document.value
  if (typeof raw !== "object" || raw === null || Array.isArray(raw) || hasLongList(raw)) return undefined
  const { compiled, interpreted, isIdentityOpen } = Body.isOlder(raw) ? older : current
  // First, as the compiled decoder writes over the document.
  const schema = interpreted(withExactNumbers(raw, document))
  const read = compiled(document, text)
  if (Either.isRight(read)) {
    if (Either.isLeft(schema)) return `compiled takes what the schema refuses: ${schema.left}`
    if (!holds(read.right.value, schema.right.value)) return "compiled and schema give different values"
    return isSame(read.right.balance, schema.right.balance) ? undefined : "the values make different balances"
  }
  const findings = read.left
  const refused = findings.issueCount - (isIdentityOpen ? absentIdentity(findings) : 0)
  if (Either.isLeft(schema) === refused > 0) return undefined
  return Either.isLeft(schema)
    ? `compiled takes what the schema refuses: ${schema.left}`
    : `compiled refuses what the schema takes: ${JSON.stringify(findings.issues)}`
}
