/**
 * Closed sets of the wire, kept open: a member that the publisher adds tomorrow decodes to `Unknown{raw}` instead of failing, and
 * encodes to what it was.
 */
import * as Schema from "effect/Schema"

/** A member that the set did not have when this library was built. `raw` is its text on the wire. */
export interface Unknown {
  readonly _tag: "Unknown"
  readonly raw: string
}

/** One of the members `Tag`, or one that is not known. */
export type OpenSet<Tag extends string> = { readonly [K in Tag]: { readonly _tag: K } }[Tag] | Unknown

/** A set: its codec from wire text, and the two pure functions that the codec is made of. */
export interface Definition<Tag extends string> {
  readonly identifier: string
  /** Text of the wire to a member and back. */
  readonly schema: Schema.Schema<OpenSet<Tag>, string>
  /** The member that a text names; total. */
  readonly fromText: (text: string) => OpenSet<Tag>
  /** The text of a member. */
  readonly toText: (member: OpenSet<Tag>) => string
  /** The texts of the set as published. */
  readonly known: ReadonlyArray<string>
}

/**
 * A set from its members' texts on the wire and their tags: `make("Interval", { day: "Day", week: "Week" })`. `unnamed` are published
 * texts that name no member: they decode to `Unknown{raw}` like a new one, but are none.
 */
export const make = <const Members extends Record<string, string>>(
  identifier: string,
  members: Members,
  unnamed: ReadonlyArray<string> = [],
): Definition<Members[keyof Members]> => {
  type Tag = Members[keyof Members]
  const byText = new Map<string, OpenSet<Tag>>()
  const byTag = new Map<string, string>()
  for (const [text, tag] of Object.entries(members)) {
    byText.set(text, Object.freeze({ _tag: tag as Tag }))
    byTag.set(tag, text)
  }
  const isUnknown = (member: OpenSet<Tag>): member is Unknown => member._tag === "Unknown"
  const fromText = (text: string): OpenSet<Tag> => byText.get(text) ?? { _tag: "Unknown", raw: text }
  const toText = (member: OpenSet<Tag>): string =>
    isUnknown(member) ? member.raw : (byTag.get(member._tag) ?? member._tag)
  const isMember = (u: unknown): u is OpenSet<Tag> => {
    if (typeof u !== "object" || u === null || !("_tag" in u)) return false
    if (u._tag === "Unknown") return "raw" in u && typeof u.raw === "string" && !byText.has(u.raw)
    return typeof u._tag === "string" && byTag.has(u._tag)
  }
  const texts = Object.keys(members)
  const domain: Schema.Schema<OpenSet<Tag>> = Schema.declare(isMember, {
    identifier,
    jsonSchema: { type: "string" },
    arbitrary: () => (fc) =>
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...texts).map(fromText) },
        { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 20 }).map(fromText) },
      ),
    equivalence: () => (a, b) => toText(a) === toText(b),
    pretty: () => (member) => `${identifier}(${toText(member)})`,
  })
  const schema = Schema.transform(
    Schema.String.annotations({
      title: `${identifier}Text`,
      description: `One of ${texts.join(", ")}, or a member added later`,
    }),
    domain,
    { strict: true, decode: fromText, encode: toText },
  )
  return { identifier, schema, fromText, toText, known: [...texts, ...unnamed] }
}
