/** JSON documents, and what they have in common. */
import * as Schema from "effect/Schema"
import * as Output from "../Output.js"

/** A number of things that are counted. */
export const Count = Schema.Int.pipe(Schema.nonNegative())

const escaped = (character: string): string =>
  character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("")

/** JSON on one line. What steers a terminal is escaped, so that it is read back as it was. */
export const line = (value: unknown): string => Output.printable(JSON.stringify(value), escaped)

/** JSON over several lines, as {@link line} writes it. */
export const document = (value: unknown): string => Output.printable(JSON.stringify(value, null, 2), escaped)

/** Writes the values of a schema as documents. */
export const printer = <A, I>(schema: Schema.Schema<A, I>): ((value: A) => string) => {
  const encode = Schema.encodeSync(schema)
  return (value) => document(encode(value))
}
