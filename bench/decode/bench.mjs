/** A customer balance as it comes over the wire, to exact money, dates and unions. */
import { readFileSync } from "node:fs"

const compact = (text) => JSON.stringify(JSON.parse(text))

const fixture = (name) => readFileSync(new URL(`../../test/fixtures/${name}.json`, import.meta.url), "utf8")

export default {
  title: "Decoding a customer balance",
  baseline: "JSON.parse",
  inputs: [
    { name: "amounts as text", form: "text", text: fixture("reference-2025-05-07") },
    { name: "amounts as numbers", form: "number", text: fixture("reference-2025-05-07-numbers") },
    { name: "amounts as text, no white space", form: "text", text: compact(fixture("reference-2025-05-07")) },
    {
      name: "amounts as numbers, no white space",
      form: "number",
      text: compact(fixture("reference-2025-05-07-numbers")),
    },
  ],
  candidates: [
    { name: "JSON.parse", module: "json-parse.ts" },
    { name: "decodeText", module: "gate-text.ts" },
    { name: "decodeBytes", module: "gate-bytes.ts" },
    { name: "zod 4, bigint", module: "zod-bigint.ts" },
    { name: "zod 4, BigDecimal", module: "zod-big-decimal.ts" },
    { name: "stock Schema leaves", module: "stock-schema.ts" },
  ],
  expected: {
    monthly: "41.26",
    stable: "63.35",
    due: "86.32",
    allowance: "63.21",
    creditPrice: "99.36",
    price: "17.07",
    enterprisePrice: "27.84",
    credits: "5",
    updatedAt: 1746745401704,
    samlSso: true,
    supportTier: "standard",
  },
  notes: [
    "`JSON.parse` alone decodes nothing: it is the floor. `decodeText` and `decodeBytes` are this library's gate, which also keeps numbers exact, reports drift and maps the body to the domain. The others read what `JSON.parse` gives, in the number form doubles; each knows the one form that it is given, while the gate takes both.",
  ],
}
