import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as VerifyView from "../../src/cli/render/VerifyView.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import * as Verification from "../../src/services/Verification.js"
import { look } from "../domain/history/looks.js"
import { account } from "../domain/history/simulated.js"

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
      expect(of(account)).toMatchObject({ looks: 5, pairs: 4, corrections: 1, open: 0 })
      expect(of(account)?.firstCorrections.map(({ book, to }) => [book, to.epochMillis])).toEqual([
        ["Monthly", Date.parse(minute(2))],
      ])
      expect(of(other)).toMatchObject({ looks: 2, pairs: 1, corrections: 0, open: 0, firstCorrections: [] })
      expect(VerifyView.isSound(found)).toBe(true)
      expect(VerifyView.lines(found[0] ?? expect.fail("nothing found"), "UTC").join("\n")).toContain("books closed")
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

  it("tells of books that do not close", () => {
    const [from, to] = looks([5, 4]).map(({ observedAt }) => observedAt)
    if (from === undefined || to === undefined) return expect.fail("two looks")
    const open = [{ book: "Stable", from, to, residual: Option.some(Usd.unsafeFromText("0.01")) }] as const
    const found = { account, looks: 2, pairs: 1, corrections: 0, firstCorrections: [], open: 1, firstOpen: open }
    expect(VerifyView.isSound([found])).toBe(false)
    expect(VerifyView.lines(found, "UTC")).toEqual([
      "user:ac585dad-c443-433e-9e24-1ac0d8585a08 at api.zoo.dev: 2 looks, 1 book open, 0 corrections",
      "  Sun 10 May 2026 00:01 UTC  stable credits do not close: 0.01",
    ])
    expect(JSON.parse(VerifyView.json([found]))).toMatchObject({ ok: false, accounts: [{ open: 1 }] })
  })
})
