/** Snapshots as lines of text: JSON lines or CSV. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import type { StoreError } from "../../infra/store/StoreError.js"
import * as Csv from "../../services/export/Csv.js"
import * as JsonLine from "../../services/export/JsonLine.js"
import * as HistoryExport from "../../services/HistoryExport.js"

const FORMATS = {
  jsonl: { head: "", linesOf: JsonLine.ofAll },
  csv: { head: Csv.header, linesOf: Csv.ofAll },
} as const

/** How snapshots are written. */
export type Format = keyof typeof FORMATS

/** How snapshots are written, and where to. */
export interface Options<E> {
  readonly format: Format
  /** Takes whole lines with their ends. */
  readonly append: (lines: string) => Effect.Effect<void, E>
  /** Told each time of how many snapshots more were taken. */
  readonly count: (snapshots: number) => Effect.Effect<void>
}

/** Writes what is exported; nothing at all, and no header, where that is nothing. */
export const write = <E>(
  selection: HistoryExport.Options,
  { append, count, format }: Options<E>,
): Effect.Effect<void, E | StoreError, SnapshotStore.SnapshotStore> =>
  Effect.suspend(() => {
    const { head, linesOf } = FORMATS[format]
    let before: string = head
    return Stream.runForEachChunk(HistoryExport.snapshots(selection), (chunk) => {
      if (chunk.length === 0) return Effect.void
      const lines = before + linesOf(chunk)
      before = ""
      return Effect.zipRight(append(lines), count(chunk.length))
    })
  })
