/** Runs of the laws over the accounts of a seed. */
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as ClockLaws from "./ClockLaws.js"
import * as Detection from "./Detection.js"
import * as EntryLaws from "./EntryLaws.js"
import * as Facts from "./Facts.js"
import * as OrderLaws from "./OrderLaws.js"
import * as Polling from "./Polling.js"
import * as ReportLaws from "./ReportLaws.js"
import * as RowLaws from "./RowLaws.js"
import * as Scenario from "./Scenario.js"
import * as SeriesLaws from "./SeriesLaws.js"
import { Tally } from "./Tally.js"
import * as TrueAccount from "./TrueAccount.js"

/** Longer histories are not shuffled. */
export const MOST_SHUFFLED = 1000

/** One report is made of every so many accounts: it takes as long as the rest of the laws. */
const ACCOUNTS_A_REPORT = 3

/** The simulator's collection threshold where none is given, in cents. */
const FEW_INVOICES = 5000

/** How a run goes. */
export interface Options {
  readonly seed: number
  readonly accounts: number
  readonly limits?: Scenario.Limits
  readonly first?: number
  /** Told after each account how many there were. */
  readonly progress?: (accounts: number) => void
}

/** Checks one account; what is seen of each entry goes to `each`. */
export const account = (
  scenario: Scenario.Scenario,
  tally: Tally,
  each: (entry: Ledger.Entry, checked: EntryLaws.Checked) => void = () => {},
): void => {
  const truth = TrueAccount.make(scenario)
  const { every } = scenario.polling
  const looks = Polling.looks(scenario.polling, truth, scenario.options.from)
  const entries: Array<Ledger.Entry> = []
  let unhidden = true
  let payAsYouGo = 0
  let notAsked = false
  let hiddenUntil = Number.NEGATIVE_INFINITY
  for (const entry of Ledger.fromHistory(looks)) {
    entries.push(entry)
    const checked = EntryLaws.check(scenario, truth, entry, hiddenUntil)
    if (entry._tag === "Pools" && checked.facts.hidden) hiddenUntil = entry.to.epochMillis
    tally.entry(every, entry, checked)
    each(entry, checked)
    if (checked.facts.hidden || checked.violations.length > 0) unhidden = false
    if (entry._tag === "NotAsked") notAsked = true
    if (entry._tag !== "Pools") payAsYouGo += checked.facts.payAsYouGo
  }
  tally.accounts++
  tally.looks += looks.length
  const [first, last] = [looks[0], looks.at(-1)]
  const lag = (scenario.options.lagSeconds ?? 0) * 1000
  if (first !== undefined && last !== undefined && unhidden) {
    const whole = truth.usageBetween(first.observedAt.epochMillis - lag, last.observedAt.epochMillis - lag)
    tally.checked("pay as you go is in some entry", 1)
    if (whole.payAsYouGoCents !== payAsYouGo) {
      tally.add({
        law: "pay as you go is in some entry",
        sort: `due ${scenario.polling.due}`,
        number: scenario.number,
        detail: `    ${payAsYouGo} of ${whole.payAsYouGoCents} cents`,
      })
    }
  }
  if (every === "hour") {
    const trials = Detection.of(scenario, truth, entries)
    tally.detected.add(trials)
    if ((scenario.options.collectionThresholdCents ?? 0) >= FEW_INVOICES) tally.detectedWhereInvoicesAreFew.add(trials)
  }
  const series = SeriesLaws.check(scenario, truth, entries, unhidden)
  tally.checked("expected lies within its bounds", entries.length)
  tally.checked("the days add up to the whole", 1)
  for (const violation of series.violations) tally.add(violation)
  if (series.guess !== undefined && unhidden && !notAsked)
    tally.guess(Polling.isSteady(scenario.number) ? "steady" : every, series.guess)
  if (looks.length <= MOST_SHUFFLED) {
    tally.checked("order and repeats do not matter", 1)
    for (const violation of OrderLaws.check(scenario, looks, entries)) tally.add(violation)
    const rows = RowLaws.check(scenario, truth, looks, unhidden)
    tally.checked("rows close", rows.checked)
    for (const violation of rows.violations) tally.add(violation)
    if (scenario.number % ACCOUNTS_A_REPORT === 0) {
      const report = ReportLaws.check(scenario, looks)
      tally.checked("a report agrees with itself", report.checked)
      for (const violation of report.violations) tally.add(violation)
    }
    const replica = ClockLaws.replica(scenario, looks, entries)
    tally.checked("outdated answers change nothing", replica.checked)
    for (const violation of replica.violations) tally.add(violation)
    if (unhidden && Facts.isTold(scenario)) {
      tally.checked("pollers whose clocks differ find usage that holds the truth", 1)
      for (const violation of ClockLaws.skew(scenario, truth, looks)) tally.add(violation)
    }
  }
}

/** Checks account after account. */
export const run = ({ accounts, first = 0, limits, progress = () => {}, seed }: Options): Tally => {
  const tally = new Tally()
  for (let number = first; number < first + accounts; number++) {
    try {
      account(Scenario.make(seed, number, limits), tally)
    } catch (error) {
      throw new Error(`account ${number} of seed ${seed} stops the run`, { cause: error })
    }
    progress(tally.accounts)
  }
  return tally
}
