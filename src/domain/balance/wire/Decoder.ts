/**
 * A decoder compiled from a wire schema: what `Schema` reads step by step becomes one function for each node, made once. One walk gives the
 * value, every issue, and the drift.
 *
 * The walk writes what it has read over the document, which nobody else holds: making every object anew would cost a tenth of the time. What no
 * schema knows is taken out of it.
 *
 * It knows what the wire's schemas are made of: structs, arrays, `null` beside a schema, variants told apart by `type`, and leaves.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { type Drift, MOST as MOST_DRIFT } from "./Drift.js"
import * as DuplicateKey from "./DuplicateKey.js"
import * as ExactJson from "./ExactJson.js"
import { Findings, type Place, ROOT } from "./Findings.js"
import * as Leaf from "./Leaf.js"
import * as List from "./List.js"
import * as Revision from "./Revision.js"

/** What a walk gives for a value that it does not take. The findings say why. */
const REFUSED: unique symbol = Symbol("refused")

type Walk = (raw: unknown, findings: Findings, parent: Place, key: PropertyKey) => unknown

type Json = Record<string, unknown>

const isObject = (raw: unknown): raw is Json => typeof raw === "object" && raw !== null && !Array.isArray(raw)

const refuse = (expected: string, raw: unknown, findings: Findings, parent: Place, key: PropertyKey) => {
  findings.refuse(expected, raw, parent, key)
  return REFUSED
}

/** How many members all objects in a value have. */
const membersIn = (raw: unknown): number => {
  if (typeof raw !== "object" || raw === null) return 0
  let members = Array.isArray(raw) ? 0 : Object.keys(raw).length
  for (const inner of Object.values(raw)) members += membersIn(inner)
  return members
}

const leaf = ({ nullable, read }: Leaf.Reader): Walk => {
  return (raw, findings, parent, key) => {
    if (raw === null && nullable) return null
    const value = read(typeof raw === "number" ? ExactJson.exact(raw, findings.document) : raw)
    // What a leaf drops may be an object.
    if (typeof raw === "object") findings.members += membersIn(raw)
    if (!(value instanceof Leaf.Verdict)) return value
    if (value instanceof Leaf.Noted) {
      const { oddity, since } = value
      if (since !== undefined) findings.date(Revision.placeOf(since), Revision.all.length)
      if (oddity !== undefined) findings.note(oddity, raw, parent, key)
      return value.value
    }
    const { expected, outOfRange } = value as Leaf.Refused
    findings.refuse(expected, raw, parent, key, outOfRange)
    return REFUSED
  }
}

interface Field {
  readonly name: string
  readonly walk: Walk
  readonly isRequired: boolean
  /** Whether the contract required it as long as it had it. */
  readonly wasRequired: boolean
  readonly isDated: boolean
  /** Places among the revisions. */
  readonly since: number
  readonly until: number
  readonly deprecated: { readonly kind: "DeprecatedField"; readonly since: Revision.Revision } | undefined
}

const fieldOf = (signature: AST.PropertySignature): Field => {
  const { required, since, until }: Revision.Life = Option.getOrElse(
    AST.getAnnotation<Revision.Life>(Revision.FieldLife)(signature),
    () => ({}),
  )
  return {
    name: String(signature.name),
    walk: walkOf(signature.type),
    isRequired: !signature.isOptional,
    wasRequired: required === true,
    isDated: since !== undefined || until !== undefined,
    since: since === undefined ? 0 : Revision.placeOf(since),
    until: until === undefined ? Revision.all.length : Revision.placeOf(until),
    deprecated: until === undefined ? undefined : { kind: "DeprecatedField", since: until },
  }
}

const struct = (ast: AST.TypeLiteral): Walk => {
  const fields = ast.propertySignatures.map(fieldOf)
  const names = new Set(fields.map(({ name }) => name))
  return (raw, findings, parent, key) => {
    if (!isObject(raw)) return refuse("an object", raw, findings, parent, key)
    const here: Place = { parent, key }
    let known = 0
    let isRefused = false
    for (const field of fields) {
      const inner = raw[field.name]
      if (inner === undefined) {
        if (field.isRequired) {
          findings.missing(here, field.name)
          isRefused = true
        } else if (field.wasRequired) findings.absent(field.until, here, field.name)
        continue
      }
      known++
      if (field.isDated) findings.date(field.since, field.until)
      if (field.deprecated !== undefined) findings.note(field.deprecated, inner, here, field.name)
      const read = field.walk(inner, findings, here, field.name)
      if (read === REFUSED) isRefused = true
      else raw[field.name] = read
    }
    findings.members += known
    findings.walked.push({ object: raw, names, here })
    return isRefused ? REFUSED : raw
  }
}

