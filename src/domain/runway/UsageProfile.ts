/** When credits are used: usage by weekday and hour of the day, UTC. */
import * as Consumption from "../history/Consumption.js"
import * as Estimate from "../history/Estimate.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Window from "../time/Window.js"

const HOUR = 3_600_000
const HOURS_A_WEEK = 168

/** Usage in the covered time of one hour of the week over all weeks of a window, and how much that time is. */
export interface Cell {
  /** 0 is Sunday, UTC. */
  readonly weekday: number
  /** 0 to 23, UTC. */
  readonly hour: number
  readonly usage: Estimate.Estimate
  readonly coveredMillis: number
}

/** The 168 hours of the week, Sunday 0:00 first. */
export type UsageProfile = ReadonlyArray<Cell>

/**
 * The profile of usage over a window. Usage within an interval between snapshots is taken to run evenly, so that snapshots more than an hour apart
 * smear it; the cells' expected usage adds up to that in the covered time of the window.
 */
export const over = (consumption: Consumption.Consumption, window: Window.Window): UsageProfile => {
  const cells = Array.from({ length: HOURS_A_WEEK }, (_, index) => ({
    weekday: Math.floor(index / 24),
    hour: index % 24,
    usage: Estimate.zero,
    coveredMillis: 0,
  }))
  let from = window.from.epochMillis
  while (from < window.to.epochMillis) {
    const to = Math.min(window.to.epochMillis, (Math.floor(from / HOUR) + 1) * HOUR)
    const { coveredMillis, coveredUsage } = Consumption.over(
      consumption,
      Window.make(Timestamp.fromMillis(from), Timestamp.fromMillis(to)),
    )
    const date = new Date(from)
    const cell = cells[date.getUTCDay() * 24 + date.getUTCHours()]
    if (cell !== undefined) {
      cell.usage = Estimate.add(cell.usage, coveredUsage)
      cell.coveredMillis += coveredMillis
    }
    from = to
  }
  return cells
}
