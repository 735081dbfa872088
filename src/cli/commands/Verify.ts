/** `verify`: whether what is kept reads, and whether its books close. Needs no token and no network. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Subject from "../../domain/balance/Subject.js"
import * as Account from "../../domain/history/Account.js"
import * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import * as Accounts from "../../services/Accounts.js"
import * as Verification from "../../services/Verification.js"
import { BooksOpen } from "../CliError.js"
import * as VerifyView from "../render/VerifyView.js"
import type { Settings } from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** Runs the command; `narrowed`: on the account of one subject alone, at any base URL. */
export const run = ({ narrowed }: { readonly narrowed: boolean }, { database, json, subject, zone }: Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const isAsked = (owner: Account.Owner): boolean =>
      !narrowed || Account.formatOwner(owner) === Subject.format(subject)
    const store = yield* SnapshotStore.SnapshotStore
    const accounts = (yield* store.accounts).filter(({ account }) => isAsked(account.owner))
    if (narrowed && accounts.length === 0) return yield* Accounts.nothingCached(subject)
    const found: Array<Verification.AccountVerification> = []
    yield* Stream.runForEach(Stream.fromIterable(accounts), ({ account }) =>
      Effect.flatMap(Verification.account(account), (of) => {
        found.push(of)
        return json ? Effect.void : terminal.print(VerifyView.lines(of, zone).join("\n"))
      }),
    )
    if (json) yield* terminal.print(VerifyView.json(found))
    else if (found.length === 0) yield* terminal.print("nothing is kept")
    if (VerifyView.isSound(found)) return
    return yield* new BooksOpen({ message: "the books of what is kept do not close: the history is damaged" })
  }).pipe(Effect.provide(SnapshotStore.layerReadOnly({ path: database.path })))
