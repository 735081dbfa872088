/**
 * What a process remembers of the last answers, checked against the history: each slot carries the version of the history at which it was
 * found true, so that memory never tells what another process has replaced.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { RecentMap } from "../../infra/Memo.js"
import type * as Answers from "../../infra/store/Answers.js"
import type { StoreError } from "../../infra/store/StoreError.js"
import type { Failures } from "./Failures.js"
import type { Fetched } from "./Fetch.js"
import type { Query } from "./Query.js"
import * as Slot from "./Slot.js"

/** What is known of an answer before a call for another one goes out. */
export interface Before {
  readonly entry: Slot.Entry | undefined
  /** When the call was begun, in milliseconds since 1970. */
  readonly since: number
}

/** The entry that answers a query, fresh or not. */
const answerOf = (slot: Slot.Slot | undefined, { includeTotalDue }: Query): Slot.Entry | undefined =>
  includeTotalDue ? slot?.whole : slot?.newest

/** The slots of one process. */
export class Memory {
  private readonly slots: RecentMap<Slot.Slot>
  private readonly answers: Answers.Service
  private readonly failures: Failures

  constructor(answers: Answers.Service, failures: Failures, capacity: number) {
    this.slots = new RecentMap(capacity)
    this.answers = answers
    this.failures = failures
  }

  /** What is remembered of a key, true or not. */
  get(key: string): Slot.Slot | undefined {
    return this.slots.get(key)
  }

  /** Forgets a key. */
  forget(key: string): void {
    this.slots.delete(key)
  }

  /**
   * What is known at once: `memory` where the history is as it was, else what the `file` tells; `undefined` where neither has anything, or
   * the file cannot be read now.
   */
  atHand(query: Query): { readonly slot: Slot.Slot; readonly from: "memory" | "file" } | undefined {
    const { holder, key } = query
    const [slot, version] = [this.slots.get(key), this.answers.version()]
    if (slot?.version === version) return { slot, from: "memory" }
    const found = this.failures.isRefused(key) ? undefined : this.answers.peek(holder)
    if (found === undefined) return undefined
    const current = this.settle(key, Slot.entryOf(found, key, true), version)
    return current && { slot: current, from: "file" }
  }

  /** What the history tells. Its version is asked for first: what is written meanwhile shows in the next one. */
  verify({ holder, key }: Query): Effect.Effect<Slot.Slot | undefined, StoreError> {
    return Effect.suspend(() => {
      const version = this.answers.version()
      return Effect.map(this.answers.last(holder), (found) => this.settle(key, Slot.fromHistory(found, key), version))
    })
  }

  /** What is known as a call goes out at `since`. */
  before(query: Query, since: number): Before {
    return { entry: answerOf(this.slots.get(query.key), query), since }
  }

  /**
   * The answer that was stored since: another one than was cached before, whatever the clock says. Run often while another process asks; it
   * reads the history only where something was written.
   */
  storedSince(query: Query, { entry: cached, since }: Before): Effect.Effect<Option.Option<Slot.Entry>> {
    let readVersion = Number.NaN
    return Effect.suspend(() => {
      const version = this.answers.version()
      // A credential that was refused has to be answered itself: the stored answer may be from before.
      if (version === readVersion || this.failures.isRefused(query.key)) return Effect.succeedNone
      return this.verify(query).pipe(
        Effect.map((slot) => {
          readVersion = version
          return Option.filter(
            Option.fromNullable(answerOf(slot, query)),
            ({ observedAt }) => observedAt >= since && observedAt !== cached?.observedAt,
          )
        }),
        Effect.orElseSucceed(Option.none<Slot.Entry>),
      )
    })
  }

  /** Caches an answer that was just fetched. Returns the newest answer: another process may have stored a newer one meanwhile. */
  land(query: Query, { isKept, isNewest, snapshot }: Fetched): Effect.Effect<Slot.Entry> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const { key } = query
      const before = this.slots.get(key)
      const entry = Slot.entryOf({ snapshot, agreedSince: Slot.agreedSince(before?.newest, snapshot) }, key, isKept)
      const slot = Slot.withEntry(before, entry, now)
      this.slots.set(key, slot)
      const current = isNewest ? Effect.succeed(slot) : Effect.orElseSucceed(this.verify(query), () => slot)
      return Effect.map(current, (found) => {
        const newest = answerOf(found, query)
        return newest !== undefined && Slot.isNewer(newest, entry, now) ? newest : entry
      })
    })
  }

  private settle(key: string, found: Slot.Entry | undefined, version: number): Slot.Slot | undefined {
    const slot = Slot.verified(this.slots.get(key), found, version)
    // What memory has is handed out without another look at failures.
    if (slot === undefined || this.failures.isRefused(key)) this.slots.delete(key)
    else this.slots.set(key, slot)
    return slot
  }
}
