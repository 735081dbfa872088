import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { AccountDirectory } from "../../../src/infra/store/AccountDirectory.js"
import * as SnapshotStore from "../../../src/infra/store/SnapshotStore.js"
import { StoreCare } from "../../../src/infra/store/StoreCare.js"
import type { StoreError } from "../../../src/infra/store/StoreError.js"
import * as Histories from "./Histories.js"
import * as Model from "./Model.js"
import * as Samples from "./Samples.js"
import { append, exec, mode, on, raw, temp } from "./SqliteFile.js"

const { balance, snapshot, texts, user } = Samples

const DAY = 86_400_000
const time = Timestamp.fromMillis

const store = SnapshotStore.SnapshotStore
const reading = (account: Account.Account) =>
  Effect.flatMap(store, (each) => Stream.runCollect(each.stream(account))).pipe(Effect.map((all) => [...all]))

const damage = (account: Account.Account) =>
  Effect.gen(function* () {
    const care = yield* StoreCare
    return [...(yield* care.checkFile), ...(yield* care.checkAccount(account)).damage]
  })

const sum = ({ lower, unbounded, upper }: SnapshotStore.UsageSum) => [
  Usd.format(lower),
  Option.getOrNull(Option.map(upper, Usd.format)),
  unbounded,
]
const days = Effect.map(
  Effect.flatMap(store, (each) => each.usageByDay(user)),
  (all) => all.map(({ credits, date, isOpen, payAsYouGo }) => [date, sum(credits), sum(payAsYouGo), isOpen]),
)

/** The looks beside any event but usage: both ends of what it explains. */
const besideEvents = (history: ReadonlyArray<Snapshot.Snapshot>): ReadonlySet<number> => {
  const times = new Set<number>()
  for (const { events, from, to } of Ledger.fromHistory(history)) {
    const isQuiet = events.every(
      (event) => event._tag === "Usage" || (event._tag === "Charge" && event.kind === "Usage"),
    )
    // What is still open at the end has no look that closes it.
    if (!isQuiet) times.add(from.epochMillis).add(to.epochMillis)
  }
  return times
}

