/**
 * Snapshots into a Parquet file, a group of rows at a time: no more than that is held, however long the file gets.
 *
 * The bytes are a function of the snapshots in their order: no time of writing and no version of this program is in them.
 */

import * as Effect from "effect/Effect"
import { ByteWriter, ParquetWriter } from "hyparquet-writer"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import * as Column from "../../services/export/Column.js"
import type { CannotWrite } from "../CliError.js"
import type { NewFile } from "./NewFile.js"
import { schema } from "./ParquetSchema.js"

/** A group of rows is written when it has so many, or so many characters of text. */
const GROUP = { rows: 32_768, characters: 16_777_216 } as const

/** What made the file, as the format asks for it: the number is that of this layout of columns. */
const CREATED_BY = "zoo-runway-export version 1"

/** A Parquet file that goes on. */
export interface ParquetFile {
  readonly addAll: (snapshots: Iterable<Snapshot.Snapshot>) => Effect.Effect<void, CannotWrite>
  /** Writes the rest and the footer, and finishes the file. */
  readonly finish: Effect.Effect<void, CannotWrite>
}

/** A column's values in the group at hand. */
class Values {
  private readonly column: Column.Column
  private last: string | bigint | null = null
  readonly data: Array<string | bigint | null> = []

  constructor(column: Column.Column) {
    this.column = column
  }

  /** Adds a snapshot's value; the characters that it takes, which a text that repeats does not. */
  add(snapshot: Snapshot.Snapshot): number {
    const { column, last } = this
    const value = column.value(snapshot)
    const kept = typeof value === "number" ? BigInt(value) : value
    this.data.push(kept)
    this.last = kept
    return typeof kept === "string" && kept !== last ? kept.length : 0
  }
}

/** Writes a Parquet file into a new file. */
export const make = (file: NewFile): ParquetFile => {
  const bytes = new ByteWriter()
  const parquet = new ParquetWriter({ writer: bytes, schema, createdBy: CREATED_BY })
  const empty = () => Column.all.map((column) => new Values(column))
  let group = empty()
  let rows = 0
  let characters = 0

  const drain = Effect.suspend(() =>
    Effect.map(file.append(bytes.getBytes()), () => {
      bytes.index = 0
    }),
  )
  const flush = Effect.suspend(() => {
    if (rows === 0) return Effect.void
    const columnData = Column.all.map(({ name }, index) => ({ name, data: group[index]?.data ?? [] }))
    parquet.write({ columnData, rowGroupSize: rows })
    group = empty()
    rows = 0
    characters = 0
    return drain
  })
  return {
    addAll: (snapshots) =>
      Effect.forEach(
        snapshots,
        (snapshot) => {
          for (const values of group) characters += values.add(snapshot)
          rows++
          return rows >= GROUP.rows || characters >= GROUP.characters ? flush : Effect.void
        },
        { discard: true },
      ),
    finish: Effect.zipRight(
      flush,
      Effect.suspend(() => {
        parquet.finish()
        return Effect.zipRight(drain, file.finish)
      }),
    ),
  }
}
