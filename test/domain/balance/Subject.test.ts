import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import * as Subject from "../../../src/domain/balance/Subject.js"

const parsed = (text: string) => Either.getOrNull(Subject.parse(text))
const refusal = (text: string): Subject.InvalidSubject | undefined =>
  Either.match(Subject.parse(text), { onLeft: (error) => error, onRight: () => undefined })

const badIds: ReadonlyArray<[string, string, string]> = [
  ["empty", "", "an id is not empty"],
  ["a dot", ".", "URLs fold them away"],
  ["two dots", "..", "URLs fold them away"],
  ["of 257 characters", "a".repeat(257), "at most 256 characters"],
  ["with a null", "a\u0000b", "no control characters"],
  ["with a newline", "a\nb", "no control characters"],
  ["with a tab", "\ta", "no control characters"],
  ["with a delete", "a\u007f", "no control characters"],
  ["with a control of the second block", "a\u009bb", "no control characters"],
  ["with half a surrogate pair", "a\ud83d", "well-formed"],
  ["with the other half", "\ude00a", "well-formed"],
]

const goodIds = [
  "ac585dad-c443-433e-9e24-1ac0d8585a08",
  "someone@example.com",
  "a",
  "...",
  ".a",
  "a/b",
  "a:b",
  "a b",
  "%2e%2e",
  "../x",
  "é",
  "日本",
  "😀",
  "a".repeat(256),
]

describe("a subject's written form", () => {
  it("names the four subjects", () => {
    expect(parsed("me")).toStrictEqual({ _tag: "Me" })
    expect(parsed("org")).toStrictEqual({ _tag: "Org" })
    expect(parsed("user:someone@example.com")).toStrictEqual({ _tag: "User", id: "someone@example.com" })
    expect(parsed("org:x")).toStrictEqual({ _tag: "AnyOrg", id: "x" })
    expect([Subject.me, Subject.org, Subject.user("x"), Subject.anyOrg("x")].map(Subject.format)).toStrictEqual([
      "me",
      "org",
      "user:x",
      "org:x",
    ])
  })

  it.prop("reads back", { subject: Subject.Subject }, ({ subject }) => {
    expect(parsed(Subject.format(subject))).toStrictEqual(subject)
    expect(Schema.decodeSync(Subject.FromText)(Schema.encodeSync(Subject.FromText)(subject))).toStrictEqual(subject)
    expect(Schema.decodeUnknownSync(Subject.Subject)(Schema.encodeSync(Subject.Subject)(subject))).toStrictEqual(
      subject,
    )
  })

  it.prop(
    "is taken only where it reads back to the same text",
    { text: FastCheck.string({ unit: "binary" }) },
    ({ text }) => {
      for (const written of [text, `user:${text}`, `org:${text}`]) {
        const subject = parsed(written)
        if (subject !== null) expect(Subject.format(subject)).toBe(written)
        expect(subject !== null || refusal(written) instanceof Subject.InvalidSubject).toBe(true)
      }
    },
  )

  it.each(goodIds)("takes the id %j", (id) => {
    expect(parsed(`user:${id}`)).toStrictEqual(Subject.user(id))
    expect(parsed(`org:${id}`)).toStrictEqual(Subject.anyOrg(id))
    expect(Schema.is(Subject.Id)(id)).toBe(true)
  })

  it.each(badIds)("refuses an id that is %s and says why", (_, id, why) => {
    expect(refusal(`user:${id}`)?.message).toContain(why)
    expect(refusal(`org:${id}`)?.message).toContain(why)
    expect(() => Subject.user(id)).toThrow(Subject.InvalidSubject)
    expect(() => Subject.anyOrg(id)).toThrow(why)
    expect(Schema.is(Subject.Id)(id)).toBe(false)
    expect(Schema.is(Subject.Subject)({ _tag: "User", id })).toBe(false)
  })

  it.each([
    "",
    "Me",
    "ME",
    " me",
    "me ",
    "me:",
    "me:x",
    "users:x",
    "User:x",
    "organisation:x",
    ":x",
    "x",
    "someone@example.com",
    "user",
    "user/x",
  ])("refuses %j, says what is wrong and what to write", (text) => {
    const error = refusal(text)
    expect(error?._tag).toBe("InvalidSubject")
    expect(error?.input).toBe(text)
    expect(error?.message).toBe(
      `${JSON.stringify(text)} names no subject (it is none of the four forms): write me, user:ID, org or org:ID`,
    )
  })

  it("keeps its refusal to one short line", () => {
    for (const text of [`user:${"x".repeat(10_000)}`, "line\nbreak", "user:\r\n"]) {
      const message = refusal(text)?.message ?? ""
      expect(message).toContain("write me, user:ID, org or org:ID")
      expect(message).not.toMatch(/[\r\n]/)
      expect(message.length).toBeLessThan(200)
    }
  })
})

describe("a UUID", () => {
  const lower = "ac585dad-c443-433e-9e24-1ac0d8585a08"

  it.each([lower, lower.toUpperCase(), "AC585DAD-c443-433e-9e24-1ac0d8585a08", "ac585dad-c443-433e-9e24-1AC0D8585A08"])(
    "written %s is the one in lower case, of a user and of an organisation",
    (id) => {
      expect(Subject.user(id)).toStrictEqual({ _tag: "User", id: lower })
      expect(Subject.anyOrg(id)).toStrictEqual({ _tag: "AnyOrg", id: lower })
      expect(parsed(`user:${id}`)).toStrictEqual({ _tag: "User", id: lower })
      expect(parsed(`org:${id}`)).toStrictEqual({ _tag: "AnyOrg", id: lower })
      expect(Subject.format({ _tag: "User", id })).toBe(`user:${lower}`)
      expect(Subject.format({ _tag: "AnyOrg", id })).toBe(`org:${lower}`)
      expect(Subject.sameId(id, lower)).toBe(true)
    },
  )

  it.each([
    "Someone@Example.com",
    "AC585DAD-C443-433E-9E24-1AC0D8585A0",
    "AC585DAD-C443-433E-9E24-1AC0D8585A08F",
    "AC585DADC443433E9E241AC0D8585A08",
    "{AC585DAD-C443-433E-9E24-1AC0D8585A08}",
    "GC585DAD-C443-433E-9E24-1AC0D8585A08",
  ])("is not the id %s, which keeps its case", (id) => {
    expect(Subject.user(id)).toStrictEqual({ _tag: "User", id })
    expect(parsed(`org:${id}`)).toStrictEqual({ _tag: "AnyOrg", id })
    expect(Subject.sameId(id, id.toLowerCase())).toBe(id === id.toLowerCase())
  })
})

describe("the schemas of a subject", () => {
  it("read text with the reason of a refusal", () => {
    const result = Schema.decodeUnknownEither(Subject.FromText)("user:..")
    expect(Either.isLeft(result) ? result.left.message : "").toContain("URLs fold them away")
    expect(Either.isLeft(Schema.decodeUnknownEither(Subject.FromText)(1))).toBe(true)
  })

  it("publish a JSON Schema of the four", () => {
    const { $defs } = JSONSchema.make(Subject.Subject)
    expect($defs).toMatchObject({ SubjectId: { type: "string", minLength: 1, maxLength: 256 } })
    const tags = [...JSON.stringify($defs?.["Subject"]).matchAll(/"enum":\["(\w+)"\]/g)].map(([, tag]) => tag)
    expect(tags).toStrictEqual(["Me", "User", "Org", "AnyOrg"])
  })
})
