import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as VerifyView from "../../src/cli/render/VerifyView.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import * as Verification from "../../src/services/Verification.js"
import { look } from "../domain/history/looks.js"
import { account } from "../domain/history/simulated.js"
import * as SqliteFile from "../infra/store/SqliteFile.js"
import * as TempFolder from "../infra/store/TempFolder.js"

const other = Account.user(Account.DEFAULT_BASE_URL, "e7f1b1f4-4d0e-4a55-8f43-5f6f2d3c9a10")
const minute = (at: number): string => new Date(Date.UTC(2026, 4, 10, 0, at)).toISOString()

/** Looks a minute apart; where monthly credits rise by themselves, nothing but a correction explains it. */
const looks = (monthly: ReadonlyArray<number>): ReadonlyArray<Snapshot.Snapshot> =>
  monthly.map((usd, at) => look({ at: minute(at), monthly: usd.toFixed(2), stable: "0.00" }))

const verified = (snapshots: ReadonlyArray<Snapshot.Snapshot>) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    yield* store.appendAll(snapshots)
    return [...(yield* Stream.runCollect(Verification.all))]
  }).pipe(Effect.provide(SnapshotStore.layerMemory))

describe("Verification", () => {
  it.effect("finds the books of every account closed, and counts what only a correction explains", () =>
    Effect.gen(function* () {
      const mine = looks([5, 4, 6, 6, 3])
      const theirs = looks([5, 4]).map(({ balance, observedAt }) => Snapshot.make(other, observedAt, balance))
      const found = yield* verified([...mine, ...theirs])
      const of = (owner: Account.Account) => found.find((each) => Account.equals(each.account, owner))
      expect(found).toHaveLength(2)
      expect(of(account)).toMatchObject({ days: 2, looks: 5, pairs: 4, corrections: 1, open: 0, damage: [] })
      expect(of(account)?.firstCorrections.map(({ book, to }) => [book, to.epochMillis])).toEqual([
        ["Monthly", Date.parse(minute(2))],
      ])
      expect(of(other)).toMatchObject({ looks: 2, pairs: 1, corrections: 0, open: 0, firstCorrections: [] })
      expect(found.every(Verification.isSound)).toBe(true)
    }),
  )

  it.effect("keeps the first corrections and counts all", () =>
    Effect.gen(function* () {
      const [found] = yield* verified(looks(Array.from({ length: 61 }, (_, at) => (at % 2 === 0 ? 4 : 6))))
      if (found === undefined) return expect.fail("nothing found")
      expect(found.corrections).toBe(30)
      expect(found.firstCorrections).toHaveLength(Verification.MOST_KEPT)
      const lines = VerifyView.lines(found, "UTC")
      expect(lines).toHaveLength(1 + Verification.MOST_KEPT + 1)
      expect(lines[1]).toContain("monthly credits at least 2.00: monthly credits rose")
      expect(lines.at(-1)).toBe("  and 10 more")
    }),
  )

  it.scoped("finds what was changed on disk, in the accounts that it belongs to alone, and goes on", () =>
    Effect.gen(function* () {
      const path = join(yield* TempFolder.make, "history.db")
      const theirs = looks([5, 4]).map(({ balance, observedAt }) => Snapshot.make(other, observedAt, balance))
      yield* Effect.provide(
        Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll([...looks([5, 4, 3]), ...theirs])),
        SnapshotStore.layerSqlite({ path }),
      )
      const verifying = Effect.gen(function* () {
        const file = yield* Verification.file
        const accounts = [...(yield* Stream.runCollect(Verification.all))]
        return { file, of: (owner: Account.Account) => accounts.find((each) => Account.equals(each.account, owner)) }
      }).pipe(Effect.provide(SnapshotStore.layerReadOnly({ path })))
      const sound = yield* verifying
      expect(sound.file).toEqual([])
      expect([sound.of(account)?.damage, sound.of(other)?.damage]).toEqual([[], []])

      const owner = Account.formatOwner(account.owner)
      SqliteFile.exec(
        path,
        `UPDATE day SET looks = 7 WHERE looks = 2 AND account_id = (SELECT id FROM account WHERE owner = '${owner}')`,
      )
      const miscounted = yield* verifying
      expect(miscounted.of(account)?.damage).toEqual([
        expect.objectContaining({ table: "day", key: expect.stringContaining("looks") }),
      ])
      expect(miscounted.of(account)).toMatchObject({ looks: 3, open: 0 })
      expect(miscounted.of(other)?.damage).toEqual([])

      SqliteFile.exec(path, "UPDATE plan SET json = '{}'")
      const unreadable = yield* verifying
      expect(unreadable.file).toEqual([expect.objectContaining({ table: "plan" })])
      const damage = unreadable.of(other)?.damage ?? []
      expect(damage).toContainEqual(expect.objectContaining({ table: "plan", what: "it does not read" }))
      // Each once, however many looks refer to it.
      expect(new Set(damage.map((each) => JSON.stringify(each))).size).toBe(damage.length)
      expect(unreadable.of(other)).toMatchObject({ looks: 0 })
    }),
  )
})
