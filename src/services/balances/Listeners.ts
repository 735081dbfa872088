/** Who wants to know when something new is known of a key. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

/** Listeners by key. */
export interface Listeners {
  /** A queue that gets one element when something is new, however often it happened since the last was taken, until the scope closes. */
  readonly listen: (key: string) => Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope>
  /** Tells those who listen to a key. */
  readonly tell: (key: string) => Effect.Effect<void>
}

/** Nobody listens yet. */
export const make = (): Listeners => {
  const byKey = new Map<string, Set<Queue.Queue<void>>>()
  const leave = (key: string, queue: Queue.Queue<void>): void => {
    const queues = byKey.get(key)
    queues?.delete(queue)
    if (queues?.size === 0) byKey.delete(key)
  }
  return {
    listen: (key) =>
      Effect.acquireRelease(
        Effect.map(Queue.sliding<void>(1), (queue) => {
          const queues = byKey.get(key) ?? new Set()
          byKey.set(key, queues.add(queue))
          return queue
        }),
        (queue) =>
          Effect.zipRight(
            Effect.sync(() => leave(key, queue)),
            Queue.shutdown(queue),
          ),
      ),
    tell: (key) =>
      Effect.sync(() => {
        // At once: an offer to a queue that shuts down meanwhile would interrupt whoever tells.
        for (const queue of byKey.get(key) ?? []) Queue.unsafeOffer(queue, undefined)
      }),
  }
}
