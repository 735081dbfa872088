/** What a stub API answers instead of its own answer. */
import type { ServerResponse } from "node:http"

/** An answer that is none of the API's, or comes from something in between. */
export interface FaultyAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent with its length unless `headers` has a `transfer-encoding`. By default an error body of the API where `status` is 400 or more, else nothing. */
  readonly body?: string | Uint8Array | undefined
}

/**
 * - `close`: the connection is closed without an answer.
 * - `silence`: nothing is ever answered.
 * - `cut`: status 200 and the beginning of a body, then the connection is closed.
 * - `stall`: status 200 and the beginning of a body, then nothing.
 */
export type Fault = FaultyAnswer | "close" | "silence" | "cut" | "stall"

const BEGINNING = '{"created_at":'

const begin = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/json" })
  response.write(BEGINNING)
}

const answer = ({ status, headers, body }: FaultyAnswer, response: ServerResponse, requestId: string): void => {
  const own = JSON.stringify({ message: `a fault of status ${status}`, request_id: requestId })
  const text = body ?? (status >= 400 ? own : "")
  const length = headers?.["transfer-encoding"] === undefined && text !== "" ? Buffer.byteLength(text) : undefined
  response.writeHead(status, {
    "content-type": "application/json",
    ...(length === undefined ? {} : { "content-length": length }),
    ...headers,
  })
  response.end(text)
}

/** Does to a response what the fault says. */
export const apply = (fault: Fault, response: ServerResponse, requestId: string): void => {
  switch (fault) {
    case "silence":
      return
    case "close":
      response.destroy()
      return
    case "stall":
      begin(response)
      return
    case "cut":
      response.writeHead(200, { "content-type": "application/json" })
      response.write(BEGINNING, () => response.destroy())
      return
    default:
      answer(fault, response, requestId)
  }
}
