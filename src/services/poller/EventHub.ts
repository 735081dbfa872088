/** Events for any number of readers, none of whom can make the others, or who publishes, wait. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

interface Reader<A> {
  /** What it has not read yet, oldest first. */
  unread: Array<A>
  /** How many it lost, older than those. */
  lost: number
  /** Open while there is something to read, or nothing will come. */
  readonly latch: Effect.Latch
}

/** A hub of events. */
export interface EventHub<A> {
  /** Tells every reader, at once. */
  readonly publish: (event: A) => void
  /** Ends the stream of every reader once it has read what it was told before. */
  readonly end: () => void
  /**
   * What is published while it runs. Each reader is kept `capacity` events; one that falls behind further loses the oldest, and is told how
   * many in their place.
   */
  readonly stream: Stream.Stream<A>
}

/** A hub that keeps `capacity` (1 or more) events a reader, and tells one that lost `count` of them `missed(count)`. */
export const make = <A>(capacity: number, missed: (count: number) => A): EventHub<A> => {
  const readers = new Set<Reader<A>>()
  let isOver = false

  const enter = Effect.sync((): Reader<A> => {
    const reader = { unread: [], lost: 0, latch: Effect.unsafeMakeLatch(isOver) }
    readers.add(reader)
    return reader
  })

  const takeAll = (reader: Reader<A>): Effect.Effect<Chunk.Chunk<A>, Option.Option<never>> =>
    Effect.suspend(() => {
      const { lost, unread } = reader
      if (unread.length === 0 && isOver) return Effect.fail(Option.none())
      reader.unread = []
      reader.lost = 0
      if (!isOver) reader.latch.unsafeClose()
      return Effect.succeed(Chunk.unsafeFromArray(lost === 0 ? unread : [missed(lost), ...unread]))
    })

  return {
    publish: (event) => {
      for (const reader of readers) {
        if (reader.unread.length >= capacity) {
          reader.unread.shift()
          reader.lost++
        }
        reader.unread.push(event)
        reader.latch.unsafeOpen()
      }
    },
    end: () => {
      isOver = true
      for (const reader of readers) reader.latch.unsafeOpen()
    },
    stream: Stream.unwrapScoped(
      Effect.acquireRelease(enter, (reader) => Effect.sync(() => readers.delete(reader))).pipe(
        Effect.map((reader) => Stream.repeatEffectChunkOption(Effect.zipRight(reader.latch.await, takeAll(reader)))),
      ),
    ),
  }
}
