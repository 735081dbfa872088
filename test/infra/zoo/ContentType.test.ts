import * as Headers from "@effect/platform/Headers"
import { describe, expect, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as ContentType from "../../../src/infra/zoo/ContentType.js"

const token = Redacted.make("api-0a1b2c3d4e5f")

const driftOf = (contentType: string) => ContentType.driftOf(Headers.fromInput({ "content-type": contentType }), token)

describe("ContentType", () => {
  it.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    "application/json;charset=latin1;x",
    "application/json ; a=b",
    "application/problem+json",
    "application/vnd.zoo.v2+JSON; q=1",
    "application/a+b+json",
    " application/json ",
  ])("takes %j for JSON", (contentType) => {
    expect(driftOf(contentType)).toBeUndefined()
  })

  it.each([
    "text/plain",
    "text/html; charset=utf-8",
    "text/json",
    "application/jsonp",
    "application/+json",
    "application/json+x",
    "application/json-seq",
    "xapplication/json",
    "application/json, text/html",
    "model/gltf+json",
    "text/plain; a=application/json",
    "json",
    "application / json",
  ])("takes %j for something else, and quotes it", (contentType) => {
    expect(driftOf(contentType)).toEqual({
      kind: "UnexpectedContentType",
      path: "$",
      found: `the text ${JSON.stringify(contentType)}`,
    })
  })

  it("has nothing to say of an answer that does not name its type", () => {
    expect(ContentType.driftOf(Headers.empty, token)).toBeUndefined()
    expect(driftOf(" ")).toBeUndefined()
  })

  it("quotes neither the token nor more than a line", () => {
    const { found } = driftOf(`text/${Redacted.value(token)}\u0007${"x".repeat(5_000)}`) ?? { found: "" }
    expect(found).not.toContain(Redacted.value(token))
    expect(found.length).toBeLessThan(60)
    expect(found).not.toMatch(/\p{Cc}/u)
  })
})
