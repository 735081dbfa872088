/** What a body said that the contract, as published when this library was built, does not: reported beside the balance, no reason to fail. */
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Excerpt from "./Excerpt.js"
import { type Oddity, OddityOf } from "./Leaf.js"

/**
 * One finding, with its JSON path and a short excerpt:
 * - `UnknownField`: a field that no published revision has;
 * - `UnknownMember`: a new member of a closed set, or a new variant;
 * - `FinerThanNano`: digits past the ninth place, rounded half-even.
 */
export interface Drift {
  readonly kind: Oddity | "UnknownField"
  readonly path: string
  readonly found: string
}

/** Most findings that are reported of one body. */
export const MOST = 50

/** Where a value stands: a key in what stands at the parent. Written out as a path only for what is found. */
interface Place {
  readonly parent: Place | undefined
  readonly key: PropertyKey
}

/** Looks at a value that stands under `key` at `parent`. */
type Check = (raw: unknown, parent: Place | undefined, key: PropertyKey, found: Array<Drift>) => void

const nothing: Check = () => {}

/** The key of the body itself, which stands nowhere. */
const ROOT = ""

const pathOf = (parent: Place | undefined, key: PropertyKey): Excerpt.Path => {
  const keys = [key]
  for (let place = parent; place !== undefined; place = place.parent) keys.unshift(place.key)
  return keys.slice(1)
}

const note = (
  kind: Drift["kind"],
  raw: unknown,
  parent: Place | undefined,
  key: PropertyKey,
  found: Array<Drift>,
): void => {
  if (found.length >= MOST) return
  const path = pathOf(parent, key)
  found.push({ kind, path: Excerpt.path(path), found: Excerpt.value(raw, path) })
}

const isRecord = (raw: unknown): raw is Record<string, unknown> =>
  typeof raw === "object" && raw !== null && !Array.isArray(raw)

const objectCheck = (ast: AST.TypeLiteral): Check => {
  const fields = new Map(ast.propertySignatures.map((field) => [field.name, checkOf(field.type)]))
  return (raw, parent, key, found) => {
    if (!isRecord(raw)) return
    const here: Place = { parent, key }
    for (const name of Object.keys(raw)) {
      const check = fields.get(name)
      if (check === undefined) note("UnknownField", raw[name], here, name, found)
      else if (check !== nothing) check(raw[name], here, name, found)
    }
  }
}

const literalOf = (ast: AST.AST): AST.LiteralValue | undefined => {
  if (!AST.isTypeLiteral(ast)) return undefined
  const type = ast.propertySignatures.find((field) => field.name === "type")?.type
  return type !== undefined && AST.isLiteral(type) ? type.literal : undefined
}

/** A union of variants told apart by `type`, or of one schema and `null` or `undefined`. */
const unionCheck = (ast: AST.Union): Check => {
  const members = ast.types.filter((type) => !AST.isLiteral(type) && !AST.isUndefinedKeyword(type))
  const variants = new Map(members.map((type) => [literalOf(type), checkOf(type)]))
  const otherwise = variants.get(undefined) ?? nothing
  if (variants.size === 1) return otherwise
  return (raw, parent, key, found) => {
    if (!isRecord(raw)) return
    const { type } = raw
    const variant = typeof type === "string" ? variants.get(type) : undefined
    // The other fields of a variant that is not known belong to it: they are no drift of their own.
    if (variant === undefined) otherwise({ type }, parent, key, found)
    else variant(raw, parent, key, found)
  }
}

const arrayCheck = (ast: AST.TupleType): Check => {
  const [rest] = ast.rest
  const element = rest === undefined ? nothing : checkOf(rest.type)
  if (element === nothing) return nothing
  return (raw, parent, key, found) => {
    if (!Array.isArray(raw)) return
    const here: Place = { parent, key }
    for (let index = 0; index < raw.length; index++) element(raw[index], here, index, found)
  }
}

const leafCheck = (ast: AST.Declaration): Check =>
  Option.match(AST.getAnnotation<(raw: unknown) => Oddity | undefined>(OddityOf)(ast), {
    onNone: () => nothing,
    onSome: (oddityOf) => (raw, parent, key, found) => {
      const kind = raw === null ? undefined : oddityOf(raw)
      if (kind !== undefined) note(kind, raw, parent, key, found)
    },
  })

const checkOf = (ast: AST.AST): Check => {
  if (AST.isTypeLiteral(ast)) return objectCheck(ast)
  if (AST.isUnion(ast)) return unionCheck(ast)
  if (AST.isTupleType(ast)) return arrayCheck(ast)
  return AST.isDeclaration(ast) ? leafCheck(ast) : nothing
}

/**
 * The detector of a wire schema, derived from the schema itself so that the two cannot disagree on what is known. It is for raw values
 * that the schema has taken.
 */
export const detector = (schema: Schema.Schema.AnyNoContext): ((raw: unknown) => ReadonlyArray<Drift>) => {
  const check = checkOf(schema.ast)
  return (raw) => {
    const found: Array<Drift> = []
    check(raw, undefined, ROOT, found)
    return found
  }
}
