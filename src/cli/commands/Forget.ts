/**
 * `forget` removes an account, or the snapshots of a span, with every trace in the file; without `--yes` it only says what would be removed.
 * Needs no token and no network.
 */

import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import { StorePruned } from "../../infra/store/StoreError.js"
import { NothingInSpan, NothingStored } from "../CliError.js"
import type * as Command from "../Command.js"
import * as ExistingFile from "../ExistingFile.js"
import * as ForgetView from "../render/ForgetView.js"
import * as Table from "../render/Table.js"
import * as Selection from "../Selection.js"
import * as Settings from "../Settings.js"
import * as Span from "../Span.js"
import { Terminal } from "../Terminal.js"

/** What to forget, and whether to. */
export interface Options {
  readonly owner: Account.Owner
  /** Where it was given; without it, at any base URL. */
  readonly baseUrl: Option.Option<string>
  /** Without any end, the whole account. */
  readonly span: Span.Span
  readonly yes: boolean
}

/** The accounts of the owner of which traces may be left although none is listed: a removal that was stopped half-way. */
const unlisted = (
  { baseUrl, owner }: Options,
  stored: ReadonlyArray<Account.Account>,
  settings: Settings.Settings,
): ReadonlyArray<Account.Account> => {
  const urls = Option.match(baseUrl, {
    onSome: (url) => [url],
    onNone: () => [
      Account.DEFAULT_BASE_URL,
      ...Option.toArray(settings.baseUrl),
      ...stored.map((account) => account.baseUrl),
    ],
  })
  return [...new Set(urls)].map((url) => ({ baseUrl: url, owner }))
}

const rangeOf = ({ from, to }: Span.Span): SnapshotStore.Range | undefined =>
  Option.isNone(from) && Option.isNone(to)
    ? undefined
    : { from: Option.getOrUndefined(from), to: Option.getOrUndefined(to) }

/** The snapshots of an account in a range: their number, the first and the last; `None` where there are none. */
const within = ({ account, snapshots }: SnapshotStore.AccountSummary, range: SnapshotStore.Range) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const end = (direction: SnapshotStore.Direction) =>
      Effect.map(store.page(account, { ...range, direction, limit: 1 }), (page) =>
        Option.map(Option.fromNullable(page.snapshots[0]), (snapshot: Snapshot.Snapshot) => snapshot.observedAt),
      )
    const [first, last] = [yield* end("Forward"), yield* end("Backward")]
    const count = yield* store.count(account, range)
    return Option.zipWith(first, last, (from, to) => ({
      account,
      snapshots: count,
      stay: Math.max(0, snapshots - count),
      span: { first: from, last: to },
    }))
  })

const nothingIn = (stored: ReadonlyArray<SnapshotStore.AccountSummary>): NothingInSpan => {
  const spans = stored.map(
    ({ account, first, last }) =>
      `${Selection.nameOf(account)} has snapshots from ${Timestamp.format(first)} to ${Timestamp.format(last)}`,
  )
  return new NothingInSpan({ message: `no snapshots in that span: ${spans.join("; ")}` })
}

/** The snapshots of a span, of all accounts that are meant. Nothing is removed of any where one of them is sealed in the span. */
const inSpan = (meant: ReadonlyArray<SnapshotStore.AccountSummary>, range: SnapshotStore.Range) =>
  Effect.gen(function* () {
    const found: Array<ForgetView.ForgottenAccount> = []
    for (const summary of meant) {
      const part = yield* within(summary, range)
      if (Option.isNone(part)) continue
      if (Option.exists(summary.sealedUntil, (until) => DateTime.lessThan(part.value.span.first, until))) {
        return yield* new StorePruned({ operation: "forget", until: Option.getOrThrow(summary.sealedUntil) })
      }
      found.push(part.value)
    }
    if (found.length === 0) return yield* nothingIn(meant)
    return found
  })

/** Runs the command. */
export const run = (options: Options, settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const stored = yield* store.accounts
    const all = stored.map(({ account }) => account)
    const selection = { owner: Option.some(Selection.known(options.owner, all)), baseUrl: options.baseUrl }
    const meant = stored.filter(({ account }) => Selection.includes(selection, account))
    const range = rangeOf(options.span)
    if (meant.length === 0) {
      const nothing = Selection.noHistory(Account.formatOwner(options.owner), all)
      if (!options.yes || range !== undefined) return yield* nothing
      yield* Effect.forEach(unlisted(options, all, settings), (account) => store.forget(account), { discard: true })
      return yield* new NothingStored({ message: `${nothing.message}; no trace of it is left in the file` })
    }
    const accounts =
      range === undefined
        ? meant.map(({ account, first, last, snapshots }) => ({ account, snapshots, stay: 0, span: { first, last } }))
        : yield* inSpan(meant, range)
    if (options.yes) yield* Effect.forEach(accounts, ({ account }) => store.forget(account, range), { discard: true })
    const forgotten: ForgetView.Forgotten = { dryRun: !options.yes, ...options.span, accounts }
    yield* terminal.print(
      settings.json
        ? ForgetView.json(forgotten)
        : Table.fit(ForgetView.lines(forgotten, settings.zone), terminal.columns).join("\n"),
    )
  }).pipe(
    Effect.provide(
      options.yes
        ? ExistingFile.layer(settings.database.path)
        : SnapshotStore.layerReadOnly({ path: settings.database.path }),
    ),
  )

/** Runs the command as it was written. */
export const command: Command.Run<
  Settings.Written & Span.Written & { readonly subject: string; readonly yes?: boolean }
> = ({ environment, written }) =>
  Effect.gen(function* () {
    const settings = yield* Settings.ofFile(written, environment)
    const owner = yield* Selection.owner("--subject", written.subject)
    const { baseUrl } = yield* Selection.make(written)
    const span = yield* Span.make(written, settings.zone)
    yield* run({ owner, baseUrl, span, yes: written.yes ?? false }, settings)
  })
