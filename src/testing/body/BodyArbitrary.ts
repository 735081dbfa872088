/** Bodies of a revision, each with the balance that it tells. */
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type { CustomerBalance } from "../../domain/balance/CustomerBalance.js"
import * as RefreshSchedule from "../../domain/balance/RefreshSchedule.js"
import type { Subscription } from "../../domain/balance/Subscription.js"
import type { Revision } from "../../domain/balance/wire/Revision.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Choices from "./Choices.js"
import { conform } from "./Conform.js"
import * as Json from "./Json.js"
import * as Print from "./Print.js"
import * as Published from "./Published.js"
import type { MoneyForm } from "./Spelling.js"
import * as Variety from "./Variety.js"

/** A body and what it tells. */
export interface Body {
  /** JSON text. */
  readonly text: string
  /** The balance that the body decodes to, without drift. */
  readonly balance: CustomerBalance
}

/** Which bodies. */
export interface Options {
  /** How money stands; both ways unless one is asked for. */
  readonly money?: MoneyForm | undefined
}

const FIRST_SURROGATE = 0xd800
const SURROGATES = 0xe000 - FIRST_SURROGATE

/**
 * A character that UTF-8 can carry: any code point but a surrogate. FastCheck's own unit `binary` is the same, but builds a map of all
 * million characters first, which takes a second and 130 MB.
 */
const unit = FastCheck.nat(0x10ffff - SURROGATES).map((index) =>
  String.fromCodePoint(index < FIRST_SURROGATE ? index : index + SURROGATES),
)

/** Text of any characters, and some of ASCII, where FastCheck mixes in names such as `__proto__`. */
const text = FastCheck.oneof(
  { weight: 4, arbitrary: FastCheck.string({ unit, maxLength: 40 }) },
  { weight: 1, arbitrary: FastCheck.string({ maxLength: 40 }) },
)

const MOST = Published.MOST_FEATURE_CHARACTERS

/** Features up to the published length, and some exactly of it. */
const feature = FastCheck.oneof(
  { weight: 9, arbitrary: FastCheck.string({ unit, minLength: 1, maxLength: MOST }) },
  { weight: 1, arbitrary: FastCheck.string({ unit, minLength: MOST, maxLength: MOST }) },
)

const timestamp = FastCheck.oneof(
  FastCheck.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2027, 0) }),
  FastCheck.integer({ min: Date.UTC(100, 0), max: Date.UTC(9999, 11, 31) }),
).chain((millis) =>
  FastCheck.constantFrom(1, 10, 100, 1000).map((unit) => Timestamp.fromMillis(Math.floor(millis / unit) * unit)),
)

const maybe = <A>(arbitrary: FastCheck.Arbitrary<A>): FastCheck.Arbitrary<Option.Option<A>> =>
  FastCheck.option(arbitrary).map(Option.fromNullable)

/** Parts of a plan that its schema leaves wider than the wire does. */
const planParts = FastCheck.record({
  name: FastCheck.oneof(FastCheck.constantFrom("free", "plus", "pro", "team", "enterprise"), text),
  displayName: maybe(text),
  description: maybe(text),
  features: FastCheck.array(feature, { maxLength: Published.MOST_FEATURES, size: "max" }),
  annualDiscount: maybe(
    FastCheck.oneof(FastCheck.nat(100), FastCheck.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
  ),
}) satisfies FastCheck.Arbitrary<Partial<Subscription>>

/** Parts of a balance that its schema leaves wider than the wire does. */
const balanceParts = FastCheck.record({
  id: maybe(FastCheck.uuid()),
  mapId: maybe(FastCheck.uuid()),
  subscriptionId: maybe(text),
  createdAt: timestamp,
  updatedAt: timestamp,
  refresh: maybe(timestamp).map(
    Option.match({ onNone: () => RefreshSchedule.unscheduled, onSome: RefreshSchedule.refreshAt }),
  ),
}) satisfies FastCheck.Arbitrary<Partial<CustomerBalance>>

/** Bodies of a revision, from balances of any. */
export const make = (
  balances: FastCheck.Arbitrary<CustomerBalance>,
  revision: Revision,
  { money }: Options = {},
): FastCheck.Arbitrary<Body> =>
  FastCheck.record({
    balance: balances,
    parts: balanceParts,
    plan: planParts,
    tape: Choices.tapes,
    form: money === undefined ? FastCheck.constantFrom<MoneyForm>("text", "number") : FastCheck.constant(money),
    secret: FastCheck.option(text, { nil: undefined }),
  }).map(({ balance, form, parts, plan, secret, tape }) => {
    const subscription = Option.map(balance.subscription, (told) => ({ ...told, ...plan }))
    const told = conform({ ...balance, ...parts, subscription }, revision)
    const choices = Choices.from(tape)
    const body = Print.body(told, revision, Variety.spelling(choices, form), secret)
    return { text: Json.write(body, Variety.layout(choices)), balance: told }
  })
