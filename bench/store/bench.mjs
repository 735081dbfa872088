/**
 * The store beside what else keeps such a history: better-sqlite3 by hand, keyv, lines of JSON, DuckDB.
 *
 * It measures by itself: each trial is a process and works on files of its own. Where candidates write, they take turns within the trial,
 * some hundreds or thousands of snapshots each, so that the machine's pace is the same for all. Every trial checks counts and sums before
 * it tells a figure.
 */
import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { table } from "../table.mjs"
import { bundle } from "./bundle.mjs"
import { install } from "./peers.mjs"
import { compare, figures, megabytes, rate, time } from "./report.mjs"

const folder = fileURLToPath(new URL(".", import.meta.url))
const require = createRequire(import.meta.url)

const TRIALS = ["append", "import", "text", "fill", "ask-store", "ask-raw", "ask-peers", "rebuild"]

const kinds = [
  { kind: "some", name: "31 % of the polls differ" },
  { kind: "all", name: "all polls differ" },
]

const sizes = {
  full: { fill: 1_000_000, import: 200_000, text: 100_000, parts: { NORMAL: 40, FULL: 12 } },
  quick: { fill: 100_000, import: 60_000, text: 40_000, parts: { NORMAL: 10, FULL: 4 } },
}

/** Trials that cost much, and whose figures differ by orders of magnitude, are fewer. */
const fewer = (trials) => Math.min(trials, 3)

const versionOf = (name) => require(`${name}/package.json`).version

const sqliteVersion = () => {
  const Database = require("better-sqlite3")
  const database = new Database(":memory:")
  const version = database.prepare("SELECT sqlite_version()").pluck().get()
  database.close()
  return version
}

const measure = async ({ progress, quick, temporary, trials }) => {
  const size = quick ? sizes.quick : sizes.full
  const loadBefore = loadavg()[0]
  const { folder: peers, versions, why } = install()
  const fileOf = await bundle(folder, TRIALS, join(temporary, "store"))

  let scratches = 0
  /** A trial in a process of its own, with an empty folder that is gone afterwards. */
  const trial = (name, told, into) => {
    const scratch = into ?? join(temporary, `scratch-${scratches++}`)
    mkdirSync(scratch, { recursive: true })
    try {
      progress(`${name} ${told.kind ?? ""}`)
      const argument = JSON.stringify({ folder: scratch, peers, ...told })
      const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 2 ** 26 }
      return JSON.parse(execFileSync(process.execPath, ["--expose-gc", fileOf(name), argument], options))
    } finally {
      if (into === undefined) rmSync(scratch, { recursive: true })
    }
  }

  const filled = kinds.map(({ kind }) => {
    const into = join(temporary, `filled-${kind}`)
    return { kind, folder: into, ...trial("fill", { kind, count: size.fill }, into) }
  })
  const ofKind = (wanted) => filled.find(({ kind }) => kind === wanted)

  const appends = kinds.flatMap(({ kind, name }) =>
    ["NORMAL", "FULL"].map((synchronous) => ({ kind, name, synchronous, parts: size.parts[synchronous], rounds: [] })),
  )
  const asked = filled.map(({ expected, folder: into, kind }) => ({
    kind,
    told: { expected },
    store: { rounds: [], path: join(into, "store.db") },
    raw: { rounds: [], path: join(into, "raw.db") },
    folder: into,
    peers: { "JSON lines": [], ...(peers === null ? {} : { keyv: [], DuckDB: [] }) },
    rebuilds: [],
  }))
  const [imports, texts] = [0, 1].map(() => kinds.map(({ kind, name }) => ({ kind, name, rounds: [] })))

  for (let turn = 0; turn < trials; turn++) {
    for (const { kind, parts, rounds, synchronous } of appends) {
      rounds.push(trial("append", { kind, synchronous, parts, turn }).nanoseconds)
    }
    for (const { kind, rounds } of imports) {
      rounds.push(trial("import", { kind, count: size.import, turn }).perSecond)
    }
    for (const { kind, rounds } of texts) rounds.push(trial("text", { kind, count: size.text, turn }).perSecond)
    for (const { folder: into, kind, peers: others, raw, rebuilds, store, told } of asked) {
      store.rounds.push(trial("ask-store", { kind, path: store.path, ...told }))
      raw.rounds.push(trial("ask-raw", { kind, path: raw.path, ...told }))
      if (turn >= fewer(trials)) continue
      for (const [peer, rounds] of Object.entries(others)) {
        rounds.push(trial("ask-peers", { kind, peer, folder: into, ...told }))
      }
      const copy = join(into, "copy.db")
      copyFileSync(store.path, copy)
      rebuilds.push(trial("rebuild", { kind, path: copy, ...told }))
      for (const end of ["", "-wal", "-shm"]) rmSync(`${copy}${end}`, { force: true })
    }
  }
  progress("")
  for (const { folder: into } of filled) rmSync(into, { recursive: true })

  const [cpu] = cpus()
  return {
    bench: "store",
    title: "The store beside its peers",
    date: new Date().toISOString(),
    node: process.version,
    machine: { cpu: cpu?.model.trim(), cores: availableParallelism(), memory: totalmem() },
    load: [loadBefore, loadavg()[0]],
    versions: {
      effect: versionOf("effect"),
      "better-sqlite3": versionOf("better-sqlite3"),
      SQLite: sqliteVersion(),
      ...versions,
    },
    missing: why ?? null,
    trials,
    size,
    appends,
    imports,
    texts,
    sizes: kinds.map(({ kind, name }) => ({ kind, name, files: ofKind(kind).sizes })),
    asked: asked.map(({ kind, peers: others, raw, rebuilds, store }) => ({
      kind,
      name: kinds.find((each) => each.kind === kind).name,
      store: store.rounds,
      raw: raw.rounds,
      peers: others,
      rebuilds,
    })),
  }
}

