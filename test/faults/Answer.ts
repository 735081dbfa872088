/** Answers as bytes, whole and otherwise. */
import type { Socket } from "node:net"
import { gzipSync } from "node:zlib"
import { exampleBody } from "../../src/testing/exampleBody.js"

type Fields = Readonly<Record<string, string | number>>

/** The body of a balance that differs from the one that is kept. */
export const BODY = exampleBody.replace('"63.35"', '"60.00"')

/** The size of bodies that no balance has: 1 GiB. */
export const HUGE = 1_073_741_824

const REASONS: Readonly<Record<number, string>> = { 200: "OK", 502: "Bad Gateway" }

/** Status line and header fields. */
export const head = (status: number, fields: Fields = {}): string =>
  [
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Other"}`,
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    "\r\n",
  ].join("\r\n")

/** A whole answer, with its length. */
export const whole = (status: number, body: string | Uint8Array, fields: Fields = {}): Buffer => {
  const bytes = Buffer.from(body)
  return Buffer.concat([
    Buffer.from(head(status, { "content-type": "application/json", "content-length": bytes.length, ...fields })),
    bytes,
  ])
}

/** A balance, the answer of a good day. */
export const balance = (fields: Fields = {}): Buffer => whole(200, BODY, fields)

/** An error body of the API. */
export const error = (status: number, fields: Fields = {}): Buffer =>
  whole(status, JSON.stringify({ message: "not this way", request_id: "4e90e575" }), fields)

/** A page that a proxy answers with. */
export const page = (status: number, title: string): Buffer =>
  whole(status, `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`, {
    "content-type": "text/html",
  })

/** Writes `text` byte by byte, one every so many milliseconds, until the other side has had enough. */
export const drip = (socket: Socket, text: string, millis: number): void => {
  let at = 0
  const timer = setInterval(() => {
    socket.write(text.charAt(at++))
    if (at === text.length) clearInterval(timer)
  }, millis)
  socket.on("close", () => clearInterval(timer))
}

/** Writes `part` as often as it takes for `total` bytes, no faster than it is read. */
export const pour = (socket: Socket, part: Uint8Array, total: number): void => {
  let left = total
  const next = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= part.byteLength
      if (!socket.write(part)) return void socket.once("drain", next)
    }
  }
  next()
}

/** Spaces, which JSON may begin with. */
export const SPACES = Buffer.alloc(65_536, " ")

/** A chunk of spaces in the chunked coding. */
export const CHUNK = Buffer.concat([Buffer.from(`${SPACES.length.toString(16)}\r\n`), SPACES, Buffer.from("\r\n")])

const MEMBER_BYTES = 4_194_304

/** {@link HUGE} spaces as gzip: members of 4 MiB each, which take 4 KiB. */
export const bomb = (): Buffer => {
  const member = gzipSync(Buffer.alloc(MEMBER_BYTES, " "))
  return Buffer.concat(Array.from({ length: HUGE / MEMBER_BYTES }, () => member))
}
