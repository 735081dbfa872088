/** Puts looks in their places among those that are kept: the runs of their hours are made again, and their days wait to be explained. */
import type * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Canonical from "../Canonical.js"
import * as Checksum from "./Checksum.js"
import type { Tables } from "./Cursors.js"
import * as Day from "./Day.js"
import type { Known } from "./Explainer.js"
import * as Look from "./Look.js"
import type { LookTable } from "./LookTable.js"
import * as Period from "./Period.js"
import * as Runs from "./Runs.js"
import * as Tally from "./Tally.js"

/** A look, and the snapshot that it was made of. */
export interface Late {
  readonly look: Look.Look
  readonly snapshot: Snapshot.Snapshot
}

type Parts = Pick<Tables, "days" | "looks" | "terms">

/** The looks that are kept of the hour of a time. */
const keptOf = (looks: LookTable, id: number, hour: number): ReadonlyArray<Look.Look> =>
  looks.between(id, Period.hourStart(hour), Period.hourStart(hour + 1)).flatMap((row) => looks.looksOf(row))

/** Whether a look is kept, to the last digit. */
export const isKept = ({ looks }: Parts, { id }: Known, look: Look.Look): boolean =>
  keptOf(looks, id, Period.hourOf(look.observedAt)).some((kept) => Look.same(kept, look))

/** Looks by their times, then by the bytes of their snapshots. */
const ordered = (
  looks: LookTable,
  account: Account.Account,
  kept: ReadonlyArray<Look.Look>,
  added: ReadonlyArray<Late>,
): ReadonlyArray<Look.Look> => {
  const snapshotOf = (look: Look.Look): Snapshot.Snapshot =>
    added.find((each) => each.look === look)?.snapshot ?? looks.snapshotOf(account, look)
  return [...kept, ...added.map(({ look }) => look)].sort(
    (a, b) => a.observedAt - b.observedAt || a.updatedAt - b.updatedAt || Canonical.Order(snapshotOf(a), snapshotOf(b)),
  )
}

const insertIntoHour = <L extends Late>(
  { days, looks, terms }: Parts,
  { account, id }: Known,
  hour: number,
  given: ReadonlyArray<L>,
): ReadonlyArray<L> => {
  const kept = keptOf(looks, id, hour)
  const added: Array<L> = []
  for (const each of given) {
    const isThere = (look: Look.Look) => Look.same(look, each.look)
    if (!kept.some(isThere) && !added.some(({ look }) => isThere(look))) added.push(each)
  }
  const [first] = added
  if (first === undefined) return added
  looks.remove(id, Period.hourStart(hour), Period.hourStart(hour + 1))
  for (const run of Runs.of(ordered(looks, account, kept, added))) looks.insert(id, run, Tally.empty, false)
  const number = Period.dayOf(Period.hourStart(hour + 1))
  const row = days.one(id, number)
  const day = row === undefined ? Day.beginning(number, first.look.observedAt) : Day.fromRow(row)
  day.pending = Math.max(day.pending, Day.Pending.explain)
  for (const { look } of added) Day.count(day, look, Checksum.of(look, terms.of(look.content.termsId).hash))
  if (row === undefined) days.insert(id, day)
  else days.update(id, day)
  return added
}

/** Puts looks in their places, hour by hour: those that were not there yet. To be called within a transaction that writes. */
export const insert = <L extends Late>(tables: Parts, known: Known, given: ReadonlyArray<L>): ReadonlySet<L> => {
  const hours = new Map<number, Array<L>>()
  for (const each of given) {
    const hour = Period.hourOf(each.look.observedAt)
    const those = hours.get(hour)
    if (those === undefined) hours.set(hour, [each])
    else those.push(each)
  }
  const added = new Set<L>()
  for (const [hour, those] of hours) for (const each of insertIntoHour(tables, known, hour, those)) added.add(each)
  return added
}
