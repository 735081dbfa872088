/** Care of a history that is a file. Only engines that keep a file provide it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Damage } from "./SnapshotStore.js"
import type { StoreError } from "./StoreError.js"

/** Options of a backup. */
export interface BackupOptions {
  /** Called after each part of the copy, with pages copied and pages in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** Sizes in bytes. */
export interface Sizes {
  readonly fileBytes: number
  /** Part of `fileBytes` that is free. */
  readonly freeBytes: number
  /** Size of the write-ahead log beside the file. */
  readonly logBytes: number
}

/** The port. */
export interface Service {
  /** The file, as an absolute path. */
  readonly path: string
  /** Finds damage to the file itself: its pages, indices and references, and the rows that do not belong to one account. */
  readonly check: Effect.Effect<ReadonlyArray<Damage>, StoreError>
  /**
   * Copies the history into a new file, readable by its owner alone, while other processes write: the copy is of one moment and complete.
   * Returns the bytes of the copy.
   */
  readonly backup: (path: string, options?: BackupOptions) => Effect.Effect<number, StoreError>
  /** Writes the write-ahead log into the file and empties it. */
  readonly checkpoint: Effect.Effect<void, StoreError>
  /** Takes the lock for writing and gives it back: fails where the file cannot be written now. Writes nothing. */
  readonly tryWriting: Effect.Effect<void, StoreError>
  /** Sizes of the file and its log. */
  readonly sizes: Effect.Effect<Sizes, StoreError>
}

/** Care of a history that is a file. */
export class FileCare extends Context.Tag("zoo-runway/FileCare")<FileCare, Service>() {}
