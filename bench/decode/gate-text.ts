/** This library's gate over text. */
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import type { Candidate, Input } from "./Evidence.js"
import { type Answer, evidence } from "./gate.js"

export const make = ({ text }: Input): Candidate<Answer> => ({ run: () => CustomerBalance.decodeText(text), evidence })
