/** The ledger of looks as it is kept: by days. */
import * as Ledger from "../../src/domain/history/Ledger.js"
import type * as LedgerDay from "../../src/domain/history/LedgerDay.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import { DayFold } from "../../src/services/UsageSeries.js"

/** The days of a ledger, and what is open at its end. */
export interface Folded {
  readonly days: ReadonlyArray<LedgerDay.LedgerDay>
  readonly open: ReadonlyArray<Ledger.Entry>
  /** The last look that counts. */
  readonly last: Ledger.State["previous"]
}

/** Folds looks, oldest first. */
export const of = (looks: ReadonlyArray<Snapshot.Snapshot>): Folded => {
  const fold = new DayFold(Ledger.start)
  const days: Array<LedgerDay.LedgerDay> = []
  for (const look of looks) {
    const finished = fold.step(look)
    if (finished !== undefined) days.push(finished.day)
  }
  const last = fold.finished()
  if (last !== undefined) days.push(last.day)
  return { days, open: Ledger.finish(fold.state), last: fold.state.previous }
}
