/** Counts of what bodies came to. */
import type { Outcome } from "./Laws.js"

/** What a run saw. */
export class Tally {
  bodies = 0
  accepted = 0
  readonly rejected = new Map<string, number>()
  /** Findings by kind. */
  readonly drift = new Map<string, number>()
  /** The longest that any decode took, in milliseconds. */
  slowest = 0

  add({ drift, millis, rejected }: Outcome): void {
    this.bodies++
    this.slowest = Math.max(this.slowest, millis)
    if (rejected === undefined) this.accepted++
    else count(this.rejected, rejected)
    for (const { kind } of drift) count(this.drift, kind)
  }

  /** A few lines for people. */
  lines(): ReadonlyArray<string> {
    const share = this.bodies === 0 ? 0 : (100 * this.accepted) / this.bodies
    return [
      `bodies    ${this.bodies}`,
      `accepted  ${this.accepted} (${share.toFixed(1)} %)`,
      `rejected  ${listed(this.rejected)}`,
      `drift     ${listed(this.drift)}`,
      `slowest   ${this.slowest.toFixed(2)} ms`,
    ]
  }
}

const count = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([name, times]) => `${name} ${times}`)
    .join(", ") || "none"
