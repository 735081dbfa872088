/** `import` stores history from files or standard input, gzip or not, one snapshot a line. Needs no token and no network. */

import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { MOST_BYTES } from "../../domain/balance/wire/Gate.js"
import * as Account from "../../domain/history/Account.js"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import type { StoreError } from "../../infra/store/StoreError.js"
import * as HistoryImport from "../../services/HistoryImport.js"
import * as UsageSeries from "../../services/UsageSeries.js"
import { type CannotWrite, type NoSuchInput, SomeRejected, UsageError } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Input from "../Input.js"
import { LineSplitter } from "../LineSplitter.js"
import * as Message from "../Message.js"
import * as RejectedLines from "../RejectedLines.js"
import * as Format from "../render/Format.js"
import * as ImportView from "../render/ImportView.js"
import * as Selection from "../Selection.js"
import * as Settings from "../Settings.js"
import { meter, Terminal } from "../Terminal.js"

/** What to import. */
export interface Options {
  /** `-` is standard input. */
  readonly files: ReadonlyArray<string>
  /** Whose lines are taken; without it, everybody's. */
  readonly owner: Option.Option<Account.Owner>
  /** Whether lines observed after now are taken. */
  readonly allowFuture: boolean
}

/** A body, and room for what stands around it: ids and a base URL. */
const MOST_LINE_BYTES = MOST_BYTES + 16_384

/** How many bad lines are named on standard error. */
const MOST_NAMED = 20

/** An input that begins with so many bad lines is read no further. */
const MOST_BAD_AT_FIRST = 20

const [BLANK, OPEN, CLOSE] = [32, 123, 125]

/** Whether a line begins and ends as a JSON object does. */
const isLikeAnObject = (line: Uint8Array): boolean =>
  line.find((byte) => byte > BLANK) === OPEN && line.findLast((byte) => byte > BLANK) === CLOSE

/** Whether rejected lines would go into a file that is still to be read. */
const clash = (files: ReadonlyArray<string>): string | undefined => {
  const rejected = new Set(files.map((file) => resolve(RejectedLines.fileOf(file))))
  return files.find((file) => file !== Input.STANDARD_INPUT && rejected.has(resolve(file)))
}

/** Imports a file, and names its bad lines. */
const importFile = (
  file: string,
  prefix: string,
  named: { count: number },
  settings: Settings.Settings,
  { allowFuture, owner }: Options,
): Effect.Effect<
  ImportView.Imported & { readonly accounts: ReadonlyArray<Account.Account> },
  CannotWrite | NoSuchInput | StoreError,
  SnapshotStore.SnapshotStore | Terminal
> =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const rejected = yield* RejectedLines.writer(file, settings.database.path)
    const reasons = new ImportView.Reasons(MOST_NAMED - named.count)
    yield* Effect.addFinalizer(() => {
      named.count += reasons.named
      return Effect.forEach(reasons.lines(), (line) => terminal.note(`zoo-runway: ${prefix}${line}`))
    })
    let isJsonLines = true
    let others = 0
    const history = yield* HistoryImport.make({
      baseUrl: Option.getOrElse(settings.baseUrl, () => Account.DEFAULT_BASE_URL),
      owner: Option.getOrUndefined(owner),
      allowFuture,
      mostBytes: MOST_LINE_BYTES,
      onRejected: ({ bytes, number }, why) => {
        if (!isLikeAnObject(bytes) && ++others === MOST_BAD_AT_FIRST) {
          const { lines, rejected: bad } = history.counts()
          isJsonLines = lines > bad
        }
        reasons.add(number, why)
        return rejected.add(bytes)
      },
    })
    const input = yield* Input.open(file)
    const showProgress = yield* meter
    // One byte more than a line may have still shows that it is too long.
    const splitter = new LineSplitter(MOST_LINE_BYTES + 1)
    let number = 0
    let damage: string | undefined
    const nextChunk = Effect.catchTag(input.next, "DamagedInput", ({ message }) =>
      Effect.sync(() => {
        damage = `${message} after line ${number}: what stands before is kept; get it anew and import it again`
      }),
    )
    for (;;) {
      const chunk = yield* nextChunk
      // A line that damage cut off is none.
      const lines = chunk !== undefined ? splitter.push(chunk) : damage === undefined ? splitter.end() : []
      for (const bytes of lines) {
        number++
        yield* history.add({ number, bytes })
        if (!isJsonLines) break
      }
      if (!isJsonLines) {
        damage = `${Input.nameOf(file)} is not a file of JSON lines: of its first ${number} lines ${MOST_BAD_AT_FIRST} are no JSON objects and none is good; the rest was not read`
        break
      }
      yield* showProgress(() => ({
        label: Input.nameOf(file),
        done: input.bytesRead(),
        total: input.size,
        unit: "bytes",
        beside: [{ done: number, unit: "lines" }],
      }))
      if (chunk === undefined) break
    }
    yield* history.finish
    if (isJsonLines) yield* rejected.commit
    const counts = history.counts()
    const rejectedFile = isJsonLines && counts.rejected > 0 ? RejectedLines.fileOf(file) : undefined
    return { file, counts, rejectedFile, damage, accounts: history.accounts() }
  }).pipe(Effect.scoped)

