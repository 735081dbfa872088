/** Counts of a run: laws, how much was exact, and how good the estimates were. */
import type * as Ledger from "../../src/domain/history/Ledger.js"
import { DetectionTable } from "./DetectionTable.js"
import type { Checked } from "./EntryLaws.js"
import * as Polling from "./Polling.js"
import type { Guess } from "./SeriesLaws.js"
import * as Sums from "./Sums.js"
import type { Law, Violation } from "./Violation.js"

/** Examples of each sort that are kept. */
const MOST_EXAMPLES = 3

/** Violations of one law and sort. */
export interface Class {
  readonly law: Law
  readonly sort: string
  count: number
  readonly accounts: Set<number>
  readonly examples: Array<Violation>
}

class Exactness {
  entries = 0
  exact = 0
  open = 0
  /** Sum of the widths of those that are bounded and not exact, in dollars. */
  width = 0

  add(bounds: Sums.Bounds): void {
    this.entries++
    if (bounds.upper === undefined) this.open++
    else if (Sums.isExact(bounds)) this.exact++
    else this.width += Number(bounds.upper - bounds.lower) / 1e9
  }

  row(): string {
    const bounded = this.entries - this.exact - this.open
    const share = (count: number): string => `${((100 * count) / Math.max(1, this.entries)).toFixed(3)} %`.padStart(10)
    const mean = bounded === 0 ? "-" : (this.width / bounded).toFixed(2)
    return `${String(this.entries).padStart(10)}${share(this.exact)}${share(bounded)}${share(this.open)}${mean.padStart(9)}`
  }
}

/** Mean and half of its 95 % interval. */
const meanOf = (values: ReadonlyArray<number>): readonly [number, number] => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return [mean, 1.96 * Math.sqrt(squares / Math.max(1, values.length - 1) / values.length)]
}

/** The sum of the errors as a share of the sum of the truth, with half of its 95 % interval (by linearisation over accounts). */
const ratioOf = (pairs: ReadonlyArray<readonly [error: number, truth: number]>): readonly [number, number] => {
  const truth = pairs.reduce((sum, pair) => sum + pair[1], 0)
  const ratio = pairs.reduce((sum, pair) => sum + pair[0], 0) / truth
  const squares = pairs.reduce((sum, [error, of]) => sum + (error - ratio * of) ** 2, 0)
  return [ratio, (1.96 * Math.sqrt(squares)) / truth]
}

const percent = ([mean, half]: readonly [number, number]): string =>
  Number.isFinite(mean) ? `${(100 * mean).toFixed(3)} % ± ${(100 * half).toFixed(3)} %` : "-"

/** How good the estimates of some accounts were. */
export interface Bias {
  readonly accounts: number
  /** The mean over accounts of (expected - true) / true, with half of its 95 % interval. */
  readonly mean: readonly [number, number]
  /** Sum of errors / sum of truth. */
  readonly pooled: readonly [number, number]
  /** The same of the intervals in which some usage is hidden. */
  readonly hidden: readonly [number, number]
}

const every = Object.keys(Polling.minutes).filter((key): key is Polling.Every => key in Polling.minutes)

/** Accounts whose estimates are counted together: by how often they were polled, and the steady ones by themselves. */
export type Guessed = Polling.Every | "steady"

export class Tally {
  accounts = 0
  looks = 0
  entries = 0
  /** Entries with a grant or payment that no look shows, and those of them where usage was outside its bounds. */
  hidden = 0
  excused = 0
  readonly detected = new DetectionTable("of accounts that are polled by the hour")
  /** Of those among them that are not invoiced early for small amounts, as most are not. */
  readonly detectedWhereInvoicesAreFew = new DetectionTable(
    "of those of them whose usage is invoiced early from 50 USD on",
  )
  readonly checks = new Map<Law, number>()
  readonly classes = new Map<string, Class>()
  private readonly exactness = new Map<string, Exactness>()
  private readonly guesses = new Map<Guessed, Array<Guess>>()

  private count(law: Law, count = 1): void {
    this.checks.set(law, (this.checks.get(law) ?? 0) + count)
  }

