/** Something that stores snapshots. */
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import type * as Polls from "./Polls.js"

/** A poll in each form that something stores. */
export interface Given extends Polls.Poll {
  readonly snapshot: Snapshot.Snapshot
}

/** Something that stores polls. */
export interface Writer {
  readonly name: string
  /** Stores polls; what is timed. */
  readonly write: (polls: ReadonlyArray<Given>) => Promise<unknown> | unknown
  /** Ends, with everything in its file; what is timed of an import. */
  readonly close: () => Promise<unknown> | unknown
  /** How many are stored; asked once it has closed. */
  readonly count: () => Promise<number> | number
  /** The files that it stores them in. */
  readonly files: ReadonlyArray<string>
}

/** Whether a commit waits for the disk; `OFF` for what is not timed. */
export type Synchronous = "NORMAL" | "FULL" | "OFF"
