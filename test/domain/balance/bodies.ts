/** Bodies for the tests of the gate: the reference page's example, and the same with some places changed. */
import { readFileSync } from "node:fs"
import * as Either from "effect/Either"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import type * as Revision from "../../../src/domain/balance/wire/Revision.js"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }
export type Path = ReadonlyArray<string | number>

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/reference-2025-05-07${name}.json`, import.meta.url), "utf8")

/** A body that says all that a published revision can say, money as text. */
export const ofRevision = (revision: Revision.Revision): string =>
  readFileSync(new URL(`../../fixtures/revisions/${revision}.json`, import.meta.url), "utf8")

/** The example response of May 2025 as it is printed: money as text. */
export const reference = fixture("")
/** The same with money as JSON numbers. */
export const referenceNumbers = fixture("-numbers")

/** Where the tier stands. */
export const tier: Path = ["subscription_details", "modeling_app"]

/** A body before 2025-05-04, in the older credit model. */
export const older: Json = {
  id: "ac585dad-c443-433e-9e24-1ac0d8585a08",
  map_id: "568d188b-4db2-4978-b6d4-199230d74b23",
  monthly_credits_remaining: "7.50",
  pre_pay_cash_remaining: "20.25",
  pre_pay_credits_remaining: "3.75",
  total_due: "0",
  created_at: "2024-03-01T00:00:00Z",
  updated_at: "2024-03-02T12:30:00.123456789Z",
  subscription_id: null,
  subscription_details: {
    modeling_app: {
      name: "pro",
      description: "Pro",
      features: [],
      type: { type: "individual" },
      price: { type: "flat", interval: "month", price: "99" },
      support_tier: "priority",
      training_data_behavior: "default_on",
      zoo_tools_included: ["modeling_app", "text_to_cad", "diff_chrome_extension"],
      pay_as_you_go_credits: "10.00",
    },
  },
  modeling_app_enterprise_price: { type: "enterprise" },
}

const RAW = "raw-number:"

/** A JSON number with these very digits, which a double could not hold. */
export const digits = (token: string): string => `${RAW}${token}`

/** JSON text, with {@link digits} as numbers. */
export const write = (json: Json): string =>
  JSON.stringify(json).replace(new RegExp(`"${RAW}([^"]*)"`, "g"), (_, token: string) => token)

const isArray = (json: Json): json is ReadonlyArray<Json> => Array.isArray(json)

const put = (json: Json, [key, ...rest]: Path, value: Json | undefined): Json => {
  if (key === undefined) return value ?? null
  if (isArray(json)) return json.map((item, index) => (index === key ? put(item, rest, value) : item))
  const record = typeof json === "object" && json !== null ? json : {}
  const entries = Object.entries(record).filter(([name]) => name !== key)
  if (value === undefined && rest.length === 0) return Object.fromEntries(entries)
  return Object.fromEntries([...entries, [key, put(record[key] ?? null, rest, value)]])
}

/** Another value at a place; `undefined` takes a field away. */
export type Edit = readonly [Path, Json | undefined]

/** A body with other values at some places. */
export const edited = (json: Json, ...edits: ReadonlyArray<Edit>): string =>
  write(edits.reduce<Json>((changing, [path, value]) => put(changing, path, value), json))

/** A pretty-printed body as a value, in which whole numbers that no double holds keep their {@link digits}. */
export const parsed = (text: string): Json => JSON.parse(text.replace(/(?<=": )\d{16,}/g, `"${RAW}$&"`))

/** The reference body with other values at some places. */
export const changed = (...edits: ReadonlyArray<Edit>): string => edited(parsed(reference), ...edits)

/** The same of the older credit model's body. */
export const changedOlder = (...edits: ReadonlyArray<Edit>): string => edited(older, ...edits)

/** The same of the newest revision's body. */
export const changedNewest = (...edits: ReadonlyArray<Edit>): string =>
  edited(parsed(ofRevision("2026-08-04")), ...edits)

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What a body decodes to; throws the rejection. */
export const decoded = (text: string) =>
  Either.getOrThrowWith(CustomerBalance.decodeText(text), (rejection) => rejection)

/** The canonical JSON of what a body decodes to. */
export const canonical = (text: string): CustomerBalance.Encoded => CustomerBalance.encode(decoded(text).balance)

/** Why a body, as text or bytes, is rejected; throws when it is taken. */
export const rejected = (body: string | Uint8Array): CustomerBalance.BodyRejected =>
  Either.match(typeof body === "string" ? CustomerBalance.decodeText(body) : CustomerBalance.decodeBytes(body), {
    onLeft: (rejection) => rejection,
    onRight: () => {
      throw new Error("the body was taken")
    },
  })
