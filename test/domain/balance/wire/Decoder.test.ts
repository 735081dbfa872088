import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../../src/domain/balance/CustomerBalance.js"
import * as Body from "../../../../src/domain/balance/wire/Body.js"
import * as Decoder from "../../../../src/domain/balance/wire/Decoder.js"
import * as ExactJson from "../../../../src/domain/balance/wire/ExactJson.js"
import * as Leaf from "../../../../src/domain/balance/wire/Leaf.js"
import * as List from "../../../../src/domain/balance/wire/List.js"
import * as Revision from "../../../../src/domain/balance/wire/Revision.js"
import * as ToDomain from "../../../../src/domain/balance/wire/ToDomain.js"
import { canonical, ofRevision } from "../bodies.js"

const Plan = Schema.Struct({
  name: Leaf.text,
  price: Schema.Union(
    Schema.Struct({ type: Schema.Literal("flat"), price: Leaf.usd }),
    Schema.Struct({ type: Leaf.discriminatorOtherThan(["flat"]) }),
  ),
  tags: Schema.optionalWith(Schema.NullOr(List.make(Leaf.text, 2)), { exact: true }),
})

const decode = (text: string) => {
  const document = Either.getOrThrowWith(ExactJson.parse(text), (failure) => new Error(failure))
  return Decoder.compile(Plan)(document, text)
}

const pathsOf = (text: string) =>
  Either.match(decode(text), {
    onLeft: ({ issues }) => issues.map(({ path }) => path),
    onRight: ({ drift }) => drift.map(({ kind, path }) => `${kind} ${path}`),
  })

describe("a compiled decoder", () => {
  it("gives values, numbers exact", () => {
    const { value } = Either.getOrThrow(decode('{"name":"a","price":{"type":"flat","price":0.10},"tags":null}'))
    expect(value.name).toBe("a")
    expect(value.price).toMatchObject({ type: "flat", price: { value: 100_000_000n } })
    expect(value.tags).toBeNull()
  })

  it.each([
    ['{"price":{"type":"flat"}}', ["$.name", "$.price.price"]],
    ['{"name":1,"price":{},"tags":[1,"a",2]}', ["$.name", "$.price.type", "$.tags[0]", "$.tags[2]"]],
    ['{"name":"a","price":1.5}', ["$.price"]],
    ['{"name":"a","price":[]}', ["$.price"]],
    ['{"name":"a","price":{"type":7}}', ["$.price.type"]],
    ['{"name":"a","price":null}', ["$.price"]],
  ])("finds every issue of %s in one walk", (text, paths) => {
    expect(pathsOf(text)).toStrictEqual(paths)
  })

  it.each([
    [
      '{"name":"a","price":{"type":"x","y":[1]},"tags":["a","b","c"],"z":{}}',
      ["UnknownMember $.price.type", "UnmetConstraint $.tags", "UnknownField $.z"],
    ],
    ['{"name":"a","name":"b","price":{"type":"flat","price":"1"}}', ["DuplicateKey $.name"]],
  ])("finds all drift of %s in one walk", (text, found) => {
    expect(pathsOf(text)).toStrictEqual(found)
  })

  it.each<[string, Schema.Schema.AnyNoContext]>([
    ["a text that is no leaf", Schema.Struct({ name: Schema.String })],
    ["a transformation", Schema.Struct({ count: Schema.NumberFromString })],
    ["a tuple", Schema.Struct({ pair: Schema.Tuple(Leaf.text, Leaf.text) })],
    ["variants without a type", Schema.Union(Schema.Struct({ a: Leaf.text }), Schema.Struct({ b: Leaf.text }))],
  ])("is not made of %s", (_, schema) => {
    expect(() => Decoder.compile(schema)).toThrow(TypeError)
  })
})

describe("the compiled decoder of the wire", () => {
  const byEffect = (revision: Revision.Revision): CustomerBalance.CustomerBalance => {
    const { tokens, value } = Either.getOrThrow(ExactJson.parse(ofRevision(revision)))
    const exact = JSON.parse(JSON.stringify(value), (_, inner) =>
      typeof inner === "number" ? ExactJson.exact(inner, { tokens }) : inner,
    )
    return revision < Revision.CURRENT_MODEL
      ? ToDomain.older(Schema.decodeUnknownSync(Body.Older)(exact))
      : ToDomain.current(Schema.decodeUnknownSync(Body.Current)(exact))
  }

  it.each(Revision.all)("reads a body of %s as effect/Schema reads it", (revision) => {
    expect(canonical(ofRevision(revision))).toStrictEqual(CustomerBalance.encode(byEffect(revision)))
  })
})
