import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Block from "../../../src/domain/balance/Block.js"
import * as CollectionThreshold from "../../../src/domain/balance/CollectionThreshold.js"
import * as Subject from "../../../src/domain/balance/Subject.js"
import type * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { AccountDirectory } from "../../../src/infra/store/AccountDirectory.js"
import * as BillingState from "../../../src/infra/store/BillingState.js"
import { FileCare } from "../../../src/infra/store/FileCare.js"
import * as Samples from "./Samples.js"
import { append, exec, on, temp } from "./SqliteFile.js"

const { at, organization, snapshot, user } = Samples

const nothing: BillingState.State = { overdraft: Option.none(), block: Option.none(), threshold: Option.none() }

const given = (minutes: number, policy: BillingState.GivenPolicy): Partial<BillingState.State> => ({
  overdraft: Option.some({ policy, at: at(minutes) }),
})
const off = OverdraftPolicy.blocked
const turnedOn: BillingState.GivenPolicy = { _tag: "On" }

const told = (minutes: number, reason: string | null, message: string | null = null): Partial<BillingState.State> => ({
  block: Option.some({ block: Block.of(reason, message), at: at(minutes) }),
})

const collecting = (minutes: number, amount: string, source?: string): Partial<BillingState.State> => ({
  threshold: Option.some({
    threshold: {
      amount: Usd.unsafeFromText(amount),
      source: Option.map(Option.fromNullable(source), CollectionThreshold.Source.fromText),
    },
    at: at(minutes),
  }),
})

const note = (account: Account.Account, ...states: ReadonlyArray<Partial<BillingState.State>>) =>
  Effect.flatMap(BillingState.BillingState, (port) =>
    Effect.forEach(states, (state) => port.note(account, state), { discard: true }),
  )
const find = (account: Account.Account) => Effect.flatMap(BillingState.BillingState, (port) => port.find(account))

const test = (title: string, body: Effect.Effect<void, unknown, SnapshotStore.Ports>) =>
  it.effect(title, () => Effect.provide(body, SnapshotStore.layerMemory))

