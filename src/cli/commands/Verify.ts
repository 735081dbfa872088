/** `verify`: whether what is kept is what was put in, and whether its books close. Needs no token and no network. */
import * as Effect from "effect/Effect"
import * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import { StoreCare } from "../../infra/store/StoreCare.js"
import * as Verification from "../../services/Verification.js"
import { DamageFound } from "../CliError.js"
import * as ExistingFile from "../ExistingFile.js"
import * as Format from "../render/Format.js"
import * as VerifyView from "../render/VerifyView.js"
import * as Selection from "../Selection.js"
import type { Settings } from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** What to verify. */
export interface Options {
  readonly selection: Selection.Selection
  /** Whether days that wait are explained first, which writes to the file. */
  readonly explain: boolean
}

/** Runs the command. */
export const run = ({ explain, selection }: Options, { database, json, zone }: Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const care = yield* StoreCare
    const print = (lines: ReadonlyArray<string>) =>
      json || lines.length === 0 ? Effect.void : terminal.print(lines.join("\n"))
    const step = (what: string) => terminal.progress((columns) => Format.text(what).slice(0, columns - 1))

    const unreadable: Array<Verification.Damage> = []
    const meant = yield* Effect.catchTag(Selection.accounts(selection), "StoreCorrupt", (corrupt) =>
      Effect.sync(() => {
        unreadable.push(Verification.unreadable(corrupt))
        return []
      }),
    )
    if (explain) yield* Effect.zipRight(step("explaining what waits"), care.explain)
    yield* step("checking the file")
    const file = [...unreadable, ...(yield* Verification.file)]
    yield* terminal.progress("")
    yield* print(VerifyView.fileLines(file))
    const accounts: Array<Verification.AccountVerification> = []
    for (const [index, { account }] of meant.entries()) {
      yield* step(`checking ${Selection.nameOf(account)} (${index + 1} of ${meant.length})`)
      const found = yield* Verification.account(account)
      accounts.push(found)
      yield* terminal.progress("")
      yield* print(VerifyView.lines(found, zone))
    }
    yield* terminal.progress("")
    const { frozen, unexplained } = yield* store.statistics
    const found: VerifyView.Found = { file, accounts, frozen, waiting: unexplained }
    yield* json ? terminal.print(VerifyView.json(found)) : print(VerifyView.summary(found))
    if (!VerifyView.isSound(found)) return yield* new DamageFound({ message: VerifyView.verdict(found) })
  }).pipe(
    Effect.ensuring(Effect.flatMap(Terminal, ({ progress }) => progress(""))),
    Effect.provide(explain ? ExistingFile.layer(database.path) : SnapshotStore.layerReadOnly({ path: database.path })),
  )
