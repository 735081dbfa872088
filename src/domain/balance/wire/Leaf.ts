/**
 * Leaves of the wire: values that stand in a body, each read by one hand-written function behind a declared schema. Declared leaves cost
 * half of what chains of transformations cost, and say what they expected.
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import * as Credits from "../../money/Credits.js"
import * as DecimalText from "../../money/DecimalText.js"
import * as Usd from "../../money/Usd.js"
import * as Timestamp from "../../time/Timestamp.js"
import type * as OpenSet from "../OpenSet.js"
import { JsonNumber } from "./ExactJson.js"

/** What a leaf has to say of a value that it takes but did not expect. */
export type Oddity = "UnknownMember" | "FinerThanNano"

/** Annotation of a leaf: what is odd about a raw value that it takes. */
export const OddityOf: unique symbol = Symbol.for("zoo-runway/wire/OddityOf")

declare module "effect/Schema" {
  namespace Annotations {
    interface GenericSchema<A> {
      readonly [OddityOf]?: (raw: unknown) => Oddity | undefined
    }
  }
}

type Read<A> = (
  raw: unknown,
  refuse: (expected: string) => Either.Either<never, ParseResult.ParseIssue>,
) => Either.Either<A, ParseResult.ParseIssue>

/** A leaf, and the same leaf where the wire may have `null`: one schema, which costs less than a union. */
export interface Leaf<A> extends Schema.Schema<A, unknown> {
  readonly orNull: Schema.Schema<A | null, unknown>
}

const leaf = <A>(identifier: string, read: Read<A>, oddityOf?: (raw: unknown) => Oddity | undefined): Leaf<A> => {
  const declare = <B>(readOf: Read<B>): Schema.Schema<B, unknown> => {
    const parser = (raw: unknown, _: AST.ParseOptions, ast: AST.Declaration) =>
      readOf(raw, (expected) => Either.left(new ParseResult.Type(ast, raw, expected)))
    return Schema.declare<B, unknown, []>(
      [],
      { decode: () => parser, encode: () => parser },
      oddityOf === undefined ? { identifier } : { identifier, [OddityOf]: oddityOf },
    )
  }
  const orNull = declare<A | null>((raw, refuse) => (raw === null ? Either.right(null) : read(raw, refuse)))
  return Object.assign(declare(read), { orNull })
}

/** What an amount beyond the range is told. */
export const IN_RANGE = "an amount below 9.2e9 dollars"

const decimalOf = (raw: unknown): DecimalText.Parsed | undefined => {
  if (typeof raw === "string") return DecimalText.plain(raw)
  if (raw instanceof JsonNumber) return DecimalText.number(raw.token)
  return typeof raw === "number" ? DecimalText.plain(String(raw)) : undefined
}

/** The longest text without an exponent that cannot have more than nine decimals: a digit, the point, nine digits. */
const NEVER_FINER = 11

/** Money as text or as a JSON number, exact. */
export const usd = leaf<Usd.Usd>(
  "WireUsd",
  (raw, refuse) => {
    const parsed = decimalOf(raw)
    if (parsed?._tag === "Nanos") return Either.right(Usd.unsafeFromNanos(parsed.nanos))
    return refuse(parsed?._tag === "OutOfRange" ? IN_RANGE : 'money as a plain decimal such as "41.26"')
  },
  (raw) => {
    if (typeof raw === "string" && raw.length <= NEVER_FINER) return undefined
    const parsed = decimalOf(raw)
    return parsed?._tag === "Nanos" && parsed.rounded ? "FinerThanNano" : undefined
  },
)

const WHOLE = /^\d+$/

/** A uint64 as a JSON number. */
export const credits = leaf<Credits.Credits>("WireCredits", (raw, refuse) => {
  const expected = `whole credits, 0 to ${Credits.MAX}`
  if (typeof raw === "number") return raw >= 0 ? Either.right(Credits.unsafeFromBigInt(BigInt(raw))) : refuse(expected)
  if (!(raw instanceof JsonNumber) || !WHOLE.test(raw.token)) return refuse(expected)
  return Either.fromOption(Credits.fromText(raw.token), () => raw).pipe(Either.orElse(() => refuse(expected)))
})

/** A date-time with a zone. */
export const timestamp = leaf<Timestamp.Timestamp>("WireTimestamp", (raw, refuse) => {
  const millis = typeof raw === "string" ? Timestamp.parseMillis(raw) : Number.NaN
  return Number.isNaN(millis)
    ? refuse("an existing date and time with a zone, such as 2025-05-08T23:03:21Z")
    : Either.right(DateTime.unsafeMake(millis))
})

/** Any text. */
export const text = leaf<string>("WireText", (raw, refuse) =>
  typeof raw === "string" ? Either.right(raw) : refuse("a text"),
)

/** A truth value. */
export const boolean = leaf<boolean>("WireBoolean", (raw, refuse) =>
  typeof raw === "boolean" ? Either.right(raw) : refuse("true or false"),
)

/** A percentage: any number that is not negative. It is no money, so a double will do. */
export const percentage = leaf<number>("WirePercentage", (raw, refuse) => {
  const number = raw instanceof JsonNumber ? Number(raw.token) : raw
  return typeof number === "number" && number >= 0 && Number.isFinite(number)
    ? Either.right(number)
    : refuse("a number that is not negative")
})

/** A member of a set, known or not. */
export const member = <Tag extends string>(set: OpenSet.Definition<Tag>): Leaf<OpenSet.OpenSet<Tag>> =>
  leaf(
    `Wire${set.identifier}`,
    (raw, refuse) => (typeof raw === "string" ? Either.right(set.fromText(raw)) : refuse("a text")),
    (raw) => (typeof raw === "string" && !set.isKnown(raw) ? "UnknownMember" : undefined),
  )

/** The discriminator of a variant that is not known: any text but the known ones. */
export const discriminatorOtherThan = (known: ReadonlyArray<string>): Leaf<string> =>
  leaf(
    "WireUnknownType",
    (raw, refuse) => (typeof raw === "string" && !known.includes(raw) ? Either.right(raw) : refuse("a type")),
    () => "UnknownMember",
  )

/** A value that is read over and kept nowhere. */
export const dropped = leaf<undefined>("WireDropped", () => Either.right(undefined))