describe("pruning", () => {
  const before = FastCheck.constantFrom(
    Date.UTC(2026, 4, 9),
    Date.UTC(2026, 5, 1),
    Date.UTC(2026, 5, 1, 7),
    Date.UTC(2026, 6),
  )
  const thins = FastCheck.constantFrom<SnapshotStore.PruneRequest["thin"]>(undefined, "Hour", "Day")

  it.effect.prop(
    "keeps the sums of every day, and of what is thinned the last look of each hour or day and those beside events",
    [Histories.of(user), before, thins],
    ([given, until, thin]) =>
      Effect.gen(function* () {
        const port = yield* store
        yield* port.appendAll(given)
        const wanted = Model.history(given)
        const sums = yield* days
        const request = { before: time(until), thin }
        const planned = yield* port.prune({ ...request, dryRun: true })
        expect(texts(yield* reading(user))).toEqual(texts(wanted))
        expect(yield* port.prune(request)).toEqual(planned)
        const left = yield* reading(user)
        expect(yield* days).toEqual(sums)
        expect(yield* damage(user)).toEqual([])
        expect(planned.removed).toBe(wanted.length - left.length)
        const dayOf = (at: number): number => Math.ceil(at / DAY)
        const isOld = (at: number): boolean => dayOf(at) * DAY <= until
        const period = thin === "Hour" ? DAY / 24 : DAY
        const events = besideEvents(wanted)
        const stays = wanted.filter(({ observedAt: { epochMillis: at } }, index) => {
          if (!isOld(at)) return true
          if (thin === undefined) return false
          const next = wanted[index + 1]?.observedAt.epochMillis
          return next === undefined || Math.ceil(next / period) !== Math.ceil(at / period) || events.has(at)
        })
        expect(texts(left)).toEqual(texts(stays))
        expect((yield* port.prune(request)).removed).toBe(0)
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
    { fastCheck: { numRuns: 40 } },
  )

  it.effect.prop(
    "refuses what lies before it afterwards, and explains what follows as if nothing had gone",
    [Histories.of(user), before, thins],
    ([given, until, thin]) =>
      Effect.gen(function* () {
        const port = yield* store
        const [old, late] = [given.filter(isBefore(until)), given.filter((each) => !isBefore(until)(each))]
        yield* port.appendAll(old)
        yield* port.prune({ before: time(until), thin })
        const pruned = (yield* port.statistics).frozen > 0
        const again = yield* port.appendAll(old)
        const last = Math.max(...old.map(({ observedAt }) => Math.ceil(observedAt.epochMillis / DAY) * DAY))
        if (pruned) {
          const earlier = Snapshot.make(user, time(last - DAY), balance("123.00"))
          const { message } = yield* Effect.flip(port.append(earlier))
          expect(message).toContain(`pruned up to ${Timestamp.format(time(last))}`)
        }
        const stayed = new Set(texts(yield* reading(user)))
        for (const [index, { _tag }] of again.entries()) {
          expect(_tag).toBe(stayed.has(Samples.text(old[index] as Snapshot.Snapshot)) ? "Duplicate" : "Refused")
        }
        yield* port.appendAll(late)
        const wanted = Model.usageByDay(Model.history([...old, ...late]))
        const found = yield* port.usageByDay(user)
        expect(found.map(({ credits, date, payAsYouGo }) => [date, sum(credits), sum(payAsYouGo)])).toEqual(
          wanted.map(({ credits, date, payAsYouGo }) => [date, sum(credits), sum(payAsYouGo)]),
        )
        expect(yield* damage(user)).toEqual([])
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
    { fastCheck: { numRuns: 40 } },
  )

  const isBefore = (until: number) => (each: Snapshot.Snapshot) =>
    Math.ceil(each.observedAt.epochMillis / DAY) * DAY <= until
})

describe("forgetting", () => {
  it.scoped("leaves nothing of an account in any byte of the file or its log, and everything of the others", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const gone = Account.user(Account.DEFAULT_BASE_URL, "gone-with-the-wind")
      const secret = { subscriptionId: Option.some("sub_of_the_gone"), id: Option.some("id-of-the-gone") }
      const amount = 8_765_432_123_456_789n
      const looks = Array.from({ length: 300 }, (_, minute) =>
        Snapshot.make(gone, Samples.at(minute), {
          ...balance("1.00", secret),
          monthly: { value: Usd.unsafeFromNanos(amount + BigInt(minute % 7)), credits: Option.none() },
        }),
      )
      const holder = { baseUrl: Account.DEFAULT_BASE_URL, credential: Redacted.make("token"), subject: Subject.me }
      const files = () => readdirSync(folder).map((name) => readFileSync(join(folder, name)))
      const number = Buffer.alloc(8)
      number.writeBigInt64BE(amount)
      const traces = () =>
        files().flatMap((bytes) =>
          ["gone-with-the-wind", "sub_of_the_gone", "id-of-the-gone", number].filter((each) => bytes.includes(each)),
        )
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const port = yield* store
          const directory = yield* AccountDirectory
          yield* append(...looks, ...looks.map((each) => ({ ...each, account: user, balance: balance("5.00") })))
          yield* directory.remember(holder, gone)
          const others = texts(yield* reading(user))
          expect(traces()).not.toEqual([])
          expect(yield* port.forget(gone)).toBe(looks.length)
          expect(traces()).toEqual([])
          expect(texts(yield* reading(user))).toEqual(others)
          expect(yield* reading(gone)).toEqual([])
          expect(yield* directory.find(holder)).toEqual(Option.none())
          expect((yield* port.accounts).map(({ account }) => account)).toEqual([user])
          expect((yield* port.statistics).plans).toBe(1)
          expect(yield* damage(user)).toEqual([])
          expect(yield* port.forget(gone)).toBe(0)
          yield* append(...looks)
          expect(texts(yield* reading(gone))).toEqual(texts(looks))
        }),
      )
    }),
  )
})

