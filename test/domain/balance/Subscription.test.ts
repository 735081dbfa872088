import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Subscription from "../../../src/domain/balance/Subscription.js"

const plans = Arbitrary.make(Schema.typeSchema(Subscription.Subscription))
const bySchema = Schema.equivalence(Subscription.Subscription)
const again = Schema.decodeSync(Subscription.Subscription)
const encode = Schema.encodeSync(Subscription.Subscription)

describe("the equivalence of plans", () => {
  it.prop("holds between a plan and itself, read again from its text", [plans], ([plan]) => {
    expect(Subscription.equivalence(plan, again(encode(plan)))).toBe(true)
  })

  it.prop(
    "tells what the schema's own one tells of two plans that differ in one part, whichever it is",
    [plans, plans, FastCheck.nat()],
    ([plan, other, nth]) => {
      const keys = Object.keys(plan) as Array<keyof Subscription.Subscription>
      const key = keys[nth % keys.length] as keyof Subscription.Subscription
      const changed: Subscription.Subscription = { ...again(encode(plan)), [key]: other[key] }
      expect(Subscription.equivalence(plan, changed)).toBe(bySchema(plan, changed))
      expect(Subscription.equivalence(changed, plan)).toBe(bySchema(plan, changed))
    },
    { fastCheck: { numRuns: 500 } },
  )
})
