/** zod 4, money as whole nano-dollars. */
import * as z from "zod"
import type { Input } from "./Evidence.js"
import { candidate, DECIMAL } from "./zod.js"

const PLACES = 9

const nanos = (text: string): bigint => {
  const point = text.indexOf(".")
  if (point === -1) return BigInt(text) * 10n ** 9n
  return BigInt(text.slice(0, point) + text.slice(point + 1).padEnd(PLACES, "0"))
}

/** For amounts that are not negative. */
const show = (amount: unknown): string => {
  const digits = String(amount).padStart(PLACES + 1, "0")
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES).replace(/0{1,7}$/, "")}`
}

export const make = (input: Input): ReturnType<typeof candidate> =>
  input.form === "text"
    ? candidate(input, z.string().regex(DECIMAL).transform(nanos), show)
    : candidate(
        input,
        z.number().transform((amount) => nanos(String(amount))),
        show,
      )
