/**
 * What it takes to import the entries of the package, beside `effect`, and to start the command line, beside an empty process.
 *
 * It builds the package and measures by itself: each trial is a process that does one of these things, once. The first round is thrown away,
 * because it reads files that the system does not have in memory yet.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { compare, figures, megabytes, time } from "../store/report.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))
const versionOf = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version

const ENTRIES = ["effect", "zoo-runway/domain", "zoo-runway", "zoo-runway/testing"]
const EMPTY = "an empty process"
const COMMANDS = { [EMPTY]: ["--eval", "0"] }
for (const option of ["--version", "--help"]) COMMANDS[option] = ["dist/bin/zoo-runway.js", option]

/** Runs in the root of the package, where its own name leads to `dist`, as it does for a host. */
const node = (args) => execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" })

const importOf = (entry) => {
  const program = `
    const [started, used] = [performance.now(), process.cpuUsage()]
    const { length } = Object.keys(await import(${JSON.stringify(entry)}))
    const nanoseconds = (performance.now() - started) * 1e6
    const { system, user } = process.cpuUsage(used)
    console.log(JSON.stringify({ length, nanoseconds, cpu: (system + user) * 1e3, rss: process.memoryUsage().rss }))`
  const { length, ...measured } = JSON.parse(node(["--input-type=module", "--eval", program]))
  if (length === 0) throw new Error(`${entry} exports nothing`)
  return measured
}

const startOf = (name) => {
  const started = performance.now()
  const out = node(COMMANDS[name])
  const nanoseconds = (performance.now() - started) * 1e6
  if ((name === EMPTY) !== (out === "")) throw new Error(`${name} printed ${JSON.stringify(out)}`)
  return { nanoseconds }
}

const TRIALS = [
  ...ENTRIES.map((name) => ({ name, run: () => importOf(name) })),
  ...Object.keys(COMMANDS).map((name) => ({ name, run: () => startOf(name) })),
]

/** Runs everything once; each round begins with another trial. */
const measureRound = (round) => {
  const turns = TRIALS.map((_, turn) => TRIALS[(round + turn) % TRIALS.length])
  return Object.fromEntries(turns.map(({ name, run }) => [name, run()]))
}

const measure = async ({ progress, trials }) => {
  node(["scripts/build.mjs"])
  const [cpu] = cpus()
  const loadBefore = loadavg()[0]
  const rounds = []
  for (let round = 0; round <= trials; round++) {
    progress(`round ${round} of ${trials}`)
    rounds.push(measureRound(round))
  }
  progress("")
  return {
    bench: "imports",
    title: "Importing the package and starting the command line",
    date: new Date().toISOString(),
    node: process.version,
    machine: { cpu: cpu?.model.trim(), cores: availableParallelism(), memory: totalmem() },
    load: [loadBefore, loadavg()[0]],
    versions: { effect: versionOf("effect"), "@effect/platform": versionOf("@effect/platform") },
    trials,
    rounds: rounds.slice(1),
  }
}

const markdown = ({ date, load, machine, node: version, rounds, title, trials, versions }) => {
  const of = (name) => rounds.map((round) => round[name].nanoseconds)
  const cpuOf = (name) => rounds.map((round) => round[name].cpu)
  const named = Object.entries(versions).map((pair) => pair.join(" "))
  const parts = [
    `# ${title}`,
    `${date}, Node ${version}, ${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 2 ** 30).toFixed(0)} GiB, load ${load.map((one) => one.toFixed(1)).join(" to ")}, ${trials} trials. ${named.join(", ")}.`,
    "## Importing an entry in a new process",
    compare({
      baseline: "effect",
      candidates: ENTRIES,
      of,
      show: time,
      targets: {
        "zoo-runway/domain": { atMost: 1 },
        "zoo-runway": { atMost: 1.3 },
        "zoo-runway/testing": { atMost: 1.3 },
      },
    }),
    "From before the `import()` until it is done; the start of Node is not in it. The same in processor time, which other processes disturb less:",
    compare({ baseline: "effect", candidates: ENTRIES, of: cpuOf, show: time }),
    figures(ENTRIES.map((name) => [`memory (RSS) after ${name}`, rounds.map((round) => round[name].rss), megabytes])),
    "## Starting the command line",
    compare({
      baseline: EMPTY,
      candidates: Object.keys(COMMANDS),
      of,
      show: time,
      targets: { "--version": { atMost: 1.8 }, "--help": { atMost: 1.8 } },
    }),
    "A whole process, from its start to its end.",
  ]
  return `${parts.join("\n\n")}\n`
}

export default { measure, markdown }
