/** How fresh a reading is and what went wrong beside it, for scripts. */
import * as Duration from "effect/Duration"
import type { Reading } from "../../services/Reading.js"
import * as Warnings from "./Warnings.js"

/** `{ freshness, ageMillis, warnings }`; `ageMillis` is null where the balance was just answered or still counts as fresh. */
export const encode = (reading: Reading) => ({
  freshness: reading._tag,
  ageMillis: reading._tag === "Fresh" ? null : Duration.toMillis(reading.age),
  warnings: Warnings.lines(reading),
})
