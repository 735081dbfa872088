/**
 * What is done with a redirect. One to the same origin is followed, with the token; any other is refused: the token goes to the origin of
 * the base URL only. Pure.
 */
import type * as Headers from "@effect/platform/Headers"
import * as Data from "effect/Data"
import * as BearerToken from "./BearerToken.js"

/** Most redirects that are followed one after the other. */
export const MOST_HOPS = 3

const MOST_CHARACTERS = 100

/** What an answer calls for. */
export type Step = Data.TaggedEnum<{
  /** It is no redirect. */
  Answered: {}
  /** The same request, at another URL of the same origin. */
  Follow: { readonly url: string }
  /** A redirect that is not followed: what it is, in a few words. */
  Refuse: { readonly redirect: string }
}>

/** What an answer calls for. */
export const Step = Data.taggedEnum<Step>()

const refuse = (redirect: string): Step => Step.Refuse({ redirect })

/** The statuses that name another place for the same GET. A platform that hides its redirects gives 0. */
const STATUSES: ReadonlySet<number> = new Set([0, 301, 302, 303, 307, 308])

const parse = (location: string, from: string): URL | undefined => {
  try {
    return new URL(location, from)
  } catch {
    return undefined
  }
}

/** Scheme, host and port, safe to show: hosts are put into lower case, so that a token in one is looked for in any case. */
const shown = ({ origin, protocol }: URL, token: BearerToken.BearerToken): string => {
  const place = origin === "null" ? protocol : origin
  return BearerToken.occursInAnyCase(place, token)
    ? BearerToken.HIDDEN
    : BearerToken.quote(place, token, MOST_CHARACTERS)
}

/** What an answer to a request for `from` calls for, after `hops` redirects. */
export const step = (
  answer: { readonly status: number; readonly headers: Headers.Headers },
  from: string,
  hops: number,
  token: BearerToken.BearerToken,
): Step => {
  if (!STATUSES.has(answer.status)) return Step.Answered()
  if (answer.status === 0) return refuse("a redirect whose Location the platform hides")
  const location = answer.headers["location"]
  if (location === undefined || location === "") return refuse("a redirect without a Location")
  const [to, here] = [parse(location, from), new URL(from)]
  if (to === undefined) return refuse("a redirect whose Location is no URL")
  if (to.username !== "" || to.password !== "") return refuse("a redirect whose Location has a user name or password")
  if (here.protocol === "https:" && to.protocol === "http:") {
    return refuse(`a redirect from https to plain http, to ${shown(to, token)},`)
  }
  if (to.origin !== here.origin) return refuse(`a redirect to another origin, ${shown(to, token)},`)
  if (hops >= MOST_HOPS) return refuse(`a redirect after ${MOST_HOPS} others, to ${shown(to, token)},`)
  to.hash = ""
  return Step.Follow({ url: to.href })
}
