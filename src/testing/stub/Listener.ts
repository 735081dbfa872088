/** A web handler behind a real HTTP server on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Hears requests on a free port of 127.0.0.1 until the scope closes, which closes connections that are kept alive too. */
export const listen = (
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Effect.Effect<{ readonly baseUrl: string }, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Server>((resume) => {
      const server = createServer(handle)
      server.once("error", (error) => resume(Effect.die(error)))
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }),
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      return { baseUrl: `http://127.0.0.1:${port}` }
    }),
  )

/** A request without a body, as the web knows it. */
export const toWeb = (request: IncomingMessage, baseUrl: string, extra: Readonly<Record<string, string>>): Request => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) headers.append(name, one)
  }
  for (const [name, value] of Object.entries(extra)) headers.set(name, value)
  return new Request(`${baseUrl}${request.url ?? "/"}`, { method: request.method ?? "GET", headers })
}

/** Writes an answer of the web. */
export const write = async (answer: Response, response: ServerResponse): Promise<void> => {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
}
