/** What holds of every body that the gate is given, whatever is in it. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as BodyRejected from "../../src/domain/balance/wire/BodyRejected.js"
import * as Drift from "../../src/domain/balance/wire/Drift.js"
import * as Agreement from "./Agreement.js"
import type { Body } from "./Bodies.js"
import { isSame } from "./Same.js"
import * as Secret from "./Secret.js"

type Result = ReturnType<typeof CustomerBalance.decodeText>

/** What is looked at: the gate, or one that is broken on purpose. */
export interface Gate {
  readonly decodeBytes: typeof CustomerBalance.decodeBytes
  readonly decodeText: typeof CustomerBalance.decodeText
  readonly encode: typeof CustomerBalance.encode
  readonly decodeCanonical: typeof CustomerBalance.decodeCanonical
  /** How the compiled decoder and the schema differ on a text, if they do. */
  readonly difference: typeof Agreement.difference
}

export const gate: Gate = { ...CustomerBalance, difference: Agreement.difference }

/** The laws by name. */
export type Law =
  | "a decode throws nothing"
  | "a rejection says in one short line what is wrong"
  | "a secret comes out nowhere"
  | "a balance reads back from its canonical text"
  | "drift is listed briefly"
  | "strict takes what has no drift"
  | "text and bytes are read alike"
  | "a decode is quick"
  | "the compiled decoder reads as its schema"

/** A law that a body breaks. */
export class Broken extends Error {
  readonly law: Law
  constructor(law: Law, detail: string) {
    super(`${law}: ${detail}`)
    this.name = "Broken"
    this.law = law
  }
}

const hold = (law: Law, holds: boolean, detail: () => string): void => {
  if (!holds) throw new Broken(law, detail())
}

/** What may break a line or steer a terminal, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const MOST_MESSAGE = 1000

const isKind = Schema.is(BodyRejected.Kind)

const rejectionLaws = (rejection: CustomerBalance.BodyRejected): void => {
  const law = "a rejection says in one short line what is wrong"
  hold(law, rejection instanceof CustomerBalance.BodyRejected, () => `the failure is ${String(rejection)}`)
  const { issues, kind, message } = rejection
  hold(law, isKind(kind), () => `the kind is ${String(kind)}`)
  hold(law, issues.length >= 1 && issues.length <= BodyRejected.MOST_ISSUES, () => `${issues.length} issues`)
  hold(law, message.length < MOST_MESSAGE, () => `the message has ${message.length} characters`)
  hold(law, !UNPRINTABLE.test(message), () => `the message is ${JSON.stringify(message)}`)
  for (const { expected, found, path } of issues) {
    hold(law, path.startsWith("$"), () => `the path is ${JSON.stringify(path)}`)
    hold(law, !UNPRINTABLE.test(path + expected + found), () => JSON.stringify({ path, expected, found }))
  }
}

/** What a body alone can have: the content type is the answer's. */
const KINDS: Readonly<Record<Exclude<Drift.Kind, "UnexpectedContentType">, true>> = {
  UnknownField: true,
  UnknownMember: true,
  DeprecatedField: true,
  DeprecatedMember: true,
  BothCreditModels: true,
  FinerThanNano: true,
  DuplicateKey: true,
  UnmetConstraint: true,
}

const driftLaws = (drift: ReadonlyArray<Drift.Drift>): void => {
  const law = "drift is listed briefly"
  hold(law, drift.length <= Drift.MOST, () => `${drift.length} findings`)
  for (const { found, kind, path } of drift) {
    hold(law, Object.hasOwn(KINDS, kind), () => `the kind is ${String(kind)}`)
    hold(law, path.startsWith("$"), () => `the path is ${JSON.stringify(path)}`)
    hold(law, !UNPRINTABLE.test(path + found), () => JSON.stringify({ kind, path, found }))
  }
}

/** The canonical text, after it was read back. */
const canonicalLaws = (gate: Gate, balance: CustomerBalance.CustomerBalance): string => {
  const law = "a balance reads back from its canonical text"
  try {
    const text = JSON.stringify(gate.encode(balance))
    const read = Effect.runSync(Effect.either(gate.decodeCanonical(JSON.parse(text))))
    if (Either.isLeft(read)) throw new Broken(law, read.left.message)
    hold(law, isSame(balance, read.right), () => `another balance comes out of ${text}`)
    const again = JSON.stringify(gate.encode(read.right))
    hold(law, again === text, () => `${text} becomes ${again}`)
    return text
  } catch (error) {
    if (error instanceof Broken) throw error
    throw new Broken(law, String(error))
  }
}

/** A result as one text: what it shows to the world. */
const shown = (gate: Gate, result: Result): string => {
  if (Either.isLeft(result)) {
    rejectionLaws(result.left)
    return `${result.left.kind} ${result.left.message} ${JSON.stringify(result.left)}`
  }
  const { balance, drift } = result.right
  driftLaws(drift)
  return `${canonicalLaws(gate, balance)} ${JSON.stringify(drift)}`
}