  checked(law: Law, count: number): void {
    this.count(law, count)
  }

  add(violation: Violation): void {
    const key = `${violation.law}\n${violation.sort}`
    const known = this.classes.get(key)
    const found: Class = known ?? { ...violation, count: 0, accounts: new Set(), examples: [] }
    found.count++
    found.accounts.add(violation.number)
    if (found.examples.length < MOST_EXAMPLES && found.examples.at(-1)?.number !== violation.number) {
      found.examples.push(violation)
    }
    this.classes.set(key, found)
  }

  entry(polled: Polling.Every, entry: Ledger.Entry, { excused, facts, sums, violations }: Checked): void {
    this.entries++
    if (facts.hidden) this.hidden++
    if (excused) {
      this.excused++
      this.count("what is taken for granted is named")
    }
    this.count("the books close", entry._tag === "Pools" ? 2 : 1)
    this.count("usage lies within its bounds", entry._tag === "Pools" ? 2 : 1)
    for (const violation of violations) this.add(violation)
    if (entry._tag === "NotAsked") return
    const key = `${polled} ${entry._tag}`
    const exactness = this.exactness.get(key) ?? new Exactness()
    exactness.add(
      entry._tag === "Pools"
        ? Sums.add(sums.Monthly ?? Sums.none, sums.Stable ?? Sums.none)
        : (sums.PayAsYouGo ?? Sums.none),
    )
    this.exactness.set(key, exactness)
  }

  guess(polled: Guessed, guess: Guess): void {
    const known = this.guesses.get(polled)
    if (known === undefined) this.guesses.set(polled, [guess])
    else known.push(guess)
  }

  /** The share of intervals whose bounds meet. */
  exactShare(polled: Polling.Every, tag: "Pools" | "Due"): number {
    const { entries, exact } = this.exactness.get(`${polled} ${tag}`) ?? new Exactness()
    return exact / entries
  }

  /** How good the estimates were of accounts that were polled so often. */
  bias(polled: Guessed): Bias {
    const guesses = (this.guesses.get(polled) ?? []).filter(({ truth }) => truth > 0)
    return {
      accounts: guesses.length,
      mean: meanOf(guesses.map(({ expected, truth }) => (expected - truth) / truth)),
      pooled: ratioOf(guesses.map(({ expected, truth }) => [expected - truth, truth])),
      hidden: ratioOf(guesses.map(({ hiddenExpected, hiddenTruth }) => [hiddenExpected - hiddenTruth, hiddenTruth])),
    }
  }

  /** The report as lines. */
  lines(): ReadonlyArray<string> {
    const polled = every.filter((key) => this.exactness.has(`${key} Pools`))
    const heading = "entries     exact   bounded      open    width $"
    const table = (tag: string) =>
      polled.map((key) => `  ${key.padEnd(12)}${(this.exactness.get(`${key} ${tag}`) ?? new Exactness()).row()}`)
    return [
      `accounts  ${this.accounts}, looks ${this.looks}, entries ${this.entries}`,
      ...Array.from(
        this.checks,
        ([law, count]) => `law       ${law}: ${count} checked, ${this.violations(law)} violated`,
      ),
      `hidden    ${this.hidden} entries with a grant or payment that no look shows; in ${this.excused} usage is outside its bounds for that, which is no violation`,
      `\nCredits         ${heading}`,
      ...table("Pools"),
      `\nAmount due      ${heading}`,
      ...table("Due"),
      ...this.detected.lines(),
      ...this.detectedWhereInvoicesAreFew.lines(),
      "\nError of the estimate as a share of true usage with its 95 % interval, where the amount due was asked for and\nnothing was taken for granted that is not so",
      ...[...polled, "steady" as const].map((key) => {
        const { accounts, hidden, mean, pooled } = this.bias(key)
        return `  ${key.padEnd(12)}${String(accounts).padStart(6)} accounts, mean ${percent(mean)}, pooled ${percent(pooled)}, of what is hidden ${percent(hidden)}`
      }),
    ]
  }

  violations(law: Law): number {
    let count = 0
    for (const found of this.classes.values()) if (found.law === law) count += found.count
    return count
  }
}
