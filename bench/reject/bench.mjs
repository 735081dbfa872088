/** What a body costs that is refused, beside one of the same size that is taken. */
import { readFileSync } from "node:fs"

const valid = readFileSync(new URL("../../test/fixtures/reference-2025-05-07.json", import.meta.url), "utf8")

/** The reference body with one text of it replaced; each place has to be there. */
const flawed = (...edits) =>
  edits.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`the reference body has no ${before}`)
    return text.replace(before, after)
  }, valid)

const inputs = [
  ["a required field is missing", "Invalid", flawed(['"updated_at"', '"changed_at"'])],
  ["an amount with an exponent", "Invalid", flawed(['"86.32"', '"8.632e1"'])],
  ["a date that does not exist", "Invalid", flawed(["2025-05-08", "2025-02-30"])],
  ["an amount beyond the range", "OutOfRange", flawed(['"86.32"', '"9200000000"'])],
  [
    "twelve flaws",
    "Invalid",
    flawed(
      ['"password_protected"', "1"],
      ['"file"', "1,2,3,4,5"],
      ['"86.32"', "true"],
      ['"41.26"', "true"],
      ['"63.35"', "true"],
      ['"team"', "true"],
      ['"27.84"', "true"],
    ),
  ],
  ["half a body", "NotJson", valid.slice(0, valid.length - 10)],
  ["a page", "Html", `<html><head><title>502 Bad Gateway</title></head><body>${"<p>".repeat(400)}</body></html>`],
  ["an error of the API", "ApiError", JSON.stringify({ message: "no such user", request_id: "1".repeat(36) })],
  ["too deep", "TooDeep", "[".repeat(1400)],
]

export default {
  title: "Refusing a body",
  baseline: "a valid body",
  inputs: inputs.map(([name, kind, text]) => ({ name, kind, text, valid })),
  candidates: [
    { name: "a valid body", module: "valid.ts" },
    { name: "the flawed body", module: "flawed.ts" },
  ],
  expected: { decided: true },
  notes: ["Bytes to a typed balance, and bytes to a `BodyRejected` with its issues, by `CustomerBalance.decodeBytes`."],
}
