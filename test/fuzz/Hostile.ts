/** Bodies of hostile sizes: what quadratic time, deep recursion or a copy for each character would not survive. */

import type * as BodyRejected from "../../src/domain/balance/wire/BodyRejected.js"
import { MOST_BYTES } from "../../src/domain/balance/wire/Gate.js"
import { reference } from "../domain/balance/bodies.js"

/** Taken, or rejected as a kind. */
type Outcome = "Accepted" | BodyRejected.Kind

/** A body, and how it may come out. */
export interface Case {
  readonly name: string
  readonly content: Uint8Array | string
  readonly outcome: Outcome | ReadonlyArray<Outcome>
}

const compact = JSON.stringify(JSON.parse(reference))

/** The reference body with one more member in front, or with another text in the place of one of its own. */
const including = (member: string): string => `{${member},${compact.slice(1)}`
const replacing = (found: string, put: string): string => {
  if (!compact.includes(found)) throw new Error(`the reference body has no ${found}`)
  return compact.replace(found, () => put)
}

/** How much fits beside the reference body. */
const ROOM = MOST_BYTES - compact.length - 100

const filled = (unit: string, length = ROOM): string => unit.repeat(Math.floor(length / unit.length))
const list = (item: string, count: number): string => `[${Array.from({ length: count }, () => item).join(",")}]`
const due = (value: string): string => replacing('"total_due":"86.32"', `"total_due":${value}`)
const credits = (value: string): string =>
  replacing('"stable_api_credits_remaining":6', `"stable_api_credits_remaining":${value}`)
const discount = (value: string): string => replacing('"annual_discount":8', `"annual_discount":${value}`)
const idText = (value: string): string => replacing('"Wh2SRWgjTPwmZKkGLLr8MyvZ"', value)
const details = (member: string): string => replacing('"subscription_details":{', `"subscription_details":{${member},`)

const members = (count: number, name: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `"${name(index)}":1`).join(",")

/** Objects of `wide` members, each of which holds the next level in its last. */
const deepAndWide = (levels: number, wide: number): string =>
  levels === 0 ? "1.5" : `{${members(wide, (index) => `k${index}`)},"next":${deepAndWide(levels - 1, wide)}}`

const MILLION = 1_000_000

