/** What the tests of the examples share: an account beside the stub's own, and a client. */
import type { Server } from "node:http"
import * as Effect from "effect/Effect"
import { StubZoo } from "zoo-runway/testing"

/** A second customer, with 7.50 USD of monthly credits. */
export const other = {
  id: "0b6f0f0c-52b3-4f0b-8a4e-0c6c1f7f0a11",
  tokens: ["other-token"],
  bodyAt: () => StubZoo.exampleBodyWithoutTotalDue.replace("41.26", "7.50"),
} satisfies StubZoo.StubAccount

/** The port of a server that listens. */
export const portOf = (server: Server): number => {
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("the server does not listen")
  return address.port
}

/** How a server is asked; the body is read as JSON where it is. */
export const asking = (server: Server) => (path: string, token?: string) =>
  Effect.promise(async () => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await fetch(`http://127.0.0.1:${portOf(server)}${path}`, { headers, keepalive: false })
    const text = await answer.text()
    const isJson = answer.headers.get("content-type")?.startsWith("application/json") === true
    const body: unknown = isJson ? JSON.parse(text) : text
    return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body }
  })
