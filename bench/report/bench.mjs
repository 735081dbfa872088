/**
 * Reports over long histories: how long they take, how long they stop the event loop, and what `status` takes as a process.
 *
 * It measures by itself: each trial is a process, on files that are made once. Every trial checks what it got before it returns a figure.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { driverName } from "../../scripts/native-drivers.mjs"
import { bundle, bundleCommandLine } from "../store/bundle.mjs"
import { compare, figures, megabytes, time } from "../store/report.mjs"
import { table } from "../table.mjs"

const folder = fileURLToPath(new URL(".", import.meta.url))
const require = createRequire(import.meta.url)
const versionOf = (name) => require(`${name}/package.json`).version

const USER = "6d3a26ba-1f0a-4d9f-8a2c-92d1a8c0f0b1"
const DAYS = 150
const MINUTES = 1440

const sizes = {
  full: { days: DAYS, few: 1000, many: 1_000_000, times: 31, runs: 5 },
  quick: { days: 40, few: 1000, many: 30_000, times: 11, runs: 1 },
}

const names = {
  nothing: "nothing: an idle loop",
  report: "a report, usage at rest",
  fill: "the first fold",
  statement: "a statement of everything",
  periods: "a statement by days",
  stream: "a stream of everything",
  verify: "verification of file and account",
}

const measure = async ({ progress, quick, temporary, trials }) => {
  const size = quick ? sizes.quick : sizes.full
  const loadBefore = loadavg()[0]
  const files = join(temporary, "report")
  const fileOf = await bundle(folder, ["history", "analysis", "statement", "hold"], files)
  const commandLine = await bundleCommandLine(files)
  const histories = join(temporary, "histories")
  mkdirSync(histories)
  const until = Math.floor(Date.now() / 60_000) * 60_000 - 30_000
  const run = (name, told) => {
    progress(`${name} ${told.what ?? ""}`)
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }
    return JSON.parse(execFileSync(process.execPath, ["--expose-gc", fileOf(name), JSON.stringify(told)], options))
  }
  const make = (name, count, every, isFilled) => {
    const path = join(histories, `${name}.db`)
    run("history", { path, count, every, until, isFilled })
    return { path, count, until }
  }
  const quarterly = make("quarterly", (size.days * MINUTES) / 15, 15, true)
  const yearly = make("yearly", (365 * MINUTES) / 15, 15, true)
  const minutely = make("minutely", size.days * MINUTES, 1, false)
  const filled = { ...minutely, path: join(histories, "filled.db") }
  copyFileSync(minutely.path, filled.path)
  run("hold", { ...filled, what: "fill", again: 0 })
  const few = make("few", size.few, 1, true)
  const many = make("many", size.many, 1, true)

  const status = (history, isPeak) => {
    progress(`status ${history.count}`)
    const imports = isPeak ? ["--import", pathToFileURL(join(folder, "peak.mjs")).href] : []
    const args = [commandLine, "status", "--offline", "--subject", `user:${USER}`, "--db", history.path]
    const started = process.hrtime.bigint()
    const { status: code, stderr, stdout } = spawnSync(process.execPath, [...imports, ...args], { encoding: "utf8" })
    const nanos = Number(process.hrtime.bigint() - started)
    if (code !== 0 || stdout.length < 200) throw new Error(`status ended with ${code}: ${stderr}`)
    return isPeak ? Number(/peak (\d+) kB/.exec(stderr)?.[1]) * 1024 : nanos
  }
  const empty = (isPeak) => {
    const imports = isPeak ? ["--import", pathToFileURL(join(folder, "peak.mjs")).href] : []
    const started = process.hrtime.bigint()
    const { stderr } = spawnSync(process.execPath, [...imports, "-e", "0"], { encoding: "utf8" })
    const nanos = Number(process.hrtime.bigint() - started)
    return isPeak ? Number(/peak (\d+) kB/.exec(stderr)?.[1]) * 1024 : nanos
  }

  const analyses = []
  const statements = []
  const holds = Object.fromEntries(Object.keys(names).map((what) => [what, []]))
  const processes = { few: [], many: [], empty: [] }
  const peaks = { few: [], many: [], empty: [] }
  for (let turn = 0; turn < trials; turn++) {
    analyses.push(run("analysis", { ...quarterly, times: size.times }))
    statements.push(run("statement", { ...yearly, times: size.times }))
    holds.nothing.push(run("hold", { ...quarterly, what: "nothing", again: 1 }))
    holds.report.push(run("hold", { ...quarterly, what: "report", again: 10 }))
    const copy = join(histories, "copy.db")
    copyFileSync(minutely.path, copy)
    holds.fill.push(run("hold", { ...minutely, path: copy, what: "fill", again: 0 }))
    for (const end of ["", "-wal", "-shm"]) rmSync(`${copy}${end}`, { force: true })
    for (const what of ["statement", "periods", "stream", "verify"])
      holds[what].push(run("hold", { ...filled, what, again: 1 }))
    for (let nth = 0; nth < size.runs; nth++) {
      processes.few.push(status(few, false))
      processes.many.push(status(many, false))
      processes.empty.push(empty(false))
    }
    peaks.few.push(status(few, true))
    peaks.many.push(status(many, true))
    peaks.empty.push(empty(true))
  }
  progress("")
  rmSync(histories, { recursive: true })

  const [cpu] = cpus()
  return {
    bench: "report",
    title: "Reports over long histories",
    date: new Date().toISOString(),
    node: process.version,
    machine: { cpu: cpu?.model.trim(), cores: availableParallelism(), memory: totalmem() },
    load: [loadBefore, loadavg()[0]],
    versions: { effect: versionOf("effect"), "better-sqlite3": versionOf(driverName) },
    trials,
    size,
    analyses,
    statements,
    holds,
    processes,
    peaks,
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

const MAX_HOLD_MS = 20

const holdTable = (holds) => {
  const millis = (value) => (value === null || value === undefined ? "" : `${value.toFixed(1)} ms`)
  const most = (values) => (values.includes(null) ? null : Math.max(...values))
  const rows = Object.entries(names).map(([what, name]) => {
    const [first, later] = ["first", "later"].map((key) => holds[what].map((each) => each[key]))
    const worst = Math.max(most(first), most(later) ?? 0)
    const target = what === "nothing" ? "" : `at most ${MAX_HOLD_MS} ms: ${worst <= MAX_HOLD_MS ? "met" : "missed"}`
    const laterMedian = later.includes(null) ? null : median(later)
    return [
      name,
      millis(median(holds[what].map((each) => each.millis))),
      millis(median(first)),
      millis(most(first)),
      millis(laterMedian),
      millis(most(later)),
      target,
    ]
  })
  const head = ["", "takes", "longest hold, first time", "at most", "longest hold, again", "at most", "target"]
  return table([head, ...rows])
}

const markdown = (result) => {
  const { analyses, holds, machine, peaks, processes, size, statements, trials } = result
  const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`)
  const load = result.load.map((one) => one.toFixed(1)).join(" to ")
  const number = (value) => value.toLocaleString("en")
  const of = (name) => analyses.map(({ nanoseconds }) => nanoseconds[name])
  const [few, many] = [size.few, size.many].map((count) => `${number(count)} snapshots`)
  const statusOf = { [few]: processes.few, [many]: processes.many, "an empty Node process": processes.empty }
  const parts = [
    `# ${result.title}`,
    `${result.date}, Node ${result.node}, ${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 2 ** 30).toFixed(0)} GiB, load ${load}, ${trials} trials. ${versions.join(", ")}.`,
    `## A report over ${size.days} days at 15-minute polls`,
    figures([
      ["the analysis without the forecast", of("the analysis without the forecast"), time, { atMost: 10e6 }],
      ["of it: the series of usage", of("the series of usage"), time],
      ["of it: rates, pace and days", of("rates, pace and days"), time],
      ["the forecast", of("the forecast"), time],
      ["the whole report", of("the whole report"), time],
      ["the first report of a process", analyses.map(({ first }) => first), time],
    ]),
    "Usage of all days but the running one is at rest. The series is read from it, and the running day is folded from its snapshots; the newest balance is read too. Parts take turns within each trial, of which the median counts.",
    "## A statement of a year at 15-minute polls",
    figures([
      ["by months", statements.map(({ month }) => month), time, { atMost: 60e6 }],
      ["by days", statements.map(({ day }) => day), time, { atMost: 60e6 }],
      ["the first of a process, by months", statements.map(({ first }) => first), time],
    ]),
    "Usage of all days but the running one is at rest.",
    `## The event loop, with ${number(size.days * MINUTES)} snapshots (the report: ${number((size.days * MINUTES) / 15)})`,
    holdTable(holds),
    "`monitorEventLoopDelay` at a resolution of 1 ms, its maximum, nothing subtracted: the median and the worst of the trials, each a process of its own. The first time includes the compiler's work on code that never ran.",
    "## `status --offline` as a process",
    compare({
      baseline: few,
      candidates: Object.keys(statusOf),
      of: (name) => statusOf[name],
      show: time,
      targets: { [many]: { atMost: 1.5 } },
    }),
    figures([
      [`peak of memory (RSS), ${few}`, peaks.few, megabytes],
      [`peak of memory (RSS), ${many}`, peaks.many, megabytes, { atMost: 150e6 }],
      ["peak of memory (RSS), an empty Node process", peaks.empty, megabytes],
    ]),
    "Minute polls up to now, usage at rest; the command line as the package ships it. Times are of the whole process, from outside.",
  ]
  return `${parts.join("\n\n")}\n`
}

export default { measure, markdown }
