import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Account from "../../src/domain/history/Account.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import { StoreOutOfRange } from "../../src/infra/store/StoreError.js"
import * as HistoryImport from "../../src/services/HistoryImport.js"

const body = JSON.stringify(
  JSON.parse(readFileSync(new URL("../fixtures/reference-2025-05-07.json", import.meta.url), "utf8")),
)
const START = Date.UTC(2026, 10, 22)
const lineOf = (minute: number, subject = "user:ada", text = body) =>
  `{"subject":"${subject}","observed_at":"${new Date(START + minute * 60_000).toISOString()}","body":${text}}`

/** Imports lines into the store at hand; what was refused is told as `number why`. */
const importLines = (
  lines: ReadonlyArray<string>,
  options: { readonly owner?: Account.Owner; readonly mostBytes?: number; readonly allowFuture?: boolean } = {},
) =>
  Effect.gen(function* () {
    const rejected: Array<string> = []
    const history = yield* HistoryImport.make({
      baseUrl: Account.DEFAULT_BASE_URL,
      mostBytes: 1_000_000,
      // The test clock begins in 1970.
      allowFuture: true,
      onRejected: ({ bytes, number }, why) =>
        Effect.sync(() => {
          rejected.push(`${number} ${why}`)
          expect(Buffer.from(bytes).toString()).toBe(lines[number - 1])
        }),
      ...options,
    })
    // Lines are views of one buffer, as a reader's are.
    const buffer = new Uint8Array(100_000)
    for (const [index, text] of lines.entries()) {
      const { written } = new TextEncoder().encodeInto(text, buffer)
      yield* history.add({ number: index + 1, bytes: buffer.subarray(0, written) })
    }
    yield* history.finish
    return { counts: history.counts(), rejected }
  })

const accounts = Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.accounts)
const minutesOf = (account: Account.Account) =>
  Effect.flatMap(SnapshotStore.SnapshotStore, (store) => Stream.runCollect(store.stream(account))).pipe(
    Effect.map((all) => [...all].map(({ observedAt }) => (observedAt.epochMillis - START) / 60_000)),
  )
const ada = Account.user(Account.DEFAULT_BASE_URL, "ada")

/** A store in memory, some of whose operations are others. */
const wrapped = (change: (store: SnapshotStore.Service) => Partial<SnapshotStore.Service>) =>
  Layer.effect(
    SnapshotStore.SnapshotStore,
    Effect.map(SnapshotStore.SnapshotStore, (store) => ({ ...store, ...change(store) })),
  ).pipe(Layer.provide(SnapshotStore.layerMemory))

