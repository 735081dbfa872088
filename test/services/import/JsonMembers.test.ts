import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as JsonMembers from "../../../src/services/import/JsonMembers.js"

const pairs = FastCheck.array(
  FastCheck.tuple(
    FastCheck.oneof(FastCheck.string(), FastCheck.constantFrom("a", 'q"', "\\", "{", "]")),
    FastCheck.json(),
  ),
  { maxLength: 6 },
)
const blank = FastCheck.stringMatching(/^[ \t\r\n]{0,3}$/)

describe("JsonMembers", () => {
  it.prop(
    "gives every member of an object with the text of its value, whatever blanks stand around",
    [pairs, blank],
    ([members, gap]) => {
      const body = members.map(([key, value]) => `${gap}${JSON.stringify(key)}${gap}:${gap}${value}${gap}`).join(",")
      expect(JsonMembers.of(`${gap}{${body}${gap}}${gap}`)).toEqual(
        members.map(([key, value]) => ({ key, value: value.trim() })),
      )
    },
  )

  it.prop(
    "takes no text for an object that JSON does not take for one",
    [FastCheck.string({ unit: FastCheck.constantFrom(...'{}[],:"a1 \\') })],
    ([text]) => {
      const members = JsonMembers.of(text)
      if (members === undefined) return
      // What stands around the values is right: with values that are JSON, the whole is.
      const mended = `{${members.map(({ key }) => `${JSON.stringify(key)}:0`).join(",")}}`
      expect(Object.keys(JSON.parse(mended)).sort()).toEqual([...new Set(members.map(({ key }) => key))].sort())
    },
  )

  it.each([
    [
      "a number's digits",
      '{"n": 18446744073709551615.0000000000100 }',
      [{ key: "n", value: "18446744073709551615.0000000000100" }],
    ],
    [
      "keys that stand twice",
      '{"a":1,"a":2}',
      [
        { key: "a", value: "1" },
        { key: "a", value: "2" },
      ],
    ],
    ["escapes in a key", '{"\\u0061\\"":null}', [{ key: 'a"', value: "null" }]],
    [
      "braces, commas and quotes within strings",
      '{"a":"}\\",{","b":[{"c":"]"}]}',
      [
        { key: "a", value: '"}\\",{"' },
        { key: "b", value: '[{"c":"]"}]' },
      ],
    ],
    ["no member at all", " { } ", []],
  ])("keeps %s", (_, text, members) => {
    expect(JsonMembers.of(text)).toEqual(members)
  })

  it.each([
    "",
    "[]",
    "1",
    '"{}"',
    "{",
    '{"a"}',
    '{"a":1',
    '{"a":1,}',
    '{,"a":1}',
    "{a:1}",
    '{"a":1}x',
    '{"a":1}{}',
    '{"a" 1}',
    '{"a":"b}',
  ])("takes %j for no object", (text) => {
    expect(JsonMembers.of(text)).toBeUndefined()
  })
})
