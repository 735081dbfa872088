/** Answers whose status says that they are none. */
import * as Answer from "../Answer.js"
import { hopeless, type Row, recovers, settled } from "../Row.js"

const good: Row["answer"] = ({ socket }) => socket.write(Answer.balance())
const failing =
  (status: number): Row["answer"] =>
  ({ socket }) =>
    socket.write(Answer.error(status))

const UNAUTHORIZED: Row["expected"] = {
  _tag: "Refused",
  reason: "Unauthorized",
  says: "the API does not know the token",
}
const FORBIDDEN: Row["expected"] = { _tag: "Refused", reason: "Forbidden", says: "the token may not ask this" }

const NOT_ITS_OWN = "is no answer of the API but of a proxy"

const rejected = (status: number): Row =>
  settled(`${status}`, { _tag: "RequestRejected", says: `status ${status}` }, failing(status))

/** The token of a call, as the server sees it. */
const isOf = (head: string, token: string): boolean => head.toLowerCase().includes(`bearer ${token}`)

const TOKENS = ["faults-token-of-yesterday", "faults-token-of-today"] as const

/** Answers whose status says that they are none. */
export const rows: ReadonlyArray<Row> = [
  hopeless("500", "Server", "status 500", failing(500)),
  hopeless("502 with a page", "Server", "status 502", ({ socket }) => socket.write(Answer.page(502, "Bad Gateway"))),
  hopeless("503 whose body is cut off", "Server", "status 503", ({ socket }) =>
    socket.end(Answer.error(503).subarray(0, -10)),
  ),
  recovers("500, then a balance", failing(500), good),
  recovers("408, then a balance", failing(408), good),
  recovers("425, then a balance", failing(425), good),
  hopeless("408", "Server", "status 408", failing(408)),
  settled("401", UNAUTHORIZED, failing(401)),
  settled("401 of a named call whose body is cut off", UNAUTHORIZED, ({ socket }) =>
    socket.end(Answer.error(401, { "x-api-call-id": "4e90e575" }).subarray(0, -10)),
  ),
  hopeless("401 of an unnamed call whose body is cut off", "Server", NOT_ITS_OWN, ({ socket }) =>
    socket.end(Answer.error(401).subarray(0, -10)),
  ),
  ...[401, 403, 404].map((status) =>
    hopeless(`${status} with the page of a proxy`, "Server", NOT_ITS_OWN, ({ socket }) =>
      socket.write(Answer.page(status, "Sign in")),
    ),
  ),
  recovers(
    "403 with the page of a proxy, then a balance",
    ({ socket }) => socket.write(Answer.page(403, "Denied")),
    good,
  ),
  {
    fault: "401, then a balance for the token that is read anew",
    answer: ({ head, socket }) => socket.write(isOf(head, TOKENS[1]) ? Answer.balance() : Answer.error(401)),
    tokens: TOKENS,
    expected: { _tag: "Answered" },
    calls: 2,
    isAtOnce: true,
  },
  {
    ...settled("401 for the token that is read anew, too", UNAUTHORIZED, failing(401)),
    tokens: TOKENS,
    calls: 2,
    tried: 1,
  },
  settled("403", FORBIDDEN, failing(403)),
  { ...settled("403, where another token could be read", FORBIDDEN, failing(403)), tokens: TOKENS },
  settled("404", { _tag: "NotFound", says: "no such user or organisation" }, failing(404)),
  settled("304, nothing new", { _tag: "RequestRejected", says: "status 304" }, ({ socket }) =>
    socket.write(Answer.head(304)),
  ),
  rejected(400),
  rejected(410),
]
