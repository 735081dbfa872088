import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Block from "../../../src/domain/balance/Block.js"

describe("Block.of", () => {
  it.each([
    ["missing_payment_method", "MissingPaymentMethod"],
    ["payment_method_failed", "PaymentMethodFailed"],
    ["upgrade_downgrade_abuse", "UpgradeDowngradeAbuse"],
    ["admin", "Admin"],
    ["billing_threshold_reached", "BillingThresholdReached"],
    ["pay_as_you_go_disabled", "PayAsYouGoDisabled"],
  ])("reads the published reason %s as %s", (text, tag) => {
    expect(Option.getOrThrow(Block.of(text, "Add a card."))).toStrictEqual({
      reason: { _tag: tag },
      message: Option.some("Add a card."),
    })
  })

  it.each(["fraud_review", "Admin", "ADMIN", "__proto__", "Unknown"])(
    "keeps the unpublished reason %j as it is",
    (raw) => {
      expect(Option.getOrThrow(Block.of(raw, null))).toStrictEqual({
        reason: { _tag: "Unknown", raw },
        message: Option.none(),
      })
    },
  )

  it.each([null, undefined, "", "  ", "\n"])(
    "means service goes on where block is %j, whatever the message says",
    (block) => {
      expect(Option.isNone(Block.of(block, "Add a card."))).toBe(true)
    },
  )

  it.each([null, undefined, "", " \t "])("has no message where block_message is %j", (message) => {
    expect(Option.getOrThrow(Block.of("admin", message)).message).toStrictEqual(Option.none())
  })

  it("replaces escape sequences and line breaks in what the API says", () => {
    const block = Option.getOrThrow(Block.of("ad\u001b[31mmin", "line one\r\nline\u2028two\u0007"))
    expect(block.reason).toStrictEqual({ _tag: "Unknown", raw: "ad [31mmin" })
    expect(block.message).toStrictEqual(Option.some("line one line two"))
  })

  it("cuts a long message at 500 characters, none of them in two", () => {
    const message = Option.getOrThrow(Option.getOrThrow(Block.of("admin", "😀".repeat(501))).message)
    expect([...message]).toHaveLength(500)
    expect(message.endsWith("😀")).toBe(true)
  })
})

describe("Block's codec", () => {
  it("writes the API's text of the reason, and null where there is no message", () => {
    const encode = Schema.encodeSync(Block.Block)
    expect(encode(Option.getOrThrow(Block.of("admin", null)))).toStrictEqual({ reason: "admin", message: null })
    expect(encode(Option.getOrThrow(Block.of("new_one", "Call us.")))).toStrictEqual({
      reason: "new_one",
      message: "Call us.",
    })
  })

  it.prop(
    "reads back every block that it writes",
    { reason: FastCheck.string({ minLength: 1 }), message: FastCheck.option(FastCheck.string()) },
    ({ message, reason }) => {
      for (const block of Option.toArray(Block.of(reason, message))) {
        const again = Schema.decodeSync(Block.Block)(Schema.encodeSync(Block.Block)(block))
        expect(again).toStrictEqual(block)
        expect(Block.equals(again, block)).toBe(true)
      }
    },
  )
})
