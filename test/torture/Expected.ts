/** What a history must hold after some operations, by the plain rule: a list of snapshots for each account. */
import type * as Account from "../../src/domain/history/Account.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as SnapshotOrder from "../../src/domain/history/SnapshotOrder.js"
import * as Samples from "../infra/store/Samples.js"
import type { Operation } from "./Operations.js"
import type { Snapshots } from "./Snapshots.js"
import * as Told from "./Told.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR

const dayOf = (millis: number): number => Math.floor(millis / DAY)

/** An hour of a UTC day holds its last moment and not its first one; the first hour holds both. */
const hourOf = (millis: number): number =>
  dayOf(millis) * 24 + Math.max(0, Math.ceil((millis - dayOf(millis) * DAY) / HOUR) - 1)

/** The history of an account. */
export interface History {
  readonly account: Account.Account
  /** The stored snapshots in order, as texts. */
  readonly texts: ReadonlyArray<string>
  /** The snapshots that usage comes of, in order: the stored ones and those that were pruned. */
  readonly folded: ReadonlyArray<Snapshot.Snapshot>
}

/** Histories by the name of their account. */
export type Histories = ReadonlyMap<string, History>

/** A snapshot with its text. */
interface Made {
  readonly snapshot: Snapshot.Snapshot
  readonly text: string
}

/** Snapshots with their texts, each made once. */
export class Given {
  readonly snapshots: Snapshots
  private readonly made = new Map<number, Made>()

  constructor(snapshots: Snapshots) {
    this.snapshots = snapshots
  }

  of(index: number): Made {
    const known = this.made.get(index)
    if (known !== undefined) return known
    const snapshot = this.snapshots.at(index)
    const made = { snapshot, text: Samples.text(snapshot) }
    this.made.set(index, made)
    return made
  }

  timeOf(index: number): number {
    return this.of(index).snapshot.observedAt.epochMillis
  }

  /** Indices of one account in the order of their snapshots. */
  ordered(indices: Iterable<number>): ReadonlyArray<number> {
    return [...indices].sort((a, b) => {
      const [one, two] = [this.of(a).snapshot, this.of(b).snapshot]
      return (
        one.observedAt.epochMillis - two.observedAt.epochMillis ||
        one.balance.updatedAt.epochMillis - two.balance.updatedAt.epochMillis
      )
    })
  }

  /** The histories of the snapshots of some indices. */
  histories(indices: Iterable<number>): Histories {
    return new Expected(this, [{ _tag: "Append", step: [...indices] }]).histories()
  }
}

/** The rows of an account. */
interface Rows {
  readonly stored: Set<number>
  readonly folded: Set<number>
  /** The UTC day before which snapshots are refused. */
  sealedBefore: number
}

/** What a history must hold. */
export class Expected {
  private readonly given: Given
  private readonly rows = new Map<number, Rows>()

  constructor(given: Given, operations: Iterable<Operation> = []) {
    this.given = given
    for (const operation of operations) this.apply(operation)
  }

  /** Applies an operation. Returns how many snapshots it refuses, or 1 where it is refused as a whole. */
  apply(operation: Operation): number {
    switch (operation._tag) {
      case "Append":
        return operation.step.filter((index) => !this.append(index)).length
      case "Fill":
        return 0
      case "Prune":
        for (const day of this.prunable(operation)) this.pruneDay(operation, day)
        return 0
      case "Forget":
        return this.forget(operation) ? 0 : 1
    }
  }

  /** The states that an operation leaves wherever it is stopped: from none of it to all of it. */
  stages(operation: Operation): ReadonlyArray<Expected> {
    const stages: Array<Expected> = [this.copy()]
    if (operation._tag === "Prune") {
      const current = this.copy()
      for (const day of current.prunable(operation)) {
        current.pruneDay(operation, day)
        stages.push(current.copy())
      }
    } else if (operation._tag !== "Fill") {
      const after = this.copy()
      after.apply(operation)
      stages.push(after)
    }
    return stages
  }

  /** The number of stored snapshots. */
  count(): number {
    return [...this.rows.values()].reduce((sum, { stored }) => sum + stored.size, 0)
  }

