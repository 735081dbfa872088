/** How sure it is that an event happened; its amount has bounds of its own. */
import * as Schema from "effect/Schema"

/**
 * - `Certain`: it happened, by the rules of the API and what its `assumes` names.
 * - `Likely`: the looks can be explained without it, but hardly are.
 * - `Possible`: it may not have happened at all.
 */
export const Confidence = Schema.Literal("Certain", "Likely", "Possible").annotations({ identifier: "Confidence" })
/** `Certain | Likely | Possible`. */
export type Confidence = typeof Confidence.Type
