/** The tortures as a program: `scripts/torture.mjs` bundles and runs it. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as Arguments from "../support/Arguments.js"
import * as Bundle from "./Bundle.js"
import * as Crash from "./Crash.js"
import * as Flip from "./Flip.js"
import * as Full from "./Full.js"
import type { Report } from "./Report.js"
import * as Share from "./Share.js"
import * as Truncate from "./Truncate.js"
import * as Vanish from "./Vanish.js"

interface Given {
  readonly seed: number
  /** How much is done; by default as much as finds something. */
  readonly rounds: number | undefined
  readonly folder: string
  readonly progress: (text: string) => void
}

const withBundle = async (use: (bundle: Bundle.Bundle) => Promise<Report>): Promise<Report> => {
  const bundle = await Bundle.make()
  try {
    return await use(bundle)
  } finally {
    bundle.remove()
  }
}

const tortures: Readonly<Record<string, (given: Given) => Promise<Report>>> = {
  crash: ({ progress, rounds = 200, seed }) =>
    withBundle((bundle) => Crash.run(bundle, { seed, kills: rounds, perFile: 50, verifyEvery: 10, progress })),
  full: async ({ folder, progress, rounds = 20, seed }) => {
    const { failures, figures, room } = await Full.run({ seed, rounds, each: 2000, refills: 4, folder, progress })
    return { figures: { room, ...figures }, failures }
  },
  share: ({ progress, rounds = 10_000, seed }) =>
    withBundle(async (bundle) => {
      const figures: Record<string, number | string> = {}
      const failures: Array<string> = []
      for (const way of Share.ways) {
        const options = {
          seed,
          way,
          processes: 8,
          each: rounds,
          synchronous: "NORMAL",
          maxTogether: 20,
          fillEvery: 200,
          progress,
        } as const
        const report = await Share.run(bundle, options)
        for (const [name, value] of Object.entries(report.figures)) figures[`${way}: ${name}`] = value
        failures.push(...report.failures)
      }
      return { figures, failures }
    }),
  flip: ({ folder, progress, rounds = 3000, seed }) => Flip.run({ seed, flips: rounds, each: 120, folder, progress }),
  truncate: ({ folder, progress, rounds = 300, seed }) =>
    Truncate.run({ seed, each: 120, step: 512, cuts: rounds, folder, progress }),
  vanish: ({ progress, rounds = 100, seed }) =>
    withBundle((bundle) => Vanish.run(bundle, { seed, rounds, processes: 8, progress })),
}

/** Runs what the command line names. */
export const main = async (): Promise<void> => {
  const { positionals, values } = Arguments.orExit(() =>
    parseArgs({
      allowPositionals: true,
      options: { seed: { type: "string", default: String(Date.now() % 1_000_000) }, rounds: { type: "string" } },
    }),
  )
  const seed = Arguments.whole("seed", values.seed, 0)
  const rounds = values.rounds === undefined ? undefined : Arguments.whole("rounds", values.rounds, 1)
  const [name = ""] = positionals
  const torture = tortures[name]
  if (torture === undefined || positionals.length > 1) {
    console.error(`name one of ${Object.keys(tortures).join(", ")}`)
    process.exitCode = 64
    return
  }
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
  }
  const started = performance.now()
  console.log(`torture: ${name}, seed ${seed}`)
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-torture-"))
  try {
    const { failures, figures } = await torture({ seed, rounds, folder, progress })
    progress("")
    for (const [figure, value] of Object.entries(figures)) console.log(`  ${figure.padEnd(28)} ${value}`)
    console.log(`  ${"seconds".padEnd(28)} ${((performance.now() - started) / 1000).toFixed(0)}`)
    for (const failure of failures) console.log(`FAILED ${failure}`)
    if (failures.length > 0) process.exitCode = 1
    else console.log(`torture: ${name} held`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
