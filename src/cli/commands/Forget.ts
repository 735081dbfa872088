/** `forget`: removes all that is kept of somebody; without `--yes` it tells what that is. Needs no token and no network. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import { NothingKept } from "../CliError.js"
import * as ExistingFile from "../ExistingFile.js"
import * as ForgetView from "../render/ForgetView.js"
import * as Selection from "../Selection.js"
import type { Settings } from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** Whom to forget, and whether to. */
export interface Options {
  readonly owner: Account.Owner
  /** Where it was given; without it, at any base URL. */
  readonly baseUrl: Option.Option<string>
  readonly yes: boolean
}

/** The accounts of the owner of which traces may be left, though nothing is listed: a removal that was stopped half-way. */
const unlisted = (
  { baseUrl, owner }: Options,
  kept: ReadonlyArray<Account.Account>,
  settings: Settings,
): ReadonlyArray<Account.Account> => {
  const urls = Option.match(baseUrl, {
    onSome: (url) => [url],
    onNone: () => [
      Account.DEFAULT_BASE_URL,
      ...Option.toArray(settings.baseUrl),
      ...kept.map((account) => account.baseUrl),
    ],
  })
  return [...new Set(urls)].map((url) => ({ baseUrl: url, owner }))
}

/** The accounts to forget. */
const find = (
  { baseUrl, owner }: Options,
  kept: ReadonlyArray<SnapshotStore.AccountSummary>,
): ReadonlyArray<ForgetView.ForgottenAccount> =>
  kept
    .filter(({ account }) => Selection.includes({ owner: Option.some(owner), baseUrl }, account))
    .map(({ account, first, last, snapshots }) => ({
      account,
      looks: snapshots,
      span: snapshots === 0 ? Option.none() : Option.some({ first, last }),
    }))

/** Runs the command. */
export const run = (options: Options, settings: Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const kept = yield* store.accounts
    const accounts = find(options, kept)
    const all = kept.map(({ account }) => account)
    if (accounts.length === 0) {
      const nothing = Selection.nothingKept(Account.formatOwner(options.owner), all)
      if (!options.yes) return yield* nothing
      yield* Effect.forEach(unlisted(options, all, settings), store.forget, { discard: true })
      return yield* new NothingKept({ message: `${nothing.message}; nor is any trace of it left in the file` })
    }
    if (options.yes) yield* Effect.forEach(accounts, ({ account }) => store.forget(account), { discard: true })
    const forgotten: ForgetView.Forgotten = { dryRun: !options.yes, accounts }
    yield* terminal.print(
      settings.json ? ForgetView.json(forgotten) : ForgetView.lines(forgotten, settings.zone).join("\n"),
    )
  }).pipe(
    Effect.provide(
      options.yes
        ? ExistingFile.layer(settings.database.path)
        : SnapshotStore.layerReadOnly({ path: settings.database.path }),
    ),
  )