const RAW = "better-sqlite3"

const BYTES = { some: 30, all: 60 }

const sizeTable = ({ files, kind }) => {
  const per = ({ bytes, snapshots }) => bytes / snapshots
  const row = (name) => {
    const bytes = per(files[name])
    const target = name === "store" ? `at most ${BYTES[kind]}: ${bytes <= BYTES[kind] ? "met" : "missed"}` : ""
    const { snapshots } = files[name]
    return [
      name,
      bytes.toFixed(1),
      (bytes / per(files[RAW])).toFixed(2),
      megabytes(files[name].bytes),
      snapshots.toLocaleString("en"),
      target,
    ]
  }
  return [["", "bytes a snapshot", `to ${RAW}`, "file", "snapshots", "target"], ...Object.keys(files).map(row)]
}

const sums = ({ peers, raw, store }) => {
  const values = {
    store: store.map(({ all }) => all.again),
    "store, the first time": store.map(({ all }) => all.first),
    "store, a window": store.map(({ window }) => window.again),
    "store, a window, the first time": store.map(({ window }) => window.first),
    [`${RAW}, SELECT sum(used)`]: raw.map(({ all }) => all.again),
    [`${RAW}, the first time`]: raw.map(({ all }) => all.first),
    [`${RAW}, a window`]: raw.map(({ window }) => window.again),
  }
  const baseline = `${RAW}, SELECT sum(used)`
  const most = { atMost: 1.3 }
  const targets = {
    store: most,
    "store, the first time": most,
    "store, a window": most,
    "store, a window, the first time": most,
  }
  const own = compare({ baseline, candidates: Object.keys(values), of: (name) => values[name], show: time, targets })
  const others = Object.entries(peers).map(([name, rounds]) => [
    `${name}, ${rounds[0].snapshots.toLocaleString("en")} snapshots`,
    rounds.map(({ nanoseconds }) => nanoseconds),
    time,
  ])
  return [own, figures(others)]
}

const figuresOf = ({ peers, raw, rebuilds, store }) =>
  figures([
    [`usage by day, ${store[0].days.count} days`, store.map(({ days }) => days.again), time, { atMost: 1e6 }],
    ["usage by day, the first time", store.map(({ days }) => days.first), time],
    ["opening, until the latest snapshot is there", store.map(({ opening }) => opening), time, { atMost: 20e6 }],
    [`opening ${RAW}, until the latest row is there`, raw.map(({ opening }) => opening), time],
    ["memory (RSS) of a process that opened and asked", store.map(({ rss }) => rss), megabytes, { atMost: 120e6 }],
    ["its peak", store.map(({ peak }) => peak), megabytes],
    [`memory (RSS), ${RAW}`, raw.map(({ rss }) => rss), megabytes],
    ...Object.entries(peers).map(([name, rounds]) => [
      `memory (RSS), ${name}`,
      rounds.map(({ rss }) => rss),
      megabytes,
    ]),
    ["explaining everything again", rebuilds.map(({ nanoseconds }) => nanoseconds), time],
    ["explaining everything again, snapshots a second", rebuilds.map(({ perSecond }) => perSecond), rate],
    ["its longest transaction", rebuilds.map(({ longest }) => longest), time],
    ["longest time without a turn for others meanwhile", rebuilds.map(({ still }) => still), time],
  ])