describe("what is stored of an account's billing", () => {
  test(
    "is nothing for an account of which nothing was said, stored or not",
    Effect.gen(function* () {
      expect(yield* find(user)).toEqual(nothing)
      yield* append(snapshot(0, "1.00"))
      expect(yield* find(user)).toEqual(nothing)
    }),
  )

  test(
    "is the policy given last and the block told last, each with its time, also of an account without snapshots",
    Effect.gen(function* () {
      yield* note(user, given(0, off), told(1, "admin", "Call us."), given(2, turnedOn), told(3, "new_reason"))
      expect(yield* find(user)).toEqual({ ...nothing, ...given(2, turnedOn), ...told(3, "new_reason") })
      expect(yield* find(organization)).toEqual(nothing)
    }),
  )

  test(
    "says that an account is not blocked once the API says so, which differs from having said nothing",
    Effect.gen(function* () {
      yield* note(user, told(0, "missing_payment_method"), told(1, null))
      expect(yield* find(user)).toEqual({ ...nothing, ...told(1, null) })
      yield* note(organization, told(2, null))
      expect(yield* find(organization)).toEqual({ ...nothing, ...told(2, null) })
    }),
  )

  test(
    "keeps the later of two answers that crossed within a minute, and takes an earlier one after a clock was set back",
    Effect.gen(function* () {
      yield* note(user, given(10, off), given(9.5, turnedOn), told(10, "admin"), told(9, null))
      expect(yield* find(user)).toEqual({ ...nothing, ...given(10, off), ...told(10, "admin") })
      yield* note(user, given(8, turnedOn), told(8, null))
      expect(yield* find(user)).toEqual({ ...nothing, ...given(8, turnedOn), ...told(8, null) })
    }),
  )

  test(
    "moves its time on when the same is said again",
    Effect.gen(function* () {
      yield* note(user, given(0, off), told(0, "admin"), given(30, off), told(40, "admin"))
      expect(yield* find(user)).toEqual({ ...nothing, ...given(30, off), ...told(40, "admin") })
    }),
  )

  test(
    "is not written again when the same is said within a minute",
    Effect.gen(function* () {
      yield* note(user, given(0, off), told(0, "admin"), given(0.9, off), told(0.9, "admin"))
      expect(yield* find(user)).toEqual({ ...nothing, ...given(0, off), ...told(0, "admin") })
      yield* note(user, given(0.9, turnedOn), told(0.9, null))
      expect(yield* find(user)).toEqual({ ...nothing, ...given(0.9, turnedOn), ...told(0.9, null) })
    }),
  )

  test(
    "is the threshold told last, by the same rules and with every digit",
    Effect.gen(function* () {
      yield* note(user, collecting(0, "50.00", "system_default"))
      yield* note(user, collecting(0.9, "50.00", "system_default"), told(0.9, null))
      expect(yield* find(user)).toEqual({ ...nothing, ...collecting(0, "50.00", "system_default"), ...told(0.9, null) })
      yield* note(user, collecting(2, "123456789.123456789", "new_source"), collecting(1.5, "50.00"))
      expect(yield* find(user)).toEqual({
        ...nothing,
        ...collecting(2, "123456789.123456789", "new_source"),
        ...told(0.9, null),
      })
      expect(yield* find(organization)).toEqual(nothing)
    }),
  )

  it.effect.prop(
    "reads back any policy, block and threshold as they were given",
    {
      threshold: Arbitrary.make(Schema.typeSchema(CollectionThreshold.CollectionThreshold)),
      policy: Arbitrary.make(Schema.typeSchema(BillingState.GivenPolicy)),
      reason: FastCheck.string(),
      message: FastCheck.option(FastCheck.string()),
    },
    ({ message, policy, reason, threshold }) =>
      Effect.gen(function* () {
        const state = {
          ...given(0, policy),
          ...told(0, reason, message),
          threshold: Option.some({ threshold, at: at(0) }),
        }
        yield* note(user, state)
        expect(yield* find(user)).toEqual({ ...nothing, ...state })
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  test(
    "goes with its account when that is forgotten, wholly or to its last snapshot, and stays while one is left",
    Effect.gen(function* () {
      const port = yield* SnapshotStore.SnapshotStore
      yield* append(snapshot(0, "2.00"), snapshot(1, "1.00"))
      yield* note(user, given(0, off), told(0, "admin"))
      yield* port.forget(user, { from: at(1) })
      expect(yield* find(user)).toEqual({ ...nothing, ...given(0, off), ...told(0, "admin") })
      yield* port.forget(user, { from: at(0) })
      expect(yield* find(user)).toEqual(nothing)
      yield* append(snapshot(0, "2.00"))
      expect(yield* find(user)).toEqual(nothing)
    }),
  )

  const label = Samples.labelled
  const asLabel = (minutes: number, monthly: string) => Snapshot.make(label, at(minutes), Samples.balance(monthly))

  for (const [title, before] of [
    ["has no row", []],
    ["has snapshots", [snapshot(5, "1.00")]],
  ] as const) {
    test(
      `goes over to the account that another is merged into, which ${title}`,
      Effect.gen(function* () {
        const port = yield* SnapshotStore.SnapshotStore
        yield* append(asLabel(0, "2.00"), ...before)
        yield* note(label, given(0, off), told(0, "admin"), collecting(0, "50.00"))
        yield* port.merge(label, user)
        expect(yield* find(user)).toEqual({
          ...nothing,
          ...given(0, off),
          ...told(0, "admin"),
          ...collecting(0, "50.00"),
        })
        expect(yield* find(label)).toEqual(nothing)
      }),
    )
  }

  test(
    "has the later part of each account after a merge",
    Effect.gen(function* () {
      const port = yield* SnapshotStore.SnapshotStore
      yield* append(asLabel(0, "2.00"), snapshot(5, "1.00"))
      yield* note(label, given(1, off), told(9, null), collecting(7, "50.00"))
      yield* note(user, given(2, turnedOn), told(8, "admin"), collecting(8, "60.00"))
      yield* port.merge(label, user)
      expect(yield* find(user)).toEqual({ ...given(2, turnedOn), ...told(9, null), ...collecting(8, "60.00") })
    }),
  )

  test(
    "of an account without snapshots is joined with what is merged into it",
    Effect.gen(function* () {
      const port = yield* SnapshotStore.SnapshotStore
      const directory = yield* AccountDirectory
      const holder = { baseUrl: user.baseUrl, credential: Redacted.make("token"), subject: Subject.me }
      yield* directory.remember(holder, user)
      yield* note(user, told(8, "admin"))
      yield* append(asLabel(0, "2.00"))
      yield* note(label, given(1, off))
      yield* port.merge(label, user)
      expect(yield* find(user)).toEqual({ ...nothing, ...given(1, off), ...told(8, "admin") })
    }),
  )
})

const price: BillingState.GivenPolicy = OverdraftPolicy.payAsYouGo(Usd.unsafeFromText("0.01"))

describe("an account's billing in a file", () => {
  it.scoped(
    "is read through a connection for reading only, which stores nothing new and repeats without an error",
    () =>
      Effect.gen(function* () {
        const { path } = yield* temp
        const noted = note(user, given(0, price), told(0, "admin"), collecting(0, "50.00"))
        yield* on(SnapshotStore.layerSqlite({ path }), noted)
        yield* on(
          SnapshotStore.layerReadOnly({ path }),
          Effect.gen(function* () {
            expect(yield* find(user)).toEqual({
              ...given(0, price),
              ...told(0, "admin"),
              ...collecting(0, "50.00"),
            })
            yield* note(user, given(0, price), collecting(0, "50.00"))
            for (const state of [given(1, off), told(1, null), collecting(1, "60.00")]) {
              expect(yield* Effect.flip(note(user, state))).toMatchObject({ _tag: "StoreReadOnly" })
            }
            expect(yield* Effect.flip(note(organization, told(1, null)))).toMatchObject({ _tag: "StoreReadOnly" })
          }),
        )
      }),
  )

  const damages: ReadonlyArray<readonly [string, string]> = [
    ["the policy", "UPDATE billing SET overdraft = replace(overdraft, '0.01', '0.02')"],
    ["the time of the policy", "UPDATE billing SET overdraft_at = overdraft_at + 1"],
    ["the block", "UPDATE billing SET block = NULL"],
    ["the time of the block", "UPDATE billing SET block_at = NULL"],
    ["the threshold", "UPDATE billing SET threshold = replace(threshold, '50', '90')"],
    ["the time of the threshold", "UPDATE billing SET threshold_at = threshold_at + 1"],
    ["the account", "UPDATE billing SET account_id = account_id + 1"],
  ]
  for (const [title, sql] of damages) {
    it.scoped(`that was changed behind the library's back is damage: ${title}`, () =>
      Effect.gen(function* () {
        const { path } = yield* temp
        const layer = SnapshotStore.layerSqlite({ path })
        yield* on(
          layer,
          Effect.zipRight(
            note(user, given(0, price), told(0, "admin"), collecting(0, "50.00")),
            append({ ...snapshot(0, "1.00"), account: organization }),
          ),
        )
        exec(path, sql)
        const damage = yield* on(
          layer,
          Effect.flatMap(FileCare, (care) => care.check),
        )
        expect(damage).toMatchObject([{ table: "billing" }])
        const account = title === "the account" ? organization : user
        expect(yield* Effect.flip(on(layer, find(account)))).toMatchObject({ _tag: "StoreCorrupt", table: "billing" })
      }),
    )
  }
})
