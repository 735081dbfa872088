import * as Calendar from "./Calendar.js"
import * as Random from "./Random.js"

/** Stable credits that the publisher gives. */
export interface Grant {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** A positive whole number of cents. */
  readonly cents: number
}

/** The grants that a seed brings: in every second month or so, 10 to 25 dollars within working hours. */
export const ofSeed = (seed: number, from: number, to: number): ReadonlyArray<Grant> => {
  const grants: Array<Grant> = []
  for (let month = Calendar.monthOf(from); month <= Calendar.monthOf(to); month++) {
    const random = Random.stream(seed, "grant", month)
    const given = random() < 0.5
    const monthly = {
      day: Random.integer(random, 1, 28),
      time: Random.integer(random, 9 * 60, 17 * 60) * Calendar.minute,
    }
    if (given) grants.push({ at: Calendar.occurrence(monthly, month), cents: 500 * Random.integer(random, 2, 5) })
  }
  return grants
}
