import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../../../src/domain/balance/Subject.js"
import * as Account from "../../../../src/domain/history/Account.js"
import * as Snapshot from "../../../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../../../src/infra/SnapshotStore.js"
import { AccountDirectory } from "../../../../src/infra/store/AccountDirectory.js"
import { type Answer, Answers } from "../../../../src/infra/store/Answers.js"
import * as Samples from "../Samples.js"
import { exec, on, raw, temp } from "../SqliteFile.js"

const { snapshot, user } = Samples

const holder = {
  baseUrl: Account.DEFAULT_BASE_URL,
  credential: Redacted.make("token"),
  subject: Subject.me,
}

const answer = ([snapshot, agreedSince]: readonly [Snapshot.Snapshot, number]): Answer => ({
  snapshot,
  agreedSince: Samples.at(agreedSince).epochMillis,
})

/** What both ways of reading return, which is the same. */
const last = Effect.gen(function* () {
  const answers = yield* Answers
  const read = yield* answers.last(holder)
  const peeked = answers.peek(holder)
  expect(peeked === undefined ? Option.none() : Option.some(peeked)).toEqual(read)
  return read
})

const test = (title: string, body: Effect.Effect<void, unknown, SnapshotStore.Ports>) =>
  it.effect(title, () => Effect.provide(body, SnapshotStore.layerMemory))

describe("the last answer to a holder", () => {
  test(
    "is the newest snapshot up to the answer, and none of those that others stored since",
    Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      yield* (yield* AccountDirectory).remember(holder, user)
      expect(yield* last).toEqual(Option.none())
      yield* store.append(snapshot(0, "3.00"))
      expect(yield* last).toEqual(Option.none())
      yield* store.append(snapshot(1, "2.00"), { answered: holder })
      expect(yield* last).toEqual(Option.some(answer([snapshot(1, "2.00"), 1])))
      yield* store.append(snapshot(2, "1.00"))
      expect(yield* last).toEqual(Option.some(answer([snapshot(1, "2.00"), 1])))
    }),
  )

  test(
    "agrees since the snapshot before it where that one has the same content",
    Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      yield* (yield* AccountDirectory).remember(holder, user)
      yield* store.append(snapshot(0, "2.00"))
      yield* store.append(snapshot(1, "2.00", { updatedAt: Samples.at(0) }), { answered: holder })
      expect(Option.map(yield* last, ({ agreedSince }) => agreedSince)).toEqual(Option.some(Samples.at(0).epochMillis))
      yield* store.append(snapshot(2, "2.00", { updatedAt: Samples.at(0), due: Samples.due("1") }), {
        answered: holder,
      })
      expect(Option.map(yield* last, ({ agreedSince }) => agreedSince)).toEqual(Option.some(Samples.at(1).epochMillis))
      yield* store.append(snapshot(3, "2.00", { updatedAt: Samples.at(0), due: Samples.due("2") }), {
        answered: holder,
      })
      expect(Option.map(yield* last, ({ agreedSince }) => agreedSince)).toEqual(Option.some(Samples.at(3).epochMillis))
      yield* store.append(snapshot(4, "2.00", { updatedAt: Samples.at(0), id: Option.some("other") }), {
        answered: holder,
      })
      expect(Option.map(yield* last, ({ agreedSince }) => agreedSince)).toEqual(Option.some(Samples.at(4).epochMillis))
    }),
  )

  test(
    "does not exist for a holder with nothing but a label, and for one whose answer was removed",
    Effect.gen(function* () {
      const [store, directory] = [yield* SnapshotStore.SnapshotStore, yield* AccountDirectory]
      const label = yield* directory.label(holder)
      yield* directory.remember(holder, label)
      yield* store.append(Snapshot.make(label, Samples.at(0), Samples.balance("1.00")), { answered: holder })
      expect(yield* last).toEqual(Option.none())
      yield* directory.remember(holder, user)
      yield* store.append(snapshot(0, "1.00"), { answered: holder })
      expect(Option.isSome(yield* last)).toBe(true)
      yield* directory.forgetAnswer(holder)
      expect(yield* last).toEqual(Option.none())
    }),
  )

  test(
    "is kept for a fingerprint of this process, the same for equal tokens and another one for each other token",
    Effect.gen(function* () {
      const { fingerprint } = yield* Answers
      expect(fingerprint(Redacted.make("token"))).toBe(fingerprint(holder.credential))
      expect(fingerprint(Redacted.make("other"))).not.toBe(fingerprint(holder.credential))
      expect(fingerprint(holder.credential)).not.toContain("token")
    }),
  )

  for (const [title, sql, table] of [
    ["holder", "UPDATE holder SET answered_at = answered_at + 1", "holder"],
    ["account", "UPDATE account SET checksum = checksum + 1", "account"],
    [
      "snapshot",
      `UPDATE snapshot SET monthly_usd = monthly_usd + 1 WHERE observed_at = ${Samples.at(1).epochMillis}`,
      "snapshot",
    ],
    ["plan", "UPDATE plan SET json = '{}'", "plan"],
  ] as const) {
    it.scoped(`is StoreCorrupt where the ${title} is not what was written, and is not read at once`, () =>
      Effect.gen(function* () {
        const { path } = yield* temp
        const layer = SnapshotStore.layerSqlite({ path })
        const store = SnapshotStore.SnapshotStore
        yield* on(
          layer,
          Effect.gen(function* () {
            yield* (yield* AccountDirectory).remember(holder, user)
            for (const minute of [0, 1]) {
              yield* (yield* store).append(snapshot(minute, "2.00"), { answered: holder })
            }
            expect(Option.isSome(yield* last)).toBe(true)
          }),
        )
        exec(path, sql)
        yield* on(
          layer,
          Effect.gen(function* () {
            const answers = yield* Answers
            expect(yield* Effect.flip(answers.last(holder))).toMatchObject({ _tag: "StoreCorrupt", table, path })
            expect(answers.peek(holder)).toBeUndefined()
          }),
        )
      }),
    )
  }
})

describe("the version of a history", () => {
  it.scoped("changes with every write of this connection and of another one, and only then", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const context = yield* Layer.build(SnapshotStore.layerSqlite({ path }))
      const { version } = Context.get(context, Answers)
      const store = Context.get(context, SnapshotStore.SnapshotStore)
      const other = yield* raw(path)
      const versions = [version()]
      expect(version()).toBe(versions[0])
      yield* store.append(snapshot(0, "1.00"))
      versions.push(version())
      expect(version()).toBe(versions[1])
      other.exec("INSERT INTO meta (key, value) VALUES ('test', x'00')")
      versions.push(version())
      yield* store.append(snapshot(1, "1.00"))
      versions.push(version())
      expect(new Set(versions).size).toBe(4)
      yield* store.latest(user)
      expect(version()).toBe(versions[3])
    }),
  )
})
