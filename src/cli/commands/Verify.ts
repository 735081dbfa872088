/** `verify` checks that the history is what was written and that the ledger explains it. Needs no token and no network. */

import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import * as UsageSeries from "../../services/UsageSeries.js"
import * as Verification from "../../services/Verification.js"
import { DamageFound } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Table from "../render/Table.js"
import * as VerifyView from "../render/VerifyView.js"
import * as Selection from "../Selection.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** Runs the command. */
export const run = (selection: Selection.Selection, { database, json, zone }: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const print = (lines: ReadonlyArray<string>) =>
      json || lines.length === 0 ? Effect.void : terminal.print(Table.fit(lines, terminal.columns).join("\n"))

    const unreadable: Array<Verification.Damage> = []
    const meant = yield* Effect.catchTag(Selection.accounts(selection), "StoreCorrupt", (corrupt) =>
      Effect.sync(() => {
        unreadable.push(Verification.unreadable(corrupt))
        return []
      }),
    )
    yield* terminal.progress("checking the file")
    const file = Verification.distinct([...unreadable, ...(yield* Verification.file)])
    yield* terminal.progress("")
    yield* print(VerifyView.fileLines(file))
    const accounts: Array<Verification.AccountVerification> = []
    for (const [index, { account }] of meant.entries()) {
      yield* terminal.progress(`checking ${Selection.nameOf(account)} (${index + 1} of ${meant.length})`)
      const found = yield* Verification.account(account)
      accounts.push(found)
      yield* terminal.progress("")
      yield* print(VerifyView.lines(found, zone))
    }
    const found: VerifyView.Found = { file, accounts }
    yield* json ? terminal.print(VerifyView.json(found)) : print(VerifyView.summary(found))
    if (!VerifyView.isSound(found)) return yield* new DamageFound({ message: VerifyView.verdict(found) })
  }).pipe(
    Effect.ensuring(Effect.flatMap(Terminal, ({ progress }) => progress(""))),
    Effect.provide(Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerReadOnly({ path: database.path }))),
  )

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written> = ({ environment, written }) =>
  Effect.gen(function* () {
    const settings = yield* Settings.ofFile(written, environment)
    yield* run(yield* Selection.make(written), settings)
  })
