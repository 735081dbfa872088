import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import type * as Answers from "../../../src/infra/store/Answers.js"
import { StoreBusy } from "../../../src/infra/store/StoreError.js"
import type { Query } from "../../../src/services/balances/CacheEntry.js"
import { Memory } from "../../../src/services/balances/CacheEntry.js"
import { Failures } from "../../../src/services/balances/FailureCache.js"
import type { Fetched } from "../../../src/services/balances/Fetch.js"
import * as FetchPolicy from "../../../src/services/FetchPolicy.js"
import * as Samples from "../../infra/store/Samples.js"

const NOW = 1_000_000

const query = (includeTotalDue: boolean): Query => ({
  key: "key",
  holder: { baseUrl: Samples.user.baseUrl, credential: Redacted.make("credential"), subject: Subject.me },
  policy: FetchPolicy.cacheFirst(),
  includeTotalDue,
})
const cheap = query(false)

/** A snapshot without its amount due, observed so many milliseconds after `NOW`. */
const at = (millis: number) =>
  Snapshot.make(Samples.user, Timestamp.fromMillis(NOW + millis), Samples.balance(`${Math.abs(millis)}.00`))

const fetched = (millis: number, options: Partial<Fetched> = {}): Fetched => ({
  snapshot: at(millis),
  isKept: true,
  isNewest: true,
  warnings: [],
  ...options,
})

/** A memory over a history of which one answer, or a failure, can be read. */
const makeWorld = () => {
  const history: { version: number; last: Effect.Effect<Option.Option<Answers.Answer>, StoreBusy>; reads: number } = {
    version: 1,
    last: Effect.succeedNone,
    reads: 0,
  }
  const answers: Answers.Service = {
    fingerprint: () => "fingerprint",
    version: () => history.version,
    peek: () => undefined,
    last: () =>
      Effect.suspend(() => {
        history.reads++
        return history.last
      }),
  }
  const put = (millis: number): void => {
    history.version++
    history.last = Effect.succeedSome({ snapshot: at(millis), agreedSince: NOW + millis })
  }
  return { history, put, memory: new Memory(answers, new Failures(10), 10) }
}

const observed = (entry: { readonly observedAt: number }) => entry.observedAt - NOW

describe("Memory", () => {
  it.effect("returns and caches the answer that lands", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW + 100)
      const { history, memory } = makeWorld()
      for (const millis of [10, 20]) {
        expect(observed(yield* memory.land(cheap, fetched(millis)))).toBe(millis)
        expect(memory.get("key")).toMatchObject({ newest: { observedAt: NOW + millis } })
      }
      expect(history.reads).toBe(0)
    }),
  )

  it.effect("keeps and returns a newer answer where an older one lands after it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW + 100)
      const { memory } = makeWorld()
      yield* memory.land(cheap, fetched(20))
      expect(observed(yield* memory.land(cheap, fetched(10)))).toBe(20)
      expect(memory.get("key")).toMatchObject({ newest: { observedAt: NOW + 20 } })
    }),
  )

  it.effect("replaces an answer of the future where the clock was set back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const { memory } = makeWorld()
      yield* memory.land(cheap, fetched(20))
      expect(observed(yield* memory.land(cheap, fetched(-10)))).toBe(-10)
      expect(memory.get("key")).toMatchObject({ newest: { observedAt: NOW - 10 } })
    }),
  )

  it.effect("keeps and returns the answer that another process stored where a late one lands", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW + 100)
      const { memory, put } = makeWorld()
      put(20)
      expect(observed(yield* memory.land(cheap, fetched(10, { isNewest: false })))).toBe(20)
      expect(memory.get("key")).toMatchObject({ newest: { observedAt: NOW + 20 } })
    }),
  )

  it.effect("returns a late answer where the history has no newer one for its holder, or cannot be read", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW + 100)
      const { history, memory, put } = makeWorld()
      put(10)
      expect(observed(yield* memory.land(cheap, fetched(10, { isNewest: false })))).toBe(10)
      history.last = Effect.fail(new StoreBusy({ operation: "Answers.last" }))
      expect(observed(yield* memory.land(cheap, fetched(15, { isNewest: false })))).toBe(15)
    }),
  )

  it.effect("returns an answer with its amount due to a query for it although a newer one without it is cached", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW + 100)
      const { memory } = makeWorld()
      yield* memory.land(cheap, fetched(20))
      const { balance } = at(10)
      const whole = { ...at(10), balance: { ...balance, due: Samples.due("3.00") } }
      expect(observed(yield* memory.land(query(true), fetched(10, { snapshot: whole })))).toBe(10)
      expect(memory.get("key")).toMatchObject({ newest: { observedAt: NOW + 20 }, whole: { observedAt: NOW + 10 } })
    }),
  )

  it.effect("finds what was stored since a call began, and reads the history only where something was written", () =>
    Effect.gen(function* () {
      const { history, memory, put } = makeWorld()
      const stored = memory.storedSince(cheap, memory.before(cheap, NOW))
      put(-10)
      for (let nth = 0; nth < 3; nth++) expect(yield* stored).toEqual(Option.none())
      expect(history.reads).toBe(1)
      put(10)
      expect(Option.map(yield* stored, observed)).toEqual(Option.some(10))
    }),
  )

  it.effect("finds what was stored although the read before failed", () =>
    Effect.gen(function* () {
      const { history, memory, put } = makeWorld()
      const stored = memory.storedSince(cheap, memory.before(cheap, NOW))
      put(10)
      const { last } = history
      history.last = Effect.fail(new StoreBusy({ operation: "Answers.last" }))
      expect(yield* stored).toEqual(Option.none())
      history.last = last
      expect(Option.map(yield* stored, observed)).toEqual(Option.some(10))
    }),
  )
})
