import { describe, expect, it } from "@effect/vitest"
import { Throttle } from "../../../src/infra/zoo/Throttle.js"

/** An API that takes so many calls in each second of its clock, and asks for a wait until the next one. */
class Api {
  private readonly perSecond: number
  private second = -1
  private taken = 0
  refused = 0
  answered = 0

  constructor(perSecond: number) {
    this.perSecond = perSecond
  }

  /** The wait that is asked for; `undefined` for an answer. */
  ask(at: number): number | undefined {
    const second = Math.floor(at / 1000)
    if (second !== this.second) [this.second, this.taken] = [second, 0]
    if (++this.taken <= this.perSecond) {
      this.answered++
      return undefined
    }
    this.refused++
    return (second + 1) * 1000 - at
  }
}

/** Lets a call out, and tells when it goes. */
const take = (throttle: Throttle, now: number): number => {
  const at = throttle.next(now)
  throttle.take(now)
  return at
}

/** Sends calls one after the other, as soon as each may go out, an answer 30 ms after. */
const sending = (api: Api, calls: number): number => {
  const throttle = new Throttle()
  let now = 0
  for (let call = 0; call < calls; call++) {
    now = take(throttle, now)
    throttle.note(now)
    const wait = api.ask(now)
    if (wait === undefined) throttle.answered(now + 1)
    else throttle.limited(now + 1, wait)
    now += 1
  }
  return now
}

describe("Throttle", () => {
  it("holds nothing back before the first 429", () => {
    const throttle = new Throttle()
    for (let call = 0; call < 1000; call++) {
      expect(take(throttle, 5)).toBe(5)
      throttle.note(5)
      throttle.answered(6)
    }
  })

  it("sends nothing before the end of what the API asked for, an hour at most", () => {
    const throttle = new Throttle()
    throttle.limited(1000, 7000)
    expect([throttle.next(1000), throttle.next(7999), throttle.paused]).toEqual([8000, 8000, 8000])
    throttle.limited(9001, 365 * 86_400_000)
    expect(throttle.paused).toBe(9001 + 3_600_000)
  })

  it("keeps calls as far apart as they went through before, and a quarter more", () => {
    const throttle = new Throttle()
    for (let call = 0; call < 10; call++) throttle.note(call * 100)
    throttle.limited(950, 0)
    // Ten calls in the second before: 100 ms each.
    expect([take(throttle, 1000), take(throttle, 1000), take(throttle, 1000)]).toEqual([1000, 1125, 1250])
  })

  it("slows down once for calls that were under way together", () => {
    const [once, often] = [new Throttle(), new Throttle()]
    for (const throttle of [once, often]) for (let call = 0; call < 10; call++) throttle.note(0)
    once.limited(500, 100)
    for (let call = 0; call < 10; call++) often.limited(500, 100)
    const slots = (throttle: Throttle) => [take(throttle, 600), take(throttle, 600), take(throttle, 600)]
    expect(slots(often)).toEqual(slots(once))
    often.limited(2000, 0)
    expect(take(often, 5000) - 5000).toBe(0)
    expect(take(often, 5000) - 5000).toBeCloseTo(125 * 1.25, 6)
  })

  it.each([1, 5, 20, 200])("finds the pace of an API that takes %d calls a second", (perSecond) => {
    const api = new Api(perSecond)
    const calls = perSecond * 120
    const seconds = sending(api, calls) / 1000
    expect(api.refused / calls).toBeLessThan(0.05)
    expect(api.answered / seconds).toBeGreaterThan(perSecond * 0.6)
  })

  it("forgets after five minutes without a 429", () => {
    const throttle = new Throttle()
    throttle.limited(0, 1000)
    expect(throttle.isIdle(300_000)).toBe(false)
    throttle.answered(300_001)
    expect([take(throttle, 300_002), take(throttle, 300_002), throttle.isIdle(300_002)]).toEqual([
      300_002,
      300_002,
      true,
    ])
  })
})
