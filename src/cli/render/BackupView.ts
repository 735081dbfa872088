/** The copy that a backup made. */
import * as Schema from "effect/Schema"
import * as Format from "./Format.js"
import * as ProgressLine from "./ProgressLine.js"

/** Where the copy is, as an absolute path, and its size. */
export const Backup = Schema.Struct({
  path: Schema.String,
  bytes: Schema.Int.pipe(Schema.nonNegative()),
}).annotations({ identifier: "Backup" })
/** Where the copy is, and its size. */
export type Backup = typeof Backup.Type

const encode = Schema.encodeSync(Backup)

/** The copy as JSON. */
export const json = (backup: Backup): string => JSON.stringify(encode(backup), null, 2)

/** The copy in a line; how to name it on the command line is `shown`. */
export const line = ({ bytes }: Backup, shown: string): string =>
  `${Format.text(shown)}: ${ProgressLine.bytes(bytes)}, a copy of the whole history, for its owner alone`
