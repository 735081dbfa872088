/** `accounts`: whose histories a file holds; `accounts join`: two of them made one. Needs no token and no network. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import { StoreCare } from "../../infra/store/StoreCare.js"
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
      json ? AccountsView.json(accounts) : AccountsView.lines(accounts, zone, terminal.colors).join("\n"),
    )
  }).pipe(Effect.provide(SnapshotStore.layerReadOnly({ path: database.path })))

/** Whose history goes into whose. */
export interface Join {
  readonly from: Account.Owner
  readonly into: Account.Owner
}

/** Makes one account part of another one. */
export const join = (owners: Join, settings: Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const care = yield* StoreCare
    const baseUrl = Option.getOrElse(settings.baseUrl, () => Account.DEFAULT_BASE_URL)
    const from = { baseUrl, owner: owners.from }
    const into = { baseUrl, owner: owners.into }
    const moved = yield* care.join(from, into).pipe(
      Effect.catchIf(
        (error) => error._tag === "StoreJoinRefused" && error.reason === "NothingKept",
        () =>
          Effect.flatMap(store.accounts, (kept) =>
            Selection.nothingKept(
              `${Account.formatOwner(from.owner)} at ${baseUrl}`,
              kept.map(({ account }) => account),
            ),
          ),
      ),
    )
    const looks = (yield* store.accounts).find(({ account }) => Account.equals(account, into))?.snapshots ?? 0
    const joined: AccountsView.Joined = { from, into, moved, looks }
    yield* terminal.print(settings.json ? AccountsView.joinedJson(joined) : AccountsView.joinedLine(joined))
  }).pipe(Effect.provide(ExistingFile.layer(settings.database.path)))
