import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Bodies from "./Bodies.js"
import * as Corpus from "./Corpus.js"
import * as Hostile from "./Hostile.js"
import * as Laws from "./Laws.js"
import * as Run from "./Run.js"
import * as Secret from "./Secret.js"
import * as Tree from "./Tree.js"

const SEED = 20_260_804
const BODIES = 3000

/** What a finding says, with the text of its body. */
const told = (finding: Run.Finding | undefined): string | undefined =>
  finding && `body ${finding.number}: ${finding.broken.message}\n${Laws.textOf(finding.content)}`

describe("the gate", () => {
  it("keeps every law on thousands of bodies, which are of every kind", () => {
    const { finding, tally } = Run.run({ seed: SEED, bodies: BODIES })
    expect(told(finding)).toBeUndefined()
    expect(tally.bodies).toBe(BODIES)
    expect(tally.accepted / BODIES).toBeGreaterThan(0.3)
    expect(tally.accepted / BODIES).toBeLessThan(0.8)
    expect([...tally.rejected.keys()].sort()).toStrictEqual([
      "ApiError",
      "Html",
      "Invalid",
      "NotJson",
      "OutOfRange",
      "TooDeep",
      "TooLarge",
    ])
    expect([...tally.drift.keys()].sort()).toStrictEqual([
      ...["BothCreditModels", "DeprecatedField", "DeprecatedMember", "DuplicateKey"],
      ...["FinerThanNano", "UnknownField", "UnknownMember", "UnmetConstraint"],
    ])
  })

  it.each(Hostile.cases().map((each) => [each.name, each] as const))("survives %s", (_, { content, outcome }) => {
    const { rejected } = Laws.check({ content, secret: { marker: "no secret", planted: [] } })
    expect([outcome].flat()).toContain(rejected ?? "Accepted")
  })
})

describe("the bodies", () => {
  it("are the same for the same seed, whichever came before, and others for another", () => {
    for (const number of [0, 7, 123_456_789]) {
      expect(Bodies.make(SEED, number)).toStrictEqual(Bodies.make(SEED, number))
      expect(Bodies.make(SEED, number).secret).not.toStrictEqual(Bodies.make(SEED + 1, number).secret)
      expect(Bodies.make(SEED, number).secret).not.toStrictEqual(Bodies.make(SEED, number + 1).secret)
    }
  })

  it("are made from balances of both credit models and both forms of money", () => {
    const texts = Corpus.bodies.map((body) => Tree.write(body))
    for (const text of texts) expect(CustomerBalance.decodeText(text)._tag).toBe("Right")
    for (const start of ['"pre_pay_cash_remaining":"', '"pre_pay_cash_remaining":2', '"total_due":"', '"total_due":8'])
      expect(texts.some((text) => text.includes(start))).toBe(true)
  })

  it("have a secret where it belongs, most of them", () => {
    const numbers = Array.from({ length: 500 }, (_, number) => number)
    const guarded = numbers.filter((number) => {
      const { content, secret } = Bodies.make(SEED, number)
      const text = Laws.textOf(content)
      return text !== undefined && Secret.isGuarded(text, secret)
    })
    expect(guarded.length).toBeGreaterThan(400)
  })
})

type Result = ReturnType<typeof CustomerBalance.decodeText>

/** A gate that does something else to what comes out, of bytes and text alike. */
const changing = (change: (result: Result, text: string) => Result): Partial<Laws.Gate> => ({
  decodeBytes: (bytes, options) => change(CustomerBalance.decodeBytes(bytes, options), Laws.textOf(bytes) ?? ""),
  decodeText: (text, options) => change(CustomerBalance.decodeText(text, options), text),
})

const foundAs = (found: string): Partial<Laws.Gate> =>
  changing(Either.mapLeft(({ kind }) => CustomerBalance.BodyRejected.of(kind, [{ path: "$", expected: "a", found }])))

