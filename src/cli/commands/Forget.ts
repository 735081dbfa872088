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

/** The accounts of the owner that may have something in the file, though they have no look. */
const withoutLooks = (
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

/** The accounts to forget: those with looks, else those of which sums are left. */
const find = (options: Options, kept: ReadonlyArray<SnapshotStore.AccountSummary>, settings: Settings) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const selection: Selection.Selection = { owner: Option.some(options.owner), baseUrl: options.baseUrl }
    const listed = kept
      .filter(({ account }) => Selection.includes(selection, account))
      .map(
        ({ account, first, last, snapshots }): ForgetView.ForgottenAccount => ({
          account,
          looks: snapshots,
          span: Option.some({ first, last }),
        }),
      )
    if (listed.length > 0) return listed
    const others = withoutLooks(
      options,
      kept.map(({ account }) => account),
      settings,
    )
    const summed = yield* Effect.filter(others, (account) =>
      store.usageByDay(account).pipe(
        Effect.map((days) => days.length > 0),
        // Sums that are behind are sums.
        Effect.catchTag("StoreReadOnly", () => Effect.succeed(true)),
      ),
    )
    return summed.map((account): ForgetView.ForgottenAccount => ({ account, looks: 0, span: Option.none() }))
  })

/** Runs the command. */
export const run = (options: Options, settings: Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const kept = yield* store.accounts
    const accounts = yield* find(options, kept, settings)
    const all = kept.map(({ account }) => account)
    if (accounts.length === 0) {
      const nothing = Selection.nothingKept(Account.formatOwner(options.owner), all)
      if (!options.yes) return yield* nothing
      // A removal that was stopped half-way may have left traces where nothing is listed any more.
      yield* Effect.forEach(withoutLooks(options, all, settings), store.forget, { discard: true })
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
