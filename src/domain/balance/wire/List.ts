/** Lists of the wire. */
import * as Schema from "effect/Schema"

/** Most elements of any list that is kept. */
export const MOST_ELEMENTS = 1000

/** Annotation of a list: how many elements the contract lets it have. */
export const PublishedLength: unique symbol = Symbol.for("zoo-runway/wire/PublishedLength")

/** A list, of which more than `published` elements are taken, and odd. */
export const make = <A, I>(element: Schema.Schema<A, I>, published: number = MOST_ELEMENTS) =>
  Schema.Array(element).annotations({ [PublishedLength]: published })
