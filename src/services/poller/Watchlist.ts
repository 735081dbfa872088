/** Who is watched, by whom, and when each is due: the poller's book, without time or fibers of its own. */
import * as Data from "effect/Data"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Subject from "../../domain/balance/Subject.js"
import type * as Pacing from "../../domain/freshness/Pacing.js"
import type * as OverdraftPolicy from "../../domain/runway/OverdraftPolicy.js"
import { type Due, DueHeap, NOWHERE } from "./DueHeap.js"

/** What one watcher wants. */
export interface Wish {
  readonly subject: Subject.Subject
  readonly credential: Redacted.Redacted | undefined
  /** Milliseconds between looks; `undefined`: the poller's. */
  readonly every: number | undefined
  readonly overdraft: OverdraftPolicy.OverdraftPolicy | undefined
}

/** A subject with a credential: waiting for its turn, or being polled. The list alone writes to it. */
export interface Entry extends Due {
  readonly subject: Subject.Subject
  readonly credential: Redacted.Redacted | undefined
  /** Of those who watch it: nobody does where there are none. */
  readonly wishes: Set<Wish>
  /** Failures in a row. */
  failures: number
}

/** What there is to tell of a list. */
export interface Count {
  readonly watched: number
  readonly overdue: number
  /** How long the one that is overdue longest is, in milliseconds; 0 where none is. */
  readonly longestOverdue: number
}

type Key = readonly [subject: string, credential: Redacted.Redacted | undefined]

// A tuple that is compared by value, the credential too: its text is never part of a text.
const keyOf = ({ credential, subject }: Pick<Wish, "credential" | "subject">): Key =>
  Data.tuple(Subject.format(subject), credential)

/** The list. However many watch it, an entry is in it once, and either waits or is being polled. */
export class Watchlist {
  private readonly entries = MutableHashMap.empty<Key, Entry>()
  private readonly waiting = new DueHeap<Entry>()
  private readonly limits: Pacing.Limits
  private watched = 0
  private newestNow = Number.NEGATIVE_INFINITY

  /** `limits`: how far apart looks are; `every` where a watcher says nothing else. */
  constructor(limits: Pacing.Limits) {
    this.limits = limits
  }

  /**
   * How far apart the looks at an entry are: as near as the watcher wants it who wants it nearest, but no nearer than the list allows. Who
   * wants it farther than the list's `latest` gets that too.
   */
  limitsOf({ wishes }: Entry): Pacing.Limits {
    const { latest, soonest } = this.limits
    let every = Number.POSITIVE_INFINITY
    for (const wish of wishes) every = Math.min(every, wish.every ?? this.limits.every)
    every = Math.max(soonest, every)
    return { soonest, every, latest: Math.max(every, latest) }
  }

  /** What happens once the credits of an entry are gone, as the newest of its watchers that knows has it. */
  overdraftOf({ wishes }: Entry): OverdraftPolicy.OverdraftPolicy | undefined {
    let overdraft: OverdraftPolicy.OverdraftPolicy | undefined
    for (const wish of wishes) overdraft = wish.overdraft ?? overdraft
    return overdraft
  }

  /**
   * Adds a watcher; what comes back takes it out again. Whoever is watched first, when nobody else is, is due at once. Others are due
   * within the time between their looks: `draw`, 0 to 1, says when. A watcher who wants looks nearer than those before draws the next one
   * nearer, unless they fail.
   */
  add(wish: Wish, now: number, draw: number): () => void {
    this.tick(now)
    const known = Option.getOrUndefined(MutableHashMap.get(this.entries, keyOf(wish)))
    const entry = known ?? this.enter(wish)
    // A watcher of its own, though it may want what another wants.
    const own = { ...wish }
    const isFirst = entry.wishes.size === 0
    entry.wishes.add(own)
    const { every } = this.limitsOf(entry)
    if (known === undefined) this.waiting.put(entry, this.watched === 0 ? now : now + Math.floor(draw * every))
    else if (entry.place !== NOWHERE && entry.failures === 0 && entry.dueAt > now + every)
      this.waiting.put(entry, now + every)
    if (isFirst) this.watched++
    return () => {
      if (!entry.wishes.delete(own) || entry.wishes.size > 0) return
      this.watched--
      // One that is being polled is let go when that is over, so that it is not polled twice if somebody comes back meanwhile.
      if (entry.place !== NOWHERE) this.leave(entry)
    }
  }

  /** Takes out the entry that is due longest, to be polled; it waits again once it is settled. `undefined`: nobody is due. */
  takeDue(now: number): Entry | undefined {
    return this.waiting.take(now)
  }

  /** Puts back an entry that was polled, to be due at `dueAt`. False where nobody watches it any more: then it is let go. */
  settle(entry: Entry, dueAt: number, now: number): boolean {
    this.tick(now)
    if (entry.wishes.size === 0) {
      this.leave(entry)
      return false
    }
    this.waiting.put(entry, dueAt)
    return true
  }

  /** When the next one is due; `Infinity` where nobody waits. */
  get nextDue(): number {
    return this.waiting.first?.dueAt ?? Number.POSITIVE_INFINITY
  }

  /** Tells the time. Where the clock was set back, whatever is due is as far away as it was when the time was told last. */
  tick(now: number): void {
    if (now < this.newestNow) this.waiting.shift(now - this.newestNow)
    this.newestNow = now
  }

  /** How many are watched, and how many of those that wait are overdue. */
  count(now: number): Count {
    return {
      watched: this.watched,
      overdue: this.waiting.countDue(now),
      longestOverdue: Math.max(0, now - this.nextDue),
    }
  }

  /** How many entries wait. */
  get size(): number {
    return this.waiting.size
  }

  private enter({ credential, subject }: Wish): Entry {
    const entry: Entry = { subject, credential, wishes: new Set(), failures: 0, dueAt: 0, turn: 0, place: NOWHERE }
    MutableHashMap.set(this.entries, keyOf(entry), entry)
    return entry
  }

  private leave(entry: Entry): void {
    this.waiting.remove(entry)
    MutableHashMap.remove(this.entries, keyOf(entry))
  }
}
