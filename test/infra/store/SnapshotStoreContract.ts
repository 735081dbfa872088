/** What every engine of the store promises, as one suite over a layer. */
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Price from "../../../src/domain/balance/Price.js"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { AccountDirectory, type Holder } from "../../../src/infra/store/AccountDirectory.js"
import * as SnapshotStore from "../../../src/infra/store/SnapshotStore.js"
import { type StoredDay, type Service as UsageService, UsageStore } from "../../../src/infra/store/UsageStore.js"
import * as Model from "./Model.js"
import * as Samples from "./Samples.js"

const { at, balance, snapshot, text, texts, user } = Samples

const flat = (price: Usd.Usd): Price.Price => ({ _tag: "Flat", interval: Price.Interval.fromText("month"), price })

const reading = (account: Account.Account, range?: SnapshotStore.Range) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const read = yield* Stream.runCollect(store.stream(account, range))
    return texts(read)
  })

const tags = (...of: ReadonlyArray<SnapshotStore.Stored>): ReadonlyArray<SnapshotStore.Outcome> =>
  of.map((_tag) => ({ _tag }))

const holder = (token: string, subject: Subject.Subject = Subject.me, baseUrl = Account.DEFAULT_BASE_URL): Holder => ({
  baseUrl,
  credential: Redacted.make(token),
  subject,
})

