/** zod 4, money as effect's decimals. */
import * as BigDecimal from "effect/BigDecimal"
import * as z from "zod"
import type { Input } from "./Evidence.js"
import { candidate, DECIMAL } from "./zod.js"

const show = (amount: unknown): string => (BigDecimal.isBigDecimal(amount) ? BigDecimal.format(amount) : String(amount))

export const make = (input: Input): ReturnType<typeof candidate> =>
  input.form === "text"
    ? candidate(input, z.string().regex(DECIMAL).transform(BigDecimal.unsafeFromString), show)
    : candidate(input, z.number().transform(BigDecimal.unsafeFromNumber), show)
