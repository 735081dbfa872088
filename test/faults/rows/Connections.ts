/** Connections that are not made, or break. */
import * as Answer from "../Answer.js"
import { ALL_WAITS, hopeless, type Row, recovers } from "../Row.js"

const unreachable: Pick<Row, "answer" | "calls" | "tried" | "least"> = {
  answer: ({ socket }) => socket.end(),
  calls: 0,
  tried: 4,
  least: ALL_WAITS,
}

const network = (says: string): Row["expected"] => ({ _tag: "Unavailable", reason: "Network", says })

/** Connections that are not made, or break. */
export const rows: ReadonlyArray<Row> = [
  { ...unreachable, fault: "connection refused", at: "closed port", expected: network("ECONNREFUSED") },
  {
    ...unreachable,
    fault: "a host that does not exist",
    at: "unknown name",
    // Without a resolver, looking a name up may take longer than an attempt.
    expected: { _tag: "Unavailable", reason: ["Network", "Timeout"], says: "the API cannot be reached|was given up" },
  },
  {
    ...unreachable,
    fault: "https to a port that speaks plain http",
    at: "https",
    expected: network("the API cannot be reached"),
  },
  {
    ...unreachable,
    fault: "reset as soon as it is connected",
    connected: (socket) => socket.resetAndDestroy(),
    expected: network("the API cannot be reached"),
  },
  hopeless("reset before an answer", "Network", "ECONNRESET", ({ socket }) => socket.resetAndDestroy()),
  hopeless("closed before an answer", "Network", "other side closed", ({ socket }) => socket.end()),
  hopeless("closed within the headers", "Network", "other side closed", ({ socket }) =>
    socket.end("HTTP/1.1 200 OK\r\ncontent-ty"),
  ),
  hopeless("closed after the headers", "Network", "other side closed", ({ socket }) =>
    socket.end(Answer.head(200, { "content-length": Answer.BODY.length })),
  ),
  hopeless("closed within the body", "Network", "other side closed", ({ socket }) =>
    socket.end(Answer.head(200, { "content-length": Answer.BODY.length }) + Answer.BODY.slice(0, 500)),
  ),
  hopeless("reset within the body", "Network", "ECONNRESET", ({ socket }) => {
    socket.write(Answer.head(200, { "content-length": Answer.BODY.length }) + Answer.BODY.slice(0, 500))
    // The beginning is to arrive before the reset, which overtakes what is under way.
    setTimeout(() => socket.resetAndDestroy(), 250)
  }),
  hopeless("a greeting that is not HTTP", "Network", "the API cannot be reached", ({ socket }) =>
    socket.end("SSH-2.0-OpenSSH_9.6\r\n"),
  ),
  recovers(
    "reset before an answer, then a balance",
    ({ socket }) => socket.resetAndDestroy(),
    ({ socket }) => socket.write(Answer.balance()),
  ),
  recovers(
    "closed within the body, then a balance",
    ({ socket }) => socket.end(Answer.balance().subarray(0, 500)),
    ({ socket }) => socket.write(Answer.balance()),
  ),
]
