/**
 * The statement that the API does not give: every difference between neighbouring snapshots, explained by events.
 *
 * The pools of credits are explained between neighbours; pay as you go between neighbouring looks that know the amount due, across those
 * that did not ask for it. The books close by construction: opening + events = closing, to the last digit.
 *
 * What is exact here rests on two rules of the API (usage is drawn in its order; a refresh sets the monthly credits to the plan's allowance)
 * and on assumptions, above all that grants and payments happen only where the looks show one. A payment that hides in a larger rise of the
 * amount due, or a grant in a larger fall of stable credits, cannot be seen; each event whose amount takes that for granted names it in `assumes`.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import type * as Window from "../time/Window.js"
import * as Account from "./Account.js"
import * as Amount from "./Amount.js"
import * as Assumption from "./Assumption.js"
import * as DueExplanation from "./DueExplanation.js"
import * as LedgerEvent from "./LedgerEvent.js"
import * as PlanChange from "./PlanChange.js"
import * as PoolExplanation from "./PoolExplanation.js"
import type * as RefreshEvidence from "./RefreshEvidence.js"
import * as Renewals from "./Renewals.js"
import * as Reversal from "./Reversal.js"
import * as SeenRenewals from "./SeenRenewals.js"
import * as Snapshot from "./Snapshot.js"
import * as SnapshotOrder from "./SnapshotOrder.js"
import * as Undoing from "./Undoing.js"

/**
 * The version of the explanations: raised whenever any history is explained differently than before, so that sums which were worked out by
 * another version can be told from those of this one.
 */
export const VERSION = 2

const Levels = Schema.Struct({ opening: Usd.FromText, closing: Usd.FromText })

const span = {
  from: Timestamp.FromText,
  to: Timestamp.FromText,
  events: Schema.Array(LedgerEvent.LedgerEvent),
  /** What the usage of the span takes for granted, be it that there was none. */
  assumes: Schema.Array(Assumption.Assumption),
}

/** Both pools of credits between two neighbouring looks. `exhausted`: nothing was left at either look. */
export const Pools = Schema.TaggedStruct("Pools", {
  ...span,
  monthly: Levels,
  stable: Levels,
  exhausted: Schema.Boolean,
})

/** The amount due between two neighbouring looks that know it. */
export const Due = Schema.TaggedStruct("Due", { ...span, due: Levels })

/** A span at either end of the history in which the amount due was never asked for although both pools can have been empty. */
export const NotAsked = Schema.TaggedStruct("NotAsked", span)

/** `Pools | Due | NotAsked`: what happened in `(from, to]`. */
export const Entry = Schema.Union(Pools, Due, NotAsked).annotations({ identifier: "LedgerEntry" })
/** What happened in `(from, to]`. */
export type Entry = typeof Entry.Type

/** Entries in the order of their ends. Each iteration explains the history anew, so that memory does not grow with its length. */
export interface Ledger extends Iterable<Entry> {}

/** The last snapshot that counts, and what must be known of earlier ones. */
export interface State {
  readonly previous: Option.Option<Snapshot.Snapshot>
  /** The snapshots that tell whether the next one is outdated. */
  readonly recent: SnapshotOrder.Recent
  /** The last known amount due with its time; before the first known one, the time of the first look alone. */
  readonly due: {
    readonly since: Timestamp.Timestamp
    readonly usd: Option.Option<Usd.Usd>
    /** The plans since. */
    readonly plans: Renewals.Plans
    /** What the usage of credits since takes for granted. */
    readonly assumes: ReadonlyArray<Assumption.Assumption>
  }
  /** The time since in which both pools can have been empty, and so the only time that unknown pay as you go can lie in. */
  readonly empty: Option.Option<Window.Window>
  /** The most monthly credits that were seen, where that is to stand for an allowance that no plan tells. */
  readonly highestSeen: Option.Option<Usd.Usd>
  readonly renewals: SeenRenewals.SeenRenewals
  /** The last refresh that was due, where it is not applied yet or none is announced. */
  readonly lastDue: Option.Option<RefreshEvidence.LastDue>
  /** Falls of the monthly credits that a rise may undo. */
  readonly undoing: Undoing.Undoing
  /** Moves of the other books that a move back may undo. */
  readonly reversals: {
    readonly stable: Reversal.Reversal
    readonly due: DueExplanation.DueReversal
  }
}

/** How a ledger is made. */
export interface Options {
  /** What to take for granted beyond what events name by themselves. Default: nothing. */
  readonly assume?: ReadonlyArray<"AllowanceIsHighestSeen"> | undefined
}

const NO_REVERSALS: State["reversals"] = { stable: Reversal.none, due: DueExplanation.noReversal }