/** Runs the suite on stores that `layer` makes, each empty. */
export const suite = (
  name: string,
  layer: Layer.Layer<SnapshotStore.SnapshotStore | AccountDirectory | UsageStore, unknown>,
): void => {
  const test = (
    title: string,
    body: Effect.Effect<void, unknown, SnapshotStore.SnapshotStore | AccountDirectory | UsageStore>,
  ) => it.effect(title, () => Effect.provide(body, layer))

  describe(`${name}: storing snapshots`, () => {
    test(
      "append returns Appended for a new snapshot and Duplicate for the same one again",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        expect(yield* store.append(snapshot(0, "10.00"))).toBe("Appended")
        expect(yield* store.append(snapshot(0, "10.00"))).toBe("Duplicate")
        expect(yield* reading(user)).toEqual(texts([snapshot(0, "10.00")]))
      }),
    )

    test(
      "an empty store has no snapshots and no accounts",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        expect(yield* store.latest(user)).toEqual(Option.none())
        expect(yield* store.asOf(user, at(0))).toEqual(Option.none())
        expect(yield* reading(user)).toEqual([])
        expect(yield* store.count(user)).toBe(0)
        expect(yield* store.listAccounts).toEqual([])
        expect(yield* store.accounts).toEqual([])
        expect(yield* store.appendAll([])).toEqual([])
      }),
    )

    test(
      "appendAll returns one result for each snapshot, also for duplicates within the batch",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.append(snapshot(1, "9.00"))
        const batch = [snapshot(2, "8.00"), snapshot(1, "9.00"), snapshot(0, "10.00"), snapshot(2, "8.00")]
        expect(yield* store.appendAll(batch.values())).toEqual(tags("Appended", "Duplicate", "Late", "Duplicate"))
        expect(yield* reading(user)).toEqual(texts([snapshot(0, "10.00"), snapshot(1, "9.00"), snapshot(2, "8.00")]))
      }),
    )

    test(
      "appendAll refuses a snapshot that is out of range by field and stores the others",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        const most = Usd.unsafeFromText("9199999999.999999999")
        const sum = Usd.add(most, most)
        const bad = snapshot(1, "0.00", { due: { _tag: "Due", usd: sum } })
        const [first, refused, last] = yield* store.appendAll([snapshot(0, "10.00"), bad, snapshot(2, "9.00")])
        expect([first, last]).toEqual(tags("Appended", "Appended"))
        expect(refused).toMatchObject({
          _tag: "Refused",
          error: { _tag: "StoreOutOfRange", operation: "SnapshotStore.appendAll", field: "due.usd" },
        })
        expect(yield* reading(user)).toEqual(texts([snapshot(0, "10.00"), snapshot(2, "9.00")]))
        expect(yield* store.appendAll([bad])).toMatchObject([{ _tag: "Refused" }])
      }),
    )

    test(
      "results tell new content from the same content, late snapshots and duplicates",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        expect(yield* store.append(snapshot(0, "10.00"))).toBe("Appended")
        expect(yield* store.append(snapshot(1, "10.00"))).toBe("Extended")
        expect(yield* store.append(snapshot(2, "10.00", { due: Samples.due("1.00") }))).toBe("Extended")
        expect(yield* store.append(snapshot(3, "10.00"))).toBe("Extended")
        expect(yield* store.append(snapshot(4, "10.00", { due: Samples.due("2.00") }))).toBe("Extended")
        expect(yield* store.append(snapshot(5, "10.00", { due: Samples.due("3.00") }))).toBe("Appended")
        expect(yield* store.append(snapshot(90, "10.00"))).toBe("Extended")
        expect(yield* store.append(snapshot(1.5, "9.00"))).toBe("Late")
        expect(yield* store.append(snapshot(1, "10.00"))).toBe("Duplicate")
        const batch = [snapshot(92, "8.00"), snapshot(91, "8.00"), snapshot(93, "8.00"), snapshot(91, "8.00")]
        expect(yield* store.appendAll(batch)).toEqual(tags("Extended", "Late", "Extended", "Duplicate"))
      }),
    )

    const sum = Usd.add(Usd.unsafeFromText("9000000000"), Usd.unsafeFromText("9000000000"))
    const none = Credits.unsafeFromBigInt(0n)
    const between = DateTime.addDuration(at(0), "500 micros")
    const refused: ReadonlyArray<readonly [string, Snapshot.Snapshot]> = [
      ["monthly.value", snapshot(0, "0", { monthly: { value: sum, credits: Option.none() } })],
      ["stable.value", snapshot(0, "0", { stable: { _tag: "Granted", value: sum, credits: none } })],
      ["stable.cash", snapshot(0, "0", { stable: { _tag: "PrePaid", cash: sum, credits: Usd.zero } })],
      ["stable.credits", snapshot(0, "0", { stable: { _tag: "PrePaid", cash: Usd.zero, credits: sum } })],
      ["plan", snapshot(0, "0", { enterprisePrice: Option.some(flat(sum)) })],
      ["observedAt", Snapshot.make(user, between, balance("0"))],
      ["updatedAt", snapshot(0, "0", { updatedAt: between })],
      ["createdAt", snapshot(0, "0", { createdAt: between })],
      ["refresh.at", snapshot(0, "0", { refresh: { _tag: "RefreshAt", at: between } })],
      ["account", Snapshot.make(Account.user(Account.DEFAULT_BASE_URL, ".."), at(0), balance("0"))],
    ]
    for (const [field, bad] of refused) {
      test(
        `append fails with StoreOutOfRange for a ${field} out of range and stores nothing`,
        Effect.gen(function* () {
          const store = yield* SnapshotStore.SnapshotStore
          const failure = yield* Effect.flip(store.append(bad))
          expect(failure).toMatchObject({ _tag: "StoreOutOfRange", operation: "SnapshotStore.append", field })
          expect(yield* store.accounts).toEqual([])
          expect((yield* store.statistics).plans).toBe(0)
        }),
      )
    }

    test(
      "different bodies of one time are all stored, ordered by the server's time, then by canonical bytes",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        // As text "10.00" comes before "9.00", whatever the amounts say.
        const [ten, nine, early] = [snapshot(0, "10.00"), snapshot(0, "9.00"), snapshot(0, "11", { updatedAt: at(-9) })]
        expect(yield* store.appendAll([nine, ten, early, nine])).toEqual(
          tags("Appended", "Appended", "Appended", "Duplicate"),
        )
        expect(yield* reading(user)).toEqual(texts([early, ten, nine]))
        expect(Option.map(yield* store.latest(user), text)).toEqual(Option.some(text(nine)))
      }),
    )

    it.effect.prop(
      "any order of arrival with repetitions gives the same history, to the last digit",
      [Samples.arrivals],
      ([{ set, arrival }]) =>
        Effect.gen(function* () {
          const store = yield* SnapshotStore.SnapshotStore
          const half = arrival.length >> 1
          yield* Effect.forEach(arrival.slice(0, half), (each) => store.append(each))
          yield* store.appendAll(arrival.slice(half))
          const summaries = yield* store.accounts
          for (const account of Samples.accounts) {
            const wanted = Samples.expected(set, account)
            expect(yield* reading(account)).toEqual(wanted)
            const current = Model.current(Model.history(set.filter((each) => Account.equals(each.account, account))))
            expect(Option.map(yield* store.latest(account), text)).toEqual(
              Option.map(Option.fromNullable(current.at(-1)), text),
            )
            const summary = summaries.find((each) => Account.equals(each.account, account))
            expect(summary?.snapshots ?? 0).toBe(wanted.length)
          }
          const results = yield* store.appendAll(set)
          expect(results).toEqual(tags(...set.map(() => "Duplicate" as const)))
        }).pipe(Effect.provide(layer)),
      { fastCheck: { numRuns: 40 } },
    )

    test(
      "the extremes of every column read back as they were stored",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        const most = Usd.unsafeFromText("9199999999.999999999")
        const extremes = [
          balance("0", { monthly: { value: most, credits: Option.some(Credits.unsafeFromBigInt(Credits.MAX)) } }),
          balance("-0.000000001", { due: { _tag: "Due", usd: Usd.negate(most) } }),
          balance("0", { monthly: { value: Usd.zero, credits: Option.none() }, due: Samples.due("0") }),
          balance("0", {
            stable: { _tag: "Granted", value: Usd.negate(most), credits: Credits.unsafeFromBigInt(2n ** 63n) },
          }),
          balance("0", { stable: { _tag: "PrePaid", cash: most, credits: most } }),
          balance("0", { refresh: { _tag: "RefreshAt", at: Timestamp.unsafeFromText("9999-12-31T23:59:59.999Z") } }),
          balance("0", { createdAt: Timestamp.unsafeFromText("0100-01-01T00:00:00Z") }),
          balance("0", { enterprisePrice: Option.some({ _tag: "Unknown", raw: "per_\u0000\ud800\u{1f9a5}" }) }),
        ].map((each, minutes) => Snapshot.make(user, at(minutes), each))
        yield* store.appendAll(extremes)
        expect(yield* reading(user)).toEqual(texts(extremes))
      }),
    )
  })

  describe(`${name}: reading`, () => {
    const minutes = [0, 1, 2, 3]
    const history = minutes.map((minute) => snapshot(minute, `${10 - minute}.00`))
    const amounts = (read: ReadonlyArray<string>) =>
      read.map((each) => minutes.find((minute) => text(snapshot(minute, `${10 - minute}.00`)) === each))

    test(
      "a range includes its beginning and excludes its end",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.appendAll(history)
        expect(amounts(yield* reading(user))).toEqual([0, 1, 2, 3])
        expect(amounts(yield* reading(user, {}))).toEqual([0, 1, 2, 3])
        expect(amounts(yield* reading(user, { from: at(1) }))).toEqual([1, 2, 3])
        expect(amounts(yield* reading(user, { to: at(2) }))).toEqual([0, 1])
        expect(amounts(yield* reading(user, { from: at(1), to: at(3) }))).toEqual([1, 2])
        expect(amounts(yield* reading(user, { from: at(2), to: at(2) }))).toEqual([])
        expect(amounts(yield* reading(user, { from: at(3), to: at(1) }))).toEqual([])
        const half = DateTime.addDuration(at(1), "500 micros")
        expect(amounts(yield* reading(user, { from: half }))).toEqual([2, 3])
        expect(amounts(yield* reading(user, { to: half }))).toEqual([0, 1])
        expect(yield* store.count(user)).toBe(4)
        expect(yield* store.count(user, { from: at(1), to: at(3) })).toBe(2)
        expect(yield* store.count(user, { from: half, to: half })).toBe(0)
        expect(yield* store.count(Samples.organization)).toBe(0)
      }),
    )

    test(
      "asOf returns the newest snapshot observed at or before a time",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.appendAll(history)
        const asOf = (time: Timestamp.Timestamp) => Effect.map(store.asOf(user, time), Option.map(text))
        expect(yield* asOf(at(-1))).toEqual(Option.none())
        expect(yield* asOf(at(0))).toEqual(Option.some(text(snapshot(0, "10.00"))))
        expect(yield* asOf(at(1.5))).toEqual(Option.some(text(snapshot(1, "9.00"))))
        expect(yield* asOf(at(100))).toEqual(Option.some(text(snapshot(3, "7.00"))))
        const before = DateTime.subtractDuration(at(2), "500 micros")
        expect(yield* asOf(before)).toEqual(Option.some(text(snapshot(1, "9.00"))))
      }),
    )

    test(
      "latest goes by the time of observation, whatever arrived last",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.append(snapshot(5, "1.00", { updatedAt: at(5) }))
        yield* store.append(snapshot(4, "2.00", { updatedAt: at(4) }))
        expect(Option.map(yield* store.latest(user), text)).toEqual(
          Option.some(text(snapshot(5, "1.00", { updatedAt: at(5) }))),
        )
      }),
    )

    test(
      "latest and asOf leave out outdated and misdated snapshots, which page returns",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        const newest = snapshot(4, "2.00", { updatedAt: at(4) })
        const outdated = snapshot(63, "3.00", { updatedAt: at(3) })
        const ahead = snapshot(64, "1.00", { updatedAt: at(64 + 1441) })
        const unborn = snapshot(65, "1.00", { createdAt: at(66), updatedAt: at(65) })
        yield* store.appendAll([unborn, outdated, newest, ahead])
        expect(Option.map(yield* store.latest(user), text)).toEqual(Option.some(text(newest)))
        expect(Option.map(yield* store.asOf(user, at(64)), text)).toEqual(Option.some(text(newest)))
        expect(yield* reading(user)).toEqual(Samples.expected([newest, outdated, ahead, unborn], user))
      }),
    )

    test(
      "latest believes a server that stays behind for more than an hour",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        const behind = [20, 81].map((minute) => snapshot(minute, "3.00", { updatedAt: at(3) }))
        yield* store.appendAll([snapshot(4, "2.00", { updatedAt: at(4) }), ...behind])
        expect(Option.map(yield* store.latest(user), text)).toEqual(Option.map(Option.fromNullable(behind[1]), text))
        expect(Option.map(yield* store.asOf(user, at(64)), text)).toEqual(
          Option.some(text(snapshot(4, "2.00", { updatedAt: at(4) }))),
        )
      }),
    )

    test(
      "a stream of many pages is complete and in order, also where many bodies share a time",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        const long = Array.from({ length: 1600 }, (_, index) =>
          snapshot(index >= 495 && index < 1010 ? 495 : index, (index / 100).toFixed(2)),
        )
        yield* store.appendAll(long.toReversed())
        expect(yield* reading(user)).toEqual(Samples.expected(long, user))
        expect((yield* reading(user, { from: at(100), to: at(1100) })).length).toBe(1000)
        const first = yield* Stream.runCollect(Stream.take(store.stream(user), 3))
        expect(texts(first)).toEqual(Samples.expected(long, user).slice(0, 3))
      }),
    )

    test(
      "snapshots stored while a stream is read neither repeat nor hide the others",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        const evens = Array.from({ length: 1200 }, (_, index) => snapshot(index * 2, "1.00"))
        yield* store.appendAll(evens)
        const seen: Array<string> = []
        yield* Stream.runForEachChunk(store.stream(user), (chunk) => {
          seen.push(...texts(chunk))
          return store.appendAll(
            [1, 500, 1023, 2399].flatMap((minute) => [snapshot(minute, "0.5"), snapshot(minute, "2")]),
          )
        })
        const wanted = texts(evens)
        expect(seen.filter((each) => wanted.includes(each))).toEqual(wanted)
        expect(new Set(seen).size).toBe(seen.length)
      }),
    )

    test(
      "accounts are separate by owner and by base URL, and listed in order",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        for (const [index, account] of Samples.accounts.entries()) {
          yield* store.append(Snapshot.make(account, at(index), balance(`${index}.00`)))
        }
        yield* store.append(Snapshot.make(user, at(7), balance("7.00")))
        for (const [index, account] of Samples.accounts.entries()) {
          const own = [Snapshot.make(account, at(index), balance(`${index}.00`))]
          if (account === user) own.push(Snapshot.make(user, at(7), balance("7.00")))
          expect(yield* reading(account)).toEqual(texts(own))
        }
        const summaries = yield* store.accounts
        expect(summaries.map(({ account }) => account)).toEqual(Samples.accounts.toSorted(Account.Order))
        expect(yield* store.listAccounts).toEqual(summaries.map(({ account }) => account))
        const summary = summaries.find(({ account }) => Account.equals(account, user))
        expect(summary).toMatchObject({ snapshots: 2, first: at(0), last: at(7), sealedUntil: Option.none() })
        expect(yield* reading(Account.user("https://api.example.com", Samples.UUID))).toEqual([])
      }),
    )
  })

  describe(`${name}: the directory of accounts`, () => {
    test(
      "an account is found by the base URL, token and subject that it was stored for, and by no other",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        expect(yield* directory.find(holder("token-a"))).toEqual(Option.none())
        yield* directory.remember(holder("token-a"), user)
        expect(yield* directory.find(holder("token-a"))).toEqual(Option.some(user))
        expect(yield* directory.find(holder("token-b"))).toEqual(Option.none())
        expect(yield* directory.find(holder("token-a", Subject.org))).toEqual(Option.none())
        expect(yield* directory.find(holder("token-a", Subject.user(Samples.UUID)))).toEqual(Option.none())
        expect(yield* directory.find(holder("token-a", Subject.me, "https://api.example.com"))).toEqual(Option.none())
      }),
    )

    it.effect.prop(
      "two tokens never share an account",
      [FastCheck.uniqueArray(FastCheck.string({ minLength: 1, unit: "binary-ascii" }), { minLength: 2, maxLength: 5 })],
      ([tokens]) =>
        Effect.gen(function* () {
          const directory = yield* AccountDirectory
          const own = (index: number) => Account.user(Account.DEFAULT_BASE_URL, `user-${index}`)
          for (const [index, token] of tokens.entries()) {
            expect(yield* directory.find(holder(token))).toEqual(Option.none())
            yield* directory.remember(holder(token), own(index))
          }
          for (const [index, token] of tokens.entries()) {
            expect(yield* directory.find(holder(token))).toEqual(Option.some(own(index)))
          }
        }).pipe(Effect.provide(layer)),
      { fastCheck: { numRuns: 10 } },
    )

    test(
      "a rotated token that resolves to the same account finds its history",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        const store = yield* SnapshotStore.SnapshotStore
        yield* directory.remember(holder("old"), user)
        yield* store.append(snapshot(0, "10.00"))
        yield* directory.remember(holder("new"), user)
        const found = yield* Effect.flatten(directory.find(holder("new")))
        expect(yield* reading(found)).toEqual(texts([snapshot(0, "10.00")]))
        expect(yield* directory.find(holder("old"))).toEqual(Option.some(user))
        expect((yield* store.accounts).length).toBe(1)
      }),
    )

    test(
      "append notes an answer for its holder alone, and one that is little earlier changes nothing",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        const store = yield* SnapshotStore.SnapshotStore
        const answered = holder("token")
        yield* directory.remember(answered, user)
        expect(yield* directory.lastAnswered(answered)).toEqual(Option.none())
        expect(yield* store.append(snapshot(2, "9.00"), { answered })).toBe("Appended")
        expect(yield* store.append(snapshot(1.5, "10.00"), { answered })).toBe("Late")
        expect(yield* directory.lastAnswered(answered)).toEqual(Option.some(at(2)))
        expect(yield* store.append(snapshot(3, "8.00"))).toBe("Appended")
        expect(yield* directory.lastAnswered(answered)).toEqual(Option.some(at(2)))
        expect(yield* store.append(snapshot(3, "8.00"), { answered })).toBe("Duplicate")
        expect(yield* directory.lastAnswered(answered)).toEqual(Option.some(at(3)))
        expect(yield* directory.lastAnswered(holder("other"))).toEqual(Option.none())
        expect(yield* directory.find(answered)).toEqual(Option.some(user))
        // The clock was set back: the last answer counts.
        yield* store.append(snapshot(-60, "8.00"), { answered })
        expect(yield* directory.lastAnswered(answered)).toEqual(Option.some(at(-60)))
      }),
    )

    test(
      "append notes no answer where the snapshot is refused",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        const store = yield* SnapshotStore.SnapshotStore
        const answered = holder("token")
        const between = DateTime.addDuration(at(0), "500 micros")
        yield* Effect.flip(store.append(snapshot(0, "0", { updatedAt: between }), { answered }))
        expect(yield* directory.lastAnswered(answered)).toEqual(Option.none())
      }),
    )

    test(
      "forgetting an answer leaves the account of the holder",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        yield* directory.forgetAnswer(holder("token"))
        yield* directory.remember(holder("token"), user)
        yield* (yield* SnapshotStore.SnapshotStore).append(snapshot(1, "1.00"), { answered: holder("token") })
        expect(yield* directory.lastAnswered(holder("token"))).toEqual(Option.some(at(1)))
        yield* directory.forgetAnswer(holder("token"))
        expect(yield* directory.lastAnswered(holder("token"))).toEqual(Option.none())
        expect(yield* directory.find(holder("token"))).toEqual(Option.some(user))
      }),
    )

    test(
      "remembering a holder again replaces its account",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        yield* directory.remember(holder("token"), user)
        yield* directory.remember(holder("token"), Samples.organization)
        expect(yield* directory.find(holder("token"))).toEqual(Option.some(Samples.organization))
      }),
    )

    test(
      "a label stays the same, differs between holders, and is not found as an account",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        const label = yield* directory.label(holder("token"))
        expect(label.baseUrl).toBe(Account.DEFAULT_BASE_URL)
        expect(Account.formatOwner(label.owner)).toMatch(/^me:[0-9a-f]{8}$/)
        expect(yield* directory.label(holder("token"))).toEqual(label)
        expect(yield* directory.find(holder("token"))).toEqual(Option.none())
        const others = yield* Effect.forEach(
          [holder("other"), holder("token", Subject.org), holder("token", Subject.me, "https://api.example.com")],
          directory.label,
        )
        expect(new Set([label, ...others].map(({ owner }) => Account.formatOwner(owner))).size).toBe(4)
      }),
    )

    test(
      "an account that is resolved later is found, and the label stays the same",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        const label = yield* directory.label(holder("token"))
        yield* directory.remember(holder("token"), user)
        expect(yield* directory.find(holder("token"))).toEqual(Option.some(user))
        expect(yield* directory.label(holder("token"))).toEqual(label)
        expect(yield* directory.find(holder("token"))).toEqual(Option.some(user))
        yield* directory.remember(holder("token"), label)
        expect(yield* directory.find(holder("token"))).toEqual(Option.none())
      }),
    )
  })
  describe(`${name}: usage at rest`, () => {
    const day = Math.floor(at(0).epochMillis / 86_400_000)
    const stored = (number: number, version = 1): StoredDay => ({
      day: number,
      version,
      entries: `entries of ${number}, version ${version}: \u{1f9a5}`,
      checkpoint: `checkpoint of ${number}`,
    })
    const all = { from: -1000, to: 100_000, version: 1 }
    const lastBefore = (usage: UsageService, before: number, version: number) =>
      Effect.map(
        usage.read(user, { from: before, to: before, before, version }),
        Option.flatMap(({ last }) => last),
      )
    const epochOf = (usage: UsageService, account = user) =>
      Effect.map(usage.standing(account), (standing) => Option.getOrThrow(standing).epoch)

    test(
      "an account without snapshots has no standing, and its usage is not stored",
      Effect.gen(function* () {
        const usage = yield* UsageStore
        const directory = yield* AccountDirectory
        expect(yield* usage.standing(user)).toEqual(Option.none())
        expect(yield* usage.fill(user, "none", [stored(day)])).toBe(false)
        yield* directory.remember(holder("token"), user)
        expect(yield* usage.standing(user)).toEqual(Option.none())
        expect(yield* usage.days(user, all)).toEqual([])
        expect(yield* lastBefore(usage, day, 1)).toEqual(Option.none())
      }),
    )

    test(
      "filled days are returned in order, in a range, and by version",
      Effect.gen(function* () {
        const usage = yield* UsageStore
        yield* (yield* SnapshotStore.SnapshotStore).append(snapshot(0, "1.00"))
        expect(usage.isReadOnly).toBe(false)
        const days = [stored(day + 2), stored(day), stored(day + 1)]
        expect(yield* usage.fill(user, yield* epochOf(usage), days)).toBe(true)
        expect(yield* usage.days(user, all)).toEqual([stored(day), stored(day + 1), stored(day + 2)])
        expect(yield* usage.days(user, { from: day + 1, to: day + 2, version: 1 })).toEqual([stored(day + 1)])
        expect(yield* usage.days(user, { ...all, version: 2 })).toEqual([])
        expect(yield* lastBefore(usage, day + 2, 1)).toEqual(Option.some(stored(day + 1)))
        expect(yield* lastBefore(usage, day, 1)).toEqual(Option.none())
        expect(yield* lastBefore(usage, day + 9, 2)).toEqual(Option.none())
        expect(yield* usage.days(Samples.organization, all)).toEqual([])
      }),
    )

    test(
      "a fill removes days of an older version from its first day on, and leaves those of the same version",
      Effect.gen(function* () {
        const usage = yield* UsageStore
        yield* (yield* SnapshotStore.SnapshotStore).append(snapshot(0, "1.00"))
        const epoch = yield* epochOf(usage)
        const older = [0, 1, 2, 3].map((nth) => stored(day + nth))
        yield* usage.fill(user, epoch, older)
        expect(yield* usage.fill(user, epoch, [{ ...stored(day), entries: "other" }])).toBe(true)
        expect(yield* usage.days(user, all)).toEqual(older)
        const newer = [stored(day + 1, 2), stored(day + 2, 2)]
        expect(yield* usage.fill(user, epoch, newer)).toBe(true)
        expect(yield* usage.days(user, all)).toEqual([stored(day)])
        expect(yield* usage.days(user, { ...all, version: 2 })).toEqual(newer)
      }),
    )

    test(
      "a fill of an older version changes nothing where days of a newer one are stored",
      Effect.gen(function* () {
        const usage = yield* UsageStore
        yield* (yield* SnapshotStore.SnapshotStore).append(snapshot(0, "1.00"))
        const epoch = yield* epochOf(usage)
        const newer = [stored(day + 1, 2), stored(day + 2, 2)]
        yield* usage.fill(user, epoch, newer)
        expect(yield* usage.fill(user, epoch, [stored(day), stored(day + 1), stored(day + 3)])).toBe(true)
        expect(yield* usage.days(user, all)).toEqual([])
        expect(yield* usage.days(user, { ...all, version: 2 })).toEqual(newer)
      }),
    )

    test(
      "an append at the end leaves usage and epoch, and a late snapshot removes usage from its day on",
      Effect.gen(function* () {
        const usage = yield* UsageStore
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.append(snapshot(0, "9.00"))
        yield* store.append(snapshot(3 * 1440, "7.00"))
        const epoch = yield* epochOf(usage)
        const days = [0, 1, 2].map((nth) => stored(day + nth))
        yield* usage.fill(user, epoch, days)
        yield* store.append(snapshot(3 * 1440 + 1, "6.00"))
        yield* store.append(snapshot(3 * 1440 + 1, "6.00"))
        yield* store.append(snapshot(0, "9.00"))
        expect(yield* epochOf(usage)).toBe(epoch)
        expect(yield* usage.days(user, all)).toEqual(days)
        expect(yield* store.append(snapshot(1440, "8.00"))).toBe("Late")
        expect(yield* epochOf(usage)).not.toBe(epoch)
        expect(yield* usage.days(user, all)).toEqual([stored(day)])
        expect(yield* usage.fill(user, epoch, days)).toBe(false)
        expect(yield* usage.days(user, all)).toEqual([stored(day)])
        expect(yield* usage.fill(user, yield* epochOf(usage), days)).toBe(true)
        expect(yield* usage.days(user, all)).toEqual(days)
      }),
    )

    test(
      "a snapshot at the time of the newest one, and one on the last stored day, remove usage of that day",
      Effect.gen(function* () {
        const usage = yield* UsageStore
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.append(snapshot(0, "9.00"))
        const fill = Effect.gen(function* () {
          const epoch = yield* epochOf(usage)
          expect(yield* usage.fill(user, epoch, [stored(day - 1), stored(day)])).toBe(true)
          return epoch
        })
        const before = yield* fill
        expect(yield* store.append(snapshot(0, "8.00"))).toBe("Appended")
        expect(yield* usage.days(user, all)).toEqual([stored(day - 1)])
        const again = yield* fill
        expect(again).not.toBe(before)
        expect(yield* store.append(snapshot(1, "7.00"))).toBe("Appended")
        expect(yield* usage.days(user, all)).toEqual([stored(day - 1)])
        expect(yield* epochOf(usage)).not.toBe(again)
        const third = yield* fill
        expect(yield* store.append(snapshot(1440, "6.00"))).toBe("Appended")
        expect(yield* usage.days(user, all)).toEqual([stored(day - 1), stored(day)])
        expect(yield* epochOf(usage)).toBe(third)
      }),
    )

    test(
      "usage of one account is not that of another",
      Effect.gen(function* () {
        const usage = yield* UsageStore
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.appendAll([snapshot(0, "9.00"), { ...snapshot(0, "9.00"), account: Samples.organization }])
        yield* usage.fill(user, yield* epochOf(usage), [stored(day)])
        yield* store.append({ ...snapshot(-1, "9.50"), account: Samples.organization })
        expect(yield* usage.days(user, all)).toEqual([stored(day)])
        expect(yield* usage.days(Samples.organization, all)).toEqual([])
        expect(yield* store.statistics).toMatchObject({ accounts: 2, snapshots: 3, usageDays: 1, sealedDays: 0 })
      }),
    )
  })
}
