import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as OverdraftPolicy from "../../src/domain/runway/OverdraftPolicy.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as ZooError from "../../src/infra/zoo/ZooError.js"
import { Balances, type Service as BalancesService } from "../../src/services/Balances.js"
import * as FetchPolicy from "../../src/services/FetchPolicy.js"
import * as Poller from "../../src/services/Poller.js"
import { Reading } from "../../src/services/Reading.js"
import { look, type Terms } from "../domain/polling/looks.js"
import { settled } from "./polling/settled.js"
import { VirtualClock } from "./polling/VirtualClock.js"

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const NOW = Date.parse("2026-11-22T15:00:00Z")

interface Call {
  /** Milliseconds after the start. */
  readonly at: number
  readonly who: string
  readonly token: string
}

type Answer = (subject: Subject.Subject, call: number) => ReturnType<BalancesService["get"]>

/** Balances that answer at once with the same 10 dollars, unless told otherwise, and remember who asked. */
const balancesOf = (answer: Answer = () => reading()) => {
  const calls: Array<Call> = []
  const state = { running: 0, peak: 0, twice: false }
  const busy = new Set<string>()
  const get: BalancesService["get"] = (subject, options = {}) =>
    Effect.gen(function* () {
      const who = Subject.format(subject)
      const token = options.credential === undefined ? "" : Redacted.value(options.credential)
      if (options.policy !== FetchPolicy.refresh) return yield* Effect.dieMessage("a poll asks the API")
      calls.push({ at: (yield* Clock.currentTimeMillis) - NOW, who, token })
      const key = `${who} ${token}`
      state.twice ||= busy.has(key)
      busy.add(key)
      state.running++
      state.peak = Math.max(state.peak, state.running)
      return yield* Effect.suspend(() => answer(subject, calls.length)).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            busy.delete(key)
            state.running--
          }),
        ),
      )
    })
  const unasked = () => Effect.dieMessage("only get is asked")
  const layer = Layer.succeed(Balances, {
    get,
    refresh: unasked,
    told: () => Effect.succeedNone,
    accountOf: unasked,
    historyOf: unasked,
    changes: () => Stream.die("only get is asked"),
  })
  return { calls, state, layer, timesOf: (who: string) => calls.filter((call) => call.who === who).map(({ at }) => at) }
}

const reading = (terms: Terms = {}, isProvisional = false): Effect.Effect<Reading> =>
  Effect.map(Clock.currentTimeMillis, (now) =>
    Reading.Fresh({ snapshot: look(now, terms), warnings: [], isProvisional }),
  )

const context = ZooError.unanswered("Balances.get", "me")
const unavailable = Effect.fail(
  new ZooError.Unavailable({
    ...context,
    reason: "Network",
    status: Option.none(),
    retryAfter: Option.none(),
    detail: "no connection",
  }),
)

const user = (id: number | string) => Subject.user(String(id))

const watch = (...all: ReadonlyArray<Poller.Watched>) =>
  Effect.flatMap(Poller.Poller, (poller) => Effect.forEach(all, poller.watch, { discard: true }))

const status = Effect.flatMap(Poller.Poller, (poller) => poller.status)

/** Reads events from now on; what comes back gives those that were told until it is asked. */
const collect = Effect.gen(function* () {
  const poller = yield* Poller.Poller
  const events: Array<Poller.PollerEvent> = []
  yield* Effect.forkScoped(Stream.runForEach(poller.events, (event) => Effect.sync(() => events.push(event))))
  yield* settled
  return Effect.as(settled, events)
})

/** A scope that the test closes when it wants to. */
const scopeOf = Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))

/** Watches a subject, and leaves while it is looked at. */
const leftWhileLookedAt = (clock: VirtualClock) =>
  Effect.gen(function* () {
    const poller = yield* Poller.Poller
    const scope = yield* scopeOf
    yield* Scope.extend(poller.watch({ subject: Subject.me }), scope)
    yield* clock.advance("10 seconds")
    yield* Scope.close(scope, Exit.void)
  })

