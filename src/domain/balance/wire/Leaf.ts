/**
 * Leaves of the wire: values that stand in a body, each read by one hand-written function. A leaf is a schema that carries its reader, so
 * that `Schema` and the compiled decoder (`Decoder.ts`) read alike.
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import * as Credits from "../../money/Credits.js"
import * as DecimalText from "../../money/DecimalText.js"
import * as Usd from "../../money/Usd.js"
import * as Timestamp from "../../time/Timestamp.js"
import type * as OpenSet from "../OpenSet.js"
import type { Oddity } from "./Drift.js"
import { JsonNumber } from "./ExactJson.js"
import * as Excerpt from "./Excerpt.js"
import type { Life, Revision } from "./Revision.js"

/** What a reader says of a value other than the value itself. */
export abstract class Verdict {}

/** A value that is not taken, and what was expected in its place. */
export class Refused extends Verdict {
  readonly expected: string
  readonly outOfRange: boolean
  constructor(expected: string, outOfRange = false) {
    super()
    this.expected = expected
    this.outOfRange = outOfRange
  }
}

/** A value that is taken, and what is odd about it or since when there is such a value. */
export class Noted<A> extends Verdict {
  readonly value: A
  readonly oddity: Oddity | undefined
  readonly since: Revision | undefined
  constructor(value: A, oddity: Oddity | undefined, since?: Revision) {
    super()
    this.value = value
    this.oddity = oddity
    this.since = since
  }
}

/** Reads a value, its number exact. */
export type Read<A> = (raw: unknown) => A | Refused | Noted<A>

/** How a leaf reads, and whether `null` may stand in its place. */
export interface Reader {
  readonly read: Read<unknown>
  readonly nullable: boolean
}

/** Annotation of a leaf: its {@link Reader}. */
export const ReaderOf: unique symbol = Symbol.for("zoo-runway/wire/ReaderOf")

/** A leaf, and the same leaf where the wire may have `null`: one schema, which costs less than a union. */
export interface Leaf<A> extends Schema.Schema<A, unknown> {
  readonly orNull: Schema.Schema<A | null, unknown>
  readonly read: Read<A>
}

const declare = <A>(identifier: string, read: Read<A>, reader: Reader): Schema.Schema<A, unknown> => {
  const parser = (raw: unknown, _: AST.ParseOptions, ast: AST.Declaration) => {
    const read_ = read(raw)
    if (read_ instanceof Refused) return Either.left(new ParseResult.Type(ast, raw, read_.expected))
    return Either.right(read_ instanceof Noted ? read_.value : read_)
  }
  return Schema.declare<A, unknown, []>(
    [],
    { decode: () => parser, encode: () => parser },
    { identifier, [ReaderOf]: reader },
  )
}

const leaf = <A>(identifier: string, read: Read<A>): Leaf<A> => {
  const readOrNull: Read<A | null> = (raw) => (raw === null ? null : read(raw))
  return Object.assign(declare(identifier, read, { read, nullable: false }), {
    orNull: declare(`${identifier}OrNull`, readOrNull, { read, nullable: true }),
    read,
  })
}

const BOTH_MODELS: Oddity = { kind: "BothCreditModels" }

/** A leaf of the credit model that the body does not speak: each value is odd. */
export const otherModel = <A>({ read }: Leaf<A>): Leaf<A> =>
  leaf<A>("WireOtherModel", (raw) => {
    const value = read(raw)
    if (value instanceof Refused) return value
    return new Noted(value instanceof Noted ? value.value : value, BOTH_MODELS)
  })

const IN_RANGE = new Refused("an amount below 9.2e9 dollars", true)
const MONEY = new Refused('money as a plain decimal such as "41.26"')

const decimalOf = (raw: unknown): DecimalText.Parsed | undefined => {
  if (typeof raw === "string") return DecimalText.plain(raw)
  if (raw instanceof JsonNumber) return DecimalText.number(raw.token)
  return typeof raw === "number" ? DecimalText.number(String(raw)) : undefined
}

const FINER: Oddity = { kind: "FinerThanNano" }

/** Money as text or as a JSON number, exact. */
export const usd = leaf<Usd.Usd>("WireUsd", (raw) => {
  const short = typeof raw === "string" ? DecimalText.short(raw) : undefined
  if (short !== undefined) return Usd.unsafeFromNanos(short)
  const parsed = decimalOf(raw)
  if (parsed?._tag !== "Nanos") return parsed?._tag === "OutOfRange" ? IN_RANGE : MONEY
  const usd = Usd.unsafeFromNanos(parsed.nanos)
  return parsed.rounded ? new Noted(usd, FINER) : usd
})

const WHOLE_CREDITS = new Refused(`whole credits, 0 to ${Credits.MAX}`)
const WHOLE = /^\d+$/

