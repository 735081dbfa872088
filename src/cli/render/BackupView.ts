/** The copy that a backup made. */
import * as Schema from "effect/Schema"
import * as Output from "../Output.js"
import * as Json from "./Json.js"
import * as ProgressLine from "./ProgressLine.js"

/** Where the copy is, as an absolute path, and its size. */
export const Backup = Schema.Struct({
  path: Schema.String,
  bytes: Json.Count,
}).annotations({ identifier: "Backup" })
/** Where the copy is, and its size. */
export type Backup = typeof Backup.Type

/** The copy as JSON. */
export const json = Json.printer(Backup)

/** The copy in a line; how to name it on the command line is `shown`. */
export const line = ({ bytes }: Backup, shown: string): string =>
  `${Output.oneLine(shown)}: ${ProgressLine.bytes(bytes)}, a copy of the whole history, for its owner alone`
