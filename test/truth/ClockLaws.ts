/**
 * What must hold where servers and clocks disagree: answers of a replica that lags change nothing, and two pollers whose clocks differ find usage
 * that holds the truth.
 */
import * as DateTime from "effect/DateTime"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as SnapshotOrder from "../../src/domain/history/SnapshotOrder.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { Random } from "../fuzz/Random.js"
import type { Scenario } from "./Scenario.js"
import * as Show from "./Show.js"
import * as Sums from "./Sums.js"
import type { TrueAccount } from "./TrueAccount.js"
import type { Violation } from "./Violation.js"

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const standing = (snapshots: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<SnapshotOrder.Standing> => {
  let recent = SnapshotOrder.start
  return snapshots.map((each) => {
    const [next, found] = SnapshotOrder.step(recent, each)
    recent = next
    return found
  })
}

/** The history with answers of a replica among them, each at most an hour behind and older by the server's time. */
const withReplica = (looks: ReadonlyArray<Snapshot.Snapshot>, random: Random): ReadonlyArray<Snapshot.Snapshot> =>
  looks.flatMap((look, index) => {
    const older = looks[index - random.between(1, 5)]
    const next = looks[index + 1]?.observedAt.epochMillis ?? Number.POSITIVE_INFINITY
    const at = look.observedAt.epochMillis + random.between(1, 59) * MINUTE
    const isOlder = older !== undefined && DateTime.lessThan(older.balance.updatedAt, look.balance.updatedAt)
    return isOlder && at < next && random.chance(0.3)
      ? [look, Snapshot.make(look.account, Timestamp.fromMillis(at), older.balance)]
      : [look]
  })

const lines = (entries: Iterable<Ledger.Entry>): string => Array.from(entries, Show.whole).join("\n")

/** Answers of a replica that lags leave the ledger as it is. */
export const replica = (
  scenario: Scenario,
  looks: ReadonlyArray<Snapshot.Snapshot>,
  entries: ReadonlyArray<Ledger.Entry>,
): { readonly checked: number; readonly violations: ReadonlyArray<Violation> } => {
  const all = withReplica(looks, new Random(scenario.polling.seed, 3))
  const isSame = all.length === looks.length || lines(Ledger.fromHistory(all)) === lines(entries)
  return {
    checked: all.length - looks.length,
    violations: isSame
      ? []
      : [{ law: "outdated answers change nothing", sort: scenario.polling.every, number: scenario.number, detail: "" }],
  }
}

/** Every other look is of a poller whose clock is ahead. The usage of the whole history holds what was used between the answers that count. */
export const skew = (
  scenario: Scenario,
  account: TrueAccount,
  looks: ReadonlyArray<Snapshot.Snapshot>,
): ReadonlyArray<Violation> => {
  const ahead = new Random(scenario.polling.seed, 4).between(1, 55) * MINUTE
  const dated = looks
    .map((look, index) => ({
      at: look.observedAt.epochMillis,
      look:
        index % 2 === 0
          ? look
          : Snapshot.make(look.account, DateTime.add(look.observedAt, { millis: ahead }), look.balance),
    }))
    .sort((a, b) => Snapshot.Order(a.look, b.look))
  const history = dated.map(({ look }) => look)
  const found = standing(history)
  const current = dated.filter((_, index) => found[index] === "Current")
  const [first, last] = [current[0], current.at(-1)]
  if (first === undefined || last === undefined) return []
  const lag = (scenario.options.lagSeconds ?? 0) * 1000
  const truth = account.usageBetween(first.at - lag, last.at - lag).totalCents
  const { Monthly, PayAsYouGo, Stable } = Sums.of([...Ledger.fromHistory(history)].flatMap((entry) => entry.events))
  const bounds = [Monthly, Stable, PayAsYouGo].reduce<Sums.Bounds>(
    (sum, each) => Sums.add(sum, each ?? Sums.none),
    Sums.none,
  )
  if (Sums.contains(bounds, Sums.ofCents(truth))) return []
  return [
    {
      law: "pollers whose clocks differ find usage that holds the truth",
      sort: `${scenario.polling.every}, ${ahead / HOUR < 0.5 ? "less" : "more"} than half an hour ahead`,
      number: scenario.number,
      detail: `    ${truth} cents of ${bounds.lower} to ${bounds.upper}`,
    },
  ]
}