/** Lets time pass for a poller over fake balances, which starts at `NOW`. */
const polling = <A, E>(
  balances: ReturnType<typeof balancesOf>,
  options: Poller.Options,
  use: (clock: VirtualClock) => Effect.Effect<A, E, Poller.Poller | Scope.Scope>,
  seed = "poller",
) =>
  Effect.suspend(() => {
    const clock = new VirtualClock(NOW)
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Layer.provide(Poller.layer(options), balances.layer), scope)
      const result = yield* Effect.exit(Effect.provide(use(clock), context))
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* clock.advance("1 hour")
      yield* Fiber.join(closing)
      expect(balances.state.running).toBe(0)
      return yield* result
    }).pipe(Effect.scoped, Effect.withClock(clock), Effect.withRandom(Random.make(seed)))
  })

describe("Poller", () => {
  it.effect("looks at its first subject at once, and then as often as it is told", () => {
    const balances = balancesOf()
    return polling(balances, { every: "10 minutes" }, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: user("a") })
        yield* clock.advance(25 * MINUTE)
        expect(balances.timesOf("user:a")).toEqual([0, 10 * MINUTE, 20 * MINUTE])
      }),
    )
  })

  it.effect("spreads the first looks at all others over the time between looks", () => {
    const balances = balancesOf()
    const ids = Array.from({ length: 150 }, (_, id) => id)
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        yield* watch(...ids.map((id) => ({ subject: user(id) })))
        yield* clock.advance(0 * MINUTE)
        expect(balances.calls.map(({ who }) => who)).toEqual(["user:0"])
        yield* clock.advance(15 * MINUTE - 1)
        expect(new Set(balances.calls.map(({ who }) => who)).size).toBe(150)
        expect(balances.calls).toHaveLength(150)
        const thirds = [0, 5, 10].map(
          (from) => balances.calls.filter(({ at }) => at >= from * MINUTE && at < (from + 5) * MINUTE).length,
        )
        for (const third of thirds) expect(Math.abs(third - 50)).toBeLessThan(25)
      }),
    )
  })

  it.effect("spreads them by the host's randomness: the same for the same seed", () => {
    const timesWith = (seed: string) => {
      const balances = balancesOf()
      const watchAll = (clock: VirtualClock) =>
        Effect.zipRight(watch(...[1, 2, 3].map((id) => ({ subject: user(id) }))), clock.advance("15 minutes"))
      return Effect.as(polling(balances, {}, watchAll, seed), balances.calls)
    }
    return Effect.gen(function* () {
      const once = yield* timesWith("one")
      expect(yield* timesWith("one")).toEqual(once)
      expect(yield* timesWith("two")).not.toEqual(once)
    })
  })

  it.effect("looks right after a refresh, and for one that is late", () => {
    const refreshAt = NOW + 7 * MINUTE
    const balances = balancesOf((_, call) => reading({ refreshAt: call < 4 ? refreshAt : NOW + 30 * 24 * HOUR }))
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const events = yield* collect
        yield* watch({ subject: Subject.me })
        yield* clock.advance(12 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0, 7, 8, 9].map((minute) => minute * MINUTE + (minute && 5 * SECOND)))
        expect((yield* events).map((event) => event._tag === "Polled" && event.reason)).toEqual([
          "RefreshNear",
          "RefreshPending",
          "RefreshPending",
          "Regular",
        ])
      }),
    )
  })

  it.effect("looks more often as the expected crossing draws near, wherever that comes from", () => {
    const balances = balancesOf()
    const crossing = () => Effect.succeedSome(Timestamp.fromMillis(NOW + 16 * MINUTE))
    return polling(balances, { crossing }, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me })
        yield* clock.advance(10 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0, 4 * MINUTE, 7 * MINUTE, 9.25 * MINUTE])
      }),
    )
  })

  it.effect("looks on without an expected crossing where that breaks or hangs", () => {
    const balances = balancesOf()
    let asked = 0
    const crossing = () => (asked++ === 0 ? Effect.dieMessage("no rate") : Effect.never)
    return polling(balances, { crossing }, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me })
        yield* clock.advance(40 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0, 15 * MINUTE, 30 * MINUTE + 10 * SECOND])
      }),
    ).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
  })

  it.effect("confirms a provisional reading once the API's lag is over", () => {
    const balances = balancesOf((_, call) => reading({}, call === 1))
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me })
        yield* clock.advance(19 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0, 5 * MINUTE])
      }),
    )
  })

  it.effect("looks seldom where nothing is left and the watcher knows that service stops there", () => {
    const balances = balancesOf(() => reading({ monthly: Usd.zero, contract: true }))
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me, overdraft: OverdraftPolicy.blocked })
        yield* clock.advance(7 * 60 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0, 6 * HOUR])
      }),
    )
  })

  it.effect("never runs more looks at once than it is told, and takes who waits longest first", () => {
    const balances = balancesOf(() => Effect.delay(reading(), Duration.minutes(1)))
    return polling(balances, { concurrency: 2, every: "1 minute" }, (clock) =>
      Effect.gen(function* () {
        const ids = Array.from({ length: 10 }, (_, id) => id)
        yield* watch(...ids.map((id) => ({ subject: user(id) })))
        yield* clock.advance(90 * MINUTE)
        expect(balances.state).toMatchObject({ peak: 2, twice: false })
        // Two a minute, ten to look at: five minutes a round, and each once in each round.
        const counts = ids.map((id) => balances.timesOf(`user:${id}`).length)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        for (let from = 0; from + 10 <= 170; from++) {
          const round = balances.calls.slice(from, from + 10).map(({ who }) => who)
          expect(new Set(round).size).toBeGreaterThanOrEqual(9)
        }
        const { longestOverdue, ...counted } = yield* status
        expect(counted).toEqual({ watched: 10, running: 2, overdue: expect.any(Number) })
        expect(counted.overdue).toBeGreaterThanOrEqual(5)
        expect(Duration.toMinutes(longestOverdue)).toBeLessThanOrEqual(4)
      }),
    )
  })

  it.effect("gives a look up that hangs, which holds one place and nobody else up", () => {
    const balances = balancesOf((subject) =>
      subject._tag === "User" && subject.id === "hangs" ? Effect.never : reading(),
    )
    return polling(balances, { concurrency: 2 }, (clock) =>
      Effect.gen(function* () {
        const events = yield* collect
        yield* watch({ subject: user("hangs") })
        yield* watch(...["a", "b", "c"].map((id) => ({ subject: user(id) })))
        yield* clock.advance(1 * MINUTE)
        expect((yield* status).running).toBe(1)
        yield* clock.advance(60 * MINUTE)
        for (const id of ["a", "b", "c"]) expect(balances.timesOf(`user:${id}`).length).toBeGreaterThanOrEqual(4)
        // Two minutes each, and the waits between grow.
        const hanging = balances.timesOf("user:hangs")
        expect(hanging.length).toBeLessThanOrEqual(6)
        expect(balances.state.twice).toBe(false)
        const failed = (yield* events).filter((event) => event._tag === "Failed")
        expect(failed[0]).toMatchObject({ subject: user("hangs"), error: { _tag: "PollAborted", reason: "Deadline" } })
      }),
    )
  })

  it.effect("backs off from a subject that fails, more each time, and comes back to its usual pace", () => {
    const balances = balancesOf((subject, call) => (subject._tag === "Me" && call < 12 ? unavailable : reading()))
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const events = yield* collect
        yield* watch({ subject: Subject.me }, { subject: user("well") })
        yield* clock.advance(90 * MINUTE)
        const times = balances.timesOf("me")
        const gaps = times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / MINUTE)
        for (const [index, most] of [1, 2, 4, 8, 15].entries()) {
          expect(gaps[index]).toBeGreaterThanOrEqual(most)
          expect(gaps[index]).toBeLessThanOrEqual(1.2 * most)
        }
        expect(gaps.at(-1)).toBe(15)
        expect(balances.timesOf("user:well").length).toBe(6)
        const failed = (yield* events).flatMap((event) => (event._tag === "Failed" ? [event] : []))
        expect(failed[0]).toMatchObject({ subject: Subject.me, error: { _tag: "Unavailable" } })
        expect(failed.map(({ next }) => next.epochMillis - NOW)).toEqual(times.slice(1, failed.length + 1))
      }),
    )
  })

  it.effect("starts over with its patience once a subject was answered", () => {
    const balances = balancesOf((_, call) => (call === 5 ? reading() : unavailable))
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me })
        yield* clock.advance("40 minutes")
        const [answered = 0, failed = 0, again = 0] = balances.timesOf("me").slice(4)
        expect(failed - answered).toBe(15 * MINUTE)
        expect(again - failed).toBeGreaterThanOrEqual(MINUTE)
        expect(again - failed).toBeLessThanOrEqual(1.2 * MINUTE)
      }),
    )
  })

  it.effect("looks on time at a subject that is added while nobody else is due for long", () => {
    const balances = balancesOf()
    return polling(balances, { soonest: "1 second" }, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me })
        yield* clock.advance("1 second")
        yield* watch({ subject: Subject.org, every: "10 seconds" })
        yield* clock.advance("31 seconds")
        expect(balances.timesOf("org").length).toBeGreaterThanOrEqual(3)
      }),
    )
  })

  it.effect("waits as long as the API asks for, and long where it is refused", () => {
    const limited = new ZooError.RateLimited({
      ...context,
      by: "Api",
      retryAfter: Option.some(Duration.minutes(40)),
    })
    const refused = new ZooError.Refused({ ...context, reason: "Unauthorized" })
    const balances = balancesOf((subject) => Effect.fail(subject._tag === "Me" ? limited : refused))
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me })
        yield* clock.advance(39.9 * MINUTE)
        expect(balances.timesOf("me")).toHaveLength(1)
        yield* clock.advance(10 * MINUTE)
        expect(balances.timesOf("me")).toHaveLength(2)
        yield* watch({ subject: Subject.org })
        yield* clock.advance(24 * 60 * MINUTE)
        expect(balances.timesOf("org").length).toBeLessThanOrEqual(8)
      }),
    )
  })

  it.effect("logs a defect, tells it as a failure, and lives on", () => {
    const balances = balancesOf((_, call) => {
      if (call === 1) throw new Error("a bug")
      return call === 2 ? Effect.interrupt : reading()
    })
    return logged(
      polling(balances, {}, (clock) =>
        Effect.gen(function* () {
          const events = yield* collect
          yield* watch({ subject: user("someone@example.com") })
          yield* clock.advance(30 * MINUTE)
          expect(balances.timesOf("user:someone@example.com").length).toBe(4)
          expect((yield* events).map(({ _tag }) => _tag)).toEqual(["Failed", "Failed", "Polled", "Polled"])
          expect((yield* events)[0]).toMatchObject({
            error: { _tag: "PollAborted", reason: "Defect", cause: expect.objectContaining({ message: "a bug" }) },
          })
        }),
      ),
    ).pipe(
      Effect.tap((lines) => {
        const errors = lines.filter(({ level }) => level === "ERROR")
        expect(errors.map(({ message }) => message)).toEqual(["a poll broke", "a poll broke"])
        expect(errors[0]?.annotations).toEqual({ package: "zoo-runway", module: "Poller" })
      }),
    )
  })

  it.effect("hands on nothing of what a defect carries but the name, message and code of errors", () => {
    const request = { headers: { authorization: "Bearer secret-token" }, count: 1n }
    const thrown = [request, Object.assign(new Error("broken by secret-token"), { request, code: "EBUG" })]
    const balances = balancesOf((_, call) => Effect.die(thrown[call - 1] ?? "again"))
    const credential = Redacted.make("secret-token")
    const poll = polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const events = yield* collect
        yield* watch({ subject: Subject.me, credential })
        yield* clock.advance(2 * MINUTE)
        return (yield* events).map(Poller.encodeEvent)
      }),
    )
    return Effect.gen(function* () {
      let encoded: unknown
      const lines = yield* logged(Effect.map(poll, (events) => (encoded = events)))
      const text = JSON.stringify(encoded)
      expect(text).toContain("something that is no error")
      expect(text).toContain("broken by [token]")
      expect(`${text}${inspect(lines, { depth: 9 })}`).not.toContain("secret-token")
    })
  })

  it.effect("watches a subject once for all who watch it, until the last of them leaves", () => {
    const balances = balancesOf()
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const poller = yield* Poller.Poller
        const [first, second] = [yield* scopeOf, yield* scopeOf]
        yield* Scope.extend(poller.watch({ subject: Subject.me, credential: Redacted.make("token") }), first)
        yield* Scope.extend(poller.watch({ subject: Subject.me, credential: Redacted.make("token") }), second)
        yield* clock.advance(16 * MINUTE)
        expect((yield* status).watched).toBe(1)
        expect(balances.timesOf("me")).toEqual([0, 15 * MINUTE])
        yield* Scope.close(first, Exit.void)
        yield* clock.advance(15 * MINUTE)
        expect(balances.timesOf("me")).toHaveLength(3)
        yield* Scope.close(second, Exit.void)
        yield* clock.advance(60 * MINUTE)
        expect(balances.timesOf("me")).toHaveLength(3)
        expect(yield* status).toEqual({ watched: 0, running: 0, overdue: 0, longestOverdue: Duration.zero })
        yield* watch({ subject: Subject.me })
        yield* clock.advance(0 * MINUTE)
        expect(balances.timesOf("me")).toHaveLength(4)
      }),
    )
  })

  it.effect("keeps the tokens of one subject apart", () => {
    const balances = balancesOf()
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const events = yield* collect
        yield* watch({ subject: Subject.me, credential: Redacted.make("alice") })
        yield* watch({ subject: Subject.me, credential: Redacted.make("bob") }, { subject: Subject.me })
        yield* clock.advance(14 * MINUTE)
        expect(balances.calls.map(({ token }) => token).sort()).toEqual(["", "alice", "bob"])
        expect((yield* status).watched).toBe(3)
        const told = (yield* events).map((event) => event._tag === "Polled" && event.credential)
        expect(told).toContainEqual(Redacted.make("alice"))
        expect(inspect(yield* events, { depth: 9 })).not.toMatch(/alice|bob/)
      }),
    )
  })

  it.effect("looks as often as the watcher wants it who wants it most, but no nearer than allowed", () => {
    const balances = balancesOf()
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const poller = yield* Poller.Poller
        yield* watch({ subject: Subject.me, every: "1 hour" })
        yield* clock.advance(10 * MINUTE)
        const often = yield* scopeOf
        yield* Scope.extend(poller.watch({ subject: Subject.me, every: "5 minutes" }), often)
        yield* clock.advance(11 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0, 15 * MINUTE, 20 * MINUTE])
        yield* Scope.close(often, Exit.void)
        yield* clock.advance(70 * MINUTE)
        expect(balances.timesOf("me").slice(3)).toEqual([25 * MINUTE, 85 * MINUTE])
        yield* watch({ subject: Subject.org, every: 0 })
        const before = yield* Clock.currentTimeMillis
        yield* clock.advance(61 * MINUTE)
        expect(balances.timesOf("org").filter((at) => at > before - NOW + MINUTE).length).toBe(60)
      }),
    )
  })

  it.effect("looks as seldom as the only watcher wants, past its own latest too", () => {
    const balances = balancesOf()
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me, every: "20 hours" })
        yield* clock.advance(41 * 60 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0, 20 * HOUR, 40 * HOUR])
      }),
    )
  })

  it.effect("does not look twice at a subject that is left and watched again while it is looked at", () => {
    const balances = balancesOf(() => Effect.delay(reading(), "30 seconds"))
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const events = yield* collect
        yield* leftWhileLookedAt(clock)
        expect(yield* status).toMatchObject({ watched: 0, running: 1 })
        yield* watch({ subject: Subject.me })
        yield* clock.advance(5 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0])
        expect(yield* status).toMatchObject({ watched: 1, running: 0 })
        expect(yield* events).toHaveLength(1)
      }),
    )
  })

  it.effect("tells nobody of a look that nobody waits for any more", () => {
    const balances = balancesOf(() => Effect.delay(reading(), "30 seconds"))
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const events = yield* collect
        yield* leftWhileLookedAt(clock)
        yield* clock.advance(60 * MINUTE)
        expect(balances.timesOf("me")).toEqual([0])
        expect(yield* events).toEqual([])
        expect(yield* status).toMatchObject({ watched: 0, running: 0, overdue: 0 })
      }),
    )
  })

  it.effect("lets running looks finish when it stops, and starts no more", () => {
    const balances = balancesOf(() => Effect.delay(reading(), "90 seconds"))
    return Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const scope = yield* scopeOf
      const poller = yield* Scope.extend(
        Effect.provide(Poller.make({ concurrency: 1, grace: "1 minute" }), balances.layer),
        scope,
      )
      yield* poller.watch({ subject: Subject.me })
      yield* Effect.forEach([1, 2, 3], (id) => poller.watch({ subject: user(id), every: 0 }))
      const events = yield* Effect.fork(Stream.runCollect(poller.events))
      yield* TestClock.adjust("70 seconds")
      expect(yield* poller.status).toMatchObject({ running: 1, overdue: 3 })
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("15 seconds")
      expect(balances.state.running).toBe(1)
      yield* TestClock.adjust("15 seconds")
      yield* Fiber.join(closing)
      expect(Chunk.toReadonlyArray(yield* Fiber.join(events)).map(({ _tag }) => _tag)).toEqual(["Polled"])
      yield* TestClock.adjust("1 hour")
      expect(balances.calls).toHaveLength(1)
      // Whoever comes too late finds it closed.
      expect(yield* Stream.runCount(poller.events)).toBe(0)
    }).pipe(Effect.scoped)
  })

  it.effect("interrupts looks that take longer than it may wait as it stops", () => {
    const interrupted: Array<string> = []
    const balances = balancesOf((subject) =>
      Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted.push(Subject.format(subject)))),
    )
    return Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const scope = yield* scopeOf
      const poller = yield* Scope.extend(Effect.provide(Poller.make({ grace: "10 seconds" }), balances.layer), scope)
      yield* poller.watch({ subject: Subject.me })
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("9 seconds")
      expect(interrupted).toEqual([])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      expect(interrupted).toEqual(["me"])
      expect(balances.state.running).toBe(0)
    }).pipe(Effect.scoped)
  })

  it.effect("tells a reader who falls behind how many events were lost, and holds nobody up", () => {
    const balances = balancesOf()
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        const poller = yield* Poller.Poller
        const gate = yield* Deferred.make<void>()
        const read: Array<Poller.PollerEvent> = []
        const keep = (event: Poller.PollerEvent) => Effect.as(Deferred.await(gate), read.push(event))
        yield* Effect.forkScoped(Stream.runForEach(poller.events, keep))
        yield* settled
        yield* watch({ subject: Subject.me, every: "1 minute" })
        yield* clock.advance(2000 * MINUTE)
        expect(balances.calls).toHaveLength(2001)
        yield* Deferred.succeed(gate, undefined)
        yield* settled
        const [first, second, ...others] = read
        expect(first).toMatchObject({ _tag: "Polled" })
        expect(second).toEqual(Poller.PollerEvent.Missed({ count: 2000 - 1_024 }))
        expect(others).toHaveLength(1_024)
      }),
    )
  })

  it.effect("is not put off by a clock that is set back", () => {
    const balances = balancesOf()
    return polling(balances, {}, (clock) =>
      Effect.gen(function* () {
        yield* watch({ subject: Subject.me })
        yield* clock.advance(5 * MINUTE)
        clock.setBack("1 day")
        yield* clock.advance("12 minutes")
        const [, second = 0, ...others] = balances.timesOf("me")
        // Ten minutes were left, and the clock is looked at once a minute.
        expect(second + 24 * HOUR).toBeGreaterThanOrEqual(15 * MINUTE)
        expect(second + 24 * HOUR).toBeLessThanOrEqual(16 * MINUTE)
        expect(others).toEqual([])
      }),
    )
  })

  it.effect("names nobody in its spans and in its log", () => {
    const balances = balancesOf(() => unavailable)
    const spans: Array<Tracer.Span> = []
    const told = (native: Tracer.Tracer): Tracer.Tracer =>
      Tracer.make({
        span: (...all) => {
          const span = native.span(...all)
          spans.push(span)
          return span
        },
        context: (run, fiber) => native.context(run, fiber),
      })
    const subject = user("someone@example.com")
    const poll = polling(balances, {}, (clock) =>
      Effect.zipRight(watch({ subject, credential: Redacted.make("secret-token") }), clock.advance("1 second")),
    )
    return Effect.gen(function* () {
      const lines = yield* logged(Effect.withSpan(poll, "Host.start"))
      const [, ...polls] = spans
      expect(polls.map(({ name, parent }) => ({ name, parent }))).toEqual([
        { name: "Poller.poll", parent: Option.none() },
      ])
      expect(polls[0]?.attributes.get("subject")).toBe("User")
      expect(JSON.stringify(polls.map(({ attributes }) => [...attributes]))).not.toContain("someone")
      expect(lines.map(({ level }) => level)).toEqual(["DEBUG"])
      expect(inspect(lines, { depth: 9 })).not.toContain("someone")
      expect(inspect([lines, spans], { depth: 9 })).not.toContain("secret-token")
    }).pipe((effect) => Effect.flatMap(Effect.tracer, (native) => Effect.withTracer(effect, told(native))))
  })

  it.effect("polls two thousand subjects for a day, each on time, ten at once, with an API that takes its time", () => {
    const subjects = 2_000
    const balances = balancesOf(() => Effect.delay(reading(), "2 seconds"))
    return polling(balances, { every: "12 hours" }, (clock) =>
      Effect.gen(function* () {
        for (let id = 0; id < subjects; id++) yield* watch({ subject: user(id) })
        yield* clock.advance("1 day")
        const times = new Map<string, Array<number>>()
        for (const { at, who } of balances.calls) {
          const own = times.get(who) ?? []
          own.push(at)
          times.set(who, own)
        }
        expect(times.size).toBe(subjects)
        const counts = [...times.values()].map(({ length }) => length)
        // Twice each, but for those whose second look is put off past the day by the two seconds of the first.
        expect(Math.max(...counts)).toBe(2)
        expect(counts.filter((count) => count < 2).length).toBeLessThan(subjects / 1000)
        const gaps = [...times.values()].flatMap((own) => own.slice(1).map((at, index) => at - (own[index] ?? 0)))
        expect(Math.min(...gaps)).toBe(12 * HOUR + 2 * SECOND)
        expect(Math.max(...gaps)).toBeLessThan(12 * HOUR + MINUTE)
        expect(balances.state.peak).toBeLessThanOrEqual(10)
        expect(balances.state.twice).toBe(false)
        const { running, ...waiting } = yield* status
        expect(waiting).toEqual({ watched: subjects, overdue: 0, longestOverdue: Duration.zero })
        expect(running).toBeLessThanOrEqual(10)
      }),
    )
  })
})

interface Line {
  readonly level: string
  readonly message: string
  readonly annotations: Record<string, unknown>
}

/** What an effect logs, debugging included. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<Line>, E, R> =>
  Effect.suspend(() => {
    const lines: Array<Line> = []
    const host = Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
      lines.push({
        level: logLevel.label,
        message: [message].flat().join(" "),
        annotations: Object.fromEntries(HashMap.toEntries(annotations)),
      })
    })
    return effect.pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, host)),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.as(lines),
    )
  })
