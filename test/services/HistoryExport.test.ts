import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as HistoryExport from "../../src/services/HistoryExport.js"

const reference = readFileSync(new URL("../fixtures/reference-2025-05-07.json", import.meta.url), "utf8")
const { balance } = Either.getOrThrow(CustomerBalance.decodeText(reference))
const ada = Account.user(Account.DEFAULT_BASE_URL, "ada")
const acme = Account.organization(Account.DEFAULT_BASE_URL, "acme")
const elsewhere = Account.user("https://zoo.example.com", "ada")
const label = Account.labelled(Account.DEFAULT_BASE_URL, "somebody")
const time = Timestamp.unsafeFromText

/** Who was seen when, in the order in which it is kept. */
const seen: ReadonlyArray<readonly [Account.Account, string]> = [
  [elsewhere, "2026-03-05T00:00:00Z"],
  [label, "2026-01-31T23:59:59.999Z"],
  [ada, "2026-03-31T12:00:00Z"],
  [ada, "2026-01-05T00:00:00Z"],
  [acme, "2025-12-31T00:00:00Z"],
  [acme, "2026-03-01T00:00:00Z"],
  [ada, "2026-02-01T00:00:00Z"],
]

const filled = <A, E>(effect: Effect.Effect<A, E, SnapshotStore.SnapshotStore>) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    yield* store.appendAll(seen.map(([account, at]) => Snapshot.make(account, time(at), balance)))
    return yield* effect
  }).pipe(Effect.provide(SnapshotStore.layerMemory))

const shown = ({ account, observedAt }: Snapshot.Snapshot) =>
  `${account.baseUrl === elsewhere.baseUrl ? "elsewhere " : ""}${Account.formatOwner(account.owner)} ${Timestamp.format(observedAt).slice(0, 10)}`

const all = (options: HistoryExport.Options) =>
  filled(Stream.runCollect(HistoryExport.snapshots(options))).pipe(Effect.map((chunk) => [...chunk].map(shown)))

const byMonth = (options: HistoryExport.Options) =>
  filled(
    Stream.runCollect(
      Stream.mapEffect(HistoryExport.months(options), ({ month, snapshots }) =>
        Effect.map(Stream.runCollect(snapshots), (chunk) => [month.name, [...chunk].map(shown)] as const),
      ),
    ),
  ).pipe(Effect.map((chunk) => [...chunk]))

const EVERYTHING = [
  "me:somebody 2026-01-31",
  "org:acme 2025-12-31",
  "org:acme 2026-03-01",
  "user:ada 2026-01-05",
  "user:ada 2026-02-01",
  "user:ada 2026-03-31",
  "elsewhere user:ada 2026-03-05",
]

