/** Dictionaries of what hurts readers of JSON: numbers, money, dates, texts and values, each as the JSON text that will stand there. */
import type { Random } from "./Random.js"

const quoted = (text: string): string => JSON.stringify(text)

/** How often something is no JSON at all: seldom, as then nothing else about a body is read. */
const NO_JSON = 0.04

const NUMBERS: ReadonlyArray<string> = [
  ...["0", "-0", "0.0", "-0.0", "5.0", "1", "-1", "1.5", "-1.5", "1e3", "1E+3", "1e-3", "10e-1", "0e0", "0e999999999"],
  ...["1e999999999", "-1e999999999", "1e-999999999", "1e308", "1e309", "5e-324", "1e-400", "123456789012345e-15"],
  ...["999999999999999", "1000000000000000", "9007199254740991", "9007199254740993", "-9007199254740993"],
  ...["18446744073709551614", "18446744073709551615", "18446744073709551616", "-18446744073709551615"],
  ...[
    "99999999999999999999",
    "18446744073709551615.0",
    "18446744073709551615e0",
    "340282366920938463463374607431768211456",
  ],
  ...[
    "9199999999.999999999",
    "9199999999.9999999995",
    "9200000000",
    "9.2e9",
    "-9.2e9",
    "92e8",
    "9199999999.99999999949",
  ],
  ...["0.0000000005", "0.0000000015", "0.00000000051", "0.30000000000000004", "41.260000000000005", "0.1"],
]

const NO_NUMBERS: ReadonlyArray<string> = [
  ...[
    "01",
    "-01",
    "007.5",
    "+1",
    ".5",
    "5.",
    "1.e5",
    "1e",
    "1e+",
    "--1",
    "1-2",
    "1.2.3",
    "0x1F",
    "1_000",
    "NaN",
    "-Infinity",
  ],
]

const NUMBER_SHAPES: ReadonlyArray<(random: Random) => string> = [
  (random) => `${random.below(10)}`.repeat(400),
  (random) => `${random.between(1, 9)}${random.digits(random.between(380, 420))}`,
  (random) => `1844674407370955${random.digits(4)}`,
  (random) => `${random.between(1, 9)}${random.digits(19)}`,
  (random) => `${random.below(1000)}.${random.digits(random.between(10, 30))}`,
  (random) => `-${random.below(1000)}.${random.digits(random.between(1, 9))}`,
  (random) => `${random.between(1, 9)}${random.digits(random.below(12))}e${random.between(-30, 12)}`,
  (random) => `0.${"0".repeat(random.between(1, 40))}${random.digits(random.between(1, 20))}`,
  (random) => `${random.between(1, 9)}${random.digits(9)}.${random.digits(random.between(1, 20))}`,
  (random) => `${random.between(1, 9)}${random.digits(random.between(12, 18))}`,
]

/** The token of a number, most of them JSON. */
export const number = (random: Random): string => {
  if (random.chance(NO_JSON)) return random.pick(NO_NUMBERS)
  return random.chance(0.5) ? random.pick(NUMBERS) : random.pick(NUMBER_SHAPES)(random)
}

/** The token of a count, half of them whole and not negative. */
export const count = (random: Random): string =>
  random.chance(0.5) ? number(random) : String(BigInt(`1${random.digits(random.below(20))}`))

const MONEY: ReadonlyArray<string> = [
  ...[
    "",
    " ",
    "+1",
    ".5",
    "5.",
    "1e3",
    "1E3",
    "-",
    "--1",
    "1.2.3",
    "1,234.56",
    "86,32",
    "0x10",
    "1_000",
    "$5",
    "5 USD",
  ],
  ...[
    " 1.5",
    "1.5 ",
    "\t1",
    "1\n",
    "1\u0000",
    "\u00a01",
    "NaN",
    "Infinity",
    "-Infinity",
    "null",
    "true",
    "−5",
    "5-",
    "(5)",
  ],
  ...[
    "１２.５",
    "٣",
    "१",
    "1\u200b2",
    "1\u066b5",
    "½",
    "0b1",
    "1/2",
    "1e999999999",
    "0",
    "-0",
    "-0.00",
    "00012.50",
    "000",
  ],
  ...[
    "0.0000000005",
    "0.0000000015",
    "0.30000000000000004",
    "9199999999.999999999",
    "9199999999.9999999995",
    "9200000000",
  ],
  ...["-9200000000", "9".repeat(400), `0.${"0".repeat(400)}1`, `${"0".repeat(400)}1.5`, `1.${"0".repeat(400)}`],
]

