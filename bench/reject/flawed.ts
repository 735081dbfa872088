/** A body that is refused. */
import * as Either from "effect/Either"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import type { Evidence, Input } from "./Input.js"

type Answer = ReturnType<typeof CustomerBalance.decodeBytes>

export const make = ({ kind, text }: Input) => {
  const bytes = new TextEncoder().encode(text)
  return {
    run: (): Answer => CustomerBalance.decodeBytes(bytes),
    evidence: (answer: Answer): Evidence => ({ decided: Either.isLeft(answer) && answer.left.kind === kind }),
  }
}
