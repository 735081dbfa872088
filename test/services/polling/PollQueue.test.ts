import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../../src/domain/balance/Subject.js"
import type * as Poll from "../../../src/domain/polling/Poll.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import { type Entry, PollQueue, type Watch } from "../../../src/services/polling/PollQueue.js"

const limits = { soonest: 10, every: 100, latest: 1000 }
const watchOf = (id: string, other: Partial<Watch> = {}): Watch => ({
  subject: Subject.user(id),
  credential: undefined,
  every: undefined,
  overdraft: undefined,
  ...other,
})

const idOf = (entry: Entry | undefined) => (entry?.subject._tag === "User" ? entry.subject.id : undefined)

const taken = (list: PollQueue, now: number): Entry => {
  const entry = list.takeDue(now)
  if (entry === undefined) throw new Error(`nobody is due at ${now}`)
  return entry
}

describe("PollQueue", () => {
  it("has the first one due at once, and others within the time between their looks", () => {
    const list = new PollQueue(limits)
    list.add(watchOf("first"), 1000, 0.5)
    list.add(watchOf("second"), 1000, 0.5)
    list.add(watchOf("third", { every: 40 }), 1000, 0.25)
    expect(idOf(list.takeDue(1000))).toBe("first")
    expect(list.takeDue(1009)).toBeUndefined()
    expect(idOf(list.takeDue(1010))).toBe("third")
    expect(list.nextDue).toBe(1050)
  })

  it("has an entry once for equal subjects and tokens, and one for each of them that differs", () => {
    const list = new PollQueue(limits)
    const with_ = (token: string) => watchOf("a", { credential: Redacted.make(token) })
    for (const each of [with_("x"), with_("x"), with_("y"), watchOf("a"), watchOf("a"), watchOf("b")])
      list.add(each, 0, 0)
    expect(list.count(0)).toEqual({ watched: 4, overdue: 4, longestOverdue: 0 })
    expect(list.size).toBe(4)
  })

  it("lets an entry go with the last who watches it, however often each of them says so", () => {
    const list = new PollQueue(limits)
    const same = watchOf("a")
    const [one, two] = [list.add(same, 0, 0), list.add(same, 0, 0)]
    one()
    one()
    expect(list.count(0).watched).toBe(1)
    two()
    expect(list.count(0)).toEqual({ watched: 0, overdue: 0, longestOverdue: 0 })
    expect(list.nextDue).toBe(Number.POSITIVE_INFINITY)
  })

  it("lets an entry that is being polled go when that is over, unless somebody came back", () => {
    const list = new PollQueue(limits)
    const leave = list.add(watchOf("a"), 0, 0)
    const entry = taken(list, 0)
    leave()
    expect(list.settle(entry, entry.state, 50)).toBe(false)
    expect(list.size).toBe(0)
    const leaveAgain = list.add(watchOf("a"), 20, 0)
    const again = taken(list, 20)
    leaveAgain()
    list.add(watchOf("a"), 30, 0)
    expect(list.takeDue(1000)).toBeUndefined()
    expect(list.settle(again, again.state, 50)).toBe(true)
    expect(list.size).toBe(1)
    expect(list.nextDue).toBe(50)
  })

  it("goes by who wants looks nearest, no nearer than allowed, and draws the next one nearer unless looks fail", () => {
    const list = new PollQueue(limits)
    list.add(watchOf("a", { every: 5000 }), 0, 0)
    const entry = taken(list, 0)
    expect(entry.state.limits).toEqual({ soonest: 10, every: 5000, latest: 5000 })
    list.settle(entry, entry.state, 5000)
    const leave = list.add(watchOf("a", { every: 1 }), 0, 0)
    expect(entry.state.limits).toEqual({ soonest: 10, every: 10, latest: 1000 })
    expect(list.nextDue).toBe(10)
    leave()
    list.settle(taken(list, 10), { ...entry.state, failures: 1 }, 500)
    list.add(watchOf("a"), 10, 0)
    expect(entry.state.limits.every).toBe(100)
    expect(list.nextDue).toBe(500)
  })

  it("takes the overdraft of the newest watcher that knows it", () => {
    const list = new PollQueue(limits)
    list.add(watchOf("a", { overdraft: OverdraftPolicy.payAsYouGo() }), 0, 0)
    list.add(watchOf("a", { overdraft: OverdraftPolicy.blocked }), 0, 0)
    list.add(watchOf("a"), 0, 0)
    expect(PollQueue.overdraftOf(taken(list, 0))).toEqual(OverdraftPolicy.blocked)
  })

  it("keeps the limits of the watchers who came and left while it was polled", () => {
    const list = new PollQueue(limits)
    list.add(watchOf("a"), 0, 0)
    const entry = taken(list, 0)
    const polled: Poll.State = entry.state
    list.add(watchOf("a", { every: 20 }), 0, 0)
    list.settle(entry, { ...polled, failures: 2 }, 50)
    expect(entry.state).toMatchObject({ failures: 2, limits: { every: 20 } })
  })

  it("gives out what is due at once in the order in which it was put in", () => {
    const list = new PollQueue(limits)
    for (const id of ["x", "b", "a", "c"]) list.add(watchOf(id), 0, 0)
    expect([1, 2, 3, 4].map(() => idOf(list.takeDue(0)))).toEqual(["x", "b", "a", "c"])
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
      const list = new PollQueue(limits)
      const leave = new Map<number, () => void>()
      let now = 0
      for (const { adds, draw, id, polls } of steps) {
        now += 7
        leave.get(id)?.()
        leave.delete(id)
        if (adds) leave.set(id, list.add(watchOf(String(id)), now, draw / 100))
        const { overdue } = list.count(now)
        const polled = new Set<string | undefined>()
        for (let poll = 0; poll < polls; poll++) {
          const due = list.nextDue
          const entry = list.takeDue(now)
          if (entry === undefined) break
          polled.add(idOf(entry))
          expect(due).toBeLessThanOrEqual(list.nextDue)
          list.settle(entry, entry.state, now + 1)
        }
        expect(polled.size).toBe(Math.min(polls, overdue))
        expect(list.size).toBe(leave.size)
        expect(list.count(now).watched).toBe(leave.size)
      }
    },
  )
})
