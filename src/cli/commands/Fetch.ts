/** `fetch`: asks the API now, keeps the answer, prints the balance. */

import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as Balances from "../../services/Balances.js"
import { UsageError } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Layers from "../Layers.js"
import * as BalanceView from "../render/BalanceView.js"
import * as Format from "../render/Format.js"
import * as Json from "../render/Json.js"
import * as ReadingJson from "../render/ReadingJson.js"
import * as Warnings from "../render/Warnings.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"

const encodeSnapshot = Schema.encodeSync(Snapshot.Snapshot)

/** Runs the command. */
export const run = (settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    if (Option.isSome(settings.label)) {
      const message = `--subject me:${settings.label.value} names a stored account, which the API does not know: fetch me`
      return yield* new UsageError({ message })
    }
    const reading = yield* Effect.flatMap(Balances.Balances, (balances) => balances.refresh(settings.subject)).pipe(
      Effect.provide(Layers.of(settings)),
    )
    for (const line of Warnings.lines(reading)) yield* terminal.note(`zoo-runway: ${line}`)
    const { account, balance, observedAt } = reading.snapshot
    if (settings.json) {
      const answer = { ...encodeSnapshot(reading.snapshot), reading: ReadingJson.encode(reading) }
      return yield* terminal.print(Json.document(answer))
    }
    const times = Format.times(settings.zone, observedAt)
    yield* terminal.print(terminal.colors.bold(Account.formatOwner(account.owner)))
    for (const line of BalanceView.lines(balance, observedAt, times, terminal.colors)) yield* terminal.print(line)
  })

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written> = ({ environment, written }) =>
  Effect.flatMap(Settings.make(written, environment), run)
