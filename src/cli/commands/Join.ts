/** `accounts join` merges one account into another one. Needs no token and no network. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import type * as Command from "../Command.js"
import * as ExistingFile from "../ExistingFile.js"
import * as AccountsView from "../render/AccountsView.js"
import * as Selection from "../Selection.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** The account to merge, and the one that it becomes part of. */
export interface Owners {
  readonly from: Account.Owner
  readonly into: Account.Owner
}

/** Merges one account into another one. */
export const run = (owners: Owners, settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const baseUrl = Option.getOrElse(settings.baseUrl, () => Account.DEFAULT_BASE_URL)
    const all = (yield* store.listAccounts).filter((account) => account.baseUrl === baseUrl)
    const from = { baseUrl, owner: Selection.known(owners.from, all) }
    // A label is joined to an account, and never the other way round by a name that may be an id.
    const into = { baseUrl, owner: owners.into }
    const moved = yield* store.merge(from, into).pipe(
      Effect.catchIf(
        (error) => error._tag === "StoreMergeRefused" && error.reason === "NothingStored",
        () =>
          Effect.flatMap(store.listAccounts, (stored) =>
            Selection.noHistory(`${Account.formatOwner(from.owner)} at ${baseUrl}`, stored),
          ),
      ),
    )
    const joined: AccountsView.Joined = { from, into, moved, snapshots: yield* store.count(into) }
    yield* terminal.print(settings.json ? AccountsView.joinedJson(joined) : AccountsView.joinedLine(joined))
  }).pipe(Effect.provide(ExistingFile.layer(settings.database.path)))

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written> = ({ args: [from = "", into = ""], environment, written }) =>
  Effect.gen(function* () {
    const owners = { from: yield* Selection.owner("FROM", from), into: yield* Selection.owner("INTO", into) }
    yield* run(owners, yield* Settings.ofFile(written, environment))
  })
