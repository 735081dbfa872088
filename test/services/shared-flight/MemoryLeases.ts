/** Leases of one process in memory, by the rules of the port. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Leases from "../../../src/infra/store/Leases.js"

interface Row {
  readonly holder: object
  readonly expiresAt: number
}

export const make = (): Leases.Service => {
  const rows = new Map<string, Row>()
  const at = <A>(work: (now: number) => A): Effect.Effect<A> => Effect.map(Clock.currentTimeMillis, work)
  const isHeldAt = (key: string, now: number): boolean => {
    const row = rows.get(key)
    return row !== undefined && Leases.isHeldAt(row.expiresAt, now)
  }
  return {
    take: (key) =>
      at((now) => {
        if (isHeldAt(key, now)) return Option.none()
        const holder = {}
        const isOwn = (): boolean => rows.get(key)?.holder === holder
        const extend = (from: number): void => void rows.set(key, { holder, expiresAt: from + Leases.TERM_MS })
        extend(now)
        return Option.some({
          renew: at((later) => {
            const isHeld = isOwn()
            if (isHeld) extend(later)
            return isHeld
          }),
          release: Effect.sync(() => isOwn() && rows.delete(key)),
        })
      }),
    isHeld: (key) => at((now) => isHeldAt(key, now)),
  }
}