describe("HistoryImport", () => {
  it.effect("keeps the good lines in order of time, names the bad ones, and does not count blank ones", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(START)
      const { counts, rejected } = yield* importLines([
        lineOf(2),
        "",
        "nonsense",
        lineOf(0),
        lineOf(1, "me"),
        lineOf(1),
      ])
      expect(counts).toEqual({
        lines: 5,
        kept: 3,
        duplicates: 0,
        rejected: 2,
        skipped: 0,
        future: 0,
        drifted: 0,
        drift: {},
      })
      expect(rejected.map((line) => line.slice(0, 16))).toEqual(["3 it is no JSON ", '5 the subject "m'])
      expect(yield* minutesOf(ada)).toEqual([0, 1, 2])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect("changes nothing the second time, across batches too", () =>
    Effect.gen(function* () {
      const lines = Array.from({ length: 1203 }, (_, minute) => lineOf(minute))
      expect((yield* importLines([...lines, lineOf(7)])).counts).toMatchObject({
        lines: 1204,
        kept: 1203,
        duplicates: 1,
      })
      const before = yield* accounts
      expect((yield* importLines(lines)).counts).toMatchObject({ kept: 0, duplicates: 1203, rejected: 0 })
      expect(yield* accounts).toEqual(before)
      expect(before).toEqual([
        {
          account: ada,
          snapshots: 1203,
          first: Timestamp.fromMillis(START),
          last: Timestamp.fromMillis(START + 1202 * 60_000),
          sealedUntil: Option.none(),
        },
      ])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect("keeps a batch in one transaction, and no more than some hundred lines or some megabytes wait for it", () =>
    Effect.gen(function* () {
      const sizes: Array<number> = []
      const noted = wrapped((store) => ({
        appendAll: (snapshots) => {
          const all = [...snapshots]
          sizes.push(all.length)
          return store.appendAll(all)
        },
      }))
      const lines = Array.from({ length: 1203 }, (_, minute) => lineOf(minute))
      yield* Effect.provide(importLines(lines), noted)
      expect(sizes.splice(0)).toEqual([500, 500, 203])
      const long = Array.from({ length: 100 }, (_, minute) => `${" ".repeat(90_000)}${lineOf(minute)}`)
      yield* Effect.provide(importLines(long), noted)
      const most = Math.ceil(4_194_304 / (long[0]?.length ?? 1))
      expect(sizes).toEqual([most, most, 100 - 2 * most])
    }),
  )

  it.effect("finds the one line that the history cannot hold, and keeps the others of its batch", () =>
    Effect.gen(function* () {
      const refused = new StoreOutOfRange({ operation: "SnapshotStore.append", field: "plan" })
      const isRefused = ({ observedAt }: Snapshot.Snapshot) => observedAt.epochMillis === START + 2 * 60_000
      const picky = wrapped((store) => ({
        appendAll: (snapshots) =>
          Effect.forEach(snapshots, (snapshot) =>
            isRefused(snapshot)
              ? Effect.succeed<SnapshotStore.Outcome>({ _tag: "Refused", error: refused })
              : Effect.map(store.append(snapshot), (_tag): SnapshotStore.Outcome => ({ _tag })),
          ),
      }))
      const { counts, rejected } = yield* Effect.provide(
        importLines([0, 1, 2, 3].map((minute) => lineOf(minute))),
        picky,
      )
      expect(counts).toMatchObject({ lines: 4, kept: 3, rejected: 1 })
      expect(refused.message).toContain("SnapshotStore")
      expect(rejected).toEqual([
        "3 plan is out of range (amounts below 9.2e9 USD, times in whole milliseconds, plans and ids that their schemas accept)",
      ])
    }),
  )

  it.effect("takes the lines of one owner alone where that is asked for", () =>
    Effect.gen(function* () {
      const { counts } = yield* importLines([lineOf(0), lineOf(0, "org:ada"), lineOf(1, "user:bob"), "nonsense"], {
        owner: { _tag: "Organization", id: "ada" },
      })
      expect(counts).toMatchObject({ lines: 4, kept: 1, skipped: 2, rejected: 1 })
      expect((yield* accounts).map(({ account }) => Account.formatOwner(account.owner))).toEqual(["org:ada"])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect(
    "counts those that are dated more than five minutes after now, whether they are kept now or were before",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(START)
        const lines = [0, 5, 6, 7, 7].map((minute) => lineOf(minute))
        expect((yield* importLines(lines)).counts).toMatchObject({ kept: 4, duplicates: 1, future: 3 })
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect.each([
    { minutes: 0, rejected: 0 },
    { minutes: 5, rejected: 0 },
    { minutes: 5.01, rejected: 1 },
    { minutes: 60, rejected: 1 },
    { minutes: 60 * 24 * 365 * 36, rejected: 1 },
  ])("rejects $rejected of the lines where one was observed $minutes minutes after now", ({ minutes, rejected }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(START)
      const imported = yield* importLines([lineOf(-1), lineOf(minutes)], { allowFuture: false })
      expect(imported.counts).toMatchObject({ kept: 2 - rejected, rejected, future: 0 })
      const at = Timestamp.format(Timestamp.fromMillis(START + minutes * 60_000))
      expect(imported.rejected).toEqual(rejected === 0 ? [] : [`2 observed_at is in the future, found ${at}`])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect("counts drift by kind, and refuses a line that is too long", () =>
    Effect.gen(function* () {
      const drifting = body.replace("{", '{"one":1,"two":2,').replace('"41.26"', "1.00000000001")
      const { counts, rejected } = yield* importLines([lineOf(0, "user:ada", drifting), lineOf(1), "x".repeat(9001)], {
        mostBytes: 9000,
      })
      expect(counts).toMatchObject({ drifted: 1, drift: { UnknownField: 2, FinerThanNano: 1 }, rejected: 1 })
      expect(rejected).toEqual(["3 it has more than 9000 bytes"])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )
})
