import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as VerifyView from "../../src/cli/render/VerifyView.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as LedgerDay from "../../src/domain/history/LedgerDay.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import { type StoredDay, UsageStore } from "../../src/infra/store/UsageStore.js"
import * as Pruning from "../../src/services/Pruning.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import * as Verification from "../../src/services/Verification.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { look } from "../domain/history/looks.js"
import { account, poll } from "../domain/history/simulated.js"
import * as SqliteFile from "../infra/store/SqliteFile.js"
import * as TempFolder from "../infra/store/TempFolder.js"

const other = Account.user(Account.DEFAULT_BASE_URL, "e7f1b1f4-4d0e-4a55-8f43-5f6f2d3c9a10")
const minute = (at: number): string => new Date(Date.UTC(2026, 4, 10, 0, at)).toISOString()

/** Snapshots a minute apart; where monthly credits rise by themselves, nothing but a correction explains it. */
const snapshots = (monthly: ReadonlyArray<number>): ReadonlyArray<Snapshot.Snapshot> =>
  monthly.map((usd, at) => look({ at: minute(at), monthly: usd.toFixed(2), stable: "0.00" }))

const theirs = snapshots([5, 4]).map(({ balance, observedAt }) => Snapshot.make(other, observedAt, balance))

const memory = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerMemory)

const stored = (all: ReadonlyArray<Snapshot.Snapshot>) =>
  Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(all))

const verified = (all: ReadonlyArray<Snapshot.Snapshot>) =>
  Effect.gen(function* () {
    yield* stored(all)
    return [...(yield* Stream.runCollect(Verification.all))]
  }).pipe(Effect.provide(memory))

describe("Verification of sound accounts", () => {
  it.effect("finds every balance equation to hold, and counts what only a correction explains", () =>
    Effect.gen(function* () {
      const found = yield* verified([...snapshots([5, 4, 600, 600, 3]), ...theirs])
      const of = (owner: Account.Account) => found.find((each) => Account.equals(each.account, owner))
      expect(found).toHaveLength(2)
      expect(of(account)).toMatchObject({
        days: 1,
        sealedDays: 0,
        snapshots: 5,
        pairs: 4,
        corrections: 1,
        open: 0,
        damage: [],
      })
      expect(of(account)?.firstCorrections.map(({ book, to }) => [book, to.epochMillis])).toEqual([
        ["Monthly", Date.parse(minute(2))],
      ])
      expect(of(other)).toMatchObject({ snapshots: 2, pairs: 1, corrections: 0, open: 0, firstCorrections: [] })
      expect(found.every(Verification.isSound)).toBe(true)
    }),
  )

  it.effect("counts outdated and misdated snapshots, sealed or not, and finds nothing damaged", () =>
    Effect.gen(function* () {
      const [a, b, c] = snapshots([5, 4, 3]) as [Snapshot.Snapshot, Snapshot.Snapshot, Snapshot.Snapshot]
      const unborn = Snapshot.make(account, Timestamp.unsafeFromText("1970-01-01T00:10:00Z"), a.balance)
      const outdated = Snapshot.make(account, Timestamp.unsafeFromText(minute(20)), b.balance)
      yield* stored([unborn, a, b, c, outdated])
      const found = yield* Verification.account(account)
      expect(found).toMatchObject({
        outdated: 1,
        misdated: 1,
        firstMisdated: [unborn.observedAt],
        pairs: 2,
        damage: [],
      })
      yield* Pruning.run({ account, before: Timestamp.unsafeFromText(minute(24 * 60)) })
      const pruned = yield* Verification.account(account)
      expect(pruned).toMatchObject({ sealedDays: 2, snapshots: 3, outdated: 1, misdated: 1, damage: [], open: 0 })
      const store = yield* SnapshotStore.SnapshotStore
      expect(yield* store.latest(account)).toEqual(Option.some(c))
    }).pipe(Effect.provide(memory)),
  )

  it.effect("reports the first corrections and counts all", () =>
    Effect.gen(function* () {
      const [found] = yield* verified(snapshots(Array.from({ length: 61 }, (_, at) => (at % 2 === 0 ? 4 : 600))))
      if (found === undefined) return expect.fail("nothing found")
      expect(found.corrections).toBe(30)
      expect(found.firstCorrections).toHaveLength(20)
      const lines = VerifyView.lines(found, "UTC")
      expect(lines).toHaveLength(1 + 20 + 1)
      expect(lines[1]).toContain("monthly credits at least 596.00: monthly credits rose")
      expect(lines.at(-1)).toBe("  and 10 more")
    }),
  )
})

