import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Subject from "../../../../src/domain/balance/Subject.js"
import * as Account from "../../../../src/domain/history/Account.js"
import type * as Snapshot from "../../../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../../../src/infra/SnapshotStore.js"
import { AccountDirectory } from "../../../../src/infra/store/AccountDirectory.js"
import * as Model from "../Model.js"
import * as Samples from "../Samples.js"
import * as StoredUsage from "../StoredUsage.js"

const { at, snapshot, texts, user } = Samples
const { stored } = StoredUsage
const other = Samples.organization

const store = SnapshotStore.SnapshotStore
const reading = (account: Account.Account) =>
  Effect.flatMap(store, (port) => Stream.runCollect(port.stream(account))).pipe(Effect.map((all) => [...all]))
const damage = (account: Account.Account) =>
  Effect.flatMap(store, (port) => Effect.map(port.check(account), (checked) => checked.damage))

const holder = (token: string) => ({
  baseUrl: Account.DEFAULT_BASE_URL,
  credential: Redacted.make(token),
  subject: Subject.me,
})

const as = (account: Account.Account, all: ReadonlyArray<Snapshot.Snapshot>) =>
  all.map((each) => ({ ...each, account }))

const noon = StoredUsage.dayOf(at(0).epochMillis)
/** Three snapshots of each day. */
const on = (...days: ReadonlyArray<number>) =>
  days.flatMap((day) => [0, 1, 2].map((minute) => snapshot(1440 * day + minute, `${100 - 3 * day - minute}.00`)))
const lastOf = (...days: ReadonlyArray<number>) => on(...days).filter((_, index) => index % 3 === 2)

const prune = (account: Account.Account, days: number) =>
  Effect.gen(function* () {
    yield* StoredUsage.fill(account)
    const port = yield* store
    const before = at(1440 * days + 720)
    while ((yield* port.pruneStep({ account, before }))._tag !== "Done");
  })

const refusal = (from: Account.Account, into: Account.Account) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip((yield* store).merge(from, into))
    return error._tag === "StoreMergeRefused" ? error.reason : error._tag
  })

const test = (title: string, body: Effect.Effect<void, unknown, SnapshotStore.Ports>) =>
  it.effect(title, () => Effect.provide(body, SnapshotStore.layerMemory))

