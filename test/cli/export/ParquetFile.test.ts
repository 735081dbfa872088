import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type * as NewFile from "../../../src/cli/export/NewFile.js"
import * as ParquetFile from "../../../src/cli/export/ParquetFile.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Csv from "../../../src/services/export/Csv.js"
import * as Arbitraries from "../../../src/testing/Arbitraries.js"
import * as Parsed from "../../support/Csv.js"
import * as Parquet from "../../support/Parquet.js"

/** The file that snapshots make, given some at a time. */
const written = (...pages: ReadonlyArray<ReadonlyArray<Snapshot.Snapshot>>) =>
  Effect.gen(function* () {
    const parts: Array<Buffer> = []
    const file: NewFile.NewFile = {
      append: (data) =>
        Effect.sync(() => {
          parts.push(Buffer.from(data))
        }),
      finish: Effect.void,
    }
    const parquet = ParquetFile.make(file)
    for (const page of pages) yield* parquet.addAll(page)
    yield* parquet.finish
    return { parts, whole: Buffer.concat(parts) }
  })

const drawn = FastCheck.sample(Arbitraries.snapshot, { numRuns: 40, seed: 11 })
const one = drawn.find(({ balance }) => Option.isSome(balance.subscription)) as Snapshot.Snapshot
const rowsOf = ({ whole }: { readonly whole: Buffer }) =>
  Parquet.metadata(whole).row_groups.map((group) => Number(group.num_rows))

describe("ParquetFile", () => {
  it.effect.prop(
    "A row says what a record of CSV says, to the last digit.",
    [FastCheck.array(Arbitraries.snapshot, { minLength: 1 })],
    ([snapshots]) =>
      Effect.gen(function* () {
        const { whole } = yield* written(snapshots)
        const rows = yield* Effect.promise(() => Parquet.objects(whole))
        expect(rows).toEqual(Parsed.objects(Csv.header + Csv.ofAll(snapshots)))
      }),
  )

  it.effect("The bytes depend on the snapshots, not on the pages that they come in.", () =>
    Effect.gen(function* () {
      const [first, again] = [yield* written(drawn), yield* written(drawn.slice(0, 7), [], drawn.slice(7))]
      expect(again.whole.equals(first.whole)).toBe(true)
      const { created_by, key_value_metadata } = Parquet.metadata(first.whole)
      expect([created_by, key_value_metadata]).toEqual(["zoo-runway-export version 1", undefined])
    }),
  )

  it.effect(
    "Columns have types that readers of Parquet know: decimals, counts without a sign, times in UTC, text.",
    () =>
      Effect.map(written(drawn), ({ whole }) => {
        const schema = new Map(Parquet.metadata(whole).schema.map((element) => [element.name, element]))
        expect(schema.get("monthly_usd")).toMatchObject({
          type: "FIXED_LEN_BYTE_ARRAY",
          type_length: 9,
          repetition_type: "REQUIRED",
          logical_type: { type: "DECIMAL", precision: 19, scale: 9 },
        })
        expect(schema.get("stable_usd")).toMatchObject({ logical_type: { type: "DECIMAL", precision: 20, scale: 9 } })
        expect(schema.get("refresh_at")).toMatchObject({
          type: "INT64",
          repetition_type: "OPTIONAL",
          logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
        })
        // Without the logical type, which the writer spells as strict readers do not read it.
        const { converted_type, logical_type, type } = schema.get("monthly_credits") ?? {}
        expect([type, converted_type, logical_type]).toEqual(["INT64", "UINT_64", undefined])
        expect(schema.get("subscription")).toMatchObject({ type: "BYTE_ARRAY", logical_type: { type: "STRING" } })
      }),
  )

  it.effect("Rows are written a group at a time, each as soon as it is full.", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 33_000 }, (_, minute) => ({
        ...one,
        observedAt: Timestamp.fromMillis(60_000 * minute),
      }))
      const file = yield* written(many.slice(0, 20_000), many.slice(20_000))
      expect(rowsOf(file)).toEqual([32_768, 232])
      expect(file.parts.length).toBeGreaterThan(2)
      // A plan that repeats is in a dictionary, once a group.
      expect(file.whole.length).toBeLessThan(1_000_000)
    }),
  )

  it.effect("Long texts that do not repeat fill a group sooner.", () =>
    Effect.gen(function* () {
      const described = (index: number): Snapshot.Snapshot => ({
        ...one,
        balance: { ...one.balance, subscriptionId: Option.some(`${index}`.repeat(1_000_000)) },
      })
      expect(rowsOf(yield* written(Array.from({ length: 20 }, (_, index) => described(index % 10))))).toEqual([17, 3])
      const repeated = described(1)
      expect(rowsOf(yield* written(Array.from({ length: 20 }, () => repeated)))).toEqual([20])
    }),
  )
})