/** A uint64 as a JSON number. */
export const credits = leaf<Credits.Credits>("WireCredits", (raw) => {
  if (typeof raw === "number") return raw >= 0 ? Credits.unsafeFromBigInt(BigInt(raw)) : WHOLE_CREDITS
  if (!(raw instanceof JsonNumber) || !WHOLE.test(raw.token)) return WHOLE_CREDITS
  return Option.getOrElse(Credits.fromText(raw.token), () => WHOLE_CREDITS)
})

const DATE = new Refused("an existing date and time with a zone, such as 2025-05-08T23:03:21Z")

/** A date-time with a zone. */
export const timestamp = leaf<Timestamp.Timestamp>("WireTimestamp", (raw) => {
  const millis = typeof raw === "string" ? Timestamp.parseMillis(raw) : Number.NaN
  return Number.isNaN(millis) ? DATE : DateTime.unsafeMake(millis)
})

/** Most characters of any text that is kept, as JavaScript counts them. */
const MOST_CHARACTERS = 10_000

const TEXT = new Refused("a text")
const SHORT_TEXT = new Refused(`a text of at most ${MOST_CHARACTERS} characters`)

/** A payment secret that stands where another text belongs is not kept either. */
const readText = (raw: unknown): string | Refused => {
  if (typeof raw !== "string") return TEXT
  if (raw.length > MOST_CHARACTERS) return SHORT_TEXT
  return Excerpt.isPaymentSecret(raw) ? Excerpt.HIDDEN : raw
}

/** Any text. */
export const text = leaf<string>("WireText", readText)

const UNMET: Oddity = { kind: "UnmetConstraint" }

/** Characters as JSON Schema counts them: code points. */
const charactersOf = (text: string): number => Array.from(text).length

/** A text of published lengths in characters; others are taken, and odd. */
export const textOf = (least: number, most: number): Leaf<string> =>
  leaf<string>("WireText", (raw) => {
    const text = readText(raw)
    if (typeof text !== "string") return text
    const isWithin = text.length >= least && (text.length <= most || charactersOf(text) <= most)
    return isWithin ? text : new Noted(text, UNMET)
  })

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** A UUID; another text is taken, and odd. */
export const uuid = leaf<string>("WireUuid", (raw) => {
  const text = readText(raw)
  return typeof text !== "string" || UUID.test(text) ? text : new Noted(text, UNMET)
})

const BOOLEAN = new Refused("true or false")

/** A truth value. */
export const boolean = leaf<boolean>("WireBoolean", (raw) => (typeof raw === "boolean" ? raw : BOOLEAN))

const PERCENTAGE = new Refused("a number that is not negative")

/** A percentage: any number that is not negative. It is no money, so a double will do. */
export const percentage = leaf<number>("WirePercentage", (raw) => {
  const number = raw instanceof JsonNumber ? Number(raw.token) : raw
  if (typeof number !== "number" || !(number >= 0 && Number.isFinite(number))) return PERCENTAGE
  return number === 0 ? 0 : number // No -0, which JSON does not write.
})

/** The lives of a set's members where they are not those of the set. */
type Lives = Readonly<Record<string, Life>>

const UNKNOWN_MEMBER: Oddity = { kind: "UnknownMember" }

/** A member of a set, known or not. */
export const member = <Tag extends string>(
  set: OpenSet.Definition<Tag>,
  lives: Lives = {},
): Leaf<OpenSet.OpenSet<Tag>> => {
  type Member = OpenSet.OpenSet<Tag>
  const known = new Map<string, Member | Noted<Member>>()
  for (const text of set.known) {
    const { since, until } = lives[text] ?? {}
    const oddity = until === undefined ? undefined : ({ kind: "DeprecatedMember", since: until } as const)
    const member = set.fromText(text)
    known.set(text, oddity === undefined && since === undefined ? member : new Noted(member, oddity, since))
  }
  return leaf<Member>(`Wire${set.identifier}`, (raw) => {
    const text = readText(raw)
    if (typeof text !== "string") return text
    return known.get(text) ?? new Noted(set.fromText(text), UNKNOWN_MEMBER)
  })
}

/** A text that was one of `known` before `until`, and can be any since. */
export const textOnceOf = (known: ReadonlyArray<string>, until: Revision): Leaf<string> => {
  const unknown: Oddity = { kind: "UnknownMember", until }
  return leaf<string>("WireText", (raw) => {
    const text = readText(raw)
    return typeof text !== "string" || known.includes(text) ? text : new Noted(text, unknown)
  })
}

const TYPE = new Refused("a type")

/** The discriminator of a variant that is not known: any text but the known ones. */
export const discriminatorOtherThan = (known: ReadonlyArray<string>): Leaf<string> =>
  leaf<string>("WireUnknownType", (raw) => {
    const text = readText(raw)
    return typeof text !== "string" || known.includes(text) ? TYPE : new Noted(text, UNKNOWN_MEMBER)
  })

/** A value that is read over and kept nowhere. */
export const dropped = leaf<undefined>("WireDropped", () => undefined)
