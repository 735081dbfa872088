/** Answers that name another place. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Answer from "../Answer.js"
import { type Row, type Stage, settled } from "../Row.js"

const redirect =
  (status: number, to: (stage: Stage) => string): Row["answer"] =>
  ({ socket }, stage) =>
    socket.write(Answer.head(status, { location: to(stage), "content-length": 0 }))

const follows = (status: number): Row => ({
  fault: `${status} to the same origin`,
  answer: (call, stage) =>
    call.number === 1 ? redirect(status, () => "/elsewhere")(call, stage) : call.socket.write(Answer.balance()),
  expected: { _tag: "Answered" },
  calls: 2,
  isAtOnce: true,
})

const refuses = (fault: string, says: string, status: number, to: (stage: Stage) => string): Row =>
  settled(fault, { _tag: "RequestRejected", says }, redirect(status, to))

const away = (status: number): Row =>
  refuses(
    `${status} to another origin`,
    "a redirect to another origin",
    status,
    ({ elsewhere }) => `http://127.0.0.1:${elsewhere.port}/`,
  )

/** The network as it looks from behind a proxy that takes https off. */
const behindProxy: Row["through"] = HttpClient.mapRequest((request) =>
  HttpClientRequest.setUrl(request, request.url.replace("https:", "http:")),
)

/** Answers that name another place. */
export const rows: ReadonlyArray<Row> = [
  ...[301, 302, 303, 307, 308].map(follows),
  ...[301, 302, 303, 307, 308].map(away),
  refuses(
    "302 to another name of the same host",
    "a redirect to another origin",
    302,
    ({ elsewhere }) => `http://localhost:${elsewhere.port}/`,
  ),
  {
    ...refuses(
      "302 from https to plain http",
      "a redirect from https to plain http",
      302,
      ({ elsewhere }) => `http://127.0.0.1:${elsewhere.port}/`,
    ),
    at: "https",
    through: behindProxy,
  },
  refuses("302 with a user name", "has a user name or password", 302, ({ origin }) =>
    origin.replace("//", "//someone:secret@"),
  ),
  refuses("302 to no URL", "is no URL", 302, () => "http://[::1"),
  settled("302 without a Location", { _tag: "RequestRejected", says: "a redirect without a Location" }, ({ socket }) =>
    socket.write(Answer.head(302, { "content-length": 0 })),
  ),
  {
    ...refuses("302 to itself, for ever", "a redirect after 3 others", 302, () => "/again"),
    calls: 4,
    tried: 1,
  },
]