/** Before the first look. */
export const starting = ({ assume = [] }: Options = {}): State => ({
  previous: Option.none(),
  recent: SnapshotOrder.start,
  due: { since: Timestamp.fromMillis(0), usd: Option.none(), plans: [], assumes: Assumption.none },
  empty: Option.none(),
  highestSeen: assume.includes("AllowanceIsHighestSeen") ? Option.some(Usd.zero) : Option.none(),
  lastDue: Option.none(),
  undoing: Undoing.none,
  reversals: NO_REVERSALS,
  renewals: SeenRenewals.none,
})

/** Before the first look, with no assumption chosen. */
export const start: State = starting()

const highestWith = (state: State, snapshot: Snapshot.Snapshot): Option.Option<Usd.Usd> =>
  Option.map(state.highestSeen, (usd) => Usd.max(usd, Snapshot.monthly(snapshot)))

const knownDue = (snapshot: Snapshot.Snapshot): Option.Option<Usd.Usd> =>
  snapshot.balance.due._tag === "Due" ? Option.some(snapshot.balance.due.usd) : Option.none()

const isEmpty = (snapshot: Snapshot.Snapshot): boolean =>
  !Usd.isPositive(Snapshot.monthly(snapshot)) && !Usd.isPositive(Snapshot.stable(snapshot))

const begin = (state: State, recent: SnapshotOrder.Recent, snapshot: Snapshot.Snapshot): State => ({
  previous: Option.some(snapshot),
  recent,
  due: {
    since: snapshot.observedAt,
    usd: knownDue(snapshot),
    plans: [snapshot.balance.subscription],
    assumes: Assumption.none,
  },
  empty: Option.none(),
  highestSeen: highestWith(state, snapshot),
  lastDue: Option.none(),
  undoing: Undoing.none,
  reversals: NO_REVERSALS,
  renewals: SeenRenewals.none,
})

const PAYMENTS: ReadonlyArray<Assumption.Assumption> = ["PaymentsShow"]

const notAsked = (between: Window.Window): Entry => ({
  _tag: "NotAsked",
  ...between,
  events: DueExplanation.notAsked(between),
  assumes: Assumption.none,
})

/** The time in which both pools can have been empty, with that between two more snapshots. */
export const withEmpty = (
  empty: Option.Option<Window.Window>,
  from: Timestamp.Timestamp,
  to: Timestamp.Timestamp,
): Window.Window => ({ from: Option.match(empty, { onNone: () => from, onSome: (window) => window.from }), to })

/** What is known of the amount due after a look, and the entry that it closes. */
type DueStep = Pick<State, "due" | "empty" | "renewals"> & {
  readonly reversal: DueExplanation.DueReversal
  readonly entry: Entry | undefined
}

const stepDue = (
  state: State,
  b: Snapshot.Snapshot,
  empty: Option.Option<Window.Window>,
  renewals: SeenRenewals.SeenRenewals,
  plans: Renewals.Plans,
  ofPools: ReadonlyArray<Assumption.Assumption>,
): DueStep => {
  const usd = knownDue(b)
  const [from, to] = [state.due.since, b.observedAt]
  const before = state.reversals.due
  if (Option.isNone(usd)) {
    const due = { since: from, usd: state.due.usd, plans, assumes: ofPools }
    return { due, empty, renewals, reversal: before, entry: undefined }
  }
  const now = plans.length === 1 ? plans : [b.balance.subscription]
  const due = { since: to, usd, plans: now, assumes: Assumption.none }
  if (Option.isNone(state.due.usd)) {
    const entry = Option.getOrUndefined(Option.map(empty, notAsked))
    return { due, empty: Option.none(), renewals, reversal: before, entry }
  }
  const levels = { opening: state.due.usd.value, closing: usd.value }
  const known = { seen: renewals, reversal: before }
  const { events, reversal, seen } = DueExplanation.explain(plans, levels, { from, to }, empty, known)
  // Where both pools never were empty at once, as far as is known, that there was no pay as you go rests on what their usage does.
  const rest = Option.isSome(empty) ? (events.length === 0 ? PAYMENTS : Assumption.none) : ofPools
  const assumes = events.length === 0 ? rest : Assumption.ofUsage(events, rest)
  const entry: Entry = { _tag: "Due", from, to, due: levels, events, assumes }
  return { due, empty: Option.none(), renewals: seen, reversal, entry }
}

/**
 * One step of the fold: the state after another snapshot, and the entries that it closes. An outdated or misdated snapshot closes none.
 *
 * @throws RangeError when the snapshot is of another account than the last one, or older than it.
 */