const markdown = (result) => {
  const { appends, asked, imports, machine, missing, size, texts, trials } = result
  const count = size.fill.toLocaleString("en")
  const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`)
  const load = result.load.map((one) => one.toFixed(1)).join(" to ")
  const target = { NORMAL: { atMost: 1.8 }, FULL: { atMost: 1.3 } }
  const writing = ({ rounds }, show, targets) => {
    const candidates = Object.keys(rounds[0])
    return compare({ baseline: RAW, candidates, of: (name) => rounds.map((round) => round[name]), show, targets })
  }
  const perSecond = ({ rounds }, baseline, atLeast) =>
    compare({
      baseline,
      candidates: Object.keys(rounds[0]),
      of: (name) => rounds.map((round) => round[name]),
      show: rate,
      targets: { store: { atLeast } },
    })
  const parts = [
    `# ${result.title}`,
    `${result.date}, Node ${result.node}, ${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 2 ** 30).toFixed(0)} GiB, load ${load}, ${trials} trials. ${versions.join(", ")}.`,
    ...(missing === null ? [] : [`keyv and DuckDB could not be had here: ${missing}.`]),
    "Polls of one account, a minute apart. Ratios are of medians; their spread is that of the trials, in each of which all candidates took turns. Every trial checked that all was kept, and that sums of usage are the ledger's own to the last digit; whoever keeps whole bodies, that it adds up to what the bodies did when they were made.",
    "## One at a time",
    ...appends.flatMap((each) => [
      `### ${each.name}, synchronous=${each.synchronous}`,
      writing(each, time, { store: target[each.synchronous] }),
    ]),
    `\`${RAW}\` inserts 12 whole numbers into a \`STRICT, WITHOUT ROWID\` table keyed by account and time, with a prepared statement, autocommit, WAL. It knows its one plan without looking, and no usage. The snapshots were decoded one by one, so that no two share a plan. \`store\` appends in a loop within one Effect. keyv sets the body's object; lines of JSON are appended and, at FULL, synced; DuckDB inserts the same 12 columns, prepared, and syncs its log at every commit, at NORMAL too.`,
    `## ${size.import.toLocaleString("en")} snapshots, parsed already`,
    ...imports.flatMap((each) => [`### ${each.name}`, perSecond(each, RAW, 0.8)]),
    "Transactions of 500, synchronous=NORMAL, the log written into the file at the end, which is counted. The store has every sum of usage by then; the others have none. DuckDB appends.",
    `## ${size.text.toLocaleString("en")} lines of JSON`,
    ...texts.flatMap((each) => [`### ${each.name}`, perSecond(each, "JSON.parse, better-sqlite3", 0.6)]),
    "`store` reads each line into a snapshot, checked and exact, and keeps it with its usage. The other parses the line for whose and when, and keeps it as the text that it is.",
    "## Size",
    ...result.sizes.flatMap((each) => [`### ${each.name}`, table(sizeTable(each))]),
    `Files after a checkpoint, without VACUUM. \`${RAW}\` and DuckDB have a column with the nano-dollars used besides. keyv and lines of JSON, which keep whole bodies, got a tenth.`,
    `## Usage of ${count} snapshots`,
    ...asked.flatMap((each) => [`### ${each.name}`, ...sums(each)]),
    "The window begins and ends in the middle of minutes within days. DuckDB sums the same column. keyv and lines of JSON read every body of a tenth of the snapshots and add up differences in doubles.",
    `## Days, opening, memory, and explaining again, of ${count} snapshots`,
    ...asked.flatMap((each) => [`### ${each.name}`, figuresOf(each)]),
  ]
  return `${parts.join("\n\n")}\n`
}

export default { measure, markdown }
