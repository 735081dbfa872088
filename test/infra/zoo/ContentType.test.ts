import * as Headers from "@effect/platform/Headers"
import { describe, expect, it } from "@effect/vitest"
import * as ZooResponse from "../../../src/infra/zoo/ZooResponse.js"

const driftOf = (contentType: string) =>
  ZooResponse.contentTypeDrift(Headers.fromInput({ "content-type": contentType }))

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
  ])("takes %j for something else, and tells its length", (contentType) => {
    expect(driftOf(contentType)).toEqual({
      kind: "UnexpectedContentType",
      path: "$",
      found: `a text of ${contentType.length} characters`,
    })
  })

  it("has nothing to say of an answer that does not name its type", () => {
    expect(ZooResponse.contentTypeDrift(Headers.empty)).toBeUndefined()
    expect(driftOf(" ")).toBeUndefined()
  })
})
