/** Whether the newest look may miss work that was just done: what the API reports lags the end of a call by seconds to minutes. */

/** How far the API's balance lags behind the work at most, in milliseconds: five minutes. */
export const LAG = 300_000

/** When a look was made, in milliseconds since 1970. */
export interface Look {
  readonly observedAt: number
  /** When the first of the equal looks in a row that this one ends was made; `observedAt` itself where it stands alone. */
  readonly agreedSince: number
}

/**
 * Whether a look is provisional at `now`: until an earlier look in a row says the same, or the look is `lag` milliseconds old. A second look that
 * agrees shows that no change was under way between the two, not that none was still to be reported at the second.
 */
export const isProvisional = (look: Look, now: number, lag: number = LAG): boolean =>
  look.agreedSince >= look.observedAt && now - look.observedAt < lag