  histories(): Histories {
    const histories = new Map<string, History>()
    for (const { folded, stored } of this.rows.values()) {
      const [first] = stored
      if (first === undefined) continue
      const account = this.given.snapshots.accountOf(first)
      const all = this.given.ordered(folded)
      histories.set(Told.nameOf(account), {
        account,
        texts: all.flatMap((index) => (stored.has(index) ? [this.given.of(index).text] : [])),
        folded: all.map((index) => this.given.of(index).snapshot),
      })
    }
    return histories
  }

  copy(): Expected {
    const copy = new Expected(this.given)
    for (const [account, { folded, sealedBefore, stored }] of this.rows) {
      copy.rows.set(account, { stored: new Set(stored), folded: new Set(folded), sealedBefore })
    }
    return copy
  }

  private rowsOf(account: number): Rows {
    const known = this.rows.get(account)
    if (known !== undefined) return known
    const rows = { stored: new Set<number>(), folded: new Set<number>(), sealedBefore: Number.NEGATIVE_INFINITY }
    this.rows.set(account, rows)
    return rows
  }

  private accountOf(index: number): number {
    return index % this.given.snapshots.accounts
  }

  /** Whether a snapshot is stored, now or before. */
  private append(index: number): boolean {
    const { folded, sealedBefore, stored } = this.rowsOf(this.accountOf(index))
    if (stored.has(index)) return true
    if (dayOf(this.given.timeOf(index)) < sealedBefore) return false
    stored.add(index)
    folded.add(index)
    return true
  }

  /** The snapshots that pruning removes, by UTC day: those of each period before its last one that counts, or before the one that tells that it does. */
  private lost({
    account,
    before: end,
    keepLastOf,
  }: Operation & { readonly _tag: "Prune" }): Map<number, Array<number>> {
    const limit = dayOf(end) * DAY
    const periodOf = keepLastOf === "Day" ? dayOf : hourOf
    const periods = new Map<number, Array<number>>()
    for (const index of this.given.ordered(this.rowsOf(account).stored)) {
      const time = this.given.timeOf(index)
      if (time >= limit) break
      const period = periodOf(time)
      periods.set(period, [...(periods.get(period) ?? []), index])
    }
    const lost = new Map<number, Array<number>>()
    let recent = SnapshotOrder.start
    /** `updatedAt` of the last snapshot of an earlier period that is not misdated. */
    let before: number | undefined
    for (const indices of periods.values()) {
      const dated = indices.filter((index) => !SnapshotOrder.isMisdated(this.given.of(index).snapshot))
      const standings = dated.map((index) => {
        const [next, standing] = SnapshotOrder.step(recent, this.given.of(index).snapshot)
        recent = next
        return standing
      })
      const current = standings.lastIndexOf("Current")
      const updatedAt = (index: number): number => this.given.of(index).snapshot.balance.updatedAt.epochMillis
      const isOutdatedAlone = current !== -1 && before !== undefined && before > updatedAt(dated[current] as number)
      const first = dated[isOutdatedAlone ? current - 1 : current]
      for (const index of first === undefined ? [] : indices.slice(0, indices.indexOf(first))) {
        const day = dayOf(this.given.timeOf(index))
        lost.set(day, [...(lost.get(day) ?? []), index])
      }
      const last = dated.at(-1)
      if (last !== undefined) before = updatedAt(last)
    }
    return lost
  }

  private prunable(operation: Operation & { readonly _tag: "Prune" }): ReadonlyArray<number> {
    return [...this.lost(operation).keys()]
  }

  private pruneDay(operation: Operation & { readonly _tag: "Prune" }, day: number): void {
    const rows = this.rowsOf(operation.account)
    for (const index of this.lost(operation).get(day) ?? []) rows.stored.delete(index)
    rows.sealedBefore = Math.max(rows.sealedBefore, day + 1)
  }

  /** Whether a span may be forgotten. */
  private forget({ account, from, to }: Operation & { readonly _tag: "Forget" }): boolean {
    const rows = this.rowsOf(account)
    const isWithin = (index: number): boolean => this.given.timeOf(index) >= from && this.given.timeOf(index) < to
    const removed = [...rows.stored].filter(isWithin)
    if (removed.some((index) => dayOf(this.given.timeOf(index)) < rows.sealedBefore)) return false
    for (const index of removed) {
      rows.stored.delete(index)
      rows.folded.delete(index)
    }
    if (rows.stored.size === 0) this.rows.delete(account)
    return true
  }
}
