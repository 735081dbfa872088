/**
 * Equal looks in a row as runs, so that each takes some bytes.
 *
 * A run holds looks of one UTC hour that say the same. One that does not tell the amount due says the same as one that does. Looks are taken
 * from the oldest on, each into the run before it where it fits, so that the runs of an hour depend on its looks alone and not on the order
 * in which they arrived.
 */
import * as Look from "./Look.js"
import * as Period from "./Period.js"
import { type Sight, SightsWriter } from "./Sights.js"

/** A run, and room for more. */
export class Run {
  readonly content: Look.Content
  readonly first: Sight
  /** Its place among the looks of its account at the time of its first one. */
  readonly nth: number
  readonly sights: SightsWriter
  /** The amount due, where one of its looks tells it. */
  dueUsd: bigint | null
  count = 1
  private readonly hour: number

  constructor(first: Look.Look, nth: number) {
    this.content = first.content
    this.first = { observedAt: first.observedAt, updatedAt: first.updatedAt, isDueTold: first.isDueTold }
    this.nth = nth
    this.sights = new SightsWriter(this.first)
    this.dueUsd = first.dueUsd
    this.hour = Period.hourOf(first.observedAt)
  }

  /** Whether a look that follows says what this run says. */
  agrees(look: Look.Look): boolean {
    return (
      Look.sameContent(this.content, look.content) &&
      (look.dueUsd === null || this.dueUsd === null || look.dueUsd === this.dueUsd)
    )
  }

  /** Whether a look that follows belongs to this run. */
  fits(look: Look.Look): boolean {
    return this.agrees(look) && Period.hourOf(look.observedAt) === this.hour
  }

  /** Adds a look that fits. */
  add(look: Look.Look): void {
    this.sights.add({ observedAt: look.observedAt, updatedAt: look.updatedAt, isDueTold: look.isDueTold })
    this.dueUsd ??= look.dueUsd
    this.count++
  }
}

/** The run of looks that are one, as it was kept; `nth` is the place of its first one. */
export const one = (looks: ReadonlyArray<Look.Look>, nth: number): Run | undefined => {
  const [first, ...others] = looks
  if (first === undefined) return undefined
  const run = new Run(first, nth)
  for (const look of others) run.add(look)
  return run
}

/** The runs of looks that are in order, all looks of a time among them. */
export const of = (looks: ReadonlyArray<Look.Look>): ReadonlyArray<Run> => {
  const runs: Array<Run> = []
  let [time, nth] = [Number.NaN, 0]
  for (const look of looks) {
    nth = look.observedAt === time ? nth + 1 : 0
    time = look.observedAt
    const last = runs.at(-1)
    if (last?.fits(look)) last.add(look)
    else runs.push(new Run(look, nth))
  }
  return runs
}
