/** The exercise as a program: `scripts/truth.mjs` bundles and runs it. */
import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import * as Arguments from "../support/Arguments.js"
import * as Run from "./Run.js"
import * as Scenario from "./Scenario.js"
import * as Show from "./Show.js"
import * as StoredLaws from "./StoredLaws.js"
import { Tally } from "./Tally.js"

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

const report = (tally: Tally, seed: number): void => {
  for (const line of tally.lines()) console.log(line)
  const classes = [...tally.classes.values()].sort((a, b) => b.count - a.count)
  for (const { accounts, count, examples, law, sort } of classes) {
    console.log(`\nviolated  ${law}: ${sort} (${count} in ${accounts.size} accounts)`)
    for (const { detail, number } of examples)
      console.log(`  --seed ${seed} --account ${number}: ${detail.trimStart()}`)
  }
  if (classes.length > 0) process.exitCode = 1
  else console.log("truth: no law is broken")
}

/** One account with its truth beside its ledger, entries in which nothing happened left out. */
const showOne = (seed: number, number: number): Tally => {
  const tally = new Tally()
  const scenario = Scenario.make(seed, number)
  console.log(Show.scenario(scenario))
  Run.account(scenario, tally, (entry, { facts, violations }) => {
    if (entry.events.length > 0 || facts.events.length > 0 || violations.length > 0)
      console.log(Show.entry(entry, facts))
  })
  return tally
}

/** One stored history is checked of every so many accounts: each takes as long as some hundred others. */
const ACCOUNTS_A_HISTORY = 25

/** Checks some of the accounts as they are stored. */
const checkStored = async (tally: Tally, seed: number, accounts: number): Promise<void> => {
  for (let number = 0; number < accounts; number += ACCOUNTS_A_HISTORY) {
    const found = await Effect.runPromise(
      StoredLaws.check(Scenario.make(seed, number, { mostLooks: Run.MOST_SHUFFLED })),
    )
    tally.checked("pruning changes nothing that is told", found.checked)
    for (const violation of found.violations) tally.add(violation)
    progress(`${number} of ${accounts} accounts as they are stored`)
  }
}

/** Runs as the command line says, and prints what came out. */
export const main = async (): Promise<void> => {
  const values = Arguments.orExit(
    () =>
      parseArgs({
        options: {
          seed: { type: "string", default: String(Date.now()) },
          accounts: { type: "string", default: "10000" },
          account: { type: "string" },
        },
      }).values,
  )
  const seed = Arguments.whole("seed", values.seed, 0)
  const accounts = Arguments.whole("accounts", values.accounts, 1)
  const one = values.account === undefined ? undefined : Arguments.whole("account", values.account, 0)
  const started = Date.now()
  const elapsed = (): string => ((Date.now() - started) / 1000).toFixed(0)
  console.log(`seed      ${seed}`)
  const tally =
    one === undefined
      ? Run.run({
          seed,
          accounts,
          progress: (count) => {
            if (count % 20 === 0) progress(`${count} of ${accounts} accounts in ${elapsed()} s`)
          },
        })
      : showOne(seed, one)
  if (one === undefined) await checkStored(tally, seed, accounts)
  progress("")
  report(tally, seed)
  const { maxRSS } = process.resourceUsage()
  const processor = (process.cpuUsage().user / 1e6).toFixed(0)
  console.log(`time      ${elapsed()} s, ${processor} s of the processor, ${(maxRSS / 1024).toFixed(0)} MiB`)
}
