import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Attempt from "../../../src/infra/zoo/Attempt.js"
import * as BearerToken from "../../../src/infra/zoo/BearerToken.js"

const token = Redacted.make("api-0a1b2c3d")

describe("NetworkCause", () => {
  it("keeps name, message and code of a chain of errors, and says what the innermost says", () => {
    const inner = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:9"), { code: "ECONNREFUSED", port: 9 })
    const cause = BearerToken.errorOf(new TypeError("fetch failed", { cause: inner }), token)
    expect([cause.name, cause.message]).toEqual(["TypeError", "fetch failed"])
    expect(cause.cause).toMatchObject({ message: "connect ECONNREFUSED 127.0.0.1:9", code: "ECONNREFUSED" })
    expect(cause.cause).not.toHaveProperty("port")
    expect(Attempt.summaryOf(cause)).toBe("connect ECONNREFUSED 127.0.0.1:9")
  })

  it("says the code where there is no message, as when every address of a host refuses", () => {
    const refused = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" })
    expect(Attempt.summaryOf(BearerToken.errorOf(refused, token))).toBe("ECONNREFUSED")
  })

  it("holds nothing of a request that hangs on an error, nor a token in any text", () => {
    const thrown = Object.assign(new Error("no way with api-0a1b2c3d"), {
      request: { headers: { authorization: "Bearer api-0a1b2c3d" } },
      code: "api-0a1b2c3d",
      cause: "Bearer api-0a1b2c3d",
    })
    const cause = BearerToken.errorOf(thrown, token)
    expect(inspect(cause, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain("api-0a1b2c3d")
    expect(cause.message).toBe("no way with [token]")
  })

  it("ends where causes go round in a circle", () => {
    const circle = new Error("round")
    circle.cause = circle
    expect(Attempt.summaryOf(BearerToken.errorOf(circle, token))).toBe("round")
  })

  it("takes what is no error", () => {
    expect(BearerToken.errorOf({ authorization: "api-0a1b2c3d" }, token).message).toBe("something that is no error")
  })
})