describe("merging accounts", () => {
  test(
    "makes the history of a label that of the account, and its holder one of the account",
    Effect.gen(function* () {
      const port = yield* store
      const directory = yield* AccountDirectory
      const label = yield* directory.label(holder("token"))
      const both = Array.from({ length: 1200 }, (_, minute) => snapshot(minute, (20 - minute / 100).toFixed(2)))
      const own = both.filter((_, minute) => minute % 3 !== 0)
      const others = as(
        label,
        both.filter((_, minute) => minute % 3 !== 1),
      )
      yield* port.appendAll(own)
      yield* port.appendAll(others)
      expect(yield* directory.find(holder("token"))).toEqual(Option.none())
      expect(yield* port.merge(label, user)).toBe(others.length)
      expect(texts(yield* reading(user))).toEqual(texts(both))
      expect(yield* port.listAccounts).toEqual([user])
      expect(yield* reading(label)).toEqual([])
      expect(yield* directory.find(holder("token"))).toEqual(Option.some(user))
      expect(yield* damage(user)).toEqual([])
    }),
  )

  test(
    "removes the usage from the first moved day on, and raises the epoch past both",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([...on(0, 1, 3), ...as(other, on(2))])
      yield* port.append({ ...snapshot(1440, "1.00"), account: other })
      yield* port.forget(other, { to: at(1441) })
      yield* StoredUsage.fill(user)
      yield* StoredUsage.fill(other)
      const epochs = [(yield* StoredUsage.standing(user)).epoch, (yield* StoredUsage.standing(other)).epoch]
      expect(yield* port.merge(other, user)).toBe(3)
      expect(texts(yield* reading(user))).toEqual(texts(on(0, 1, 2, 3)))
      expect(yield* StoredUsage.days(user)).toEqual([stored(noon), stored(noon + 1)])
      expect(epochs).not.toContain((yield* StoredUsage.standing(user)).epoch)
      expect(yield* port.statistics).toMatchObject({ accounts: 1, snapshots: 12, usageDays: 2 })
    }),
  )

  test(
    "into an account without snapshots moves usage and seal along, and the holders of both",
    Effect.gen(function* () {
      const port = yield* store
      const directory = yield* AccountDirectory
      const label = yield* directory.label(holder("labelled"))
      yield* directory.remember(holder("resolved"), user)
      yield* port.appendAll(as(label, on(0, 1, 2)))
      yield* prune(label, 1)
      const before = yield* StoredUsage.standing(label)
      const days = yield* StoredUsage.days(label, 2)
      expect(days).toEqual([stored(noon), stored(noon + 1)])
      expect(yield* port.merge(label, user)).toBe(5)
      expect(texts(yield* reading(user))).toEqual(texts([...lastOf(0, 1), ...on(2)]))
      expect(yield* StoredUsage.days(user, 2)).toEqual(days)
      const after = yield* StoredUsage.standing(user)
      expect(after.sealedBefore).toEqual(before.sealedBefore)
      expect(after.epoch).not.toBe(before.epoch)
      expect(yield* directory.find(holder("labelled"))).toEqual(Option.some(user))
      expect(yield* directory.find(holder("resolved"))).toEqual(Option.some(user))
      expect(yield* directory.label(holder("labelled"))).not.toEqual(label)
      expect(yield* port.listAccounts).toEqual([user])
      expect(yield* damage(user)).toEqual([])
      expect(yield* port.append(snapshot(9999, "1.00"))).toBe("Appended")
    }),
  )

  test(
    "into an account that is not stored gives it the history",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll(as(other, on(0, 1)))
      expect(yield* port.merge(other, user)).toBe(6)
      expect(texts(yield* reading(user))).toEqual(texts(on(0, 1)))
      expect(yield* port.listAccounts).toEqual([user])
      expect(yield* port.append({ ...snapshot(0, "1.00"), account: other })).toBe("Appended")
      expect(texts(yield* reading(user))).toEqual(texts(on(0, 1)))
    }),
  )

  test(
    "of a pruned account into one that begins after its seal keeps the seal and the sealed usage",
    Effect.gen(function* () {
      const port = yield* store
      const directory = yield* AccountDirectory
      yield* directory.remember(holder("from"), other)
      yield* directory.remember(holder("into"), user)
      const late = Array.from({ length: 1100 }, (_, minute) => snapshot(1440 * 3 + minute, "7.00"))
      yield* port.appendAll([...as(other, on(0, 1, 2)), ...late])
      yield* prune(other, 1)
      yield* StoredUsage.fill(user)
      expect(yield* port.merge(other, user)).toBe(5)
      expect(texts(yield* reading(user))).toEqual(texts(Model.history([...lastOf(0, 1), ...on(2), ...late])))
      expect((yield* StoredUsage.standing(user)).sealedBefore).toEqual(Option.some(noon + 2))
      expect(yield* StoredUsage.days(user)).toEqual([stored(noon), stored(noon + 1), stored(noon + 2)])
      expect(yield* directory.find(holder("from"))).toEqual(Option.some(user))
      expect(yield* directory.find(holder("into"))).toEqual(Option.some(user))
      expect(yield* port.listAccounts).toEqual([user])
      expect(yield* port.statistics).toMatchObject({ accounts: 1, snapshots: 1105, usageDays: 3, sealedDays: 2 })
      expect(yield* damage(user)).toEqual([])
    }),
  )

  test(
    "of an account that begins after the other one's seal is allowed",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([...on(0, 1), ...as(other, on(2, 3))])
      yield* prune(user, 1)
      expect(yield* port.merge(other, user)).toBe(6)
      expect(texts(yield* reading(user))).toEqual(texts([...lastOf(0, 1), ...on(2, 3)]))
      expect((yield* StoredUsage.standing(user)).sealedBefore).toEqual(Option.some(noon + 2))
    }),
  )

  test(
    "is refused where it makes no sense or a snapshot lies before the other one's seal, and changes nothing then",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([...on(0, 1), ...as(other, on(1, 2))])
      expect(yield* refusal(user, user)).toBe("Same")
      expect(yield* refusal(Samples.labelled, user)).toBe("NothingStored")
      expect(yield* refusal(user, Samples.elsewhere)).toBe("OtherBaseUrl")
      yield* prune(user, 1)
      expect(yield* refusal(other, user)).toBe("Pruned")
      expect(yield* refusal(user, other)).toBe("Pruned")
      expect(texts(yield* reading(other))).toEqual(texts(as(other, on(1, 2))))
      expect(texts(yield* reading(user))).toEqual(texts(lastOf(0, 1)))
    }),
  )

  test(
    "includes a snapshot that comes late into the first account meanwhile",
    Effect.gen(function* () {
      const port = yield* store
      const of = (minute: number, usd: string) => ({ ...snapshot(minute, usd), account: other })
      yield* port.append(snapshot(5000, "1.00"))
      yield* port.appendAll(Array.from({ length: 1500 }, (_, minute) => of(minute, `${2000 - minute}`)))
      const merging = yield* Effect.fork(port.merge(other, user))
      yield* Effect.yieldNow()
      expect(yield* port.append(of(0.5, "1999.50"))).toBe("Late")
      expect(yield* Fiber.join(merging)).toBe(1501)
      expect((yield* reading(user)).length).toBe(1502)
      expect(yield* port.listAccounts).toEqual([user])
      expect(yield* damage(user)).toEqual([])
    }),
  )
})
