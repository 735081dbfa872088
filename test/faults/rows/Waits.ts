/** Answers that ask for a wait. */
import * as Answer from "../Answer.js"
import { ALL_WAITS, type Row, recovers, settled } from "../Row.js"

const YEAR = 31_536_000
const SECOND = 1_000

const good: Row["answer"] = ({ socket }) => socket.write(Answer.balance())

/** Asks to wait until a full second, one to two seconds from now, in a form of its own. */
const until =
  (written: (date: Date) => string): Row["answer"] =>
  ({ socket }, { notBefore }) => {
    const at = (Math.floor(Date.now() / SECOND) + 2) * SECOND
    notBefore(at)
    socket.write(Answer.error(429, { "retry-after": written(new Date(at)) }))
  }

const after =
  (status: number, seconds: number | string): Row["answer"] =>
  ({ socket }, { notBefore }) => {
    if (typeof seconds === "number") notBefore(Date.now() + seconds * SECOND)
    socket.write(Answer.error(status, { "retry-after": seconds }))
  }

const LONG_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

/** `Sun, 06 Nov 1994 08:49:37 GMT` in its parts. */
const parts = (date: Date): ReadonlyArray<string> => date.toUTCString().split(/[ ,]+/)

const rfc850 = (date: Date): string => {
  const [, day, month, year, time] = parts(date)
  return `${LONG_DAYS[date.getUTCDay()]}, ${day}-${month}-${year?.slice(2)} ${time} GMT`
}

const asctime = (date: Date): string => {
  const [weekday, day, month, year, time] = parts(date)
  return `${weekday} ${month} ${day?.replace(/^0/, " ")} ${time} ${year}`
}

const waits = (fault: string, answer: Row["answer"]): Row => ({ ...recovers(fault, answer, good), least: SECOND })

const limited = (says: string): Row["expected"] => ({ _tag: "RateLimited", says })

/** Answers that ask for a wait. */
export const rows: ReadonlyArray<Row> = [
  waits("429 with Retry-After in seconds, then a balance", after(429, 1)),
  waits("503 with Retry-After in seconds, then a balance", after(503, 1)),
  waits(
    "429 with Retry-After as the date of today's form",
    until((date) => date.toUTCString()),
  ),
  waits("429 with Retry-After as the date of RFC 850", until(rfc850)),
  waits("429 with Retry-After as the date of asctime", until(asctime)),
  recovers("429 with Retry-After in the past, then a balance", after(429, "Sun, 06 Nov 1994 08:49:37 GMT"), good),
  recovers("429 with Retry-After that is no time, then a balance", after(429, "soon"), good),
  recovers("429 without Retry-After, then a balance", ({ socket }) => socket.write(Answer.error(429)), good),
  {
    fault: "429 without Retry-After",
    answer: ({ socket }) => socket.write(Answer.error(429)),
    expected: limited("try again later"),
    calls: 4,
    least: ALL_WAITS,
  },
  settled("429 with Retry-After of a year", limited("try again after 365d"), after(429, YEAR)),
  settled("429 with Retry-After of more seconds than there are", limited("try again later"), ({ socket }) =>
    socket.write(Answer.error(429, { "retry-after": "9".repeat(400) })),
  ),
  settled(
    "503 with Retry-After past the deadline",
    { _tag: "Unavailable", reason: "Server", says: "try again after 1m" },
    after(503, 60),
  ),
]
