/** A statement as one JSON object, written a part at a time: an event a line. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as LedgerEvent from "../../domain/history/LedgerEvent.js"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Statement from "../../services/Statement.js"
import * as Json from "./Json.js"

/** Balances of a snapshot. `due` is the last known amount due and `dueAt` when it was observed; null where none is known. */
const Levels = Schema.Struct({
  monthly: Usd.FromText,
  stable: Usd.FromText,
  due: Schema.OptionFromNullOr(Usd.FromText),
  dueAt: Schema.OptionFromNullOr(Timestamp.FromText),
})

/** The whole object. `from` and `to` are the times of the snapshots that the statement opens and closes with. */
export const StatementJson = Schema.Struct({
  account: Account.Account,
  from: Timestamp.FromText,
  to: Timestamp.FromText,
  opening: Levels,
  closing: Levels,
  events: Schema.Array(LedgerEvent.LedgerEvent),
  totals: Statement.Totals,
}).annotations({ identifier: "Statement" })

const encodeHead = Schema.encodeSync(StatementJson.omit("events", "totals"))
const encodeEvent = Schema.encodeSync(LedgerEvent.LedgerEvent)
const encodeTotals = Schema.encodeSync(Statement.Totals)

const levels = (snapshot: Snapshot.Snapshot, due: Option.Option<Statement.KnownDue>): typeof Levels.Type => ({
  monthly: Snapshot.monthly(snapshot),
  stable: Snapshot.stable(snapshot),
  due: Option.map(due, ({ usd }) => usd),
  dueAt: Option.map(due, ({ at }) => at),
})

const member = (key: string, value: unknown): string => `  ${Json.line(key)}: ${Json.line(value)}`

/** Lines of the object. */
export const make = () => {
  // A comma stands between events, so that one is held back until another one or the end comes.
  let held = Option.none<string>()
  return {
    head: (
      account: Account.Account,
      { closing, closingDue, opening, openingDue }: Statement.Statement,
    ): ReadonlyArray<string> => {
      const head = encodeHead({
        account,
        from: opening.observedAt,
        to: closing.observedAt,
        opening: levels(opening, openingDue),
        closing: levels(closing, closingDue),
      })
      return ["{", ...Object.entries(head).map(([key, value]) => `${member(key, value)},`), '  "events": [']
    },
    closed: ({ entries }: Statement.ClosedBy): ReadonlyArray<string> => {
      const lines: Array<string> = []
      for (const event of entries.flatMap((entry) => entry.events)) {
        if (Option.isSome(held)) lines.push(`${held.value},`)
        held = Option.some(`    ${Json.line(encodeEvent(event))}`)
      }
      return lines
    },
    foot: (totals: Statement.Totals): ReadonlyArray<string> => [
      ...Option.toArray(held),
      "  ],",
      member("totals", encodeTotals(totals)),
      "}",
    ],
  }
}
