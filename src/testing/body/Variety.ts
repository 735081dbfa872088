/** The spellings and layouts that the wire allows, chosen one by one. */
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as Choices from "./Choices.js"
import * as Json from "./Json.js"
import * as Spelling from "./Spelling.js"

/** An amount as decimal digits with up to nine decimals; nothing also as less than nothing. */
const plainDigits = (choices: Choices.Choices, decimal: Spelling.Decimal): string => {
  const { fraction, whole } = decimal
  const least = fraction.length + choices.below(Spelling.PLACES - fraction.length + 1)
  const isNothing = whole === "0" && fraction === ""
  return Spelling.withDecimals(isNothing && choices.below(8) === 7 ? { ...decimal, sign: "-" } : decimal, least)
}

const exponent = (choices: Choices.Choices, power: number): string => {
  const sign = power < 0 ? "-" : Choices.pick(choices, "", "+")
  return `${Choices.pick(choices, "e", "E")}${sign}${Choices.pick(choices, "", "0")}${Math.abs(power)}`
}

/** An amount as a JSON number with an exponent: `4126e-2`, `4.126E+1`, `412600e-04`. */
const exponential = (choices: Choices.Choices, { fraction, sign, whole }: Spelling.Decimal): string => {
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, "")
  const power = -fraction.length
  const zeros = digits === "0" ? 0 : choices.below(4)
  if (choices.below(2) === 0) return `${sign}${digits}${"0".repeat(zeros)}${exponent(choices, power - zeros)}`
  const behind = `${digits.slice(1)}${"0".repeat(zeros)}`
  const mantissa = behind === "" ? digits : `${digits.slice(0, 1)}.${behind}`
  return `${sign}${mantissa}${exponent(choices, power + digits.length - 1)}`
}

const usd =
  (choices: Choices.Choices, money: Spelling.MoneyForm): Spelling.Spelling["usd"] =>
  (usd) => {
    const decimal = Spelling.decimal(usd)
    if (money === "text") return plainDigits(choices, decimal)
    return Json.number(choices.below(3) === 2 ? exponential(choices, decimal) : plainDigits(choices, decimal))
  }

/** A double's own text, and where it is whole also with a point, as some serializers write it. */
const double =
  (choices: Choices.Choices): Spelling.Spelling["double"] =>
  (number) => {
    const token = String(number)
    return Json.number(/^\d+$/.test(token) ? token + Choices.pick(choices, "", ".0", ".00", "e0") : token)
  }

const MINUTE = 60_000
const FIRST = Date.UTC(100, 0, 1)
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Whole minutes, 23:59 at most on either side. */
const OFFSETS = [60, -480, 330, 345, -1439, 1439, 0] as const

const two = (number: number): string => String(number).padStart(2, "0")

const zone = (offset: number, choices: Choices.Choices): string => {
  const minutes = Math.abs(offset)
  const sign = offset < 0 ? "-" : offset > 0 ? "+" : Choices.pick(choices, "+", "-")
  return `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** As many digits of the fraction as say the milliseconds, or more: what lies behind the millisecond is cut off. */
const fraction = (choices: Choices.Choices, millis: string): string => {
  const told = millis.replace(/0+$/, "")
  const length = told.length + choices.below(10 - told.length)
  const finer = Array.from({ length: 6 }, () => choices.below(10)).join("")
  return length === 0 ? "" : `.${`${millis}${finer}`.slice(0, length)}`
}

const time =
  (choices: Choices.Choices): Spelling.Spelling["time"] =>
  ({ epochMillis }: Timestamp.Timestamp) => {
    const offset = choices.below(2) === 0 ? undefined : Choices.pick(choices, ...OFFSETS)
    const local = epochMillis + (offset ?? 0) * MINUTE
    // A local date outside the years of four digits has no text.
    const isWritten = offset !== undefined && local >= FIRST && local <= LAST
    const iso = new Date(isWritten ? local : epochMillis).toISOString()
    const [seconds = "", rest = ""] = iso.split(".")
    return `${seconds}${fraction(choices, rest.slice(0, 3))}${isWritten ? zone(offset, choices) : "Z"}`
  }

/** Every choice of a spelling made by `choices`. */
export const spelling = (choices: Choices.Choices, money: Spelling.MoneyForm): Spelling.Spelling => ({
  blank: () => Choices.pick<Spelling.Blank>(choices, "absent", "null", "meaning"),
  usd: usd(choices, money),
  time: time(choices),
  double: double(choices),
})

const escaped = (choices: Choices.Choices, unit: string): string => {
  const hex = unit.charCodeAt(0).toString(16).padStart(4, "0")
  return `\\u${Choices.pick(choices, hex, hex.toUpperCase())}`
}

/** A text whose characters stand as they are or escaped, a pair of surrogates as two. */
const quoted = (choices: Choices.Choices, text: string): string => {
  const characters = [...text].map((character) => {
    if (choices.below(3) !== 2) return JSON.stringify(character).slice(1, -1)
    if (character === "/" && choices.below(2) === 0) return "\\/"
    return character
      .split("")
      .map((unit) => escaped(choices, unit))
      .join("")
  })
  return `"${characters.join("")}"`
}

/** A layout: about every second body has its members in another order, white space between its tokens, or escapes in its texts. */
export const layout = (choices: Choices.Choices): Json.Layout => {
  const [isShuffled, isSpaced, isEscaped] = [choices.below(2) === 1, choices.below(2) === 1, choices.below(4) === 3]
  return {
    ordered: (members) => (isShuffled ? Choices.shuffled(choices, members) : members),
    space: () => (isSpaced ? Choices.pick(choices, "", " ", "\n", "\n  ", "\t", "\r\n") : ""),
    quoted: (text) => (isEscaped ? quoted(choices, text) : JSON.stringify(text)),
  }
}
