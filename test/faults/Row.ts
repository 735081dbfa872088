/** A fault, and what it has to come to. */
import type { Socket } from "node:net"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ZooClient from "../../src/infra/zoo/ZooClient.js"
import type { ZooError } from "../../src/infra/zoo/ZooError.js"
import type * as Loopback from "./Loopback.js"

/** What a server knows beside the call that it answers. */
export interface Stage {
  /** Another server, at another origin, which counts who comes. */
  readonly elsewhere: Loopback.Loopback
  /** The origin of the base URL. */
  readonly origin: string
  /** Notes the earliest time of the next call, in milliseconds since 1970. */
  readonly notBefore: (at: number) => void
}

/** What a call has to come to: an answer, or an error and a part of its message. */
export type Expected =
  | { readonly _tag: "Answered"; readonly drift?: string | undefined }
  | {
      readonly _tag: ZooError["_tag"]
      /** Of several, the first is the usual one. */
      readonly reason?: string | ReadonlyArray<string> | undefined
      readonly says: string
    }

/** What a get has to come to where a good reading is kept: a new reading, the kept one, or the error. */
export type Kept = "Fresh" | "Stale" | "Error"

/** A row of the matrix. */
export interface Row {
  readonly fault: string
  readonly answer: (call: Loopback.Call, stage: Stage) => void
  readonly connected?: ((socket: Socket) => void) | undefined
  /** Where the client goes; `http` to the server unless told otherwise. */
  readonly at?: "https" | "closed port" | "unknown name" | undefined
  /** What lies between the client and the network. */
  readonly through?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
  /** The tokens that are read, one after the other; the last stays. One token by default. */
  readonly tokens?: ReadonlyArray<string> | undefined
  readonly limits?: Limits | undefined
  readonly expected: Expected
  /** Requests that reach the server. */
  readonly calls: number
  /** Attempts that the error tells of; as many as `calls` by default. */
  readonly tried?: number | undefined
  /** Milliseconds that it takes at least, since so long is waited. */
  readonly least?: number | undefined
  /** Whether nothing is waited for, so that one timeout bounds it, and not the deadline. */
  readonly isAtOnce?: boolean | undefined
  /** Bytes that the server gets rid of at most. */
  readonly mostSent?: number | undefined
}

/** Limits of a row, in milliseconds. */
export interface Limits extends ZooClient.Options {
  readonly timeout?: number
  readonly headersTimeout?: number
  readonly bodyTimeout?: number
  readonly deadline?: number
}

/** Limits of all rows: the default ones, and any number of calls a second. */
export const LIMITS = { timeout: 10_000, deadline: 30_000, callsPerSecond: Number.POSITIVE_INFINITY } as const

/** The share of its longest that each wait takes, in place of a random one. */
export const SHARE = 0.05

/** Milliseconds that are waited before the second, third and fourth attempt where the API asks for no wait. */
export const WAITS = [500, 1_000, 2_000].map((most) => most * SHARE)

/** What all attempts of a call wait for in all. */
export const ALL_WAITS = WAITS.reduce((sum, wait) => sum + wait, 0)

/** The rights of a token are in question where it is refused, and where there is nothing that it may see. */
export const keptOf = ({ _tag }: Expected): Kept => {
  if (_tag === "Answered") return "Fresh"
  return _tag === "Refused" || _tag === "NotFound" ? "Error" : "Stale"
}

/** A row in which all four attempts fail alike. */
export const hopeless = (
  fault: string,
  reason: "Server" | "Network" | "Timeout",
  says: string,
  answer: Row["answer"],
): Row => ({
  fault,
  answer,
  expected: { _tag: "Unavailable", reason, says },
  calls: 4,
  least: ALL_WAITS,
})

/** A row whose first answer is no use, and whose second is. */
export const recovers = (fault: string, answer: Row["answer"], good: Row["answer"]): Row => ({
  fault,
  answer: (call, stage) => (call.number === 1 ? answer : good)(call, stage),
  expected: { _tag: "Answered" },
  calls: 2,
  least: WAITS[0],
})

/** A row that one call settles. */
export const settled = (fault: string, expected: Expected, answer: Row["answer"]): Row => ({
  fault,
  answer,
  expected,
  calls: 1,
  isAtOnce: true,
})
