/**
 * Moves of a book that the next one takes back within the hour: stable credits that fall and return, an amount due that rises and falls again. A
 * server that shows an older or a wrong balance for a while, or an invoice that is drafted and withdrawn, looks like this; so do usage and a
 * grant, or a charge and a payment, of nearly the same amount. So neither is certain.
 *
 * A move back counts where it is nearly as great as the moves of the hour before it. The same move within the hour after it may be shown again.
 */
import * as Usd from "../money/Usd.js"

/** The last moves of a book, and the last move back. */
export interface Reversal {
  /** When the first of the moves ended, in milliseconds since 1970. */
  readonly since: number
  readonly moved: Usd.Usd
  /** What of it certainly was what it looked like. */
  readonly certain: Usd.Usd
  /** When the move back ended, in milliseconds since 1970. */
  readonly backAt: number
  readonly back: Usd.Usd
}

/** Where nothing can be taken back. */
export const none: Reversal = { since: 0, moved: Usd.zero, certain: Usd.zero, backAt: 0, back: Usd.zero }

const HOUR = 3_600_000

/** Whether `a` is at most `b`, and at least nine tenths of it. */
const isNearly = (a: Usd.Usd, b: Usd.Usd): boolean =>
  Usd.isPositive(a) && !Usd.lessThan(b, a) && !Usd.lessThan(a, Usd.scaleBy(b, 9n, 10n, "HalfEven"))

/** What a move back that ends at a time takes back of what was certain; `undefined` where it does not undo the last moves. */
export const takenBack = (self: Reversal, back: Usd.Usd, at: number): Usd.Usd | undefined =>
  at - self.since <= HOUR && isNearly(back, self.moved) ? Usd.min(back, self.certain) : undefined

/** The most of a move that may show again what was taken back. */
export const repeated = (self: Reversal, move: Usd.Usd, at: number): Usd.Usd =>
  at - self.backAt <= HOUR && (isNearly(self.back, move) || isNearly(move, self.back))
    ? Usd.min(self.back, move)
    : Usd.zero

const moving = (since: number, moved: Usd.Usd, certain: Usd.Usd): Reversal => ({
  since,
  moved,
  certain,
  backAt: 0,
  back: Usd.zero,
})

/** After a move that ended at a time, of which some is certain. */
export const afterMove = (self: Reversal, move: Usd.Usd, certain: Usd.Usd, at: number): Reversal =>
  at - self.since <= HOUR
    ? moving(self.since, Usd.add(self.moved, move), Usd.add(self.certain, certain))
    : moving(at, move, certain)

/** After a move back that ended at a time and undid the last moves. */
export const afterBack = (back: Usd.Usd, at: number): Reversal => ({ ...none, backAt: at, back })