const withDrift = (count: number, path: string): Partial<Laws.Gate> =>
  changing(
    Either.map(({ balance }) => ({
      balance,
      drift: Array.from({ length: count }, () => ({ kind: "UnknownField" as const, path, found: "null" })),
    })),
  )

const secretOf = (text: string): string => /Z\d{7}k/.exec(text)?.[0] ?? "nothing"

describe("a gate that is broken is found out, be it that it", () => {
  const broken: ReadonlyArray<readonly [string, Laws.Law, Partial<Laws.Gate>]> = [
    [
      "throws on some bodies",
      "a decode throws nothing",
      changing((result, text) => {
        if (text.includes("__proto__")) throw new TypeError("no such thing")
        return result
      }),
    ],
    ["breaks the line", "a rejection says in one short line what is wrong", foundAs("a\nb")],
    ["steers the terminal", "a rejection says in one short line what is wrong", foundAs("\u202e")],
    ["talks too much", "a rejection says in one short line what is wrong", foundAs("a".repeat(1000))],
    [
      "does not say what is wrong",
      "a rejection says in one short line what is wrong",
      changing(Either.mapLeft(({ kind }) => CustomerBalance.BodyRejected.of(kind, []))),
    ],
    [
      "shows a secret in a rejection",
      "a secret comes out nowhere",
      changing((result, text) =>
        Either.mapLeft(result, ({ kind }) =>
          CustomerBalance.BodyRejected.of(kind, [{ path: "$", expected: "a", found: secretOf(text) }]),
        ),
      ),
    ],
    [
      "shows a secret in a balance",
      "a secret comes out nowhere",
      changing((result, text) =>
        Either.map(result, ({ balance, drift }) => ({
          balance: { ...balance, id: Option.some(secretOf(text)) },
          drift,
        })),
      ),
    ],
    ["finds too much", "drift is listed briefly", withDrift(51, "$.a")],
    ["finds it nowhere", "drift is listed briefly", withDrift(1, "a")],
    [
      "reads drift in another way when it is strict",
      "strict takes what has no drift",
      { decodeBytes: (bytes) => CustomerBalance.decodeBytes(bytes) },
    ],
    [
      "trips over a mark in texts alone",
      "text and bytes are read alike",
      { decodeText: (text, options) => CustomerBalance.decodeText(text.replace(/^\ufeff/, "\ufeff\ufeff"), options) },
    ],
    [
      "writes money that does not read back",
      "a balance reads back from its canonical text",
      {
        encode: (balance) => {
          const encoded = CustomerBalance.encode(balance)
          return { ...encoded, monthly: { ...encoded.monthly, value: Usd.formatCents(balance.monthly.value) } }
        },
      },
    ],
    [
      "writes what does not read at all",
      "a balance reads back from its canonical text",
      { encode: (balance) => ({ ...CustomerBalance.encode(balance), createdAt: "now" }) },
    ],
    [
      "differs from its schema",
      "the compiled decoder reads as its schema",
      { difference: (text) => (text.includes("__proto__") ? "another value" : undefined) },
    ],
  ]

  it.each(broken)("%s", (_, law, gate) => {
    const { finding } = Run.run({ seed: SEED, bodies: BODIES, gate: { ...Laws.gate, ...gate } })
    expect(finding?.broken.law).toBe(law)
  })

  it("takes long each time, while once is no finding", () => {
    const takes = (...millis: ReadonlyArray<number>): Laws.Stopwatch => {
      const left = [...millis]
      return (run) => ({ value: run(), millis: left.shift() ?? 0 })
    }
    const body = Bodies.make(SEED, 0)
    expect(Laws.check(body, { stopwatch: takes(300, 80, 2) }).millis).toBe(2)
    expect(() => Laws.check(body, { stopwatch: takes(300, 80, 51, 70, 60, 55) })).toThrow("a decode is quick: 51.0 ms")
  })
})
