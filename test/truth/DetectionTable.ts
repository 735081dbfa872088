/** Precision and recall of the events that ledgers found (see Detection). */
import * as Detection from "./Detection.js"

/** Looks that are meant to be an hour apart come up to another hour late; longer spans are outages, or the amount due was asked for seldom. */
const LONGEST = 2 * 3_600_000

/** Counts of one kind: trials, but events of `notAsked`. */
export interface Counts {
  happened: number
  found: number
  /** Of those that happened, hidden ones, and those of them that were found. */
  hidden: number
  foundHidden: number
  /** Said to be possible: with reason, and without. */
  possible: number
  falsePossible: number
  /** Claimed, and did not happen. */
  wrong: number
  traceless: number
  notAsked: number
}

const none = (): Counts => ({
  happened: 0,
  found: 0,
  hidden: 0,
  foundHidden: 0,
  possible: 0,
  falsePossible: 0,
  wrong: 0,
  traceless: 0,
  notAsked: 0,
})

const tables = (): Readonly<Record<Detection.Kind, Counts>> => ({
  Refresh: none(),
  Grant: none(),
  Renewal: none(),
  Payment: none(),
  PlanChange: none(),
})

/** Shares from 0 to 1; `NaN` where there is nothing to divide by. */
export const precision = ({ found, wrong }: Counts): number => found / (found + wrong)
/** Of all that happened. */
export const recall = ({ found, happened }: Counts): number => found / happened
/** Of what is not hidden. */
export const recallOfShown = ({ found, foundHidden, happened, hidden }: Counts): number =>
  (found - foundHidden) / (happened - hidden)
/** Of all that happened, what the ledger says is possible being found, too. */
export const recallWithPossible = ({ found, happened, possible }: Counts): number => (found + possible) / happened

const count = (counts: Counts, { claim, hidden, truth }: Detection.Trial): void => {
  if (truth === "Traceless") counts.traceless++
  else if (truth === "NotAsked") counts.notAsked++
  else if (truth === "No") {
    if (claim === "Claimed") counts.wrong++
    else counts.falsePossible++
  } else {
    counts.happened++
    if (hidden) counts.hidden++
    if (claim === "Claimed") counts.found++
    if (claim === "Claimed" && hidden) counts.foundHidden++
    if (claim === "Possible") counts.possible++
  }
}

const share = (value: number): string => (Number.isNaN(value) ? "-" : value.toFixed(4)).padStart(11)
const whole = (value: number): string => String(value).padStart(11)

const row = (kind: string, counts: Counts): string =>
  [
    `  ${kind.padEnd(12)}`,
    whole(counts.happened),
    share(precision(counts)),
    share(recall(counts)),
    share(recallOfShown(counts)),
    share(recallWithPossible(counts)),
    whole(counts.wrong),
    whole(counts.hidden),
    whole(counts.falsePossible),
    whole(counts.traceless),
    whole(counts.notAsked),
  ].join("")

const columns = [
  "happened",
  "precision",
  "recall",
  "if shown",
  "+possible",
  "wrong",
  "hidden",
  "false poss",
  "no trace",
  "not asked",
]

/** Counts over the ledgers of many accounts. */
export class DetectionTable {
  accounts = 0
  private readonly name: string
  /** Entries of two hours at most. */
  readonly hourly = tables()
  readonly longer = tables()

  /** `name`: of what accounts. */
  constructor(name: string) {
    this.name = name
  }

  /** Adds the trials of one account. */
  add(trials: ReadonlyArray<Detection.Trial>): void {
    this.accounts++
    for (const trial of trials) count((trial.to - trial.from <= LONGEST ? this.hourly : this.longer)[trial.kind], trial)
  }

  /** The tables as lines. */
  lines(): ReadonlyArray<string> {
    const heading = (text: string): string => `\n${text.padEnd(14)}${columns.map((name) => name.padStart(11)).join("")}`
    return [
      `\nEvents found ${this.name}, ${this.accounts} of them, by entries of two hours at most and by longer ones`,
      heading("Hourly"),
      ...Detection.kinds.map((kind) => row(kind, this.hourly[kind])),
      heading("Longer"),
      ...Detection.kinds.map((kind) => row(kind, this.longer[kind])),
    ]
  }
}
