/**
 * The amount above which unpaid usage is invoiced before the billing period ends: `effective_amount` of
 * `GET /user/billing/usage-collection-threshold` and `GET /org/billing/usage-collection-threshold`. Instead of the invoice, the API may stop service
 * with the block `billing_threshold_reached`. A balance does not tell the threshold.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Usd from "../money/Usd.js"
import * as OpenSet from "./OpenSet.js"
import { BodyRejected } from "./wire/BodyRejected.js"
import * as Decoder from "./wire/Decoder.js"
import * as ExactJson from "./wire/ExactJson.js"
import * as Leaf from "./wire/Leaf.js"

/** Who set the threshold, as published in August 2026. */
export const Source = OpenSet.make("CollectionThresholdSource", {
  admin: "Admin",
  customer: "Customer",
  system_default: "SystemDefault",
})
/** `Admin | Customer | SystemDefault | Unknown{raw}`. */
export type Source = ReturnType<typeof Source.fromText>

/** The threshold that applies to an account. JSON: `{ "amount": "50.00", "source": "system_default" }`, `source` null where it is not told. */
export interface CollectionThreshold {
  /** US dollars, 0 or more. */
  readonly amount: Usd.Usd
  /** Who set it, where the API tells. */
  readonly source: Option.Option<Source>
}

/** The codec of {@link CollectionThreshold}. */
export const CollectionThreshold: Schema.Schema<
  CollectionThreshold,
  { readonly amount: string; readonly source: string | null }
> = Schema.Struct({
  amount: Usd.FromText,
  source: Schema.OptionFromNullOr(Source.schema),
}).annotations({ identifier: "CollectionThreshold" })

/** The fields that are read; all others are passed over. */
const decode = Decoder.compile(
  Schema.Struct({
    effective_amount: Leaf.usd,
    source: Schema.optionalWith(Leaf.member(Source).orNull, { exact: true }),
  }),
)

const rejected = (kind: BodyRejected["kind"], path: string, expected: string, found: string): BodyRejected =>
  BodyRejected.of(kind, [{ path, expected, found }])

/**
 * The threshold of an answer's text. The amount may stand as text or as a JSON number: both come out exact. Only `effective_amount` is required, and
 * it is not negative; fields and sources that are not published yet are taken.
 */
export const decodeText = (text: string): Either.Either<CollectionThreshold, BodyRejected> =>
  Either.gen(function* () {
    const document = yield* Either.mapLeft(ExactJson.parse(text), () =>
      rejected("NotJson", "$", "one JSON object", "a text that is not read as JSON"),
    )
    const { value } = yield* Either.mapLeft(decode(document, text), ({ issueCount, issues, onlyOutOfRange }) =>
      BodyRejected.of(onlyOutOfRange ? "OutOfRange" : "Invalid", issues, issueCount),
    )
    const amount = value.effective_amount
    if (Usd.isNegative(amount)) {
      return yield* Either.left(
        rejected("Invalid", "$.effective_amount", "an amount of 0 dollars or more", Usd.format(amount)),
      )
    }
    return { amount, source: Option.fromNullable(value.source) }
  })
