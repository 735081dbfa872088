/** This library's gate over bytes, as they come from the network. */
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import type { Candidate, Input } from "./Evidence.js"
import { type Answer, evidence } from "./gate.js"

export const make = ({ text }: Input): Candidate<Answer> => {
  const bytes = new TextEncoder().encode(text)
  return { run: () => CustomerBalance.decodeBytes(bytes), evidence }
}
