/** What a poller of one account gets: the inputs of every trial, made anew in each. */
import * as Either from "effect/Either"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as ImportLine from "../../src/services/import/ImportLine.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { busy } from "../rebuild/Snapshots.js"
import { account, USER } from "./Polled.js"

const MINUTE = 60_000

/**
 * How much happens between minute polls: 31 % of them differ from the one before, or all do; `calm`: an account whose credits last for most of
 * a month.
 */
export type Kind = "some" | "all" | "calm"

const optionsOf = (kind: Kind, minutes: number, from: number | undefined): AccountSimulator.Options | undefined => {
  if (kind !== "calm") return busy[kind === "some" ? 0 : 1]?.options(minutes, from)
  const start = from ?? Date.UTC(2026, 0, 1)
  return { seed: 4, from: start, to: start + minutes * MINUTE, plan: "pro", payAsYouGo: true, dailyCents: 150 }
}

/** An answer of the API, and when it came. */
export interface Poll {
  readonly at: number
  readonly body: string
}

/** When the polls are. */
export interface Times {
  /** Of the first one, in milliseconds since 1970. */
  readonly from?: number
  /** Minutes from one to the next. @default 1 */
  readonly every?: number
}

/** The polls, oldest first. */
export function* of(kind: Kind, count: number, { every = 1, from: first }: Times = {}): Generator<Poll, void> {
  const options = optionsOf(kind, count * every, first)
  if (options === undefined) throw new Error(`no such polls: ${kind}`)
  const simulated = AccountSimulator.simulate(options)
  const { from } = simulated.options
  for (let nth = 0; nth < count; nth++) {
    const at = from + nth * every * MINUTE
    yield { at, body: simulated.bodyAt(at, { includeTotalDue: true }) }
  }
}

/** The next of a generator's values, at most `count`. */
export const next = <A>(values: Iterator<A, void>, count: number): ReadonlyArray<A> => {
  const taken: Array<A> = []
  while (taken.length < count) {
    const { done, value } = values.next()
    if (done) break
    taken.push(value as A)
  }
  return taken
}

/** A poll as a line of an import. */
export const lineOf = ({ at, body }: Poll): string =>
  `{"subject":"user:${USER}","observed_at":"${new Date(at).toISOString()}","body":${body}}`

/** A poll as a backend has it: its body decoded by itself, so that no two share a part; its account known before. */
export const decoded = ({ at, body }: Poll): Snapshot.Snapshot =>
  Snapshot.make(account, Timestamp.fromMillis(at), Either.getOrThrow(CustomerBalance.decodeText(body)).balance)

/** A line of an import as the snapshot that it is. */
export const parsed = (line: string): Snapshot.Snapshot =>
  Either.getOrThrow(ImportLine.parse(line, Account.DEFAULT_BASE_URL)).snapshot
