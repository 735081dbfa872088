/** `statement` prints what an account used, was charged and paid by periods, from the stored history. */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Balances from "../../services/Balances.js"
import * as PeriodStatement from "../../services/PeriodStatement.js"
import { NothingInSpan, UsageError } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Layers from "../Layers.js"
import * as Json from "../render/Json.js"
import * as PeriodCsv from "../render/PeriodCsv.js"
import * as PeriodView from "../render/PeriodView.js"
import * as Settings from "../Settings.js"
import * as Span from "../Span.js"
import { Terminal } from "../Terminal.js"

/** What to state, and how to write it. */
export interface Options {
  readonly span: Span.Span
  readonly by: PeriodStatement.By
  readonly format: "text" | "csv"
}

/** The options as they were written. */
type Written = Settings.Written & Span.Written & Pick<Options, "by" | "format">

const encode = Schema.encodeSync(PeriodStatement.PeriodStatement)

/** Runs the command. */
export const run = ({ by, format, span }: Options, settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const { asOf, json, subject, zone } = settings
    if (json && format === "csv") {
      return yield* new UsageError({ message: "--json and --format csv are two formats: leave out one of them" })
    }
    const now = Timestamp.fromMillis(yield* Clock.currentTimeMillis)
    yield* Span.beginsBefore(span, asOf, now)
    const account = yield* Effect.flatMap(Balances.Balances, (balances) => balances.accountOf(subject))
    const found = yield* PeriodStatement.of(account, {
      by,
      zone,
      from: Option.getOrUndefined(span.from),
      to: Option.getOrUndefined(span.to),
      now: Option.getOrElse(asOf, () => now),
    })
    if (Option.isNone(found)) {
      return yield* new NothingInSpan({
        message: "fewer than two snapshots in that span: zoo-runway history lists what is stored",
      })
    }
    if (json) return yield* terminal.print(Json.line(encode(found.value)))
    if (format === "csv") {
      return yield* terminal.write(PeriodCsv.text(found.value, (row) => PeriodView.nameOf(found.value, row)))
    }
    yield* terminal.print(PeriodView.lines(found.value, terminal.colors).join("\n").trimEnd())
  }).pipe(Effect.provide(Layers.of(settings)))

/** Runs the command as it was written. */
export const command: Command.Run<Written> = ({ environment, written }) =>
  Effect.gen(function* () {
    const settings = yield* Settings.offline(written, environment)
    const { by, format } = written
    yield* run({ span: yield* Span.make(written, settings.zone), by, format }, settings)
  })
