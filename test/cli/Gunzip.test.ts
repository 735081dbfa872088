import { gunzipSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Gunzip from "../../src/cli/Gunzip.js"

/** Some numbers that gzip cannot make much smaller, as lines. */
const lines = Array.from({ length: 20_000 }, (_, index) => `${(index * 2_654_435_761) % 4_294_967_296}\n`).join("")
const packed = gzipSync(lines)

/** Chunks of a size, and then what `then` throws. */
async function* chunksOf(bytes: Uint8Array, size: number, then: () => void = () => {}) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  then()
}

/** What is read of data in chunks of a size, and why not more. */
const read = async (bytes: Uint8Array, { mustBeGzip = false, size = 65_536, then = () => {} } = {}) => {
  const parts: Array<Uint8Array> = []
  let cause: unknown
  try {
    for await (const chunk of Gunzip.unpacked(chunksOf(bytes, size, then), mustBeGzip)) parts.push(chunk)
  } catch (thrown) {
    cause = thrown
  }
  return { text: Buffer.concat(parts).toString("latin1"), flaw: Gunzip.flawOf(cause), cause }
}
const CUT_OFF = "ends in the midst of its gzip data"
const DAMAGED = "has damaged gzip data"

describe("Gunzip", () => {
  it("leaves data that do not begin like gzip as they are", async () => {
    for (const text of ["", "\x1f", "\x1fx", "x\x8b", "{}\n{}"]) {
      for (const size of [1, 2, 100])
        expect(await read(Buffer.from(text, "latin1"), { size })).toEqual({ text, flaw: undefined, cause: undefined })
    }
  })

  it("unpacks gzip in chunks of any size, several members one behind another, and zeros behind the last", async () => {
    const members = Buffer.concat([packed, gzipSync(""), gzipSync("more"), new Uint8Array(700)])
    const [whole, two] = [
      { text: lines, flaw: undefined },
      { text: `${lines}more`, flaw: undefined },
    ]
    expect(await read(packed, { mustBeGzip: true })).toMatchObject(whole)
    for (const size of [7, packed.length, packed.length + 1, 1_000_000])
      expect(await read(members, { size })).toMatchObject(two)
    expect(await read(gzipSync("short"), { size: 1 })).toMatchObject({ text: "short", flaw: undefined })
  })

  it("says that what must be gzip is none", async () => {
    for (const text of ["", "\x1f", "{}"])
      expect(await read(Buffer.from(text, "latin1"), { mustBeGzip: true })).toMatchObject({ text: "", flaw: DAMAGED })
  })

  it("gives all that stands before a cut, wherever that is", async () => {
    for (const kept of [2, 5, 9, 10, 11, 1000, packed.length >> 1, packed.length - 9, packed.length - 1]) {
      const { flaw, text } = await read(packed.subarray(0, kept), { size: 4096 })
      expect(flaw).toBe(CUT_OFF)
      // As much as is there: what the same data give that end properly.
      expect(text).toBe(gunzipSync(packed.subarray(0, kept), { finishFlush: 2 }).toString("latin1"))
      expect(lines.startsWith(text)).toBe(true)
    }
    // Between members as well.
    const second = Buffer.concat([packed, gzipSync("more").subarray(0, 5)])
    expect(await read(second)).toMatchObject({ text: lines, flaw: CUT_OFF })
  })

  it.effect.prop(
    "never takes damaged data for whole ones",
    [FastCheck.integer({ min: 10, max: packed.length - 1 }), FastCheck.integer({ min: 1, max: 255 })],
    ([at, change]) =>
      Effect.promise(async () => {
        const damaged = Uint8Array.from(packed)
        damaged[at] = (damaged[at] ?? 0) ^ change
        const { flaw, text } = await read(damaged)
        // The last byte before the checksum has bits that mean nothing.
        if (flaw === undefined) expect(text).toBe(lines)
        else expect(flaw).toMatch(/gzip data/)
      }),
    { fastCheck: { numRuns: 50 } },
  )

  it("tells other failures as they are, after what stands before them", async () => {
    const broken = Object.assign(new Error("broken"), { code: "EIO" })
    const then = () => {
      throw broken
    }
    expect(await read(Buffer.from("{}"), { then })).toEqual({ text: "{}", flaw: undefined, cause: broken })
    const { cause, text } = await read(packed.subarray(0, 4096), { then })
    expect(cause).toBe(broken)
    expect(lines.startsWith(text)).toBe(true)
  })

  it("holds little of data that unpack to very much, and stops when nobody reads on", async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000))
    let [given, ended] = [0, false]
    async function* counted() {
      try {
        for await (const chunk of chunksOf(bomb, 64)) {
          given += chunk.length
          yield chunk
        }
      } finally {
        ended = true
      }
    }
    for await (const chunk of Gunzip.unpacked(counted(), true)) {
      expect(chunk.length).toBeLessThanOrEqual(65_536)
      break
    }
    expect(given).toBeLessThan(bomb.length / 2)
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toBe(true)
  })
})
