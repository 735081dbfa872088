/** `history`: what was seen, one reading a line, from what is kept. */

import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import { SnapshotStore } from "../../infra/store/SnapshotStore.js"
import * as Accounts from "../../services/Accounts.js"
import * as Balances from "../../services/Balances.js"
import * as MarkedHistory from "../../services/MarkedHistory.js"
import { invalid, NothingInSpan, type UsageError } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Layers from "../Layers.js"
import * as HistoryView from "../render/HistoryView.js"
import * as Json from "../render/Json.js"
import * as Settings from "../Settings.js"
import * as Span from "../Span.js"
import { Terminal } from "../Terminal.js"

/** Which readings to print. */
export interface Options {
  readonly span: Span.Span
  /** The newest so many alone. */
  readonly limit: Option.Option<number>
}

const encodeSnapshot = Schema.encodeSync(MarkedHistory.Marked)

/** Nothing lies in the span: says what is kept. */
const nothing = (account: Account.Account, { subject }: Settings.Settings) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const first = yield* Stream.runHead(store.stream(account))
    const { snapshots } = yield* store.page(account, { direction: "Backward", limit: 1 })
    const [last] = snapshots
    if (Option.isNone(first) || last === undefined) return yield* Accounts.nothingCached(subject)
    const [from, to] = [first.value, last].map(({ observedAt }) => Timestamp.format(observedAt))
    return yield* new NothingInSpan({
      message: `no snapshots in that span: the history runs from ${from} to ${to}`,
    })
  })

/** Runs the command. */
export const run = ({ limit, span }: Options, settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const account = yield* Effect.flatMap(Balances.Balances, (balances) => balances.accountOf(settings.subject))
    const upToMoment = Option.map(settings.asOf, (at): Timestamp.Timestamp => DateTime.add(at, { millis: 1 }))
    const to = Span.earlier(span.to, upToMoment)
    const found = MarkedHistory.stream(account, {
      ...(Option.isSome(span.from) ? { from: span.from.value } : {}),
      ...(Option.isSome(to) ? { to: to.value } : {}),
    })
    const readings = Option.isSome(limit) ? Stream.takeRight(found, limit.value) : found
    const view = HistoryView.make(
      settings.zone,
      terminal.colors,
      Timestamp.fromMillis(yield* Clock.currentTimeMillis),
      terminal.columns,
    )
    let count = 0
    yield* Stream.runForEachChunk(readings, (chunk) => {
      const lines = [...chunk].map((reading) =>
        settings.json ? Json.line(encodeSnapshot(reading)) : view.row(reading),
      )
      if (lines.length === 0) return Effect.void
      if (count === 0 && !settings.json) lines.unshift(...view.head(account))
      count += chunk.length
      return terminal.print(lines.join("\n"))
    })
    if (count === 0) return yield* nothing(account, settings)
  }).pipe(Effect.provide(Layers.readOnly(settings)))

const limitOf = (text: string): Either.Either<number, UsageError> =>
  /^[1-9]\d{0,8}$/.test(text)
    ? Either.right(Number(text))
    : Either.left(invalid("--limit", text, "a whole number of 1 or more"))

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written & Span.Written & { readonly limit?: string }> = ({
  environment,
  written,
}) =>
  Effect.gen(function* () {
    const settings = yield* Settings.offline(written, environment)
    const limit = yield* Settings.optional(written.limit, limitOf)
    yield* run({ span: yield* Span.make(written, settings.zone), limit }, settings)
  })
