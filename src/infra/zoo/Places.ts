/** So many at once, the rest in turn: whoever has waited longest comes next, before anybody who has just come. */
import * as Effect from "effect/Effect"

interface Guest {
  place: "Waiting" | "Held" | "Left"
  enter: () => void
}

/** Places for a number of effects at once. */
export interface Places {
  /** Runs an effect in a place of its own; the place is free again however the effect ends, and where it is interrupted while it waits. */
  readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Places for `most` effects at once. */
export const make = (most: number): Places => {
  let free = most
  const waiting = new Set<Guest>()

  const arrive = (): Guest => {
    const guest: Guest = { place: free > 0 ? "Held" : "Waiting", enter: () => {} }
    if (guest.place === "Held") free--
    else waiting.add(guest)
    return guest
  }

  const leave = (guest: Guest): void => {
    waiting.delete(guest)
    const held = guest.place === "Held"
    guest.place = "Left"
    if (!held) return
    const [next] = waiting
    if (next === undefined) {
      free++
      return
    }
    // The place is handed over, so that nobody who comes meanwhile finds it free.
    waiting.delete(next)
    next.place = "Held"
    next.enter()
  }

  const entered = (guest: Guest): Effect.Effect<void> =>
    Effect.async((resume) => {
      guest.enter = () => resume(Effect.void)
      if (guest.place === "Held") guest.enter()
    })

  return {
    run: (effect) =>
      Effect.acquireUseRelease(
        Effect.sync(arrive),
        (guest) => (guest.place === "Held" ? effect : Effect.zipRight(entered(guest), effect)),
        (guest) => Effect.sync(() => leave(guest)),
      ),
  }
}
