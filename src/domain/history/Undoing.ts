/**
 * Falls of the monthly credits that a later rise may undo, and rises that a later fall may repeat: a server that answers with an older balance
 * for a while, or corrects one, shows the same usage twice.
 *
 * Where a rise no greater than the last falls comes without a refresh, what they counted as used may not have been used: its least is taken
 * back. After it, a fall up to the rise may be the same usage again: its least is 0.
 */
import * as Usd from "../money/Usd.js"

/** Falls of some time. */
export interface Falls {
  /** When the first of them ended, in milliseconds since 1970. */
  readonly since: number
  readonly count: number
  readonly usd: Usd.Usd
  /** What of it was certainly used. */
  readonly certain: Usd.Usd
}

/** What can be undone or repeated in the current cycle. */
export interface Undoing {
  readonly last: Falls
  readonly before: Falls
  /** Rises that no refresh explains, less the falls after them. */
  readonly repeatable: Usd.Usd
}

const NO_FALLS: Falls = { since: 0, count: 0, usd: Usd.zero, certain: Usd.zero }

/** At the beginning of a history and after a refresh. */
export const none: Undoing = { last: NO_FALLS, before: NO_FALLS, repeatable: Usd.zero }

const HOUR = 3_600_000
/** Falls count for an hour, and at least so many. */
const MIN_FALLS = 3

/** The most that a rise can undo. */
export const undoable = ({ before, last }: Undoing): Usd.Usd => Usd.add(before.usd, last.usd)

/** What a rise takes back of the least that was used; `None` as `undefined` where it is greater than the last falls. */
export const takenBack = (self: Undoing, rise: Usd.Usd): Usd.Usd | undefined =>
  Usd.lessThan(undoable(self), rise) ? undefined : Usd.min(rise, Usd.add(self.before.certain, self.last.certain))

/** The least that was used in the last falls. */
export const certain = ({ before, last }: Undoing): Usd.Usd => Usd.add(before.certain, last.certain)

/** The most of a fall that may be usage which was counted before. */
export const repeated = ({ repeatable }: Undoing, fall: Usd.Usd): Usd.Usd => Usd.min(repeatable, fall)

/** After a fall that ended at a time, of which some is not certain; by default what may repeat an earlier one. */
export const afterFall = (self: Undoing, fall: Usd.Usd, at: number, doubtful = repeated(self, fall)): Undoing => {
  const isOver = self.last.count >= MIN_FALLS && at - self.last.since >= HOUR
  const [before, last] = isOver ? [self.last, NO_FALLS] : [self.before, self.last]
  return {
    before,
    last: {
      since: last.count === 0 ? at : last.since,
      count: last.count + 1,
      usd: Usd.add(last.usd, fall),
      certain: Usd.add(last.certain, Usd.subtract(fall, doubtful)),
    },
    repeatable: Usd.subtract(self.repeatable, repeated(self, fall)),
  }
}

const less = (falls: Falls, usd: Usd.Usd, certain: Usd.Usd): Falls => ({
  ...falls,
  usd: Usd.subtract(falls.usd, usd),
  certain: Usd.subtract(falls.certain, certain),
})

/** After a rise that no refresh explains. */
export const afterRise = (self: Undoing, rise: Usd.Usd): Undoing => {
  const certain = takenBack(self, rise)
  if (certain === undefined) return { ...none, repeatable: Usd.add(self.repeatable, rise) }
  const [ofLast, certainOfLast] = [Usd.min(self.last.usd, rise), Usd.min(self.last.certain, certain)]
  return {
    last: less(self.last, ofLast, certainOfLast),
    before: less(self.before, Usd.subtract(rise, ofLast), Usd.subtract(certain, certainOfLast)),
    repeatable: Usd.add(self.repeatable, rise),
  }
}