describe("Verification of stored usage", () => {
  const HOUR = 3_600_000
  const DAY = 24 * HOUR
  const FROM = Date.UTC(2026, 5, 20, 7)
  const FIRST = LedgerDay.dayOf(FROM)
  const simulated = AccountSimulator.simulate({ seed: 5, from: FROM, to: FROM + 10 * DAY, dailyCents: 400 })
  const polled = [...poll(simulated, FROM, FROM + 10 * DAY, HOUR)]
  const days = Effect.flatMap(UsageStore, (usage) =>
    usage.days(account, { from: -1e9, to: 1e9, version: Ledger.VERSION }),
  )
  const filled = Effect.gen(function* () {
    yield* stored(polled)
    yield* Effect.flatMap(UsageSeries.UsageSeries, (usage) => usage.fill(account))
    return yield* days
  })

  it.effect("finds it sound where it is what the ledger computes, before and after pruning", () =>
    Effect.gen(function* () {
      expect(yield* filled).toHaveLength(10)
      const before = yield* Verification.account(account)
      expect(before).toMatchObject({ days: 11, sealedDays: 0, snapshots: 241, damage: [], open: 0 })
      yield* Pruning.run({ account, before: Timestamp.fromMillis(LedgerDay.startOf(FIRST + 4)) })
      const after = yield* Verification.account(account)
      expect(after).toMatchObject({ days: 11, sealedDays: 4, damage: [], open: 0, corrections: before.corrections })
      expect(after.snapshots).toBe(241 - 17 - 3 * 24 + 4)
      // Entries of sealed days are merged.
      expect(after.pairs).toBeGreaterThan(after.snapshots)
      expect(after.pairs).toBeLessThanOrEqual(before.pairs)
    }).pipe(Effect.provide(memory)),
  )

  it.effect("finds a day whose text, although its checksum fits, is not what the ledger computes", () =>
    Effect.gen(function* () {
      const sound = yield* filled
      const usage = yield* UsageStore
      const store = yield* SnapshotStore.SnapshotStore
      // A late snapshot of the third day removes its usage and that of what follows.
      const late = polled[60] as Snapshot.Snapshot
      yield* store.forget(account, { from: late.observedAt, to: Timestamp.fromMillis(late.observedAt.epochMillis + 1) })
      yield* store.append(late)
      const { epoch } = Option.getOrThrow(yield* usage.standing(account))
      const rest = sound.filter(({ day }) => day >= LedgerDay.dayOf(late.observedAt.epochMillis))
      const [first, second, ...others] = rest
      if (first === undefined || second === undefined) return expect.fail("no days")
      const wrong = { ...first, entries: second.entries }
      expect(yield* usage.fill(account, epoch, [wrong, second, ...others])).toBe(true)
      expect((yield* Verification.account(account)).damage).toEqual([
        {
          table: "usage_day",
          key: new Date(LedgerDay.startOf(first.day)).toISOString().slice(0, 10),
          what: expect.stringMatching(/not what the ledger computes|does not read/),
        },
      ])
    }).pipe(Effect.provide(memory)),
  )

  it.effect("finds stored usage of a day without snapshots", () =>
    Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      const usage = yield* UsageStore
      const isOut = ({ observedAt }: Snapshot.Snapshot) => LedgerDay.dayOf(observedAt.epochMillis) === FIRST + 5
      yield* store.appendAll(polled.filter((each) => !isOut(each)))
      yield* Effect.flatMap(UsageSeries.UsageSeries, (series) => series.fill(account))
      const all = yield* days
      const { epoch } = Option.getOrThrow(yield* usage.standing(account))
      const [one] = all
      if (one === undefined) return expect.fail("no days")
      yield* usage.fill(account, epoch, [{ ...one, day: FIRST + 5, entries: '{"pools":[],"due":[]}' }])
      expect((yield* Verification.account(account)).damage).toEqual([
        expect.objectContaining({ table: "usage_day", what: "stored usage of a day without snapshots" }),
      ])
    }).pipe(Effect.provide(memory)),
  )

  /** What is found where the store returns other days than it stored, sealed up to the fifth day. */
  const foundIn = (tampered: (days: ReadonlyArray<StoredDay>) => ReadonlyArray<StoredDay>) =>
    Effect.gen(function* () {
      yield* filled
      yield* Pruning.run({ account, before: Timestamp.fromMillis(LedgerDay.startOf(FIRST + 5)) })
      const usage = yield* UsageStore
      const { damage } = yield* Effect.provideService(Verification.account(account), UsageStore, {
        ...usage,
        days: (...asked) => Effect.map(usage.days(...asked), tampered),
      })
      return damage.map(({ key, what }) => [key, what])
    }).pipe(Effect.provide(memory))

  const dateOf = (day: number) => new Date(LedgerDay.startOf(day)).toISOString().slice(0, 10)
  const with_ = (all: ReadonlyArray<StoredDay>, day: number, part: "entries" | "checkpoint") =>
    all.map((each) => {
      const before = all.find((other) => other.day === day - 1)
      return each.day === day && before !== undefined ? { ...each, [part]: before[part] } : each
    })

  it.effect("finds nothing where the store returns what it stored", () =>
    Effect.map(
      foundIn((all) => all),
      (found) => expect(found).toEqual([]),
    ),
  )

  it.effect("finds a pruned day whose usage is missing", () =>
    Effect.map(
      foundIn((all) => all.filter(({ day }) => day !== FIRST + 2)),
      (found) =>
        expect(found).toContainEqual([dateOf(FIRST + 2), "its usage is not stored, and its snapshots are pruned"]),
    ),
  )

  it.effect("finds a pruned day whose usage does not follow on from the day before", () =>
    Effect.map(
      foundIn((all) => with_(all, FIRST + 2, "entries")),
      (found) => expect(found).toContainEqual([dateOf(FIRST + 2), "its usage does not follow on from the day before"]),
    ),
  )

  it.effect("finds a pruned day whose usage does not end with the balance of its last snapshot", () =>
    Effect.map(
      foundIn((all) => with_(all, FIRST + 2, "checkpoint")),
      (found) =>
        expect(found).toEqual([[dateOf(FIRST + 2), "its usage does not end with the balance of its last snapshot"]]),
    ),
  )

  it.effect("finds a day without stored usage before one that has it", () =>
    Effect.map(
      foundIn((all) => all.filter(({ day }) => day !== FIRST + 7)),
      (found) => expect(found).toEqual([[dateOf(FIRST + 7), "its usage is not stored, and that of a later day is"]]),
    ),
  )
})

