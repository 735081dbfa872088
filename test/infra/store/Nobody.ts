/** Rights bind a user, and not root, whom tests may run as. */
import * as Effect from "effect/Effect"

const isRoot = process.geteuid?.() === 0

/** The user and group without rights, by convention. */
const NOBODY = 65_534

/** Runs as a user without rights: those of root know no bounds. */
export const asNobody = <A, E, R>(use: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  isRoot
    ? Effect.acquireUseRelease(
        Effect.sync(() => process.seteuid?.(NOBODY)),
        () => use,
        () => Effect.sync(() => process.seteuid?.(0)),
      )
    : use
