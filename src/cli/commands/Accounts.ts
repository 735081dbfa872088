/** `accounts` lists the accounts of a file; `accounts join` merges two of them. Needs no token and no network. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import * as ExistingFile from "../ExistingFile.js"
import * as AccountsView from "../render/AccountsView.js"
import * as Selection from "../Selection.js"
import type { Settings } from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** Lists the accounts. */
export const run = ({ database, json, zone }: Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const accounts = yield* store.accounts
    yield* terminal.print(
      json
        ? AccountsView.json(accounts)
        : AccountsView.lines(accounts, zone, terminal.colors, terminal.columns).join("\n"),
    )
  }).pipe(Effect.provide(SnapshotStore.layerReadOnly({ path: database.path })))

/** The account to merge, and the one that it becomes part of. */
export interface Join {
  readonly from: Account.Owner
  readonly into: Account.Owner
}

/** Merges one account into another one. */
export const join = (owners: Join, settings: Settings) =>
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