export const step = (state: State, b: Snapshot.Snapshot): readonly [State, ReadonlyArray<Entry>] => {
  const before = Option.getOrUndefined(state.previous)
  if (before !== undefined && before.account !== b.account && !Account.equals(before.account, b.account)) {
    throw new RangeError("a ledger explains one account: fold the snapshots of each account by themselves")
  }
  if (before !== undefined && DateTime.lessThan(b.observedAt, before.observedAt)) {
    throw new RangeError("a ledger reads forward: give the snapshots in the order of their observation")
  }
  const [recent, standing] = SnapshotOrder.step(state.recent, b)
  if (standing !== "Current") return [recent === state.recent ? state : { ...state, recent }, []]
  return before === undefined ? [begin(state, recent, b), []] : explain(state, recent, before, b)
}

/** Explains what happened between the last snapshot that counts and the next one. */
const explain = (
  state: State,
  recent: SnapshotOrder.Recent,
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
): readonly [State, ReadonlyArray<Entry>] => {
  const highestSeen = highestWith(state, b)
  const planChanged = PlanChange.isBetween(a, b)
  const renewals = planChanged ? SeenRenewals.none : state.renewals
  const plans = Renewals.withPlan(state.due.plans, b.balance.subscription)
  const known = {
    assumedAllowance: highestSeen,
    lastDue: state.lastDue,
    undoing: state.undoing,
    stable: state.reversals.stable,
    renewals,
    planChanged,
    plans,
  }
  const pools = PoolExplanation.explain(a, b, known)
  const entry: Entry = {
    _tag: "Pools",
    from: a.observedAt,
    to: b.observedAt,
    monthly: { opening: Snapshot.monthly(a), closing: Snapshot.monthly(b) },
    stable: { opening: Snapshot.stable(a), closing: Snapshot.stable(b) },
    exhausted: isEmpty(a) && isEmpty(b),
    events: pools.events,
    assumes: pools.assumes,
  }
  const due = stepDue(
    state,
    b,
    pools.payAsYouGoPossible ? Option.some(withEmpty(state.empty, a.observedAt, b.observedAt)) : state.empty,
    renewals,
    plans,
    Assumption.union(state.due.assumes, pools.assumes),
  )
  return [
    {
      previous: Option.some(b),
      recent,
      due: due.due,
      empty: due.empty,
      highestSeen,
      renewals: due.renewals,
      lastDue: pools.lastDue,
      undoing: pools.undoing,
      reversals: { stable: pools.stable, due: due.reversal },
    },
    due.entry === undefined ? [entry] : [entry, due.entry],
  ]
}

/** What remains open after the last look: pay as you go since the last known amount due. */
export const finish = (state: State): ReadonlyArray<Entry> => Option.toArray(Option.map(state.empty, notAsked))

/**
 * What happened between two looks of one account, the earlier one first.
 *
 * @throws RangeError as {@link step}.
 */
export const between = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, options?: Options): ReadonlyArray<Entry> => [
  ...fromHistory([a, b], options),
]

/**
 * The ledger of a history: snapshots of one account in the order of `Snapshot.Order`.
 *
 * @throws RangeError while iterated, as {@link step}.
 */
export const fromHistory = (snapshots: Iterable<Snapshot.Snapshot>, options?: Options): Ledger => ({
  *[Symbol.iterator]() {
    let state = starting(options)
    for (const snapshot of snapshots) {
      const [next, entries] = step(state, snapshot)
      yield* entries
      state = next
    }
    yield* finish(state)
  },
})

/** What the events of an entry leave unexplained, book by book: 0 everywhere, or the books do not close. */
export const residuals = (
  entry: Entry,
): ReadonlyArray<{ readonly book: LedgerEvent.Book; readonly usd: Option.Option<Usd.Usd> }> => {
  const residual = (book: LedgerEvent.Book, levels: typeof Levels.Type) => ({
    book,
    usd: Option.map(LedgerEvent.effectOn(book, entry.events), (effect) =>
      Usd.subtract(Usd.subtract(levels.closing, levels.opening), effect),
    ),
  })
  switch (entry._tag) {
    case "Pools":
      return [residual("Monthly", entry.monthly), residual("Stable", entry.stable)]
    case "Due":
      return [residual("Due", entry.due)]
    case "NotAsked":
      return []
  }
}

/** What the amounts of events take for granted, each once. */
export const assumptions = (events: Iterable<LedgerEvent.LedgerEvent>): ReadonlyArray<Assumption.Assumption> => {
  const taken = new Set<Assumption.Assumption>()
  for (const event of events) for (const assumption of event.assumes) taken.add(assumption)
  return [...taken]
}

/** Sum of the usage in events, from every pool. */
export const usage = (events: Iterable<LedgerEvent.LedgerEvent>): Amount.Amount => {
  let total = Amount.zero
  for (const event of events) if (event._tag === "Usage") total = Amount.add(total, event.amount)
  return total
}
