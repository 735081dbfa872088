/** `accounts` lists the accounts of a file. Needs no token and no network. */

import * as Effect from "effect/Effect"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import type * as Command from "../Command.js"
import * as AccountsView from "../render/AccountsView.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** Lists the accounts. */
export const run = ({ database, json, zone }: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const accounts = yield* store.accounts
    yield* terminal.print(
      json
        ? AccountsView.json({ accounts })
        : AccountsView.lines(accounts, zone, terminal.colors, terminal.columns).join("\n"),
    )
  }).pipe(Effect.provide(SnapshotStore.layerReadOnly({ path: database.path })))

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written> = ({ environment, written }) =>
  Effect.flatMap(Settings.ofFile(written, environment), run)
