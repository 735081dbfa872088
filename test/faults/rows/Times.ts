/** Answers that take too long. */
import * as Answer from "../Answer.js"
import { ALL_WAITS, hopeless, type Limits, type Row, recovers, WAITS } from "../Row.js"

/** Long enough for a machine that is busy to bring a request to the server. */
const TIMEOUT = 600
const SHORT = { timeout: TIMEOUT } satisfies Limits
const silence: Row["answer"] = () => {}
const withinTimeout = `no complete answer within ${TIMEOUT}ms (timeout)`

const slow = (fault: string, says: string, limits: Limits, answer: Row["answer"]): Row => ({
  ...hopeless(fault, "Timeout", says, answer),
  limits,
  least: 4 * TIMEOUT + ALL_WAITS,
})

/** Answers that take too long. */
export const rows: ReadonlyArray<Row> = [
  slow("nothing is answered", withinTimeout, SHORT, silence),
  {
    ...slow("nothing is answered until the deadline", "before the deadline of 900ms", { deadline: 900 }, silence),
    calls: 1,
    least: 900,
  },
  slow("headers one byte at a time", withinTimeout, SHORT, ({ socket }) =>
    Answer.drip(socket, Answer.head(200, { "content-length": 2 }), 50),
  ),
  slow("a body one byte at a time", withinTimeout, SHORT, ({ socket }) => {
    socket.write(Answer.head(200, { "content-length": Answer.BODY.length }))
    Answer.drip(socket, Answer.BODY, 50)
  }),
  slow("chunks of one byte at a time, without end", withinTimeout, SHORT, ({ socket }) => {
    socket.write(Answer.head(200, { "transfer-encoding": "chunked" }))
    const timer = setInterval(() => socket.write("1\r\n \r\n"), 50)
    socket.on("close", () => clearInterval(timer))
  }),
  slow(
    "no headers in the time that they have",
    `no headers within ${TIMEOUT}ms (headersTimeout)`,
    { headersTimeout: TIMEOUT },
    silence,
  ),
  slow(
    "headers, and no body in the time that it has",
    `no complete body within ${TIMEOUT}ms after its headers (bodyTimeout)`,
    { bodyTimeout: TIMEOUT },
    ({ socket }) => socket.write(Answer.head(200, { "content-length": 10 })),
  ),
  slow("a 500 whose body does not end", withinTimeout, SHORT, ({ socket }) =>
    socket.write(Answer.head(500, { "content-length": 10 })),
  ),
  {
    ...recovers("nothing is answered, then a balance", silence, ({ socket }) => socket.write(Answer.balance())),
    limits: { headersTimeout: TIMEOUT },
    least: TIMEOUT + (WAITS[0] ?? 0),
  },
]
