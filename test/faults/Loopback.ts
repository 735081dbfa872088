/** A server on loopback that speaks no protocol of its own: a test says every byte, and when a connection ends. */
import { createServer, type Server, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** The head of a request, as it came. */
export interface Call {
  readonly socket: Socket
  /** 1 for the first of the server. */
  readonly number: number
  readonly head: string
  /** When it came, in milliseconds since 1970. */
  readonly at: number
}

/** A server that is listening. */
export interface Loopback {
  readonly port: number
  readonly calls: ReadonlyArray<Call>
  /** Connections that were made, with or without a call. */
  readonly connections: () => number
  /** Whether a text came in, on any connection. */
  readonly heard: (text: string) => boolean
  /** Bytes that were handed to the system to be sent, on all connections. */
  readonly sent: () => number
}

const END_OF_HEAD = "\r\n\r\n"

interface Handlers {
  /** Does whatever is done to a new connection. */
  readonly connected?: ((socket: Socket) => void) | undefined
  readonly called: (call: Call) => void
}

/** Listens on a free port of 127.0.0.1 until the scope closes. Requests have no bodies; what is no request is answered as servers do. */
export const listen = ({ called, connected }: Handlers): Effect.Effect<Loopback, never, Scope.Scope> => {
  const calls: Array<Call> = []
  const sockets = new Set<Socket>()
  let connections = 0
  let sent = 0
  let heard = ""

  const hear = (socket: Socket): void => {
    connections++
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => {
      sent += socket.bytesWritten
      sockets.delete(socket)
    })
    let waiting = ""
    socket.on("data", (chunk) => {
      const text = chunk.toString("latin1")
      heard += text
      waiting += text
      if (!/^[A-Z]/.test(waiting)) socket.end(`HTTP/1.1 400 Bad Request\r\nconnection: close${END_OF_HEAD}`)
      for (let end = waiting.indexOf(END_OF_HEAD); end !== -1; end = waiting.indexOf(END_OF_HEAD)) {
        const call = { socket, number: calls.length + 1, head: waiting.slice(0, end), at: Date.now() }
        waiting = waiting.slice(end + END_OF_HEAD.length)
        calls.push(call)
        called(call)
      }
    })
    connected?.(socket)
  }

  return Effect.acquireRelease(
    Effect.async<Server>((resume) => {
      const server = createServer(hear)
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets) socket.destroy()
      }),
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      return {
        port: typeof address === "object" && address !== null ? address.port : 0,
        calls,
        connections: () => connections,
        heard: (text: string) => heard.includes(text),
        sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, sent),
      }
    }),
  )
}

/** A port that nobody listens on. */
export const closedPort: Effect.Effect<number> = Effect.scoped(
  Effect.map(listen({ called: () => {} }), ({ port }) => port),
)
