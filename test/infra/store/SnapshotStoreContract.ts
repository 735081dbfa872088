/** What every engine promises, as one suite over a layer. */
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
import * as Samples from "./Samples.js"

const { at, balance, snapshot, text, texts, user } = Samples

const flat = (price: Usd.Usd): Price.Price => ({ _tag: "Flat", interval: Price.Interval.fromText("month"), price })

const reading = (account: Account.Account, range?: SnapshotStore.Range) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const read = yield* Stream.runCollect(store.stream(account, range))
    return texts(read)
  })

const tags = (...of: ReadonlyArray<SnapshotStore.Kept>): ReadonlyArray<SnapshotStore.Outcome> =>
  of.map((_tag) => ({ _tag }))

const holder = (token: string, subject: Subject.Subject = Subject.me, baseUrl = Account.DEFAULT_BASE_URL): Holder => ({
  baseUrl,
  credential: Redacted.make(token),
  subject,
})

/** Runs the suite on stores that `layer` makes, each empty. */
export const suite = (
  name: string,
  layer: Layer.Layer<SnapshotStore.SnapshotStore | AccountDirectory, unknown>,
): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, SnapshotStore.SnapshotStore | AccountDirectory>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`${name}: keeping snapshots`, () => {
    test(
      "a snapshot is appended once, then a duplicate",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        expect(yield* store.append(snapshot(0, "10.00"))).toBe("Appended")
        expect(yield* store.append(snapshot(0, "10.00"))).toBe("Duplicate")
        expect(yield* reading(user)).toEqual(texts([snapshot(0, "10.00")]))
      }),
    )

    test(
      "an empty store knows nothing",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        expect(yield* store.latest(user)).toEqual(Option.none())
        expect(yield* store.asOf(user, at(0))).toEqual(Option.none())
        expect(yield* reading(user)).toEqual([])
        expect(yield* store.accounts).toEqual([])
        expect(yield* store.appendAll([])).toEqual([])
      }),
    )

    test(
      "many are kept at once with one result each, duplicates within the batch included",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.append(snapshot(1, "9.00"))
        const batch = [snapshot(2, "8.00"), snapshot(1, "9.00"), snapshot(0, "10.00"), snapshot(2, "8.00")]
        expect(yield* store.appendAll(batch.values())).toEqual(tags("Appended", "Duplicate", "Late", "Duplicate"))
        expect(yield* reading(user)).toEqual(texts([snapshot(0, "10.00"), snapshot(1, "9.00"), snapshot(2, "8.00")]))
      }),
    )

    test(
      "a snapshot of many that cannot be held is refused by name, and the others are kept",
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
      "each result tells whether a snapshot says something new, the same again, or comes late",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        expect(yield* store.append(snapshot(0, "10.00"))).toBe("Appended")
        expect(yield* store.append(snapshot(1, "10.00"))).toBe("Extended")
        expect(yield* store.append(snapshot(2, "10.00", { due: Samples.due("1.00") }))).toBe("Extended")
        expect(yield* store.append(snapshot(3, "10.00"))).toBe("Extended")
        expect(yield* store.append(snapshot(4, "10.00", { due: Samples.due("2.00") }))).toBe("Appended")
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
        `a snapshot whose ${field} cannot be held is refused by name`,
        Effect.gen(function* () {
          const store = yield* SnapshotStore.SnapshotStore
          const failure = yield* Effect.flip(store.append(bad))
          expect(failure).toMatchObject({ _tag: "StoreOutOfRange", operation: "SnapshotStore.append", field })
          expect(yield* store.accounts).toEqual([])
        }),
      )
    }

    test(
      "different bodies of one time are both kept, by the server's time, then by canonical bytes",
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
      "any order of arrival with repetitions gives the same reading, to the last digit",
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
            expect(Option.map(yield* store.latest(account), text)).toEqual(Option.fromNullable(wanted.at(-1)))
            const summary = summaries.find((each) => Account.equals(each.account, account))
            expect(summary?.snapshots ?? 0).toBe(wanted.length)
          }
          const results = yield* store.appendAll(set)
          expect(results).toEqual(tags(...set.map(() => "Duplicate" as const)))
        }).pipe(Effect.provide(layer)),
      { fastCheck: { numRuns: 40 } },
    )

    test(
      "the extremes of every column come back as they were",
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
      "a range holds its beginning and not its end",
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
      }),
    )

    test(
      "as of a time is the newest that was observed at or before it",
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
      "latest goes by the time of observation, whatever came last",
      Effect.gen(function* () {
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.append(snapshot(5, "1.00", { updatedAt: at(-100) }))
        yield* store.append(snapshot(4, "2.00", { updatedAt: at(100) }))
        expect(Option.map(yield* store.latest(user), text)).toEqual(
          Option.some(text(snapshot(5, "1.00", { updatedAt: at(-100) }))),
        )
      }),
    )

    test(
      "a history of many pages is read whole, in order, also where many bodies share a time",
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
      "what is kept while a stream is read neither repeats nor hides what was there",
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
      "accounts are kept apart by owner and by base URL, and listed in order",
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
        const summary = summaries.find(({ account }) => Account.equals(account, user))
        expect(summary).toMatchObject({ snapshots: 2, first: at(0), last: at(7) })
        expect(yield* reading(Account.user("https://api.example.com", Samples.UUID))).toEqual([])
      }),
    )
  })

  describe(`${name}: the directory of accounts`, () => {
    test(
      "nothing is found before it was remembered, and then by base URL, token and subject alone",
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
      "a rotated token is remembered to the same account and finds its history",
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
      "an answer is noted for its holder alone, and an earlier one that comes in late changes nothing",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        const [early, late] = [Timestamp.fromMillis(1_000), Timestamp.fromMillis(2_000)]
        yield* directory.remember(holder("token"), user)
        expect(yield* directory.lastAnswered(holder("token"))).toEqual(Option.none())
        yield* directory.noteAnswer(holder("token"), late)
        yield* directory.noteAnswer(holder("token"), early)
        expect(yield* directory.lastAnswered(holder("token"))).toEqual(Option.some(late))
        expect(yield* directory.lastAnswered(holder("other"))).toEqual(Option.none())
        expect(yield* directory.find(holder("token"))).toEqual(Option.some(user))
        // The clock was set back: what was answered last is what counts.
        const setBack = Timestamp.fromMillis(late.epochMillis - 3_600_000)
        yield* directory.noteAnswer(holder("token"), setBack)
        expect(yield* directory.lastAnswered(holder("token"))).toEqual(Option.some(setBack))
      }),
    )

    test(
      "an answer is forgotten, and the account it was of is not",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        yield* directory.forgetAnswer(holder("token"))
        yield* directory.remember(holder("token"), user)
        yield* directory.noteAnswer(holder("token"), Samples.at(1))
        yield* directory.forgetAnswer(holder("token"))
        expect(yield* directory.lastAnswered(holder("token"))).toEqual(Option.none())
        expect(yield* directory.find(holder("token"))).toEqual(Option.some(user))
      }),
    )

    test(
      "what is remembered again takes the place of what was",
      Effect.gen(function* () {
        const directory = yield* AccountDirectory
        yield* directory.remember(holder("token"), user)
        yield* directory.remember(holder("token"), Samples.organization)
        expect(yield* directory.find(holder("token"))).toEqual(Option.some(Samples.organization))
      }),
    )

    test(
      "a label stays the same, differs between holders, and is no found account",
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
      "an account that is found out later stands beside the label, which stays",
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
}
