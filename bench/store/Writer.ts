/** Whoever keeps snapshots. */
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import type * as Polls from "./Polls.js"

/** A poll in each form that somebody keeps. */
export interface Given extends Polls.Poll {
  readonly snapshot: Snapshot.Snapshot
}

/** Something that keeps polls for good. */
export interface Writer {
  readonly name: string
  /** Keeps polls; what is timed. */
  readonly write: (polls: ReadonlyArray<Given>) => Promise<unknown> | unknown
  /** Ends, with all that is kept in its file; what is timed, where an import is. */
  readonly close: () => Promise<unknown> | unknown
  /** How many are kept; asked once it has closed. */
  readonly count: () => Promise<number> | number
  /** The files that it keeps them in. */
  readonly files: ReadonlyArray<string>
}

/** Whether a commit waits for the disk; `OFF` for what is not timed. */
export type Synchronous = "NORMAL" | "FULL" | "OFF"
