import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Subject from "../../../../src/domain/balance/Subject.js"
import * as Account from "../../../../src/domain/history/Account.js"
import * as Snapshot from "../../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../../src/domain/money/Usd.js"
import * as SnapshotStore from "../../../../src/infra/SnapshotStore.js"
import { AccountDirectory } from "../../../../src/infra/store/AccountDirectory.js"
import { UsageStore } from "../../../../src/infra/store/UsageStore.js"
import * as Samples from "../Samples.js"
import { append, on, temp } from "../SqliteFile.js"
import * as StoredUsage from "../StoredUsage.js"

const { at, balance, snapshot, texts, user } = Samples

const store = SnapshotStore.SnapshotStore
const reading = (account: Account.Account) =>
  Effect.flatMap(store, (port) => Stream.runCollect(port.stream(account))).pipe(Effect.map((all) => [...all]))
const damage = (account: Account.Account) =>
  Effect.flatMap(store, (port) => Effect.map(port.check(account), (checked) => checked.damage))

const holder = { baseUrl: Account.DEFAULT_BASE_URL, credential: Redacted.make("token"), subject: Subject.me }

const gone = Account.user(Account.DEFAULT_BASE_URL, "gone-with-the-wind")
const AMOUNT = 8_765_432_123_456_789n
const secret = { subscriptionId: Option.some("sub_of_the_gone"), id: Option.some("id-of-the-gone") }
const secrets = (account: Account.Account, from: number, count: number) =>
  Array.from({ length: count }, (_, nth) =>
    Snapshot.make(account, at(from + nth), {
      ...balance("1.00", secret),
      monthly: { value: Usd.unsafeFromNanos(AMOUNT + BigInt(nth % 7)), credits: Option.none() },
    }),
  )

/** The secrets that are in any byte of a folder's files. */
const traces = (folder: string) => {
  const amount = Buffer.alloc(8)
  amount.writeBigInt64BE(AMOUNT)
  const wanted = ["gone-with-the-wind", "sub_of_the_gone", "id-of-the-gone", "usage-of-the-gone", amount]
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)))
    .flatMap((bytes) => wanted.filter((each) => bytes.includes(each)))
}

describe("forgetting an account", () => {
  it.scoped("leaves nothing of it in any byte of the file or its log, and everything of the others", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      const all = secrets(gone, 0, 300)
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const port = yield* store
          const directory = yield* AccountDirectory
          const usage = yield* UsageStore
          yield* append(...all, ...all.map((each) => ({ ...each, account: user, balance: balance("5.00") })))
          yield* directory.remember(holder, gone)
          yield* usage.fill(gone, (yield* StoredUsage.standing(gone)).epoch, [
            { ...StoredUsage.stored(1), entries: "usage-of-the-gone" },
          ])
          yield* StoredUsage.fill(user)
          const others = texts(yield* reading(user))
          const days = yield* StoredUsage.days(user)
          expect(new Set(traces(folder)).size).toBe(5)
          expect(yield* port.forget(gone)).toBe(all.length)
          expect(traces(folder)).toEqual([])
          expect(texts(yield* reading(user))).toEqual(others)
          expect(yield* StoredUsage.days(user)).toEqual(days)
          expect(yield* reading(gone)).toEqual([])
          expect(yield* directory.find(holder)).toEqual(Option.none())
          expect(yield* port.listAccounts).toEqual([user])
          expect((yield* port.statistics).plans).toBe(1)
          expect(yield* damage(user)).toEqual([])
          expect(yield* port.forget(gone)).toBe(0)
          yield* append(...all)
          expect(texts(yield* reading(gone))).toEqual(texts(all))
        }),
      )
    }),
  )
})

