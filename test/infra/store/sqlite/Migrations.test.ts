import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Snapshot from "../../../../src/domain/history/Snapshot.js"
import * as Credits from "../../../../src/domain/money/Credits.js"
import * as Usd from "../../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../../src/infra/SnapshotStore.js"
import type * as Driver from "../../../../src/infra/store/sqlite/Driver.js"
import * as Migrations from "../../../../src/infra/store/sqlite/Migrations.js"
import * as Samples from "../Samples.js"
import { append, on, raw, readAll, temp } from "../SqliteFile.js"

const { at, balance, snapshot, user } = Samples

const versionOf = (database: Driver.Database): unknown => database.pragma("user_version", { simple: true })

const schemaOf = (database: Driver.Database): ReadonlyArray<unknown> =>
  database.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all()

const note: Migrations.Step = (database) => database.exec("CREATE TABLE note (text TEXT NOT NULL) STRICT")
const fail: Migrations.Step = (database) => {
  database.exec("CREATE TABLE half (text TEXT NOT NULL) STRICT")
  throw new Error("stopped half-way")
}

describe("migrating", () => {
  it.scoped("takes an empty file to the version of the library, and changes nothing there afterwards", () =>
    Effect.gen(function* () {
      const database = yield* raw((yield* temp).path)
      Migrations.run(undefined, database)
      expect(versionOf(database)).toBe(Migrations.VERSION)
      const before = [schemaOf(database), database.prepare("SELECT * FROM meta").all()]
      const changes = database.prepare("SELECT total_changes()").pluck().get()
      Migrations.run(undefined, database)
      expect([schemaOf(database), database.prepare("SELECT * FROM meta").all()]).toEqual(before)
      expect(database.prepare("SELECT total_changes()").pluck().get()).toBe(changes)
    }),
  )

  it.scoped("takes the steps that are missing, in order, and keeps the rows", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const layer = SnapshotStore.layerSqlite({ path })
      yield* on(layer, append(snapshot(0, "1.00")))
      const before = yield* on(layer, readAll)
      const database = yield* raw(path)
      Migrations.run(path, database, [...Migrations.STEPS, note, (it) => it.exec("INSERT INTO note VALUES ('kept')")])
      expect(versionOf(database)).toBe(Migrations.VERSION + 2)
      expect(database.prepare("SELECT text FROM note").pluck().all()).toEqual(["kept"])
      expect(database.prepare("SELECT count(*) FROM snapshot").pluck().get()).toBe(before.length)
      const error = yield* Effect.flip(on(layer, readAll))
      expect(error).toMatchObject({ _tag: "StoreNewerVersion", found: Migrations.VERSION + 2 })
    }),
  )

  it.scoped("undoes a step that fails, keeps the ones before it, and can be run again", () =>
    Effect.gen(function* () {
      const database = yield* raw((yield* temp).path)
      expect(() => Migrations.run(undefined, database, [...Migrations.STEPS, note, fail])).toThrow("stopped half-way")
      expect(versionOf(database)).toBe(Migrations.VERSION + 1)
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE name IN ('note', 'half')").pluck().all()
      expect(tables).toEqual(["note"])
      Migrations.run(undefined, database, [...Migrations.STEPS, note])
      expect(versionOf(database)).toBe(Migrations.VERSION + 1)
    }),
  )
})

describe("the view snapshot_usd", () => {
  it.scoped("shows times as ISO 8601, and dollars and credits exactly", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const usd = Usd.unsafeFromText
      const large = "9199999999.999999999"
      const first = Snapshot.make(
        user,
        Timestamp.unsafeFromText("2025-05-08T12:00:59.999Z"),
        balance(large, {
          monthly: { value: usd(large), credits: Option.some(Credits.unsafeFromBigInt(Credits.MAX)) },
          stable: { _tag: "PrePaid", cash: usd("-0.000000001"), credits: usd("12.5") },
          due: Samples.due(`-${large}`),
          refresh: { _tag: "RefreshAt", at: Timestamp.unsafeFromText("1969-12-31T23:59:59.001Z") },
        }),
      )
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        append(first, snapshot(1440, "0", { monthly: { value: Usd.zero, credits: Option.none() } })),
      )
      const rows = (yield* raw(path)).prepare("SELECT * FROM snapshot_usd ORDER BY observed_at").all()
      const shared = { base_url: user.baseUrl, owner: `user:${Samples.UUID}`, plan: null }
      expect(rows).toEqual([
        {
          ...shared,
          observed_at: "2025-05-08T12:00:59.999Z",
          updated_at: Timestamp.format(at(-1)),
          monthly_usd: large,
          monthly_credits: "18446744073709551615",
          stable_usd: "-0.000000001",
          granted_credits: null,
          prepaid_credits_usd: "12.50",
          due_usd: `-${large}`,
          refresh_at: "1969-12-31T23:59:59.001Z",
        },
        {
          ...shared,
          observed_at: Timestamp.format(at(1440)),
          updated_at: Timestamp.format(at(-1)),
          monthly_usd: "0.00",
          monthly_credits: null,
          stable_usd: "0.00",
          granted_credits: "0",
          prepaid_credits_usd: null,
          due_usd: null,
          refresh_at: null,
        },
      ])
    }),
  )
})
