/** Answers of status 2xx that are not what they should be. */
import { gzipSync } from "node:zlib"
import * as Answer from "../Answer.js"
import { hopeless, type Row, settled } from "../Row.js"

const MIB = 1_048_576

/** What the system and the client may take in beyond what is read: buffers of both sides of a connection. */
const BUFFERED = 24 * MIB

const unexpected = (says: string): Row["expected"] => ({ _tag: "UnexpectedBody", says })

const answers = (fault: string, expected: Row["expected"], bytes: () => string | Uint8Array): Row =>
  settled(fault, expected, ({ socket }) => socket.write(bytes()))

const CHUNKED = Answer.head(200, { "content-type": "application/json", "transfer-encoding": "chunked" })

/** Answers of status 2xx that are not what they should be. */
export const rows: ReadonlyArray<Row> = [
  answers("a content-length below the body's", unexpected("found a text that is no JSON"), () =>
    Answer.balance({ "content-length": 500 }),
  ),
  {
    ...settled("1 GiB that is announced", unexpected("1073741824 bytes"), ({ socket }) => {
      socket.write(Answer.head(200, { "content-length": Answer.HUGE }))
      Answer.pour(socket, Answer.SPACES, Answer.HUGE)
    }),
    mostSent: BUFFERED,
  },
  {
    ...settled("1 GiB in chunks", unexpected("at most 1048576 bytes"), ({ socket }) => {
      socket.write(CHUNKED)
      Answer.pour(socket, Answer.CHUNK, Answer.HUGE)
    }),
    mostSent: BUFFERED,
  },
  settled("1 GiB in 1 MiB of gzip", unexpected("at most 1048576 bytes"), ({ socket }) =>
    socket.write(Answer.whole(200, Answer.bomb(), { "content-encoding": "gzip" })),
  ),
  answers("a balance in gzip", { _tag: "Answered" }, () =>
    Answer.whole(200, gzipSync(Answer.BODY), { "content-encoding": "gzip" }),
  ),
  hopeless("gzip that is none", "Network", "the API cannot be reached", ({ socket }) =>
    socket.write(Answer.balance({ "content-encoding": "gzip" })),
  ),
  hopeless("a chunk without a size", "Network", "the API cannot be reached", ({ socket }) =>
    socket.write(`${CHUNKED}zz\r\n${Answer.BODY}\r\n0\r\n\r\n`),
  ),
  hopeless("chunks without the last one, closed", "Network", "other side closed", ({ socket }) =>
    socket.end(`${CHUNKED}${Answer.BODY.length.toString(16)}\r\n${Answer.BODY}\r\n`),
  ),
  hopeless("100 headers of 100 KiB", "Network", "the API cannot be reached", ({ socket }) => {
    socket.write("HTTP/1.1 200 OK\r\n")
    for (let at = 0; at < 100; at++) socket.write(`x-${at}: ${"x".repeat(102_400)}\r\n`)
    socket.write("\r\n")
  }),
  answers("a balance after 103 Early Hints", { _tag: "Answered" }, () =>
    Buffer.concat([Buffer.from(Answer.head(103, { link: "</>; rel=preload" })), Answer.balance()]),
  ),
  answers("JSON called text/plain", { _tag: "Answered", drift: "UnexpectedContentType" }, () =>
    Answer.balance({ "content-type": "text/plain" }),
  ),
  answers("an empty body", unexpected("empty"), () => Answer.whole(200, "")),
  settled("a body that ends with the connection, empty", unexpected("empty"), ({ socket }) =>
    socket.end(Answer.head(200)),
  ),
  answers("bytes that are no UTF-8", unexpected("UTF-8"), () =>
    Answer.whole(200, Buffer.from([0x7b, 0x22, 0xff, 0xfe])),
  ),
  answers("a page", unexpected("a page or XML"), () => Answer.page(200, "Sign in to the Wi-Fi")),
  answers("an error body of the API", unexpected("not this way"), () => Answer.error(200)),
  answers("JSON of something else", unexpected("is no customer balance"), () => Answer.whole(200, '{"pong":true}')),
  answers("arrays in arrays, 10,000 deep", unexpected("expected at most 64 levels"), () =>
    Answer.whole(200, `${"[".repeat(10_000)}${"]".repeat(10_000)}`),
  ),
  answers("204, no content", unexpected("status 204"), () => Answer.head(204)),
  answers("206, a part of a balance", unexpected("status 206"), () => Answer.whole(206, Answer.BODY.slice(0, 500))),
]