/** All that a result holds, what is never written out included. */
const whole = (result: Result): string =>
  Either.isLeft(result)
    ? String(result.left.stack)
    : JSON.stringify(result.right, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))

const withoutSize = (result: Result): string =>
  Either.isLeft(result) ? `${result.left.kind} ${JSON.stringify(result.left.issues.map(({ path }) => path))}` : ""

/** The same outcome: a rejection in the same words, or a balance that is the same with the same drift. */
const isAlike = (one: Result, other: Result): boolean => {
  if (Either.isLeft(one) || Either.isLeft(other)) {
    if (!Either.isLeft(one) || !Either.isLeft(other)) return false
    // Text counts characters where bytes count bytes.
    if (one.left.kind === "TooLarge") return withoutSize(one) === withoutSize(other)
    return one.left.message === other.left.message && JSON.stringify(one.left) === JSON.stringify(other.left)
  }
  return (
    JSON.stringify(one.right.drift) === JSON.stringify(other.right.drift) &&
    isSame(one.right.balance, other.right.balance)
  )
}

const attempt = (decode: () => Result): Result => {
  const law = "a decode throws nothing"
  let result: Result
  try {
    result = decode()
  } catch (error) {
    throw new Broken(law, error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  hold(law, Either.isEither(result), () => `the result is ${String(result)}`)
  return result
}

/** A decode may take this long, in milliseconds. */
export const MOST_MILLIS = 50

const AGAIN = 5

/** Runs something and takes its time, in milliseconds. */
export type Stopwatch = <A>(run: () => A) => { readonly value: A; readonly millis: number }

/** A decode with its time: the least of some, where the first took long, as a busy machine is no finding. */
const timed = (stopwatch: Stopwatch, decode: () => Result): { readonly value: Result; readonly millis: number } => {
  const first = stopwatch(decode)
  let least = first.millis
  for (let again = 0; again < AGAIN && least >= MOST_MILLIS; again++) least = Math.min(least, stopwatch(decode).millis)
  hold("a decode is quick", least < MOST_MILLIS, () => `${least.toFixed(1)} ms at best`)
  return { value: first.value, millis: least }
}

const untimed: Stopwatch = (run) => ({ value: run(), millis: 0 })

/** How a body is looked at. */
export interface Options {
  readonly gate?: Gate
  /** With none, the time is not looked at. */
  readonly stopwatch?: Stopwatch
  /** Whether to look closer, which takes its time: at the decoder's schema, and at all that a value holds. */
  readonly closer?: boolean
}

/** What a body came to; the time is 0 where it was not taken. */
export interface Outcome {
  readonly rejected: BodyRejected.Kind | undefined
  readonly drift: ReadonlyArray<Drift.Drift>
  readonly millis: number
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The text of a body; `undefined` where its bytes are no UTF-8. */
export const textOf = (content: Uint8Array | string): string | undefined => {
  if (typeof content === "string") return content
  try {
    return utf8.decode(content)
  } catch {
    return undefined
  }
}

/**
 * What a body comes to.
 *
 * @throws Broken when a law does not hold.
 */
export const check = ({ content, secret }: Body, options: Options = {}): Outcome => {
  const { closer = false, gate: looked = gate, stopwatch = untimed } = options
  const decode = (strict: boolean): Result =>
    attempt(() =>
      typeof content === "string" ? looked.decodeText(content, { strict }) : looked.decodeBytes(content, { strict }),
    )
  const { millis, value: lenient } = timed(stopwatch, () => decode(false))
  const text = textOf(content)
  if (text !== undefined && typeof content !== "string") {
    const same = attempt(() => looked.decodeText(text))
    hold("text and bytes are read alike", isAlike(lenient, same), () => `${lenient._tag} and ${same._tag}`)
  }
  // Beside a rejection there is nothing for strict to do: a look now and then suffices.
  const strict = Either.isRight(lenient) || closer ? decode(true) : lenient
  const isStrict = Either.isRight(lenient) && lenient.right.drift.length === 0
  hold("strict takes what has no drift", Either.isRight(strict) === isStrict, () => `strict is ${strict._tag}`)
  if (Either.isLeft(lenient)) hold("strict takes what has no drift", isAlike(lenient, strict), () => "other words")
  let output = shown(looked, lenient)
  if (Either.isRight(lenient) && Either.isLeft(strict)) output += shown(looked, strict)
  if (closer) output += whole(lenient) + whole(strict)
  if (text !== undefined && output.includes(secret.marker))
    hold("a secret comes out nowhere", !Secret.isGuarded(text, secret), () => `${secret.marker} stands in ${output}`)
  if (closer && text !== undefined) {
    const difference = looked.difference(text)
    hold("the compiled decoder reads as its schema", difference === undefined, () => String(difference))
  }
  return Either.isLeft(lenient)
    ? { rejected: lenient.left.kind, drift: [], millis }
    : { rejected: undefined, drift: lenient.right.drift, millis }
}