/** Money as text, good and bad. */
export const money = (random: Random): string => {
  if (random.chance(0.4)) return quoted(random.pick(MONEY))
  if (random.chance(0.3)) return quoted(`${random.between(0, 99_999)}.${random.digits(random.between(1, 11))}`)
  const token = number(random)
  return random.chance(0.3) ? token : quoted(token)
}

const DATES: ReadonlyArray<string> = [
  ...[
    "2025-02-30T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2025-04-31T12:00:00Z",
    "2025-13-01T00:00:00Z",
  ],
  ...[
    "2025-00-10T00:00:00Z",
    "2025-01-00T00:00:00Z",
    "2025-01-01T24:00:00Z",
    "2025-01-01T23:59:60Z",
    "2016-12-31T23:59:60Z",
  ],
  ...[
    "2025-01-01T00:60:00Z",
    "2025-01-01T00:00:00",
    "2025-01-01",
    "2025-01-01 00:00:00Z",
    "2025-01-01T00:00Z",
    "20250101T000000Z",
  ],
  ...["2025-01-01t00:00:00z", "2025-01-01T00:00:00.1234567890Z", "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00,5Z"],
  ...[
    "2025-01-01T00:00:00.123456789Z",
    "2025-01-01T00:00:00+00:00",
    "2025-01-01T00:00:00-00:00",
    "2025-01-01T00:00:00+23:59",
  ],
  ...["2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00+01", "2025-01-01T00:00:00+0100", "2025-01-01T00:00:00+01:60"],
  ...[
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0099-12-31T23:59:59Z",
    "0100-01-01T00:00:00Z",
    "0100-01-01T00:00:00+00:01",
  ],
  ...["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-00:01", "10000-01-01T00:00:00Z", "+002025-01-01T00:00:00Z"],
  ...[
    "-2025-01-01T00:00:00Z",
    "2025-W01-1T00:00:00Z",
    "２０２５-01-01T00:00:00Z",
    " 2025-01-01T00:00:00Z",
    "2025-01-01T00:00:00Z\n",
  ],
  ...[
    "now",
    "",
    "1746745401",
    "Thu, 08 May 2025 23:03:21 GMT",
    "2025-01-01T00:00:00Z[Europe/Berlin]",
    "2025-1-1T0:0:0Z",
  ],
]

const two = (value: number): string => String(value).padStart(2, "0")

/** A date of any parts, existing or not. */
const anyDate = (random: Random): string => {
  const year = random.chance(0.2) ? random.digits(4) : `20${random.digits(2)}`
  const date = `${year}-${two(random.between(0, 13))}-${two(random.between(0, 32))}`
  const time = `${two(random.between(0, 24))}:${two(random.between(0, 60))}:${two(random.between(0, 60))}`
  const fraction = random.chance(0.5) ? "" : `.${random.digits(random.between(0, 10))}`
  const sign = random.pick(["+", "-"])
  const zone = random.chance(0.6) ? "Z" : `${sign}${two(random.between(0, 24))}:${two(random.between(0, 60))}`
  return `${date}T${time}${fraction}${zone}`
}

/** A point in time as text, good and bad. */
export const date = (random: Random): string => quoted(random.chance(0.4) ? random.pick(DATES) : anyDate(random))

