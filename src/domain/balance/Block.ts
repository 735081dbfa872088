/**
 * Why the API stopped serving a user or an organisation: `block` and `block_message` of `GET /user`, `GET /user/org` and `GET /org`. A
 * balance does not tell it.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as OpenSet from "./OpenSet.js"

/** Reasons for which the API stops service, as published in August 2026. */
export const Reason = OpenSet.make("BlockReason", {
  missing_payment_method: "MissingPaymentMethod",
  payment_method_failed: "PaymentMethodFailed",
  upgrade_downgrade_abuse: "UpgradeDowngradeAbuse",
  admin: "Admin",
  billing_threshold_reached: "BillingThresholdReached",
  pay_as_you_go_disabled: "PayAsYouGoDisabled",
})
/**
 * `MissingPaymentMethod | PaymentMethodFailed | UpgradeDowngradeAbuse | Admin | BillingThresholdReached | PayAsYouGoDisabled |
 * Unknown{raw}`.
 */
export type Reason = ReturnType<typeof Reason.fromText>

/** Longest text of a reason or a message, in characters; what is longer is cut. */
export const MAX_CHARACTERS = 500

/** That the API serves an account no longer. JSON: `{ "reason": "admin", "message": "…" }`, `message` null where there is none. */
export interface Block {
  /** Why, as the API names it. */
  readonly reason: Reason
  /** The API's own words to the customer, one line, where it gives any. */
  readonly message: Option.Option<string>
}

/** The codec of {@link Block}. */
export const Block: Schema.Schema<Block, { readonly reason: string; readonly message: string | null }> = Schema.Struct({
  reason: Reason.schema,
  message: Schema.OptionFromNullOr(Schema.String),
}).annotations({ identifier: "Block" })

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu

/** A text of the API as one line that is safe to print; `None` where nothing is left of it. */
const line = (text: string | null | undefined): Option.Option<string> => {
  const plain = (text ?? "").replace(CONTROL, " ").trim()
  if (plain === "") return Option.none()
  // A code point is not cut in two.
  return Option.some([...plain].slice(0, MAX_CHARACTERS).join(""))
}

/**
 * The block that the API's two fields tell. `None`, which means that service is not stopped, where `block` is absent, null or blank,
 * whatever the message says. Control characters become spaces; a text is cut at 500 characters.
 *
 * @example
 * import { Block } from "zoo-runway/domain"
 *
 * Block.of("missing_payment_method", "Add a card to continue.")
 */
export const of = (block: string | null | undefined, message: string | null | undefined): Option.Option<Block> =>
  Option.map(line(block), (reason) => ({ reason: Reason.fromText(reason), message: line(message) }))

/** Whether two blocks have the same reason and message. */
export const equals = (a: Block, b: Block): boolean =>
  Reason.toText(a.reason) === Reason.toText(b.reason) && Option.getOrNull(a.message) === Option.getOrNull(b.message)
