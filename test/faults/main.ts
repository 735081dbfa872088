/** The matrix as a program that writes its page: `scripts/faults.mjs` bundles and runs it. */
import * as Effect from "effect/Effect"
import * as Matrix from "./Matrix.js"
import * as Page from "./Page.js"
import * as Table from "./Table.js"
import * as Verdict from "./Verdict.js"

/** Plays all rows, writes the page, and says what is wrong. */
export const main = async (): Promise<void> => {
  const played = await Effect.runPromise(Matrix.run)
  const flaws = [...played.values()].flatMap(({ called, got, row }) => [
    ...Verdict.ofCall(row, called).map((flaw) => `${row.fault}: ZooClient.balance: ${flaw}`),
    ...Verdict.ofGet(row, got).map((flaw) => `${row.fault}: Balances.get: ${flaw}`),
  ])
  for (const flaw of flaws) console.error(`faults: ${flaw}`)
  if (flaws.length > 0) process.exitCode = 1
  else Page.write(Table.page(Matrix.groups, played))
  console.log(`faults: ${played.size} rows, ${flaws.length === 0 ? "docs/faults.md is written" : "nothing is written"}`)
}