const TEXTS: ReadonlyArray<string> = [
  ...[
    '""',
    '" "',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"a\\ud83d"',
    '"\\ud83d\\ude00"',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\u0007\\u001b[31m"',
  ],
  ...[
    '"\u2028"',
    '"a\u2029b"',
    '"\\u2028"',
    '"\u202eevil\u202c"',
    '"\u2066\u2069"',
    '"\u200f\u200e"',
    '"\ufeff"',
    '"\u0085"',
    '"\u007f"',
  ],
  ...[
    '"\\u007f\\u009f"',
    '"\u{e0041}\u{e007f}"',
    '"\u00ad"',
    '"e\u0301"',
    '"\\/\\b\\f\\n\\r\\t\\"\\\\"',
    '"\\\\"',
    '"\\\\\\""',
    '"\\\\\\\\"',
  ],
  ...[
    '"</script>"',
    '"{\\"a\\":1.5}"',
    '"[1.5,{"',
    '"1.5"',
    '",:{}[]"',
    '"a\\nb"',
    '"a\\r\\nb"',
    '"null"',
    '"__proto__"',
    '"constructor"',
  ],
  ...[
    '"unknown"',
    '"Unknown"',
    '"contract"',
    '"enterprise"',
    '"flat"',
    '"per_user"',
    '"individual"',
    '"organization"',
    '"standard"',
  ],
  ...[
    '"diff_chrome_extension"',
    '"priority"',
    '"free"',
    '"plus"',
    '"Bearer abc123"',
    '"a token"',
    '"my secret"',
    '"PASSWORD"',
  ],
  ...[
    '"ac585dad-c443-433e-9e24-1ac0d8585a08"',
    '"AC585DAD-C443-433E-9E24-1AC0D8585A08"',
    '"ac585dadc443433e9e241ac0d8585a08"',
  ],
]

const NO_TEXTS: ReadonlyArray<string> = [
  ...['"\u0001"', '"a\nb"', '"a\tb"', '"\\x41"', '"\\u12"', '"\\', '"', "'a'", '"a', 'a"', '"\\ud8"'],
]

/** Lengths about the bounds that texts have anywhere. */
const LENGTHS: ReadonlyArray<number> = [1, 39, 40, 41, 64, 65, 80, 81, 200, 400, 1000, 9999, 10_000, 10_001, 20_000]

const UNITS: ReadonlyArray<string> = [
  "x",
  "1",
  "\u00e9",
  "\u2028",
  "\\ud800",
  "\\u0000",
  "\\\\",
  '\\"',
  "\u{1f600}",
  "\u202e",
  " ",
]

/** Half of a surrogate pair as it is, which text in memory may have and UTF-8 may not. */
const HALVES: ReadonlyArray<string> = ['"\ud800"', '"a\udc00"', '"\ude00\ud83d"']

/** A text of any content. */
export const text = (random: Random): string => {
  if (random.chance(NO_JSON)) return random.pick(NO_TEXTS)
  if (random.chance(0.02)) return random.pick(HALVES)
  if (random.chance(0.6)) return random.pick(TEXTS)
  if (random.chance(0.5)) return `"${random.pick(UNITS).repeat(random.pick(LENGTHS))}"`
  return quoted(random.word(random.between(1, 60)))
}

const VALUES: ReadonlyArray<string> = [
  ...[
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "1.5",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "[{}]",
    '""',
    '"x"',
    '{"type":"flat"}',
  ],
  ...[
    '{"type":null}',
    '{"type":"flat","interval":"day","price":"1"}',
    '{"type":"enterprise"}',
    '{"type":"contract","price":1.5}',
  ],
  ...[
    '{"type":"tiered","steps":[{"a":1.5}]}',
    '{"type":"organization","saml_sso":null}',
    '{"type":"individual","saml_sso":1}',
  ],
  ...[
    '{"info":"x"}',
    '[{"info":""}]',
    '["public","family"]',
    '{"0":1,"1":2}',
    '{"length":3}',
    '{"__proto__":{"a":1.5}}',
    '{"":""}',
  ],
  ...[
    '{"toString":1,"valueOf":2}',
    '{"toJSON":"x"}',
    '{"_tag":"Left","left":1}',
    '{"_op":"Left"}',
    '{"token":"1.5"}',
    '{"then":1}',
  ],
]

const NO_VALUES: ReadonlyArray<string> = [
  ...["undefined", "True", "nul", "[", "{", "[1,]", '{"a":1,}', "{a:1}", "[1 2]", '{"a" 1}', "/**/1", "", ",", ":"],
]

/** Any value. */
export const value = (random: Random): string => {
  if (random.chance(NO_JSON)) return random.pick(NO_VALUES)
  return random.weighted([
    [6, () => random.pick(VALUES)],
    [2, () => number(random)],
    [1, () => money(random)],
    [1, () => date(random)],
    [2, () => text(random)],
  ])()
}
