/** `export`: what is kept, out to standard output, a file, or a folder of Parquet files. Needs no token and no network. */

import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import * as HistoryExport from "../../services/HistoryExport.js"
import { NothingInSpan, UsageError } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Draft from "../export/Draft.js"
import * as NewFile from "../export/NewFile.js"
import * as ParquetFolder from "../export/ParquetFolder.js"
import * as TextLines from "../export/TextLines.js"
import * as Format from "../render/Format.js"
import * as Selection from "../Selection.js"
import * as Settings from "../Settings.js"
import * as Span from "../Span.js"
import { Terminal } from "../Terminal.js"

/** The options as they were written. */
type Written = Settings.Written &
  Span.Written & { readonly format: TextLines.Format | "parquet"; readonly out?: string; readonly force?: boolean }

/** Where to write, and how. What stands at `out` is replaced by force alone. */
type Output =
  | { readonly kind: "Print"; readonly format: TextLines.Format }
  | { readonly kind: "File"; readonly format: TextLines.Format; readonly out: string; readonly force: boolean }
  | { readonly kind: "Folder"; readonly out: string; readonly force: boolean }

/** What to export, and how. */
export interface Options {
  readonly output: Output
  /** Whose history is exported. */
  readonly selection: Selection.Selection
  readonly span: Span.Span
}

/** How standard output is written where a file could stand. */
const STANDARD_OUTPUT = "-"

const outputOf = ({ force = false, format, out = STANDARD_OUTPUT }: Written): Either.Either<Output, UsageError> => {
  const refuse = (message: string) => Either.left(new UsageError({ message }))
  if (out === "") return refuse("--out is empty: name a file, or a folder for parquet")
  if (out === STANDARD_OUTPUT) {
    if (format === "parquet") return refuse("parquet is written to a folder, a file a month: name it with --out")
    return force ? refuse("--force replaces what --out names: name it") : Either.right({ kind: "Print", format })
  }
  return Either.right(format === "parquet" ? { kind: "Folder", out, force } : { kind: "File", format, out, force })
}

const nothingInSpan = (kept: ReadonlyArray<SnapshotStore.AccountSummary>): NothingInSpan => {
  const from = kept.map(({ first }) => first).reduce((a, b) => DateTime.min(a, b))
  const to = kept.map(({ last }) => last).reduce((a, b) => DateTime.max(a, b))
  const runs = `from ${Timestamp.format(from)} to ${Timestamp.format(to)}`
  return new NothingInSpan({ message: `no snapshots in that span: the history runs ${runs}` })
}

const counted = (snapshots: number): string => Format.count(snapshots, "snapshot")

/** Says how much of what is exported is pruned. */
const noteOnPruned = (days: number): string =>
  `zoo-runway: ${Format.count(days, "UTC day of the exported accounts is", "UTC days of the exported accounts are")} pruned: the last snapshot of each day or hour is exported, and usage is not`

/** Writes what is exported; a draft of it, where it was not printed. */
const write = (
  selection: HistoryExport.Options,
  output: Output,
  history: string,
  count: (snapshots: number) => Effect.Effect<void>,
) =>
  Effect.gen(function* () {
    if (output.kind === "Print") {
      const terminal = yield* Terminal
      return yield* TextLines.write(selection, { format: output.format, append: terminal.write, count })
    }
    const target = { ...output, elsewhere: "name another with --out" }
    const draft = yield* Draft.make({ ...target, history })
    if (output.kind === "Folder") {
      yield* ParquetFolder.write(selection, { folder: draft.path, target, count })
    } else {
      const file = yield* NewFile.make(draft.path, target)
      yield* TextLines.write(selection, { format: output.format, append: file.append, count })
      yield* file.finish
    }
    return draft
  })

/** Runs the command. */
export const run = ({ output, selection, span }: Options, { database }: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    // Progress would stand between the lines of a terminal that shows both.
    const isShown = output.kind !== "Print" || terminal.columns === Number.POSITIVE_INFINITY
    let written = 0
    const count = (snapshots: number): Effect.Effect<void> => {
      written += snapshots
      return isShown ? terminal.progress(counted(written)) : Effect.void
    }
    const exporting = Effect.gen(function* () {
      const meant = yield* Selection.accounts(selection)
      if (meant.length === 0) {
        return yield* new NothingInSpan({
          message: `the history ${database.path} is empty: fetch or import a balance first`,
        })
      }
      const exported: HistoryExport.Options = {
        // Accounts of one subject have one owner, which is a label where `org:LABEL` names one.
        owner: Option.isSome(selection.owner) ? meant[0]?.account.owner : undefined,
        from: Option.getOrUndefined(span.from),
        to: Option.getOrUndefined(span.to),
      }
      const draft = yield* write(exported, output, database.path, count)
      if (written === 0) return yield* nothingInSpan(meant)
      const pruned = yield* HistoryExport.prunedDays(exported)
      if (draft !== undefined) yield* draft.commit
      yield* terminal.progress("")
      if (pruned > 0) yield* terminal.note(noteOnPruned(pruned))
      if (output.kind !== "Print") yield* terminal.note(`${counted(written)} in ${output.out}`)
    }).pipe(Effect.scoped, Effect.ensuring(terminal.progress("")))
    yield* Effect.provide(exporting, SnapshotStore.layerReadOnly({ path: database.path }))
  })

/** Runs the command as it was written. */
export const command: Command.Run<Written> = ({ environment, written }) =>
  Effect.gen(function* () {
    const output = yield* outputOf(written)
    const settings = yield* Settings.ofFile(written, environment)
    const selection = yield* Selection.make({ subject: written.subject })
    yield* run({ output, selection, span: yield* Span.make(written, settings.zone) }, settings)
  })