describe("HistoryExport", () => {
  it.effect("exports accounts in their order, labels too, and the snapshots of each oldest first", () =>
    Effect.map(all({}), (found) => expect(found).toEqual(EVERYTHING)),
  )

  it.effect("exports one owner alone, at every base URL, or nothing of one who is not known", () =>
    Effect.gen(function* () {
      expect(yield* all({ owner: ada.owner })).toEqual(EVERYTHING.filter((line) => line.includes("user:ada")))
      expect(yield* all({ owner: { _tag: "User", id: "acme" } })).toEqual([])
      expect(yield* filled(HistoryExport.accounts({ owner: { _tag: "User", id: "acme" } }))).toEqual([])
    }),
  )

  it.effect("exports what was observed from a moment on and before another", () =>
    Effect.gen(function* () {
      const [from, to] = [time("2026-01-05T00:00:00Z"), time("2026-02-01T00:00:00Z")]
      expect(yield* all({ from, to })).toEqual(["me:somebody 2026-01-31", "user:ada 2026-01-05"])
      expect(yield* all({ from })).toEqual(EVERYTHING.filter((line) => !line.includes("2025")))
      expect(yield* all({ to })).toEqual([EVERYTHING[0], EVERYTHING[1], EVERYTHING[3]])
    }),
  )

  it.effect("parts what is exported by calendar month UTC, each month in the order of the whole", () =>
    Effect.map(byMonth({}), (found) =>
      expect(found).toEqual([
        ["2025-12", ["org:acme 2025-12-31"]],
        ["2026-01", ["me:somebody 2026-01-31", "user:ada 2026-01-05"]],
        ["2026-02", ["user:ada 2026-02-01"]],
        ["2026-03", ["org:acme 2026-03-01", "user:ada 2026-03-31", "elsewhere user:ada 2026-03-05"]],
      ]),
    ),
  )

  it.effect("cuts the first and the last month where the span begins and ends", () =>
    Effect.gen(function* () {
      const span = { from: time("2026-01-06T00:00:00Z"), to: time("2026-03-05T00:00:00Z") }
      expect(yield* byMonth(span)).toEqual([
        ["2026-01", ["me:somebody 2026-01-31"]],
        ["2026-02", ["user:ada 2026-02-01"]],
        ["2026-03", ["org:acme 2026-03-01"]],
      ])
      expect(yield* byMonth({ from: time("2026-04-01T00:00:00Z") })).toEqual([])
      expect(yield* byMonth({ to: time("2025-12-31T00:00:00Z") })).toEqual([])
    }),
  )

  it.effect("passes over months in which no account could have been seen", () =>
    Effect.map(byMonth({ owner: label.owner, from: time("2020-01-01T00:00:00Z") }), (found) =>
      expect(found).toEqual([["2026-01", ["me:somebody 2026-01-31"]]]),
    ),
  )

  describe("counts the pruned days of what is exported", () => {
    const DAYS_1_TO_10 = { first: "2026-01-01T18:00:00Z", sealedUntil: "2026-01-11T00:00:00Z" }
    const summary = (
      account: Account.Account,
      { first, sealedUntil }: { readonly first: string; readonly sealedUntil?: string },
    ): SnapshotStore.AccountSummary => ({
      account,
      snapshots: 100,
      first: time(first),
      last: time("2026-02-01T00:00:00Z"),
      sealedUntil: Option.map(Option.fromNullable(sealedUntil), time),
    })
    const counted = (options: HistoryExport.Options, all: ReadonlyArray<SnapshotStore.AccountSummary>) =>
      HistoryExport.prunedDays(options).pipe(
        Effect.provide(
          Layer.map(SnapshotStore.layerMemory, (context) => {
            const store = Context.get(context, SnapshotStore.SnapshotStore)
            return Context.add(context, SnapshotStore.SnapshotStore, { ...store, accounts: Effect.succeed(all) })
          }),
        ),
      )

    it.effect(
      "from the day of the first snapshot to the seal, added over accounts, none where nothing was pruned",
      () =>
        Effect.gen(function* () {
          const unpruned = summary(acme, { first: "2025-12-31T00:00:00Z" })
          expect(yield* counted({}, [])).toBe(0)
          expect(yield* counted({}, [unpruned])).toBe(0)
          expect(yield* counted({}, [summary(ada, DAYS_1_TO_10), unpruned])).toBe(10)
          const both = [
            summary(ada, DAYS_1_TO_10),
            summary(acme, { ...DAYS_1_TO_10, sealedUntil: "2026-01-02T00:00:00Z" }),
          ]
          expect(yield* counted({}, both)).toBe(11)
          expect(yield* counted({ owner: acme.owner }, both)).toBe(1)
        }),
    )

    it.effect("within the exported range, a day that it cuts included", () =>
      Effect.gen(function* () {
        const all = [summary(ada, DAYS_1_TO_10)]
        const within = (from?: string, to?: string) =>
          counted({ from: from === undefined ? from : time(from), to: to === undefined ? to : time(to) }, all)
        expect(yield* within("2026-01-05T00:00:00Z")).toBe(6)
        expect(yield* within("2026-01-05T23:59:59.999Z")).toBe(6)
        expect(yield* within(undefined, "2026-01-05T00:00:00Z")).toBe(4)
        expect(yield* within(undefined, "2026-01-05T00:00:00.001Z")).toBe(5)
        expect(yield* within("2026-01-05T12:00:00Z", "2026-01-05T13:00:00Z")).toBe(1)
        expect(yield* within("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z")).toBe(10)
        expect(yield* within("2026-01-11T00:00:00Z")).toBe(0)
        expect(yield* within(undefined, "2026-01-01T00:00:00Z")).toBe(0)
      }),
    )
  })
})
