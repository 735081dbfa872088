/** A body that is taken. */
import * as Either from "effect/Either"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import type { Evidence, Input } from "./Input.js"

type Answer = ReturnType<typeof CustomerBalance.decodeBytes>

export const make = ({ valid }: Input) => {
  const bytes = new TextEncoder().encode(valid)
  return {
    run: (): Answer => CustomerBalance.decodeBytes(bytes),
    evidence: (answer: Answer): Evidence => ({ decided: Either.isRight(answer) }),
  }
}
