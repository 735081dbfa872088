/** Which subjects are polled, for whom, and when each is due. It has no clock and no fibers of its own. */
import * as Data from "effect/Data"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import type { Order } from "effect/Order"
import type * as Redacted from "effect/Redacted"
import * as RedBlackTree from "effect/RedBlackTree"
import * as Subject from "../../domain/balance/Subject.js"
import type * as Pacing from "../../domain/polling/Pacing.js"
import * as Poll from "../../domain/polling/Poll.js"
import type * as OverdraftPolicy from "../../domain/runway/OverdraftPolicy.js"

/** What one watcher asks for. */
export interface Watch {
  readonly subject: Subject.Subject
  readonly credential: Redacted.Redacted | undefined
  /** Milliseconds between polls; `undefined`: the poller's. */
  readonly every: number | undefined
  readonly overdraft: OverdraftPolicy.OverdraftPolicy | undefined
}

/** When an entry is due, in milliseconds of any one clock, and which of those that are due at once goes first: the one that was put in first. */
interface Due {
  readonly at: number
  readonly turn: number
}

const byDue: Order<Due> = (a, b) => (a.at < b.at || (a.at === b.at && a.turn < b.turn) ? -1 : a.turn === b.turn ? 0 : 1)

/** A subject with a credential: waiting until it is due, or being polled. The queue and the poller alone write to it. */
export interface Entry {
  readonly subject: Subject.Subject
  readonly credential: Redacted.Redacted | undefined
  readonly watches: Set<Watch>
  state: Poll.State
  /** `undefined` while it is being polled. */
  due: Due | undefined
}

/** Numbers of a queue. */
export interface Count {
  readonly watched: number
  readonly overdue: number
  /** How long the one that is overdue longest is, in milliseconds; 0 where none is. */
  readonly longestOverdue: number
}

type Key = readonly [subject: string, credential: Redacted.Redacted | undefined]

// A tuple that is compared by value, the credential too: its text is never part of a text.
const keyOf = ({ credential, subject }: Pick<Watch, "credential" | "subject">): Key =>
  Data.tuple(Subject.format(subject), credential)

/** The queue. However many watch it, an entry is in it once, and either waits or is being polled. */
export class PollQueue {
  private readonly entries = MutableHashMap.empty<Key, Entry>()
  private waiting = RedBlackTree.empty<Due, Entry>(byDue)
  private turns = 0
  private watched = 0
  private readonly limits: Pacing.Limits

  /** `limits`: how far apart polls are; `every` where a watcher asks for nothing else. */
  constructor(limits: Pacing.Limits) {
    this.limits = limits
  }

  /**
   * Adds a watcher; what comes back removes it. Whoever is watched first, when nobody else is, is due at once. Others are due within the time between
   * their polls: `draw`, 0 to 1, says when. A watcher who wants polls nearer than those before draws the next one nearer, unless they fail.
   */
  add(watch: Watch, now: number, draw: number): () => void {
    const known = Option.getOrUndefined(MutableHashMap.get(this.entries, keyOf(watch)))
    const entry = known ?? this.enter(watch)
    // A watch of its own, though another may ask for the same.
    const own = { ...watch }
    if (entry.watches.size === 0) this.watched++
    entry.watches.add(own)
    this.adjust(entry)
    const { every } = entry.state.limits
    if (known === undefined) this.put(entry, this.watched === 1 ? now : now + Math.floor(draw * every))
    else if (entry.due !== undefined && entry.state.failures === 0 && entry.due.at > now + every)
      this.put(entry, now + every)
    return () => {
      if (!entry.watches.delete(own)) return
      if (entry.watches.size > 0) return this.adjust(entry)
      this.watched--
      // One that is being polled is let go when that is over, so that it is not polled twice if somebody comes back meanwhile.
      if (entry.due !== undefined) this.leave(entry)
    }
  }

  /** Takes out the entry that is due longest, to be polled; it waits again once it is settled. `undefined`: none is due. */
  takeDue(now: number): Entry | undefined {
    const first = this.first
    if (first?.due === undefined || first.due.at > now) return undefined
    this.waiting = RedBlackTree.removeFirst(this.waiting, first.due)
    first.due = undefined
    return first
  }

  /** Puts back an entry that was polled. False where nobody watches it any more: then it is let go. */
  settle(entry: Entry, state: Poll.State, dueAt: number): boolean {
    if (entry.watches.size === 0) {
      this.leave(entry)
      return false
    }
    // Watchers may have come or gone meanwhile.
    entry.state = { ...state, limits: entry.state.limits }
    this.put(entry, dueAt)
    return true
  }

  /** When the next one is due; `Infinity` where none waits. */
  get nextDue(): number {
    return this.first?.due?.at ?? Number.POSITIVE_INFINITY
  }

  /** How many are watched, and how many of those that wait are overdue. */
  count(now: number): Count {
    let overdue = 0
    for (const [{ at }] of this.waiting) {
      if (at > now) break
      overdue++
    }
    return { watched: this.watched, overdue, longestOverdue: Math.max(0, now - this.nextDue) }
  }

  /** How many entries wait. */
  get size(): number {
    return RedBlackTree.size(this.waiting)
  }

  /** What happens once the credits of an entry are gone, as the newest of its watchers that knows has it. */
  static overdraftOf({ watches }: Entry): OverdraftPolicy.OverdraftPolicy | undefined {
    return [...watches].findLast(({ overdraft }) => overdraft !== undefined)?.overdraft
  }

  private get first(): Entry | undefined {
    return Option.getOrUndefined(RedBlackTree.first(this.waiting))?.[1]
  }

  /**
   * Sets how far apart the polls of an entry are: as near as the watcher wants it who wants it nearest, but no nearer than the queue allows. Who
   * wants it farther than the queue's `latest` gets that too.
   */
  private adjust(entry: Entry): void {
    const { latest, soonest } = this.limits
    const wanted = Array.from(entry.watches, ({ every }) => every ?? this.limits.every)
    const every = Math.max(
      soonest,
      wanted.reduce((a, b) => Math.min(a, b)),
    )
    entry.state = { ...entry.state, limits: { soonest, every, latest: Math.max(every, latest) } }
  }

  private put(entry: Entry, at: number): void {
    this.remove(entry)
    entry.due = { at, turn: this.turns++ }
    this.waiting = RedBlackTree.insert(this.waiting, entry.due, entry)
  }

  private remove({ due }: Entry): void {
    if (due !== undefined) this.waiting = RedBlackTree.removeFirst(this.waiting, due)
  }

  private enter({ credential, subject }: Watch): Entry {
    const entry: Entry = { subject, credential, watches: new Set(), state: Poll.start(this.limits), due: undefined }
    MutableHashMap.set(this.entries, keyOf(entry), entry)
    return entry
  }

  private leave(entry: Entry): void {
    this.remove(entry)
    MutableHashMap.remove(this.entries, keyOf(entry))
  }
}
