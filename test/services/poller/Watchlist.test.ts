import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import { type Entry, Watchlist, type Wish } from "../../../src/services/poller/Watchlist.js"

const limits = { soonest: 10, every: 100, latest: 1000 }
const wish = (id: string, other: Partial<Wish> = {}): Wish => ({
  subject: Subject.user(id),
  credential: undefined,
  every: undefined,
  overdraft: undefined,
  ...other,
})

const idOf = (entry: Entry | undefined) => (entry?.subject._tag === "User" ? entry.subject.id : undefined)

const taken = (list: Watchlist, now: number): Entry => {
  const entry = list.takeDue(now)
  if (entry === undefined) throw new Error(`nobody is due at ${now}`)
  return entry
}

describe("Watchlist", () => {
  it("has the first one due at once, and others within the time between their looks", () => {
    const list = new Watchlist(limits)
    list.add(wish("first"), 1000, 0.5)
    list.add(wish("second"), 1000, 0.5)
    list.add(wish("third", { every: 40 }), 1000, 0.25)
    expect(idOf(list.takeDue(1000))).toBe("first")
    expect(list.takeDue(1009)).toBeUndefined()
    expect(idOf(list.takeDue(1010))).toBe("third")
    expect(list.nextDue).toBe(1050)
  })

  it("has an entry once for equal subjects and tokens, and one for each of them that differs", () => {
    const list = new Watchlist(limits)
    const with_ = (token: string) => wish("a", { credential: Redacted.make(token) })
    for (const each of [with_("x"), with_("x"), with_("y"), wish("a"), wish("a"), wish("b")]) list.add(each, 0, 0)
    expect(list.count(0)).toEqual({ watched: 4, overdue: 4, longestOverdue: 0 })
    expect(list.size).toBe(4)
  })

  it("lets an entry go with the last who watches it, however often each of them says so", () => {
    const list = new Watchlist(limits)
    const same = wish("a")
    const [one, two] = [list.add(same, 0, 0), list.add(same, 0, 0)]
    one()
    one()
    expect(list.count(0).watched).toBe(1)
    two()
    expect(list.count(0)).toEqual({ watched: 0, overdue: 0, longestOverdue: 0 })
    expect(list.nextDue).toBe(Number.POSITIVE_INFINITY)
  })

  it("lets an entry that is being polled go when that is over, unless somebody came back", () => {
    const list = new Watchlist(limits)
    const leave = list.add(wish("a"), 0, 0)
    const entry = taken(list, 0)
    leave()
    expect(list.settle(entry, 50, 10)).toBe(false)
    expect(list.size).toBe(0)
    const leaveAgain = list.add(wish("a"), 20, 0)
    const again = taken(list, 20)
    leaveAgain()
    list.add(wish("a"), 30, 0)
    expect(list.takeDue(1000)).toBeUndefined()
    expect(list.settle(again, 50, 40)).toBe(true)
    expect(list.size).toBe(1)
    expect(list.nextDue).toBe(50)
  })

  it("goes by who wants looks nearest, no nearer than allowed, and draws the next one nearer unless looks fail", () => {
    const list = new Watchlist(limits)
    list.add(wish("a", { every: 5000 }), 0, 0)
    const entry = taken(list, 0)
    expect(list.limitsOf(entry)).toEqual({ soonest: 10, every: 5000, latest: 5000 })
    list.settle(entry, 5000, 0)
    const leave = list.add(wish("a", { every: 1 }), 0, 0)
    expect(list.limitsOf(entry)).toEqual({ soonest: 10, every: 10, latest: 1000 })
    expect(list.nextDue).toBe(10)
    leave()
    entry.failures = 1
    list.settle(taken(list, 10), 500, 10)
    list.add(wish("a"), 10, 0)
    expect(list.limitsOf(entry).every).toBe(100)
    expect(list.nextDue).toBe(500)
  })

  it("takes the overdraft of the newest watcher that knows it", () => {
    const list = new Watchlist(limits)
    list.add(wish("a", { overdraft: OverdraftPolicy.payAsYouGo() }), 0, 0)
    list.add(wish("a", { overdraft: OverdraftPolicy.blocked }), 0, 0)
    list.add(wish("a"), 0, 0)
    expect(list.overdraftOf(taken(list, 0))).toEqual(OverdraftPolicy.blocked)
  })

  it("keeps what is due as far away when the clock is set back, whoever notices it", () => {
    const noticed = [
      (list: Watchlist) => list.tick(400),
      (list: Watchlist) => list.add(wish("new"), 400, 0.999),
      (list: Watchlist, entry: Entry) => list.settle(entry, 500, 400),
    ]
    for (const notice of noticed) {
      const list = new Watchlist(limits)
      list.add(wish("polled"), 1000, 0)
      list.add(wish("waiting"), 1000, 0.5)
      notice(list, taken(list, 1000))
      expect(list.takeDue(449)).toBeUndefined()
      expect(idOf(list.takeDue(450))).toBe("waiting")
      expect(list.takeDue(480)).toBeUndefined()
    }
  })

  const step = FastCheck.record({
    adds: FastCheck.boolean(),
    id: FastCheck.nat(30),
    draw: FastCheck.nat(99),
    polls: FastCheck.nat(5),
  })

  it.prop(
    "polls nobody twice while another is overdue, and keeps no more than is watched",
    [FastCheck.array(step)],
    ([steps]) => {
      const list = new Watchlist(limits)
      const leave = new Map<number, () => void>()
      let now = 0
      for (const { adds, draw, id, polls } of steps) {
        now += 7
        leave.get(id)?.()
        leave.delete(id)
        if (adds) leave.set(id, list.add(wish(String(id)), now, draw / 100))
        const { overdue } = list.count(now)
        const polled = new Set<string | undefined>()
        for (let poll = 0; poll < polls; poll++) {
          const entry = list.takeDue(now)
          if (entry === undefined) break
          polled.add(idOf(entry))
          expect(entry.dueAt).toBeLessThanOrEqual(list.nextDue)
          list.settle(entry, now + 1, now)
        }
        expect(polled.size).toBe(Math.min(polls, overdue))
        expect(list.size).toBe(leave.size)
        expect(list.count(now).watched).toBe(leave.size)
      }
    },
  )
})
