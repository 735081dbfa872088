/** What came of all rows as a page: kinds of outcomes and counts of calls as they were measured, and the bounds that held. */
import * as Either from "effect/Either"
import type { Group, Played } from "./Matrix.js"
import type { Failure } from "./Play.js"
import { LIMITS, type Row, SHARE, WAITS } from "./Row.js"
import { mostOf } from "./Verdict.js"

const INTRODUCTION = `# What a fault comes to

This page is made by a test, which plays every row against servers on loopback and fails when the page says anything else
than what came of it. \`npm run faults\` writes it anew.

By default a call is tried up to **4 times**. An attempt may take **10 seconds** until its body is read, redirects included,
and the call **30 seconds** in all, waits included (\`attempts\`, \`timeout\`, \`deadline\`; \`headersTimeout\` and \`bodyTimeout\`
part the time of an attempt).

- **Tried again:** no connection, one that breaks, an answer that is not HTTP or does not come in time, 408, 425, 429 and 5xx;
  401, 403 and 404 that are not the API's own, which has \`x-api-call-id\` or an error body with a \`request_id\`: a proxy gave them.
- **Not tried again:** any other status, redirects that are not followed, and 200 with a body that is no balance, for they
  would be the same the next time. A 401 makes the client read the token anew, where it can be: with another one the same
  attempt is made once more.
- **Waits:** before the second, third and fourth attempt a random time of up to 0.5, 1 and 2 seconds, or what \`Retry-After\`
  asks for where that is longer: seconds, or a date in one of the three forms of RFC 9110. A wait that would not end before
  the deadline is not begun: the call fails at once, and says when to try again. What is no time is as good as absent.
- **Redirects** are followed within the origin of the base URL, three at most. No request goes to another origin.
- **A good reading that is kept** is handed out as \`Stale\`, with the error as its \`cause\`, where the failure says nothing of
  the rights of the token, for up to a day; where it does (401, 403, 404), the error is told. A failure changes nothing in the history.
`

const seconds = (millis: number): string => `${millis / 1_000} s`

const measuredBy = (): string =>
  `## How it was measured

With the default limits, a timeout of ${seconds(LIMITS.timeout)} and a deadline of ${seconds(LIMITS.deadline)}, where the row says nothing else; any number of calls a second; each random wait ${SHARE * 100} %
of its longest: ${WAITS.join(", ")} ms. *Calls* are requests that reached the server; where the error tells of another number of attempts, it
stands beside. *Time* is what the waits and limits of the row promise: at least, and at most. *Error* is the error of
\`ZooClient.balance\` with a part of its message. *Kept* is what \`Balances.get\` comes to where a good reading is kept; it makes
the same calls.
`

const cell = (text: string): string => text.replaceAll("|", "\\|")

const errorOf = ({ expected }: Row, { _tag, reason }: Failure): string => {
  const isUsual = !("reason" in expected) || typeof expected.reason === "string" || expected.reason === undefined
  const shown = isUsual ? reason : expected.reason.join(" or ")
  const says = expected._tag === "Answered" ? "" : expected.says.split("|").join(" or ")
  return `\`${_tag}\`${shown === undefined ? "" : ` (${shown})`}: ${says}`
}

const taken = ({ mostSent }: Row): string =>
  mostSent === undefined ? "" : ` (at most ${mostSent / 1_048_576} MiB of it leave the server)`

const outcome = ({ called, row }: Played): string =>
  Either.match(called.outcome, {
    onLeft: (failure) => errorOf(row, failure),
    onRight: (drift) => (drift.length === 0 ? "a balance" : `a balance, with drift: ${drift.join(", ")}`),
  })

const kept = ({ got }: Played): string =>
  Either.match(got.outcome, { onLeft: ({ _tag }) => `\`${_tag}\``, onRight: ({ reading }) => `\`${reading}\`` })

const calls = ({ called }: Played): string => {
  const tried = Either.isLeft(called.outcome) ? called.outcome.left.attempts : undefined
  return tried === undefined || tried === called.calls ? `${called.calls}` : `${called.calls} (tried ${tried})`
}

const time = (row: Row): string => {
  const most = `≤ ${seconds(mostOf(row))}`
  return row.least === undefined ? most : `≥ ${seconds(row.least)}, ${most}`
}

const line = (played: Played): string => {
  const columns = [played.row.fault + taken(played.row), outcome(played), calls(played), time(played.row), kept(played)]
  return `| ${columns.map(cell).join(" | ")} |`
}

/** The page. */
export const page = (groups: ReadonlyArray<Group>, played: ReadonlyMap<Row, Played>): string => {
  const table = ({ rows, title }: Group): string =>
    [
      `## ${title}\n`,
      "| fault | error | calls | time | kept |",
      "|---|---|---|---|---|",
      ...rows.flatMap((row) => {
        const one = played.get(row)
        return one === undefined ? [] : [line(one)]
      }),
      "",
    ].join("\n")
  return [INTRODUCTION, measuredBy(), ...groups.map(table)].join("\n")
}
