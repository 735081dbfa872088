/** Valid bodies that the others are made from: both credit models, old and new, each with money as text and as JSON numbers. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { older, reference, referenceNumbers } from "../domain/balance/bodies.js"
import * as Secret from "./Secret.js"
import * as Tree from "./Tree.js"

const REVISIONS = new URL("../fixtures/revisions/", import.meta.url)

const revisions = (): ReadonlyArray<string> =>
  existsSync(REVISIONS)
    ? readdirSync(REVISIONS)
        .filter((name) => name.endsWith(".json"))
        .sort()
        .map((name) => readFileSync(new URL(name, REVISIONS), "utf8"))
    : []

/** The newest revision with every optional field of it. */
const newest = {
  created_at: "2026-08-05T10:00:00.123456Z",
  updated_at: "2026-08-21T17:45:12+02:00",
  total_due: "12.40",
  subscription_id: "sub_1RfNewest",
  monthly_api_credits_remaining: 1205,
  monthly_api_credits_remaining_monetary_value: "10.00",
  monthly_api_credits_refresh_at: "2026-09-01T00:00:00Z",
  stable_api_credits_remaining: 9_007_199_254,
  stable_api_credits_remaining_monetary_value: "74759753.8082",
  subscription_details: {
    action_type: "payment_intent",
    modeling_app: {
      name: "team_2026",
      display_name: "Team",
      description: "For teams",
      features: [{ info: "Shared projects" }, { info: "Priority support" }],
      type: { type: "organization", saml_sso: false },
      price: { type: "per_user", interval: "month", price: "49" },
      annual_discount: 12.5,
      billing_mode: "standard",
      ml_custom_models: true,
      support_tier: "priority_email",
      training_data_behavior: "default_off",
      endpoints_included: ["modeling", "ml", "file"],
      zoo_tools_included: ["modeling_app", "text_to_cad"],
      share_links: ["public", "password_protected", "organization_only"],
      monthly_pay_as_you_go_api_credits: 4819,
      monthly_pay_as_you_go_api_credits_monetary_value: "40.00",
      pay_as_you_go_api_credit_price: "0.0083",
    },
  },
}

/** The same where a contract owns billing, and with all that may be null. */
const contract = {
  ...newest,
  total_due: null,
  subscription_id: null,
  monthly_api_credits_refresh_at: null,
  subscription_details: {
    action_type: null,
    modeling_app: {
      ...newest.subscription_details.modeling_app,
      description: null,
      display_name: null,
      features: null,
      type: { type: "individual" },
      price: { type: "contract" },
      annual_discount: null,
      billing_mode: "contract",
      endpoints_included: null,
      zoo_tools_included: null,
      share_links: null,
      monthly_pay_as_you_go_api_credits: null,
      monthly_pay_as_you_go_api_credits_monetary_value: null,
      pay_as_you_go_api_credit_price: null,
    },
  },
}

const withoutPlan = { ...newest, subscription_details: null }

/** The keys of money, as JSON texts. */
export const MONEY_KEYS: ReadonlySet<string> = new Set(
  [
    "total_due",
    "price",
    "monthly_api_credits_remaining_monetary_value",
    "stable_api_credits_remaining_monetary_value",
    "monthly_pay_as_you_go_api_credits_monetary_value",
    "pay_as_you_go_api_credit_price",
    "pay_as_you_go_credits",
    "monthly_credits_remaining",
    "pre_pay_cash_remaining",
    "pre_pay_credits_remaining",
  ].map((name) => JSON.stringify(name)),
)

/** A body with its money rewritten, each as the text that stood there without its quotes. */
const withMoney = (body: Tree.Tree, rewrite: (digits: string) => string): Tree.Tree => {
  const rewritten = Tree.copy(body)
  for (const place of Tree.places(rewritten)) {
    const found = Tree.at(place)
    if (typeof found === "string" && found !== "null" && MONEY_KEYS.has(place.key))
      Tree.put(place, rewrite(found.replaceAll('"', "")))
  }
  return rewritten
}

/** A body without its payment secret: each that is made from it gets one of its own. */
const withoutSecret = (body: Tree.Tree): Tree.Tree => {
  if (typeof body === "string") return body
  if (Tree.isList(body)) return { items: body.items.map(withoutSecret) }
  const members = body.members.filter(({ key }) => key !== Secret.KEY)
  return { members: members.map(({ key, value }) => ({ key, value: withoutSecret(value) })) }
}

const bothForms = (body: Tree.Tree): ReadonlyArray<Tree.Tree> => [
  withMoney(body, (digits) => `"${digits}"`),
  withMoney(body, (digits) => digits),
]

/** The bodies. */
export const bodies: ReadonlyArray<Tree.Tree> = [
  reference,
  referenceNumbers,
  ...[older, newest, contract, withoutPlan].map((body) => JSON.stringify(body)),
  ...revisions(),
].flatMap((body) => bothForms(withoutSecret(Tree.parse(body))))
