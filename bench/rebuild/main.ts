/** Times the fold of a ledger over many snapshots, beside the least work on them: differences of doubles, falls counted as usage. */
import { mkdirSync, writeFileSync } from "node:fs"
import { loadavg } from "node:os"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Arguments from "../../test/support/Arguments.js"
import * as Snapshots from "./Snapshots.js"

const RESULTS = new URL("../bench/results/", `file://${process.cwd()}/scripts/`)

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** What is live after a collection, in MiB. */
const live = (): number => {
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** A fold over snapshots. */
interface Candidate {
  readonly name: string
  /** Takes in the next snapshots. */
  readonly take: (snapshots: ReadonlyArray<Snapshot.Snapshot>) => void
  /** Dollars of usage found. */
  readonly used: () => number
}

const ledger = (): Candidate => {
  let state = Ledger.start
  let nanos = 0n
  return {
    name: "Ledger.step",
    take: (snapshots) => {
      for (const snapshot of snapshots) {
        const [next, entries] = Ledger.step(state, snapshot)
        state = next
        for (const { events } of entries) {
          for (const event of events) {
            if (event._tag === "Usage" && event.amount._tag === "Exact") nanos += Usd.toNanos(event.amount.usd)
          }
        }
      }
    },
    used: () => Number(nanos) / 1e9,
  }
}

const differences = (): Candidate => {
  let last: readonly [number, number, number] | undefined
  let used = 0
  return {
    name: "differences of doubles",
    take: (snapshots) => {
      for (const snapshot of snapshots) {
        const { due } = snapshot.balance
        const now = [
          Usd.toNumberApproximate(Snapshot.monthly(snapshot)),
          Usd.toNumberApproximate(Snapshot.stable(snapshot)),
          due._tag === "Due" ? -Usd.toNumberApproximate(due.usd) : 0,
        ] as const
        if (last !== undefined) {
          used += Math.max(0, last[0] - now[0]) + Math.max(0, last[1] - now[1]) + Math.max(0, last[2] - now[2])
        }
        last = now
      }
    },
    used: () => used,
  }
}

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

interface Round {
  readonly millis: ReadonlyMap<string, number>
  /** What the ledger's state takes after a tenth, half and all of the snapshots, in MiB. */
  readonly held: ReadonlyArray<number>
  readonly used: ReadonlyMap<string, number>
}

/** Each part goes through every candidate, by turns first, so that the machine's pace is the same for all. */
const round = (busy: Snapshots.Busy, count: number): Round => {
  const candidates = [ledger(), differences()]
  const millis = new Map<string, number>(candidates.map(({ name }) => [name, 0]))
  const held: Array<number> = []
  let seen = 0
  for (const part of Snapshots.parts(busy, count)) {
    for (const { name, take } of seen % 2 === 0 ? candidates : candidates.toReversed()) {
      const started = process.hrtime.bigint()
      take(part)
      millis.set(name, (millis.get(name) ?? 0) + Number(process.hrtime.bigint() - started) / 1e6)
    }
    const before = seen
    seen += part.length
    for (const share of [0.1, 0.5, 1]) if (before < share * count && seen >= share * count) held.push(live())
  }
  return { millis, held, used: new Map(candidates.map(({ name, used }) => [name, used()])) }
}

const lines = (count: number, rounds: number): ReadonlyArray<string> => {
  const found = [
    "# Rebuilding a ledger",
    "",
    `${new Date().toISOString()}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds of ${count.toLocaleString("en")} snapshots a minute apart, with the amount due. Making them is not counted.`,
    "",
    "| snapshots | fold | median | spread | a snapshot | usage found |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
  ]
  const memory: Array<string> = []
  for (const busy of Snapshots.busy) {
    const all = Array.from({ length: rounds }, () => round(busy, count))
    for (const name of all[0]?.millis.keys() ?? []) {
      const times = all.map(({ millis }) => millis.get(name) ?? Number.NaN)
      const [least, most] = [Math.min(...times), Math.max(...times)]
      found.push(
        `| ${busy.name} | ${name} | ${(median(times) / 1000).toFixed(2)} s | ${(least / 1000).toFixed(2)} to ${(most / 1000).toFixed(2)} s | ${((median(times) * 1000) / count).toFixed(2)} us | ${all[0]?.used.get(name)?.toFixed(2)} USD |`,
      )
    }
    const held = [0, 1, 2].map((at) => median(all.map((each) => each.held[at] ?? Number.NaN)).toFixed(1))
    memory.push(`| ${busy.name} | ${held.map((mib) => `${mib} MiB`).join(" | ")} |`)
  }
  return [
    ...found,
    "",
    "Live heap after a tenth, half and all of the snapshots, with the part of them that is read (50,000) and the simulated account:",
    "",
    "| snapshots | a tenth | half | all |",
    "| --- | ---: | ---: | ---: |",
    ...memory,
    "",
    "Differences of doubles are the floor: they count a refresh as nothing, a payment as usage's opposite, and a renewal as usage.",
  ]
}

/** Runs as the command line says, and prints what came out. */
export const main = (): void => {
  const values = Arguments.orExit(
    () =>
      parseArgs({
        options: {
          snapshots: { type: "string", default: "1000000" },
          rounds: { type: "string", default: "5" },
          save: { type: "boolean", default: false },
        },
      }).values,
  )
  const count = Arguments.whole("snapshots", values.snapshots, 2)
  const rounds = Arguments.whole("rounds", values.rounds, 1)
  const text = `${lines(count, rounds).join("\n")}\n`
  console.log(text)
  if (!values.save) return
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(new URL(`${new Date().toISOString().slice(0, 10)}-rebuild.md`, RESULTS), text)
}
