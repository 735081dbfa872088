/**
 * Reads of cached balances, beside others that store a body in SQLite; many callers at once; and memory over many customers.
 *
 * It measures by itself: each trial is a process with files of its own, in which the readers take turns. Every trial checks amounts, calls,
 * and that the next read shows what another connection has written.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { driverName } from "../../scripts/native-drivers.mjs"
import { bundle } from "../store/bundle.mjs"
import { install } from "../store/peers.mjs"
import { compare, figures, megabytes, time } from "../store/report.mjs"

const folder = fileURLToPath(new URL(".", import.meta.url))
const require = createRequire(import.meta.url)

const sizes = {
  full: { count: 5000, parts: 40, reads: 5000, subjects: 100_000, all: 1_000_000, waiters: 1000, times: 21 },
  quick: { count: 1000, parts: 10, reads: 2000, subjects: 10_000, all: 100_000, waiters: 1000, times: 5 },
}

/** Customers that are cached in memory. */
const CAPACITY = 10_000

const versionOf = (name) => require(`${name}/package.json`).version

const measure = async ({ progress, quick, temporary, trials }) => {
  const size = quick ? sizes.quick : sizes.full
  const loadBefore = loadavg()[0]
  const { folder: peers, versions, why } = install()
  const fileOf = await bundle(folder, ["read", "flight", "memory"], join(temporary, "balances"))
  let scratches = 0
  const trial = (name, told) => {
    const scratch = join(temporary, `scratch-${scratches++}`)
    mkdirSync(scratch, { recursive: true })
    try {
      progress(name)
      const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 2 ** 26 }
      const argument = JSON.stringify({ folder: scratch, peers, ...told })
      return JSON.parse(execFileSync(process.execPath, ["--expose-gc", fileOf(name), argument], options))
    } finally {
      rmSync(scratch, { recursive: true })
    }
  }
  const { all, count, parts, reads, subjects, times, waiters } = size
  const rounds = []
  const flights = []
  for (let turn = 0; turn < trials; turn++) {
    rounds.push(trial("read", { count, parts, reads }))
    flights.push(trial("flight", { waiters, times }))
  }
  const memory = trial("memory", { subjects, reads: all, capacity: CAPACITY })
  progress("")
  const [cpu] = cpus()
  return {
    bench: "balances",
    title: "Balances beside others that store a body",
    date: new Date().toISOString(),
    node: process.version,
    machine: { cpu: cpu?.model.trim(), cores: availableParallelism(), memory: totalmem() },
    load: [loadBefore, loadavg()[0]],
    versions: { effect: versionOf("effect"), "better-sqlite3": versionOf(driverName), ...versions },
    missing: why ?? null,
    trials,
    size,
    rounds,
    flights,
    memory,
  }
}

const RAW = "better-sqlite3, JSON.parse"

const markdown = (result) => {
  const { flights, machine, memory, missing, rounds, size, trials } = result
  const versions = Object.entries(result.versions)
    .filter(([, version]) => version)
    .map(([name, version]) => `${name} ${version}`)
  const load = result.load.map((one) => one.toFixed(1)).join(" to ")
  const number = (value) => value.toLocaleString("en")
  const of = (name) => rounds.map(({ nanoseconds }) => nanoseconds[name])
  const ofKeyv = of("keyv")
  const beside = (baseline, targets) =>
    compare({ baseline, candidates: ["hot", "cold", RAW, "keyv"], of, show: time, targets })
  const halves = [memory.rss.slice(1, 11), memory.rss.slice(11)].map((values) => Math.max(...values))
  const parts = [
    `# ${result.title}`,
    `${result.date}, Node ${result.node}, ${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 2 ** 30).toFixed(0)} GiB, load ${load}, ${trials} trials. ${versions.join(", ")}.`,
    ...(missing === null ? [] : [`keyv could not be installed here: ${missing}.`]),
    `## A read of one of ${number(size.count)} stored balances`,
    beside(RAW, { hot: { atMost: 0.4 }, cold: { atMost: 1.4 } }),
    ...(ofKeyv.some((value) => value === undefined) ? [] : [beside("keyv", { hot: { atMost: 0.1 } })]),
    "`hot` and `cold` are `Balances.get` under a policy that takes the answer for fresh: typed, exact, in Effect, of the very credential, and never older than what another process has written. `hot` caches every customer in memory, `cold` none, so that each read is of the file. `better-sqlite3` gets the body by its key with a prepared statement and parses it: an object of texts and doubles. keyv does the same over its adapter. Readers take turns of thousands of reads within each trial.",
    figures([["the first read of a customer in a process", rounds.map(({ first }) => first), time]]),
    "The first read makes the token's fingerprint and checks the rows of the holder and the account; later ones compare.",
    `## ${number(size.waiters)} callers at once for a balance that is not stored`,
    figures([["until all have it", flights.map(({ nanoseconds }) => nanoseconds), time]]),
    "Every time one call upstream, whose balance is stored in the file before any caller has it.",
    `## ${number(size.all)} reads of ${number(size.subjects)} customers, of whom ${number(CAPACITY)} are cached`,
    figures([
      ["a read", [memory.nanoseconds], time],
      ["memory (RSS) before the first read", [memory.rss[0]], megabytes],
      ["most within the first half of the reads", [halves[0]], megabytes],
      ["most within the second half", [halves[1]], megabytes],
      ["heap in use before, collected", [memory.heap[0]], megabytes],
      ["heap in use after the first twentieth", [memory.heap[1]], megabytes],
      ["heap in use at the end", [memory.heap.at(-1)], megabytes],
    ]),
    "Each read brings a token and a subject of its own making, as a request does, of all customers in no order.",
  ]
  return `${parts.join("\n\n")}\n`
}

export default { measure, markdown }