describe("forgetting a range", () => {
  it.scoped("leaves nothing of its snapshots in any byte of the file or its log, and all others of the account", () =>
    Effect.gen(function* () {
      const { folder, path } = yield* temp
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const port = yield* store
          const directory = yield* AccountDirectory
          const others = [...Array(50).keys(), ...Array.from({ length: 50 }, (_, nth) => 200 + nth)].map((minute) =>
            snapshot(minute, "5.00"),
          )
          yield* directory.remember(holder, user)
          yield* append(...others)
          yield* append(...secrets(user, 50, 150))
          yield* port.append(secrets(user, 50, 150)[10] as Snapshot.Snapshot, { answered: holder })
          expect(new Set(traces(folder)).size).toBe(3)
          expect(yield* port.forget(user, { from: at(50), to: at(200) })).toBe(150)
          expect(traces(folder)).toEqual([])
          expect(texts(yield* reading(user))).toEqual(texts(others))
          expect(yield* directory.lastAnswered(holder)).toEqual(Option.none())
          expect(yield* directory.find(holder)).toEqual(Option.some(user))
          expect(yield* damage(user)).toEqual([])
          expect(yield* port.append(snapshot(60, "4.00"))).toBe("Late")
        }),
      )
    }),
  )

  const test = (title: string, body: Effect.Effect<void, unknown, SnapshotStore.Ports>) =>
    it.effect(title, () => Effect.provide(body, SnapshotStore.layerMemory))
  const history = [0, 1, 2, 3].map((day) => snapshot(1440 * day, `${9 - day}.00`))
  const noon = StoredUsage.dayOf(at(0).epochMillis)

  test(
    "removes the usage from the day of the first removed snapshot on, and raises the epoch",
    Effect.gen(function* () {
      const port = yield* store
      const usage = yield* UsageStore
      const directory = yield* AccountDirectory
      yield* directory.remember(holder, user)
      yield* port.appendAll(history.slice(0, 3))
      yield* port.append(history[3] as Snapshot.Snapshot, { answered: holder })
      yield* StoredUsage.fill(user)
      const { epoch } = yield* StoredUsage.standing(user)
      expect(yield* port.forget(user, { from: at(1), to: at(2 * 1440 + 1) })).toBe(2)
      expect(texts(yield* reading(user))).toEqual(texts([history[0], history[3]] as Array<Snapshot.Snapshot>))
      expect(yield* StoredUsage.days(user)).toEqual([StoredUsage.stored(noon)])
      expect((yield* StoredUsage.standing(user)).epoch).not.toBe(epoch)
      expect(yield* usage.fill(user, epoch, [StoredUsage.stored(noon + 1)])).toBe(false)
      expect(yield* directory.lastAnswered(holder)).toEqual(Option.some(at(3 * 1440)))
    }),
  )

  test(
    "without snapshots changes nothing",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll(history)
      yield* StoredUsage.fill(user)
      const before = [yield* StoredUsage.standing(user), yield* StoredUsage.days(user)]
      for (const range of [
        { from: at(1), to: at(1440) },
        { from: at(1440), to: at(1440) },
        { from: at(1440), to: at(0) },
        { to: at(0) },
        { from: at(9999) },
      ]) {
        expect(yield* port.forget(user, range)).toBe(0)
      }
      expect(yield* port.forget(Samples.organization, {})).toBe(0)
      expect([yield* StoredUsage.standing(user), yield* StoredUsage.days(user)]).toEqual(before)
      expect(texts(yield* reading(user))).toEqual(texts(history))
    }),
  )

  test(
    "with every snapshot removes the account and its holders",
    Effect.gen(function* () {
      const port = yield* store
      const directory = yield* AccountDirectory
      yield* directory.remember(holder, user)
      yield* port.appendAll(history)
      expect(yield* port.forget(user, { from: at(0) })).toBe(4)
      expect(yield* port.accounts).toEqual([])
      expect(yield* directory.find(holder)).toEqual(Option.none())
      expect(yield* port.statistics).toMatchObject({ accounts: 0, snapshots: 0, plans: 0, usageDays: 0 })
      expect(yield* port.append(history[1] as Snapshot.Snapshot)).toBe("Appended")
    }),
  )

  test(
    "that reaches into the sealed span is refused, and one after it is not",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([...history, snapshot(1, "8.50"), snapshot(1441, "7.50")])
      yield* StoredUsage.fill(user)
      yield* port.pruneStep({ account: user, before: at(1440 + 800) })
      const left = texts(yield* reading(user))
      expect(left.length).toBe(4)
      const error = yield* Effect.flip(port.forget(user, { from: at(1000), to: at(3 * 1440) }))
      expect(error).toMatchObject({ _tag: "StorePruned", operation: "SnapshotStore.forget" })
      expect(texts(yield* reading(user))).toEqual(left)
      expect(yield* port.forget(user, { from: at(1442) })).toBe(2)
      expect((yield* StoredUsage.days(user)).map(({ day }) => day)).toEqual([noon, noon + 1])
      expect(yield* port.forget(user)).toBe(2)
    }),
  )
})
