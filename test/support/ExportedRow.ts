/** A row of an exported table, in text, back into what it was made from. */

/** The canonical JSON of a row's balance; what is absent from the row is `null`. */
export const balanceOf = (row: Readonly<Record<string, string>>): unknown => {
  const text = (name: string): string | null => row[name] ?? null
  const json = (name: string): unknown => JSON.parse(row[name] ?? "null")
  return {
    monthly: { value: text("monthly_usd"), credits: text("monthly_credits") },
    stable:
      row["stable_credits"] === undefined
        ? { _tag: "PrePaid", cash: text("prepaid_cash_usd"), credits: text("prepaid_credits_usd") }
        : { _tag: "Granted", value: text("stable_usd"), credits: text("stable_credits") },
    due: row["due_usd"] === undefined ? { _tag: "NotRequested" } : { _tag: "Due", usd: text("due_usd") },
    refresh: row["refresh_at"] === undefined ? { _tag: "Unscheduled" } : { _tag: "RefreshAt", at: text("refresh_at") },
    subscriptionId: text("subscription_id"),
    subscription: json("subscription"),
    enterprisePrice: json("enterprise_price"),
    id: text("balance_id"),
    mapId: text("map_id"),
    createdAt: text("created_at"),
    updatedAt: text("updated_at"),
  }
}
