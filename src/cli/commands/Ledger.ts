/** `ledger` prints the statement of an account, from the stored history. */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Accounts from "../../services/Accounts.js"
import * as Balances from "../../services/Balances.js"
import * as Statement from "../../services/Statement.js"
import type * as Command from "../Command.js"
import * as Layers from "../Layers.js"
import * as LedgerJson from "../render/LedgerJson.js"
import * as LedgerView from "../render/LedgerView.js"
import * as Settings from "../Settings.js"
import * as Span from "../Span.js"
import { Terminal } from "../Terminal.js"

/** Writes a statement, a part at a time. */
interface View {
  readonly head: (account: Account.Account, statement: Statement.Statement) => ReadonlyArray<string>
  readonly closed: (by: Statement.ClosedBy) => ReadonlyArray<string>
  readonly foot: (totals: Statement.Totals) => ReadonlyArray<string>
}

/** Runs the command. */
export const run = (span: Span.Span, settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const { asOf, json, subject, zone } = settings
    const now = Timestamp.fromMillis(yield* Clock.currentTimeMillis)
    const end = Option.getOrElse(asOf, () => now)
    yield* Span.beginsBefore(span, asOf, now)
    const account = yield* Effect.flatMap(Balances.Balances, (balances) => balances.accountOf(subject))
    const to = Span.earlier(span.to, Option.some(end))
    const found = yield* Statement.of(account, {
      from: Option.getOrUndefined(span.from),
      to: Option.getOrUndefined(to),
    })
    if (Option.isNone(found)) {
      return yield* new Accounts.NothingCached({ subject, asOf: to, kept: Option.none() })
    }
    const statement = found.value
    const sums = new Statement.Sums()
    const view: View = json ? LedgerJson.make() : LedgerView.make(zone, terminal.colors, terminal.columns)
    yield* terminal.print(view.head(account, statement).join("\n"))
    yield* Stream.runForEachChunk(statement.snapshots, (chunk) => {
      const lines: Array<string> = []
      for (const by of chunk) {
        for (const entry of by.entries) sums.add(entry)
        lines.push(...view.closed(by))
      }
      return lines.length === 0 ? Effect.void : terminal.print(lines.join("\n"))
    })
    yield* terminal.print(view.foot(sums.totals(statement)).join("\n"))
  }).pipe(Effect.provide(Layers.of(settings)))

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written & Span.Written> = ({ environment, written }) =>
  Effect.gen(function* () {
    const settings = yield* Settings.offline(written, environment)
    yield* run(yield* Span.make(written, settings.zone), settings)
  })
