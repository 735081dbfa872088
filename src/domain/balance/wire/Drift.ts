/** What a body said that the contract, as published when this library was built, does not: reported beside the balance, no reason to fail. */
import * as Schema from "effect/Schema"
import type { Revision } from "./Revision.js"

/**
 * - `UnknownField`: a field that no published revision has;
 * - `UnknownMember`: a new member of a closed set, or a new variant; it decodes to `Unknown{raw}`;
 * - `DeprecatedField`, `DeprecatedMember`: one that was gone from the contract before something else in the body came into it;
 * - `BothCreditModels`: an amount of the credit model that the body does not speak;
 * - `FinerThanNano`: digits past the ninth place, rounded half-even;
 * - `DuplicateKey`: a key that an object has more than once; the last one counts;
 * - `UnmetConstraint`: a list or text longer or shorter than published, or an id that is no UUID; it is taken as it is;
 * - `UnexpectedContentType`: the answer called its JSON something else. Bodies alone never have it: only the client sees the header.
 */
export const Kind = Schema.Literal(
  "UnknownField",
  "UnknownMember",
  "DeprecatedField",
  "DeprecatedMember",
  "BothCreditModels",
  "FinerThanNano",
  "DuplicateKey",
  "UnmetConstraint",
  "UnexpectedContentType",
)
/** What kind of thing a body said beyond the contract. */
export type Kind = typeof Kind.Type

/** One finding, with its JSON path, and what was found there: a type and a length. */
export const Drift = Schema.Struct({ kind: Kind, path: Schema.String, found: Schema.String })
/** One finding, with its JSON path, and what was found there: a type and a length. */
export interface Drift extends Schema.Schema.Type<typeof Drift> {}

/** Most findings that are reported of one body. */
export const MOST = 50

/**
 * What is odd about a value that is taken. With `since` it is odd only in a body that is dated at that revision or later, with `until` only
 * in a body that is known to be older.
 */
export interface Oddity {
  readonly kind: Kind
  readonly since?: Revision
  readonly until?: Revision
}

const ADVICE: Readonly<Record<Kind, string>> = {
  UnknownField: "a published field",
  UnknownMember: "a published member",
  DeprecatedField: "a field that the contract still has",
  DeprecatedMember: "a member that the contract still has",
  BothCreditModels: "one credit model",
  FinerThanNano: "an amount of at most nine decimals",
  DuplicateKey: "each key once",
  UnmetConstraint: "the published length or form",
  UnexpectedContentType: "the content type application/json",
}

/** What the contract has in place of a finding, in a few words. */
export const expected = ({ kind }: Drift): string => ADVICE[kind]