/** Stores the usage of accounts. It is a cache, so a failure is reported and fails nothing. */
const fillUsage = (accounts: ReadonlyArray<Account.Account>) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const usage = yield* UsageSeries.UsageSeries
    for (const [index, account] of accounts.entries()) {
      yield* terminal.progress(`computing usage of ${Selection.nameOf(account)} (${index + 1} of ${accounts.length})`)
      yield* Effect.catchAll(usage.fill(account), (error) =>
        terminal.note(`zoo-runway: usage of ${Selection.nameOf(account)} is not stored yet: ${Message.of(error)}`),
      )
    }
  })

/** Accounts of several inputs, each once. */
const distinct = (accounts: ReadonlyArray<Account.Account>): ReadonlyArray<Account.Account> => [
  ...new Map(accounts.map((account) => [`${account.baseUrl} ${Account.formatOwner(account.owner)}`, account])).values(),
]

/**
 * The history that is filled. An append does not wait for the disk: after a loss of power the import is repeated, and nothing is stored
 * twice.
 */
const storeLayer = ({ database }: Settings.Settings) =>
  Layer.provideMerge(
    UsageSeries.layer,
    SnapshotStore.layerSqlite({
      path: database.path,
      createFolder: database.createFolder,
      synchronous: "NORMAL",
      bulk: true,
    }),
  )

/** Runs the command. */
export const run = (options: Options, settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const { files } = options
    const both = clash(files)
    if (both !== undefined) {
      const message = `${both} is an input, and the rejected lines of another one go there: import it by itself`
      return yield* new UsageError({ message })
    }
    yield* Effect.forEach(files, Input.check, { discard: true })
    const named = { count: 0 }
    const imported = yield* Effect.gen(function* () {
      const all = yield* Effect.forEach(files, (file) =>
        importFile(file, files.length > 1 ? `${file}: ` : "", named, settings, options),
      )
      yield* fillUsage(distinct(all.flatMap(({ accounts }) => accounts)))
      return all
    }).pipe(Effect.ensuring(terminal.progress("")), Effect.provide(storeLayer(settings)))
    const summary = ImportView.summarize(imported)
    yield* terminal.print(settings.json ? ImportView.json(summary) : ImportView.line(summary))
    const flaws = imported.flatMap(({ damage }) => (damage === undefined ? [] : [damage]))
    for (const { counts, rejectedFile } of imported) {
      if (rejectedFile === undefined) continue
      flaws.push(`${counts.rejected} of ${Format.count(counts.lines, "line")} rejected, to be found in ${rejectedFile}`)
    }
    const last = flaws.pop()
    for (const flaw of flaws) yield* terminal.note(`zoo-runway: ${flaw}`)
    if (last !== undefined) return yield* new SomeRejected({ message: last })
  })

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written & { readonly allowFuture?: boolean }> = ({
  args: files,
  environment,
  written,
}) =>
  Effect.gen(function* () {
    const settings = yield* Settings.ofFile(written, environment)
    const { owner } = yield* Selection.make({ subject: written.subject })
    yield* run({ files, allowFuture: written.allowFuture ?? false, owner }, settings)
  })
