/**
 * The store beside others that store such a history: better-sqlite3 by hand, keyv, lines of JSON, DuckDB.
 *
 * It measures by itself: each trial is a process and works on files of its own. Where candidates write, they take turns within the trial,
 * some hundreds or thousands of snapshots each, so that the machine's pace is the same for all. Every trial checks counts before it returns a
 * figure.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { driverName } from "../../scripts/native-drivers.mjs"
import { table } from "../table.mjs"
import { bundle } from "./bundle.mjs"
import { install } from "./peers.mjs"
import { compare, figures, megabytes, rate, time } from "./report.mjs"

const folder = fileURLToPath(new URL(".", import.meta.url))
const require = createRequire(import.meta.url)

const TRIALS = ["append", "import", "text", "size"]

const kinds = [
  { kind: "some", name: "31 % of the polls differ" },
  { kind: "all", name: "all polls differ" },
]

const sizes = {
  full: { size: 500_000, import: 200_000, text: 100_000, parts: { NORMAL: 40, FULL: 12 } },
  quick: { size: 60_000, import: 60_000, text: 40_000, parts: { NORMAL: 10, FULL: 4 } },
}

const versionOf = (name) => require(`${name}/package.json`).version

const sqliteVersion = () => {
  const Database = require(driverName)
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
  const trial = (name, told) => {
    const scratch = join(temporary, `scratch-${scratches++}`)
    mkdirSync(scratch, { recursive: true })
    try {
      progress(`${name} ${told.kind ?? ""}`)
      const argument = JSON.stringify({ folder: scratch, peers, ...told })
      const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 2 ** 26 }
      return JSON.parse(execFileSync(process.execPath, ["--expose-gc", fileOf(name), argument], options))
    } finally {
      rmSync(scratch, { recursive: true })
    }
  }

  const found = kinds.map(({ kind, name }) => ({ kind, name, ...trial("size", { kind, count: size.size }) }))
  const appends = kinds.flatMap(({ kind, name }) =>
    ["NORMAL", "FULL"].map((synchronous) => ({ kind, name, synchronous, parts: size.parts[synchronous], rounds: [] })),
  )
  const imports = kinds.map(({ kind, name }) => ({ kind, name, rounds: [], fills: [] }))
  const texts = kinds.map(({ kind, name }) => ({ kind, name, rounds: [] }))
  for (let turn = 0; turn < trials; turn++) {
    for (const { kind, parts, rounds, synchronous } of appends) {
      rounds.push(trial("append", { kind, synchronous, parts, turn }).nanoseconds)
    }
    for (const { fills, kind, rounds } of imports) {
      const { fillNanos, perSecond } = trial("import", { kind, count: size.import, turn })
      rounds.push(perSecond)
      fills.push(fillNanos)
    }
    for (const { kind, rounds } of texts) rounds.push(trial("text", { kind, count: size.text, turn }).perSecond)
  }
  progress("")

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
      "better-sqlite3": versionOf(driverName),
      SQLite: sqliteVersion(),
      ...versions,
    },
    missing: why ?? null,
    trials,
    size,
    appends,
    imports,
    texts,
    sizes: found,
  }
}

const RAW = "better-sqlite3"

/** Bytes a snapshot, of the file alone beside the same whole numbers in a plain table, and with usage at rest. */
const TIMES_RAW = 1.2
const BYTES_AT_REST = 80

const sizeTable = ({ sizes }) => {
  const per = ({ bytes, snapshots }) => bytes / snapshots
  const base = per(sizes[RAW])
  const met = (what, holds) => `${what}: ${holds ? "met" : "missed"}`
  const targetOf = (name, bytes) => {
    if (name === "store") return met(`at most ${TIMES_RAW} x`, bytes / base <= TIMES_RAW)
    if (name === "store, with usage at rest") return met(`at most ${BYTES_AT_REST} bytes`, bytes <= BYTES_AT_REST)
    return ""
  }
  const row = (name) => {
    const { bytes: all, snapshots } = sizes[name]
    const bytes = per(sizes[name])
    return [
      name,
      bytes.toFixed(1),
      (bytes / base).toFixed(2),
      megabytes(all),
      snapshots.toLocaleString("en"),
      targetOf(name, bytes),
    ]
  }
  return [["", "bytes a snapshot", `to ${RAW}`, "file", "snapshots", "target"], ...Object.keys(sizes).map(row)]
}

const markdown = (result) => {
  const { appends, imports, machine, missing, size, texts, trials } = result
  const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`)
  const load = result.load.map((one) => one.toFixed(1)).join(" to ")
  const target = {
    NORMAL: { store: { atMost: 1.6 }, "store, with the last answer": { atMost: 2.2 } },
    FULL: { store: { atMost: 1.2 }, "store, with the last answer": { atMost: 1.35 } },
  }
  const compared = ({ rounds }, baseline, show, targets) => {
    const candidates = Object.keys(rounds[0])
    return compare({ baseline, candidates, of: (name) => rounds.map((round) => round[name]), show, targets })
  }
  const parts = [
    `# ${result.title}`,
    `${result.date}, Node ${result.node}, ${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 2 ** 30).toFixed(0)} GiB, load ${load}, ${trials} trials. ${versions.join(", ")}.`,
    ...(missing === null ? [] : [`keyv and DuckDB could not be installed here: ${missing}.`]),
    "Polls of one account, a minute apart. Ratios are of medians; their spread is that of the trials, in each of which all candidates took turns. Every trial checked that everything is stored.",
    "## One at a time",
    ...appends.flatMap((each) => [
      `### ${each.name}, synchronous=${each.synchronous}`,
      compared(each, RAW, time, target[each.synchronous]),
    ]),
    `\`${RAW}\` inserts 12 whole numbers into a \`STRICT, WITHOUT ROWID\` table keyed by account and time, with a prepared statement, autocommit, WAL. It has no checksum, no plan to look up, and does not notice a file that was replaced. The snapshots were decoded one by one, so that no two share a plan. \`store\` appends in a loop within one Effect; with the last answer it notes in the same transaction that a credential was answered. keyv sets the body's object; lines of JSON are appended and, at FULL, synced; DuckDB inserts the same 12 columns, prepared, and syncs its log at every commit, at NORMAL too.`,
    `## ${size.import.toLocaleString("en")} snapshots, parsed already`,
    ...imports.flatMap((each) => [
      `### ${each.name}`,
      compared(each, RAW, rate, { store: { atLeast: 0.8 } }),
      figures([["usage at rest, a snapshot", each.fills, time, { atMost: 3000 }]]),
    ]),
    "Transactions of 500, synchronous=NORMAL, the log written into the file at the end, which is counted. `with the fill`: until usage at rest is stored too, which the others do not have. DuckDB appends.",
    `## ${size.text.toLocaleString("en")} lines of JSON`,
    ...texts.flatMap((each) => [
      `### ${each.name}`,
      compared(each, "JSON.parse, better-sqlite3", rate, { store: { atLeast: 0.6 } }),
    ]),
    "`store` reads each line into a snapshot, checked and exact, and stores it. The other parses the line for its account and time, and stores it as the text that it is.",
    "## Size",
    ...result.sizes.flatMap((each) => [`### ${each.name}`, table(sizeTable(each))]),
    "Files after a checkpoint, without VACUUM. keyv and lines of JSON, which store whole bodies, got a tenth.",
  ]
  return `${parts.join("\n\n")}\n`
}

export default { measure, markdown }