describe("joining accounts", () => {
  const holder = (token: string) => ({
    baseUrl: Account.DEFAULT_BASE_URL,
    credential: Redacted.make(token),
    subject: Subject.me,
  })

  it.effect("makes the history of a label that of the account, and its holder one of the account", () =>
    Effect.gen(function* () {
      const port = yield* store
      const care = yield* StoreCare
      const directory = yield* AccountDirectory
      const label = yield* directory.label(holder("token"))
      const both = Array.from({ length: 1200 }, (_, minute) => snapshot(minute, (20 - minute / 100).toFixed(2)))
      const own = both.filter((_, minute) => minute % 3 !== 0)
      const others = both.filter((_, minute) => minute % 3 !== 1)
      yield* port.appendAll(own)
      yield* port.appendAll(others.map((each) => ({ ...each, account: label })))
      expect(yield* directory.find(holder("token"))).toEqual(Option.none())
      expect(yield* care.join(label, user)).toBe(others.length)
      expect(texts(yield* reading(user))).toEqual(texts(both))
      expect(yield* days).toEqual(
        Model.usageByDay(both).map(({ credits, date, isOpen, payAsYouGo }) => [
          date,
          sum(credits),
          sum(payAsYouGo),
          isOpen,
        ]),
      )
      expect((yield* port.accounts).map(({ account }) => account)).toEqual([user])
      expect(yield* directory.find(holder("token"))).toEqual(Option.some(user))
      expect(yield* damage(user)).toEqual([])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect("is refused where it makes no sense, and changes nothing then", () =>
    Effect.gen(function* () {
      const port = yield* store
      const care = yield* StoreCare
      yield* port.append(snapshot(0, "1.00"))
      yield* port.append(Snapshot.make(Samples.labelled, Samples.at(0), balance("2.00")))
      const refused = (from: Account.Account, into: Account.Account) =>
        Effect.map(Effect.flip(care.join(from, into)), (error) => ("reason" in error ? error.reason : error))
      expect(yield* refused(user, user)).toBe("Same")
      expect(yield* refused(Samples.organization, user)).toBe("NothingKept")
      expect(yield* refused(user, Samples.elsewhere)).toBe("OtherBaseUrl")
      yield* port.prune({ before: time(Samples.at(0).epochMillis + 2 * DAY), account: user })
      expect(yield* refused(Samples.labelled, user)).toBe("Pruned")
      expect((yield* reading(Samples.labelled)).length).toBe(1)
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )
})

describe("a backup", () => {
  it.scoped("is a history of one moment, whole, made while others write, readable by its owner alone", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const copy = join(folder, "copy.db")
      const looks = Array.from({ length: 3000 }, (_, minute) => snapshot(minute, (minute / 100).toFixed(2)))
      yield* on(SnapshotStore.layerSqlite({ path }), Effect.void)
      const other = yield* raw(path)
      yield* on(
        SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" }),
        Effect.gen(function* () {
          const care = yield* StoreCare
          const port = yield* store
          yield* port.appendAll(looks)
          let written = 0
          const progress: Array<number> = []
          const bytes = yield* care.backup(copy, {
            onProgress: (done, total) => {
              progress.push(done / total)
              other.exec(`INSERT INTO meta (key, value) VALUES ('other-${written++}', zeroblob(9000))`)
            },
          })
          expect(bytes).toBe(readFileSync(copy).length)
          expect(progress.length).toBeGreaterThan(0)
          yield* append(snapshot(9999, "1.00"))
        }),
      )
      expect(mode(copy)).toBe(0o600)
      const kept = yield* on(SnapshotStore.layerReadOnly({ path: copy }), Effect.all([reading(user), damage(user)]))
      expect(texts(kept[0])).toEqual(texts(looks))
      expect(kept[1]).toEqual([])
      expect((yield* raw(copy)).prepare("SELECT count(*) FROM meta WHERE key LIKE 'other-%'").pluck().get()).toBe(0)
      expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([])
    }),
  )

  it.scoped("never takes the place of a file, and leaves nothing where it cannot be made", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      writeFileSync(join(folder, "there.db"), "mine")
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const care = yield* StoreCare
          yield* append(snapshot(0, "1.00"))
          const there = yield* Effect.flip(care.backup(join(folder, "there.db")))
          expect(there).toMatchObject({ _tag: "StoreCannotOpen", reason: "Exists" })
          const nowhere = yield* Effect.flip(care.backup(join(folder, "no", "copy.db")))
          expect(nowhere).toMatchObject({ _tag: "StoreCannotOpen", reason: "NoSuchFolder" })
        }),
      )
      expect(readFileSync(join(folder, "there.db"), "utf8")).toBe("mine")
      expect(existsSync(join(folder, "no"))).toBe(false)
      expect(readdirSync(folder).toSorted()).toEqual(["history.db", "there.db"])
    }),
  )
})