/** Every list and text here has the size that its name says, or as near as a body of 1 MiB lets it. */
export const cases = (): ReadonlyArray<Case> => [
  { name: "1 MiB of [", content: filled("[", MOST_BYTES), outcome: "TooDeep" },
  { name: "1 MiB of ]", content: filled("]", MOST_BYTES), outcome: "NotJson" },
  { name: "200,000 opening brackets", content: "[".repeat(200_000), outcome: "TooDeep" },
  { name: "200,000 opening braces", content: "{".repeat(200_000), outcome: "TooDeep" },
  { name: '{"a": by the 200,000', content: '{"a":'.repeat(200_000), outcome: "TooDeep" },
  { name: "brackets that close and open", content: filled("][", MOST_BYTES), outcome: ["NotJson", "TooLarge"] },
  { name: "a known field of 1 MiB", content: idText(`"${filled("x")}"`), outcome: "Invalid" },
  {
    name: "a member of a set of 1 MiB",
    content: replacing('"standard"', `"${filled("é", ROOM / 2)}"`),
    outcome: "Invalid",
  },
  { name: "an unknown field of 1 MiB", content: including(`"new":"${filled("x")}"`), outcome: "Accepted" },
  {
    name: "a payment secret of 1 MiB",
    content: details(`"action_client_secret":"${filled("x")}"`),
    outcome: "Accepted",
  },
  { name: "a key of 1 MiB", content: including(`"${filled("x")}":1`), outcome: "Accepted" },
  {
    name: "a key of half a MiB, twice",
    content: including(`"${filled("x", 5e5)}":1,"${filled("x", 5e5)}":1`),
    outcome: "Accepted",
  },
  { name: "1 MiB of 1.5 in an unknown list", content: including(`"new":[${filled("1.5,")}1]`), outcome: "TooLarge" },
  { name: "as many numbers as are taken", content: including(`"new":${list("1.5", 9_900)}`), outcome: "Accepted" },
  {
    name: "as many long numbers as are taken",
    content: including(`"new":${list(`0.${"1".repeat(90)}`, 9_900)}`),
    outcome: "Accepted",
  },
  { name: "100,000 members", content: including(members(100_000, String)), outcome: "TooLarge" },
  {
    name: "as many members as are taken",
    content: including(members(9_900, (index) => `k${index}`)),
    outcome: "Accepted",
  },
  { name: "100,000 times one key", content: including(members(100_000, () => "a")), outcome: "TooLarge" },
  { name: "one key as often as is taken", content: including(members(9_900, () => "a")), outcome: "Accepted" },
  {
    name: "known keys as often as is taken",
    content: including(members(9_900, () => "total_due")),
    outcome: "Accepted",
  },
  {
    name: "4,900 keys, each twice",
    content: including(members(9_800, (index) => `k${index >> 1}`)),
    outcome: "Accepted",
  },
  { name: "1 MiB of backslashes in a text", content: including(`"new":"${filled("\\\\")}"`), outcome: "Accepted" },
  {
    name: "1 MiB of backslashes in a text that never closes",
    content: including(`"new":"${filled("\\")}`),
    outcome: "NotJson",
  },
  { name: "1 MiB of escaped quotes in a text", content: including(`"new":"${filled('\\"')}"`), outcome: "Accepted" },
  { name: "1 MiB of quotes", content: filled('"', MOST_BYTES), outcome: "NotJson" },
  {
    name: "quotes after ever more backslashes",
    content: filled(`${"\\".repeat(999)}"`, MOST_BYTES),
    outcome: "NotJson",
  },
  { name: "1 MiB of NUL", content: filled("\u0000", MOST_BYTES), outcome: "NotJson" },
  {
    name: "1 MiB of escaped halves of surrogate pairs",
    content: including(`"new":"${filled("\\ud800")}"`),
    outcome: "Accepted",
  },
  { name: "1 MiB of emoji as a known field", content: idText(`"${"\u{1f600}".repeat(ROOM / 4)}"`), outcome: "Invalid" },
  { name: "a million digits as money", content: due("9".repeat(MILLION)), outcome: "OutOfRange" },
  { name: "a million digits as money, as text", content: due(`"${"9".repeat(MILLION)}"`), outcome: "OutOfRange" },
  { name: "a million zeros before money, as text", content: due(`"${"0".repeat(MILLION)}1.5"`), outcome: "Accepted" },
  { name: "a million decimals of money", content: due(`1.${"3".repeat(MILLION)}`), outcome: "Accepted" },
  { name: "a million zeros behind the point", content: due(`0.${"0".repeat(MILLION)}1`), outcome: "Accepted" },
  {
    name: "a million nines behind the point, as text",
    content: due(`"0.${"9".repeat(MILLION)}"`),
    outcome: "Accepted",
  },
  {
    name: "a million digits with an exponent that takes them back",
    content: due(`1${"0".repeat(MILLION)}e-${MILLION}`),
    outcome: "Accepted",
  },
  { name: "an exponent of a million digits", content: due(`1e${"9".repeat(MILLION)}`), outcome: "OutOfRange" },
  { name: "a million digits as credits", content: credits("9".repeat(MILLION)), outcome: "Invalid" },
  { name: "a million zeros as credits", content: credits("0".repeat(MILLION)), outcome: "NotJson" },
  { name: "a million digits as a percentage", content: discount("9".repeat(MILLION)), outcome: "Invalid" },
  { name: "a million decimals of a percentage", content: discount(`8.${"3".repeat(MILLION)}`), outcome: "Accepted" },
  { name: "1 MiB of minus signs", content: filled("-", MOST_BYTES), outcome: "NotJson" },
  { name: "1 MiB of points and digits", content: filled("1.", MOST_BYTES), outcome: "NotJson" },
  { name: "1 MiB of colons", content: filled(":", MOST_BYTES), outcome: "NotJson" },
  { name: "1 MiB of blanks", content: filled(" ", MOST_BYTES), outcome: "NotJson" },
  { name: "1 MiB of blanks about a body", content: filled(" ") + compact, outcome: "Accepted" },
  { name: "1 MiB of byte order marks", content: filled("\ufeff", MOST_BYTES / 3), outcome: "NotJson" },
  { name: "titles that never end", content: filled("<title", MOST_BYTES), outcome: "Html" },
  { name: "titles that begin and end with nothing", content: filled("<title>", MOST_BYTES), outcome: "Html" },
  { name: "an error of 1 MiB", content: `{"request_id":"a","message":"${filled("a1")}"}`, outcome: "ApiError" },
  { name: "1 MiB of money", content: due(`"${filled("1 ")}"`), outcome: "Invalid" },
  {
    name: "a date of 1 MiB",
    content: replacing('"2025-05-08T23:03:21.704Z"', `"2025-05-08T23:03:21.${filled("7")}Z"`),
    outcome: "Invalid",
  },
  { name: "60 levels of 150 members", content: including(`"new":${deepAndWide(60, 150)}`), outcome: "Accepted" },
  { name: "60 levels of 300 members", content: including(`"new":${deepAndWide(60, 300)}`), outcome: "TooLarge" },
  {
    name: "a payment secret of 60 levels of 150 members",
    content: details(`"action_client_secret":${deepAndWide(60, 150)}`),
    outcome: "Accepted",
  },
  {
    name: "8,000 times 60 levels",
    content: including(`"new":${list("[".repeat(60) + "]".repeat(60), 8_000)}`),
    outcome: ["Accepted", "TooLarge"],
  },
  { name: "a list of 1,000 endpoints", content: replacing('["file"]', list('"new"', 1_000)), outcome: "Accepted" },
  { name: "a list of 9,900 endpoints", content: replacing('["file"]', list('"file"', 9_900)), outcome: "Invalid" },
  { name: "1,000 features that are wrong", content: replacing('["file"]', list("1.5", 1_000)), outcome: "Invalid" },
  { name: "more than 1 MiB", content: filled("[", MOST_BYTES + 1), outcome: "TooLarge" },
  {
    name: "16 MiB of bytes that are no UTF-8",
    content: new Uint8Array(16 * MOST_BYTES).fill(0xff),
    outcome: "TooLarge",
  },
  { name: "1 MiB of bytes that are no UTF-8", content: new Uint8Array(MOST_BYTES).fill(0xff), outcome: "NotJson" },
  {
    name: "1 MiB of bytes that are UTF-8 but the last",
    content: Buffer.concat([Buffer.alloc(MOST_BYTES - 1, "x"), Buffer.of(0xff)]),
    outcome: "NotJson",
  },
]