describe("Verification of a file", () => {
  const prepared = Effect.gen(function* () {
    const path = join(yield* TempFolder.make, "history.db")
    const layer = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerSqlite({ path }))
    yield* Effect.provide(stored([...snapshots([5, 4, 3]), ...theirs]), layer)
    const verifying = Effect.gen(function* () {
      const file = yield* Verification.file
      const accounts = [...(yield* Stream.runCollect(Verification.all))]
      return { file, of: (owner: Account.Account) => accounts.find((each) => Account.equals(each.account, owner)) }
    }).pipe(Effect.provide(Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerReadOnly({ path }))))
    return { path, verifying }
  })

  it.scoped("finds a changed amount in the account that it belongs to alone", () =>
    Effect.gen(function* () {
      const { path, verifying } = yield* prepared
      const sound = yield* verifying
      expect(sound.file).toEqual([])
      expect([sound.of(account)?.damage, sound.of(other)?.damage]).toEqual([[], []])
      const id = `(SELECT id FROM account WHERE owner = '${Account.formatOwner(account.owner)}')`
      SqliteFile.exec(
        path,
        `UPDATE snapshot SET monthly_usd = monthly_usd + 1 WHERE account_id = ${id} AND nth = 0
        AND observed_at = ${Date.parse(minute(1))}`,
      )
      const changed = yield* verifying
      expect(changed.of(account)?.damage).toEqual([expect.objectContaining({ table: "snapshot" })])
      expect(changed.of(account)).toMatchObject({ snapshots: 3 })
      expect(changed.of(other)).toMatchObject({ snapshots: 2, pairs: 1, damage: [] })
      expect(changed.file).toEqual([])
    }),
  )

  it.scoped("reports a damaged plan of the file, and once for each account, however many snapshots have it", () =>
    Effect.gen(function* () {
      const { path, verifying } = yield* prepared
      SqliteFile.exec(path, "UPDATE plan SET json = '{}'")
      const unreadable = yield* verifying
      expect(unreadable.file).toEqual([expect.objectContaining({ table: "plan" })])
      for (const each of [account, other]) {
        const damage = unreadable.of(each)?.damage ?? []
        expect(damage.filter(({ table }) => table === "plan")).toHaveLength(1)
        expect(new Set(damage.map(({ key, table }) => `${table} ${key}`)).size).toBe(damage.length)
        expect(unreadable.of(each)).toMatchObject({ days: 0, open: 0 })
      }
    }),
  )
})

/** Swaps two rows of a page of the snapshots, each of which stays as it was. */
const swapRows = (path: string): void => {
  const [header, pointer, indexLeaf] = [8, 2, 0x0a]
  const bytes = readFileSync(path)
  const size = bytes.readUInt16BE(16)
  const root = Array.from({ length: bytes.length / size }, (_, page) => page * size).find(
    (at) => bytes[at] === indexLeaf && bytes.readUInt16BE(at + 3) > 30,
  )
  if (root === undefined) throw new Error("no page has many rows")
  const [third, fourth] = [2, 3].map((nth) => root + header + nth * pointer) as [number, number]
  const kept = bytes.readUInt16BE(third)
  bytes.writeUInt16BE(bytes.readUInt16BE(fourth), third)
  bytes.writeUInt16BE(kept, fourth)
  writeFileSync(path, bytes)
}

describe("A page whose sound rows are in the wrong order", () => {
  it.scoped("is damage to whoever reads it, and reported", () =>
    Effect.gen(function* () {
      const { path } = yield* SqliteFile.temp
      const layer = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerSqlite({ path }))
      yield* Effect.provide(stored(snapshots(Array.from({ length: 40 }, (_, at) => 100 - at))), layer)
      swapRows(path)
      yield* Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        for (const read of [
          store.page(account),
          store.page(account, { direction: "Backward" }),
          Stream.runDrain(store.stream(account)),
        ]) {
          expect(yield* Effect.flip(read)).toMatchObject({ _tag: "StoreCorrupt", table: "snapshot" })
        }
        const [found] = yield* Stream.runCollect(Verification.all)
        expect(found?.damage).toContainEqual(
          expect.objectContaining({ table: "snapshot", what: "not what was written" }),
        )
      }).pipe(Effect.provide(layer))
    }),
  )
})