describe("a check", () => {
  const damaged: ReadonlyArray<readonly [string, string, string]> = [
    [
      "an amount",
      "UPDATE look SET monthly_usd = monthly_usd + 1 WHERE observed_at = (SELECT max(observed_at) FROM look)",
      "day",
    ],
    ["credits", "UPDATE look SET monthly_credits = monthly_credits + 1", "day"],
    ["an amount due", "UPDATE look SET due_usd = due_usd + 1 WHERE due_usd IS NOT NULL", "day"],
    ["a sum of a row", "UPDATE look SET credits_lower = credits_lower + 1", "look"],
    ["a sum of a day", "UPDATE day SET credits_lower = credits_lower + 1", "day"],
    ["a bound of a day", "UPDATE day SET paygo_unbounded = paygo_unbounded + 1", "day"],
    ["a checksum", "UPDATE day SET checksum = checksum + 1", "day"],
    ["a server's time", "UPDATE look SET lag = lag + 1", "day"],
    ["a refresh", "UPDATE terms SET created_at = created_at + 1", "day"],
    ["a plan", 'UPDATE plan SET json = replace(json, \'"subscriptionId":null\', \'"subscriptionId":"x"\')', "plan"],
    ["an owner", "UPDATE account SET owner = 'user:eve'", "account"],
    [
      "a state",
      "UPDATE checkpoint SET state = replace(state, '\"smaller\":', '\"smaller\":1') WHERE state <> ''",
      "checkpoint",
    ],
    ["a row that is gone", "DELETE FROM look WHERE observed_at = (SELECT max(observed_at) FROM look)", "day"],
    ["a day that is gone", "DELETE FROM day WHERE day = (SELECT max(day) FROM day)", "look"],
  ]
  for (const [title, sql, table] of damaged) {
    it.scoped(`finds ${title} that changed at rest`, () =>
      Effect.gen(function* () {
        const { path } = yield* temp
        const layer = SnapshotStore.layerSqlite({ path })
        const looks = Array.from({ length: 60 }, (_, hour) =>
          snapshot(60 * hour, (20 - hour / 4).toFixed(2), hour % 2 === 0 ? { due: Samples.due("3") } : {}),
        )
        yield* on(layer, append(...looks))
        expect(yield* on(layer, damage(user))).toEqual([])
        exec(path, sql)
        const [account] = yield* on(
          layer,
          Effect.flatMap(store, (port) => Effect.map(port.accounts, (all) => all.map((each) => each.account))),
        )
        // Whose history it is cannot be told any more where the owner changed: then nothing of it is handed out.
        const failed = (error: StoreError) => Effect.succeed(error._tag === "StoreCorrupt" ? [error] : [])
        const found = yield* on(layer, Effect.catchAll(damage(account ?? user), failed))
        expect(found.map((each) => each.table)).toContain(table)
      }),
    )
  }

  const frozenFlips: ReadonlyArray<readonly [string, string]> = [
    ["a sum of an emptied day", "UPDATE day SET credits_lower = credits_lower + 1 WHERE frozen IS NOT NULL"],
    ["the beginning of a day", "UPDATE day SET first_at = first_at + 40000000 WHERE frozen IS NOT NULL"],
    ["what a day takes for granted", "UPDATE day SET assumes = (assumes | 2) - (assumes & 2) WHERE frozen IS NOT NULL"],
    ["whether a day is open", "UPDATE day SET is_open = 1 - is_open WHERE frozen IS NOT NULL"],
    ["the version that made a day", "UPDATE day SET frozen = frozen + 1 WHERE frozen IS NOT NULL"],
    [
      "whether a row is open",
      "UPDATE look SET is_open = 1 - is_open WHERE observed_at = (SELECT min(observed_at) FROM look)",
    ],
  ]
  for (const [title, sql] of frozenFlips) {
    for (const thin of ["Hour", undefined] as const) {
      it.scoped(`finds ${title} that changed where nothing can be explained again, ${thin ?? "nothing"} kept`, () =>
        Effect.gen(function* () {
          const { path } = yield* temp
          const layer = SnapshotStore.layerSqlite({ path })
          const looks = Array.from({ length: 300 }, (_, minute) => snapshot(10 * minute, (20 - minute / 20).toFixed(2)))
          yield* on(
            layer,
            Effect.gen(function* () {
              yield* append(...looks)
              yield* (yield* store).prune({ before: time(Samples.at(0).epochMillis + 2 * DAY), thin })
              expect(yield* damage(user)).toEqual([])
            }),
          )
          exec(path, sql)
          expect(yield* on(layer, damage(user))).not.toEqual([])
        }),
      )
    }
  }

  it.scoped("never hands out an account by a holder that changed at rest, and finds it", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const layer = SnapshotStore.layerSqlite({ path })
      const holder = (token: string) => ({
        baseUrl: Account.DEFAULT_BASE_URL,
        credential: Redacted.make(token),
        subject: Subject.me,
      })
      yield* on(
        layer,
        Effect.gen(function* () {
          const directory = yield* AccountDirectory
          yield* append(snapshot(0, "1.00"), Snapshot.make(Samples.organization, Samples.at(0), balance("2.00")))
          yield* directory.remember(holder("one"), user)
          yield* directory.remember(holder("two"), Samples.organization)
          yield* directory.noteAnswer(holder("one"), Samples.at(1))
          expect(yield* directory.find(holder("one"))).toEqual(Option.some(user))
          expect(yield* damage(user)).toEqual([])
        }),
      )
      exec(path, "UPDATE holder SET account_id = 3 - account_id")
      yield* on(
        layer,
        Effect.gen(function* () {
          const directory = yield* AccountDirectory
          const failed = yield* Effect.flip(directory.find(holder("one")))
          expect(failed).toMatchObject({ _tag: "StoreCorrupt", table: "holder" })
          expect(yield* Effect.flip(directory.lastAnswered(holder("one")))).toMatchObject({ _tag: "StoreCorrupt" })
          expect((yield* damage(user)).map(({ table }) => table)).toEqual(["holder", "holder"])
        }),
      )
    }),
  )

  const unreadable: ReadonlyArray<readonly [string, string]> = [
    [
      "rows out of order",
      `UPDATE look SET observed_at = observed_at - 78000 WHERE observed_at = ${Samples.at(2).epochMillis}`,
    ],
    ["a last time that is none", "UPDATE day SET last_at = last_at | (1 << 60)"],
    ["a server's time past the year 9999", "UPDATE look SET lag = -(1 << 49)"],
    ["a plan's time past the year 9999", "UPDATE terms SET created_at = 1 << 50"],
  ]
  for (const [title, sql] of unreadable) {
    it.scoped(`of ${title} is damage, and a typed error for whoever reads or writes`, () =>
      Effect.gen(function* () {
        const { path } = yield* temp
        const layer = SnapshotStore.layerSqlite({ path })
        const minutes = [0, 0.5, 1, 2, 3, 70]
        yield* on(layer, append(...minutes.map((minute) => snapshot(minute, (10 - Math.trunc(minute)).toFixed(2)))))
        exec(path, sql)
        yield* on(
          layer,
          Effect.gen(function* () {
            const port = yield* store
            expect(yield* damage(user)).not.toEqual([])
            const tried = [
              Effect.asVoid(port.accounts),
              Effect.asVoid(reading(user)),
              Effect.asVoid(port.append(snapshot(80, "1.00"))),
              Effect.asVoid(port.append(snapshot(1.5, "1.00"))),
              Effect.asVoid(port.usageByDay(user)),
            ]
            for (const each of tried) {
              const result = yield* Effect.either(each)
              if (result._tag === "Left") expect(result.left._tag).toBe("StoreCorrupt")
            }
          }),
        )
      }),
    )
  }
})