const array = (ast: AST.TupleType): Walk => {
  const [rest] = ast.rest
  if (rest === undefined) throw new TypeError("a list of the wire has elements of one kind")
  const element = walkOf(rest.type)
  const published = Option.getOrElse(AST.getAnnotation<number>(List.PublishedLength)(ast), () => List.MOST_ELEMENTS)
  return (raw, findings, parent, key) => {
    if (!Array.isArray(raw)) return refuse("an array", raw, findings, parent, key)
    if (raw.length > List.MOST_ELEMENTS)
      return refuse(`an array of at most ${List.MOST_ELEMENTS}`, raw, findings, parent, key)
    if (raw.length > published) findings.odd("UnmetConstraint", raw, parent, key)
    const here: Place = { parent, key }
    let isRefused = false
    for (let index = 0; index < raw.length; index++) {
      const read = element(raw[index], findings, here, index)
      if (read === REFUSED) isRefused = true
      else raw[index] = read
    }
    return isRefused ? REFUSED : raw
  }
}

const nullOr =
  (walk: Walk): Walk =>
  (raw, findings, parent, key) =>
    raw === null ? null : walk(raw, findings, parent, key)

const DISCRIMINATOR = "type"

/** What a variant has at its discriminator: a literal, or the leaf of the variant that is not known. */
const discriminatorOf = (ast: AST.TypeLiteral): AST.AST | undefined =>
  ast.propertySignatures.find(({ name }) => name === DISCRIMINATOR)?.type

const variants = (types: ReadonlyArray<AST.TypeLiteral>): Walk => {
  const byType = new Map<unknown, Walk>()
  let unknownType: Walk | undefined
  for (const ast of types) {
    const discriminator = discriminatorOf(ast)
    if (discriminator === undefined) throw new TypeError("a variant of the wire is told by its type")
    if (AST.isLiteral(discriminator)) byType.set(discriminator.literal, struct(ast))
    else unknownType = walkOf(discriminator)
  }
  return (raw, findings, parent, key) => {
    if (!isObject(raw)) return refuse("an object", raw, findings, parent, key)
    const type = raw[DISCRIMINATOR]
    const walk = byType.get(type)
    if (walk !== undefined) return walk(raw, findings, parent, key)
    const here: Place = { parent, key }
    if (type === undefined || unknownType === undefined) {
      findings.missing(here, DISCRIMINATOR)
      return REFUSED
    }
    const read = unknownType(type, findings, here, DISCRIMINATOR)
    if (read === REFUSED) return REFUSED
    // The other fields of a variant that is not known belong to it: they are no drift of their own.
    findings.members += membersIn(raw)
    return { [DISCRIMINATOR]: read }
  }
}

const union = (ast: AST.Union): Walk => {
  const types = ast.types.filter((type) => !AST.isLiteral(type))
  const [only] = types
  const walk = types.length === 1 && only !== undefined ? walkOf(only) : variants(types.filter(AST.isTypeLiteral))
  return types.length === ast.types.length ? walk : nullOr(walk)
}

const literal = (expected: AST.LiteralValue): Walk => {
  return (raw, findings, parent, key) =>
    raw === expected ? raw : refuse(JSON.stringify(expected), raw, findings, parent, key)
}

function walkOf(ast: AST.AST): Walk {
  if (AST.isTypeLiteral(ast)) return struct(ast)
  if (AST.isTupleType(ast)) return array(ast)
  if (AST.isUnion(ast)) return union(ast)
  if (AST.isLiteral(ast)) return literal(ast.literal)
  const reader = AST.getAnnotation<Leaf.Reader>(Leaf.ReaderOf)(ast)
  if (Option.isSome(reader)) return leaf(reader.value)
  throw new TypeError(`the wire has no ${ast._tag}`)
}

/** Reports the fields that no schema knows, and takes them out. */
const takeUnknownFields = (findings: Findings): void => {
  for (const { here, names, object } of findings.walked) {
    for (const [name, value] of Object.entries(object)) {
      if (names.has(name)) continue
      findings.odd("UnknownField", value, here, name)
      findings.members += 1 + membersIn(value)
      delete object[name]
    }
  }
}

/** A value with what is odd about it. */
export interface Decoded<A> {
  readonly value: A
  readonly drift: ReadonlyArray<Drift>
}

/**
 * The decoder of a wire schema, which stood in the contract before `until`. On the left are the findings of a document that the schema does
 * not take.
 */
export const compile = <A, I>(
  schema: Schema.Schema<A, I>,
  { until }: Pick<Revision.Life, "until"> = {},
): ((document: ExactJson.Document, text: string) => Either.Either<Decoded<A>, Findings>) => {
  const walk = walkOf(schema.ast)
  const before = until === undefined ? Revision.all.length : Revision.placeOf(until)
  return (document, text) => {
    const findings = new Findings(document)
    findings.date(0, before)
    // The walk gives what the schema gives, which the compiler cannot see, and the tests compare.
    const value = walk(document.value, findings, ROOT, ROOT.key) as A
    findings.finish()
    if (findings.issueCount > 0) return Either.left(findings)
    // Every member of the text is one that was read, unless some are unknown, or one hides another.
    if (findings.members < document.members) takeUnknownFields(findings)
    if (findings.members < document.members)
      findings.drift.push(...DuplicateKey.find(text, MOST_DRIFT - findings.drift.length))
    return Either.right({ value, drift: findings.drift })
  }
}
