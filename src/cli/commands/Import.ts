/** `import`: history from files or standard input, one look a line, into the history. Needs no token and no network. */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Subject from "../../domain/balance/Subject.js"
import { MOST_BYTES } from "../../domain/balance/wire/Gate.js"
import * as Account from "../../domain/history/Account.js"
import * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import * as HistoryImport from "../../services/HistoryImport.js"
import { SomeRejected, UsageError } from "../CliError.js"
import * as Input from "../Input.js"
import { LineSplitter } from "../LineSplitter.js"
import * as RejectedLines from "../RejectedLines.js"
import * as ImportView from "../render/ImportView.js"
import type { Settings } from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** What to import. */
export interface Options {
  /** `-` is standard input. */
  readonly files: ReadonlyArray<string>
  /** Whether the lines of one subject are taken alone. */
  readonly narrowed: boolean
}

/** A body, and room for what stands around it: ids and a base URL. */
const MOST_LINE_BYTES = MOST_BYTES + 16_384

/** How many bad lines are named on standard error. */
const MOST_NAMED = 20

const ownerOf = (subject: Subject.Subject): Effect.Effect<Account.Owner, UsageError> =>
  Option.match(Account.parseOwner(Subject.format(subject)), {
    onNone: () =>
      Effect.fail(
        new UsageError({
          message: `--subject ${Subject.format(subject)} names no account of a file: write user:ID or org:ID`,
        }),
      ),
    onSome: Effect.succeed,
  })

/** Whether rejected lines would go into a file that is still to be read. */
const clash = (files: ReadonlyArray<string>): string | undefined => {
  const rejected = new Set(files.map((file) => resolve(RejectedLines.fileOf(file))))
  return files.find((file) => file !== Input.STANDARD_INPUT && rejected.has(resolve(file)))
}

/** Imports a file, and tells how many of its lines are bad. */
const importFile = (
  file: string,
  prefix: string,
  named: { count: number },
  settings: Settings,
  owner: Account.Owner | undefined,
) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const write = yield* RejectedLines.writer(RejectedLines.fileOf(file))
    const history = yield* HistoryImport.make({
      baseUrl: Option.getOrElse(settings.baseUrl, () => Account.DEFAULT_BASE_URL),
      owner,
      mostBytes: MOST_LINE_BYTES,
      onRejected: ({ bytes, number }, why) =>
        named.count++ < MOST_NAMED
          ? Effect.zipRight(terminal.note(`zoo-runway: ${prefix}line ${number}: ${oneLine(why)}`), write(bytes))
          : write(bytes),
    })
    const nextChunk = yield* Input.chunksOf(file)
    // One byte more than a line may have still shows that it is too long.
    const splitter = new LineSplitter(MOST_LINE_BYTES + 1)
    let number = 0
    for (;;) {
      const chunk = yield* nextChunk
      for (const bytes of chunk === undefined ? splitter.end() : splitter.push(chunk)) {
        number++
        yield* history.add({ number, bytes })
      }
      yield* terminal.progress(`${prefix}${number} lines`)
      if (chunk === undefined) break
    }
    yield* history.finish
    return { file, counts: history.counts() }
  }).pipe(Effect.scoped)

const oneLine = (text: string): string => text.replaceAll(/\s*[\r\n]+\s*/g, " ")

/** Runs the command. */
export const run = ({ files, narrowed }: Options, settings: Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const owner = narrowed ? yield* ownerOf(settings.subject) : undefined
    const both = clash(files)
    if (both !== undefined) {
      const message = `${both} is an input, and the rejected lines of another one go there: import it by itself`
      return yield* new UsageError({ message })
    }
    yield* Effect.forEach(files, Input.check, { discard: true })
    const named = { count: 0 }
    const imported = yield* Effect.forEach(files, (file) =>
      importFile(file, files.length > 1 ? `${file}: ` : "", named, settings, owner),
    ).pipe(
      Effect.ensuring(terminal.progress("")),
      Effect.provide(
        SnapshotStore.layerSqlite({ path: settings.database.path, createFolder: settings.database.createFolder }),
      ),
    )
    const summary = ImportView.summarize(imported)
    yield* terminal.print(
      settings.json ? JSON.stringify(ImportView.encode(summary), null, 2) : ImportView.line(summary),
    )
    if (summary.rejected === 0) return
    const where = summary.rejectedFiles.join(", ")
    return yield* new SomeRejected({
      message: `${summary.rejected} of ${summary.lines} lines were rejected, and are in ${where}`,
    })
  })
