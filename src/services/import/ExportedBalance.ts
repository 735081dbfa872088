/**
 * The balance of an exported line: the canonical JSON of `CustomerBalance.encode` back to the balance, to the last digit.
 *
 * Each part is decoded by its own schema, and what its last few texts were decoded to is remembered: from line to line most parts repeat,
 * the large one, the subscription, nearly always.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import * as DuplicateKey from "../../domain/balance/wire/DuplicateKey.js"
import * as Excerpt from "../../domain/balance/wire/Excerpt.js"
import * as Memo from "../../infra/Memo.js"
import * as JsonMembers from "./JsonMembers.js"

type Why<A> = Either.Either<A, string>

/** How many texts of a part are remembered. */
const REMEMBERED = 16

const { fields } = CustomerBalance.CustomerBalance

type Name = keyof typeof fields

const parsed = (text: string): Why<unknown> =>
  Either.try({ try: (): unknown => JSON.parse(text), catch: () => "it is no JSON" })

/** What stands at a path within a parsed text. */
const within = (value: unknown, path: ReadonlyArray<PropertyKey>): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )

/** How a schema of texts says that it wants one. */
const TEXT = /^Expected (?:\w*Text|Rfc3339|string)$/

/** The first thing that is wrong: where, what should stand there, and a short picture of what does. */
const whyNot = (name: Name, value: unknown, error: ParseResult.ParseError): string => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  const path = issue?.path ?? []
  const place = `balance${Excerpt.path([name, ...path]).slice(1)}`
  if (issue?._tag === "Missing") return `${place} is missing`
  if (issue?._tag === "Unexpected") return `${place} is no field of an exported balance`
  const found = within(value, path)
  const [said = ""] = (issue?.message ?? "").split(/, actual |\n/)
  const expected = TEXT.test(said) ? "expected a text" : `${said.charAt(0).toLowerCase()}${said.slice(1)}`
  return `${place}: ${expected}, found ${Excerpt.value(found)}`
}

/** Reads the text of a part. */
const part = <A, I>(name: Name, schema: Schema.Schema<A, I>): ((text: string | undefined) => Why<A>) => {
  const decode = Schema.decodeUnknownEither(schema, { onExcessProperty: "error" })
  const read = Memo.byText(REMEMBERED, (text): Why<A> => {
    const json = parsed(text)
    if (Either.isLeft(json)) return Either.left(`balance.${name}: ${json.left}`)
    const [twice] = DuplicateKey.find(text, 1)
    if (twice !== undefined) return Either.left(`balance.${name}${twice.path.slice(1)} stands more than once`)
    return Either.mapLeft(decode(json.right), (error) => whyNot(name, json.right, error))
  })
  return (text) => (text === undefined ? Either.left(`balance.${name} is missing`) : read(text))
}

const monthly = part("monthly", fields.monthly)
const stable = part("stable", fields.stable)
const due = part("due", fields.due)
const refresh = part("refresh", fields.refresh)
const subscriptionId = part("subscriptionId", fields.subscriptionId)
const subscription = part("subscription", fields.subscription)
const enterprisePrice = part("enterprisePrice", fields.enterprisePrice)
const id = part("id", fields.id)
const mapId = part("mapId", fields.mapId)
const createdAt = part("createdAt", fields.createdAt)
const updatedAt = part("updatedAt", fields.updatedAt)

/** The parts in the order of canonical JSON. */
const NAMES: ReadonlyArray<string> = Object.keys(fields)

/** The balance of a canonical JSON text, or why it is none. Every part stands once, in any order, and nothing else beside them. */
export const parse = (text: string): Why<CustomerBalance.CustomerBalance> => {
  const members = JsonMembers.of(text)
  if (members === undefined) return Either.left("the balance is no JSON object: write what export writes")
  const texts: Array<string | undefined> = NAMES.map(() => undefined)
  let place = 0
  for (const { key, value } of members) {
    // They nearly always stand in order.
    const index = NAMES[place] === key ? place : NAMES.indexOf(key)
    if (index === -1) return Either.left(`balance${Excerpt.path([key]).slice(1)} is no field of an exported balance`)
    if (texts[index] !== undefined) return Either.left(`balance.${key} stands more than once`)
    texts[index] = value
    place = index + 1
  }
  const of = (name: Name) => texts[NAMES.indexOf(name)]
  return Either.all({
    monthly: monthly(of("monthly")),
    stable: stable(of("stable")),
    due: due(of("due")),
    refresh: refresh(of("refresh")),
    subscriptionId: subscriptionId(of("subscriptionId")),
    subscription: subscription(of("subscription")),
    enterprisePrice: enterprisePrice(of("enterprisePrice")),
    id: id(of("id")),
    mapId: mapId(of("mapId")),
    createdAt: createdAt(of("createdAt")),
    updatedAt: updatedAt(of("updatedAt")),
  })
}
