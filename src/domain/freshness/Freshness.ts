/**
 * What a balance that was looked at some time ago may still be used for. Plain numbers throughout, because this is asked on every read:
 * times are whole milliseconds since 1970, spans are milliseconds and may be `Infinity`.
 */

/** How long a look serves. All spans are 0 or more. */
export interface Limits {
  /** How long a look is fresh. */
  readonly timeToLive: number
  /** The share of `timeToLive`, 0 to 1, that may be taken off, so that looks made together don't expire together. */
  readonly jitter: number
  /** How long after its expiry a look is handed out as stale while the API is asked behind. */
  readonly staleWhileRevalidate: number
  /** How long past `timeToLive` a look is handed out as stale where the API cannot be asked. */
  readonly staleIfError: number
}

/** What is known of a look. */
export interface Kept {
  readonly observedAt: number
  /** When the body says that the monthly credits are refreshed; `undefined` where it names no time. */
  readonly refreshAt: number | undefined
  /** Which part of the jitter is taken off, 0 to 1: {@link drawOf}. */
  readonly draw: number
}

/**
 * - `Fresh`: hand it out, ask nobody;
 * - `Revalidate`: hand it out as stale, ask behind;
 * - `Fallback`: ask first, hand it out as stale where that fails;
 * - `Unusable`: ask, never hand it out.
 */
export type Freshness = "Fresh" | "Revalidate" | "Fallback" | "Unusable"

/** How long a look is fresh at most where the refresh that it names was due and not applied yet: it may be applied any moment. */
export const PENDING_TIME_TO_LIVE = 60_000

const lifetime = (kept: Kept, limits: Limits): number => {
  const { jitter, timeToLive } = limits
  // A share of no end is no end: Infinity * 0 would be no number.
  const jittered = timeToLive === Number.POSITIVE_INFINITY ? timeToLive : timeToLive * (1 - jitter * kept.draw)
  if (kept.refreshAt === undefined) return jittered
  const untilRefresh = kept.refreshAt - kept.observedAt
  return Math.min(jittered, untilRefresh > 0 ? untilRefresh : PENDING_TIME_TO_LIVE)
}

/**
 * What a look may be used for at `now`. It is fresh for `timeToLive` less its jitter, but no longer than to the refresh that it names (from
 * that moment on the amounts are another cycle's), and at most {@link PENDING_TIME_TO_LIVE} where that refresh was late already. A look of
 * the future, because the clock was set back, has no age that tells its freshness: `Fallback`.
 */
export const of = (kept: Kept, limits: Limits, now: number): Freshness => {
  const age = now - kept.observedAt
  if (age < 0) return "Fallback"
  const fresh = lifetime(kept, limits)
  if (age < fresh) return "Fresh"
  if (age < fresh + limits.staleWhileRevalidate) return "Revalidate"
  return age <= limits.timeToLive + limits.staleIfError ? "Fallback" : "Unusable"
}

const PRIME = 0x01000193
const BASIS = 0x811c9dc5

/** The last steps of MurmurHash3: every bit of the input moves half of the bits of the output. */
const scatter = (hash: number): number => {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/**
 * Which part of the jitter a look loses: from 0 to below 1, uniform over keys, another for each look of one key, and the same in every
 * process. (FNV-1a over the key, scattered with the time of the look.)
 */
export const drawOf = (observedAt: number, key: string): number => {
  let hash = BASIS
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), PRIME)
  const ofTime = scatter((observedAt | 0) ^ Math.imul(Math.floor(observedAt / 0x1_0000_0000), PRIME))
  return scatter(hash ^ ofTime) / 0x1_0000_0000
}
