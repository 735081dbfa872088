/**
 * Processes that are killed.
 *
 * A process appends snapshots one by one, in batches, late and twice, stores usage, prunes and forgets spans, at synchronous FULL or NORMAL, and
 * acknowledges each operation after it returned. It is killed (SIGKILL) while it opens the file, after some acknowledgements, or some
 * milliseconds later; the next one goes on with the same file.
 *
 * After every kill the file holds exactly what the acknowledged operations left, and of the one after them all, nothing, or whole UTC days where it
 * prunes. Each snapshot reads back to the last digit, in order, once. Every so often, and at the end of each file: verification finds nothing,
 * and usage is that of the ledger folded again, pruned snapshots included.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import { Random } from "../fuzz/Random.js"
import type { Bundle } from "./Bundle.js"
import type { WorkerTask } from "./Child.js"
import * as Expected from "./Expected.js"
import * as Opened from "./Opened.js"
import * as Operations from "./Operations.js"
import type { Report } from "./Report.js"
import * as Snapshots from "./Snapshots.js"
import * as Sound from "./Sound.js"

export interface Options {
  readonly seed: number
  readonly kills: number
  /** Kills of processes on one file. */
  readonly perFile: number
  /** Kills after which verification is asked. */
  readonly verifyEvery: number
  readonly progress?: (text: string) => void
}

const ACCOUNTS = 3
const SNAPSHOTS_EACH = 8000

type Kill =
  | { readonly after: "Spawn" | "Ready"; readonly millis: number }
  | { readonly after: "Acknowledgements"; readonly count: number; readonly millis: number }

const killOf = (random: Random): Kill =>
  random.weighted<Kill>([
    [1, { after: "Spawn", millis: random.below(400) }],
    [3, { after: "Ready", millis: random.below(60) }],
    [3, { after: "Acknowledgements", count: random.between(1, 80), millis: 0 }],
    [3, { after: "Acknowledgements", count: random.between(1, 80), millis: random.below(12) }],
  ])

interface Killed {
  /** How many snapshots each acknowledged operation refused, by its number. */
  readonly acknowledged: ReadonlyArray<readonly [number: number, refused: number]>
  /** It had done all before it could be killed. */
  readonly isDone: boolean
  /** What it complained of. */
  readonly complaint: string
}

const killIn = (child: ChildProcess, millis: number): void => {
  if (millis === 0) child.kill("SIGKILL")
  else setTimeout(() => child.kill("SIGKILL"), millis)
}

/** Runs a process until it is killed. */
const workUntilKilled = async (bundle: Bundle, task: WorkerTask, kill: Kill): Promise<Killed> => {
  const child = spawn(process.execPath, [bundle.program, JSON.stringify(task)], { stdio: ["ignore", "pipe", "pipe"] })
  const closed = once(child, "close") as Promise<[number | null, string | null]>
  const acknowledged: Array<readonly [number, number]> = []
  let complaint = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text
  })
  if (kill.after === "Spawn") killIn(child, kill.millis)
  const lines = createInterface({ input: child.stdout })
  lines.on("line", (line) => {
    if (line === "ready") {
      if (kill.after === "Ready") killIn(child, kill.millis)
      return
    }
    const [number, refused] = line.split(" ").map(Number)
    acknowledged.push([number ?? Number.NaN, refused ?? Number.NaN])
    if (kill.after === "Acknowledgements" && acknowledged.length === kill.count) killIn(child, kill.millis)
  })
  const read = once(lines, "close")
  const [[code, signal]] = await Promise.all([closed, read])
  const isKilled = signal === "SIGKILL"
  if (!isKilled && code !== 0) complaint = `it ended with ${code ?? signal}: ${complaint}`
  return { acknowledged, isDone: !isKilled, complaint: complaint.trim() }
}

/** The stage that a file is at, and what is wrong with it; the closest one's differences where it is at none. */
const stageOf = (stages: ReadonlyArray<Expected.Expected>) =>
  Effect.gen(function* () {
    const found = yield* Sound.stored
    let closest: { readonly stage: number; readonly wrong: ReadonlyArray<string> } | undefined
    for (const [stage, expected] of stages.entries()) {
      const wrong = Sound.differences(expected.histories(), found)
      if (wrong.length === 0) return { stage, wrong }
      if (closest === undefined || wrong.length < closest.wrong.length) closest = { stage, wrong }
    }
    return closest ?? { stage: 0, wrong: ["there is no stage"] }
  })

const NAMES = ["kills", "operations", "cares", "refusals", "unacknowledged", "verified"] as const
type Counts = Record<(typeof NAMES)[number], number>

const zero = (): Counts => ({ kills: 0, operations: 0, cares: 0, refusals: 0, unacknowledged: 0, verified: 0 })

/** Kills processes that work on one file, again and again. */
const tortureFile = async (bundle: Bundle, { kills, seed, verifyEvery, progress }: Options, path: string) => {
  const options = { seed, accounts: ACCOUNTS, each: SNAPSHOTS_EACH }
  const snapshots = Snapshots.make(options)
  const operations = Operations.of(seed, ACCOUNTS, snapshots.count)
  const given = new Expected.Given(snapshots)
  const random = new Random(seed, 3)
  const failures: Array<string> = []
  const counts = zero()
  let expected = new Expected.Expected(given)
  let from = 0
  while (counts.kills < kills && failures.length === 0 && from < operations.length) {
    const kill = killOf(random)
    const synchronous = random.pick(["FULL", "NORMAL"] as const)
    const isReadOnly = random.chance(0.5)
    const { acknowledged, complaint, isDone } = await workUntilKilled(
      bundle,
      { task: "work", path, synchronous, snapshots: options, from },
      kill,
    )
    const where = `seed ${seed}, kill ${counts.kills} (${JSON.stringify(kill)}, ${synchronous}), operation ${from + acknowledged.length}`
    if (complaint !== "") failures.push(`${where}: ${complaint}`)
    if (!isDone) counts.kills++
    for (const [number, refused] of acknowledged) {
      const operation = operations[from]
      if (operation === undefined || number !== from) {
        failures.push(`${where}: operation ${number} is acknowledged in place of ${from}`)
        break
      }
      const wanted = expected.apply(operation)
      if (refused !== wanted) failures.push(`${where}: ${JSON.stringify(operation)} refuses ${refused}, not ${wanted}`)
      counts.operations++
      counts.refusals += refused
      if (operation._tag !== "Append") counts.cares++
      from++
    }
    const next = operations[from]
    const stages = next === undefined ? [expected] : expected.stages(next)
    const isVerified = isDone || counts.kills % verifyEvery === 0 || counts.kills === kills
    // A file that was never opened does not exist yet; and opening for writing may mend what reading alone would find.
    const isMade = expected.count() > 0
    const layer =
      isMade && isReadOnly && !isVerified ? Opened.readOnly(path) : Opened.sqlite({ path, synchronous: "NORMAL" })
    const { stage, wrong } = await Effect.gen(function* () {
      const found = yield* stageOf(stages)
      const reached = stages[found.stage]
      if (found.wrong.length > 0 || reached === undefined || !isVerified) return found
      return { stage: found.stage, wrong: yield* Sound.all(reached.histories()) }
    }).pipe(Effect.provide(layer), Effect.runPromise)
    failures.push(...wrong.map((each) => `${where}: ${each}`))
    // The operation that was stopped is carried out again by the next process.
    expected = stages[stage] ?? expected
    if (stage > 0) counts.unacknowledged++
    if (isVerified) counts.verified++
    progress?.(`${counts.kills} of ${kills} kills of seed ${seed}, ${expected.count()} snapshots`)
  }
  return { failures, counts, snapshots: expected.count() }
}

/** Kills processes. */
export const run = async (bundle: Bundle, options: Options): Promise<Report> => {
  const total = zero()
  const failures: Array<string> = []
  let snapshots = 0
  for (let file = 0; total.kills < options.kills && failures.length === 0; file++) {
    const kills = Math.min(options.perFile, options.kills - total.kills)
    const path = join(bundle.folder, `crash-${options.seed}-${file}.db`)
    const found = await tortureFile(bundle, { ...options, kills, seed: options.seed + file }, path)
    for (const name of NAMES) total[name] += found.counts[name]
    snapshots += found.snapshots
    failures.push(...found.failures)
  }
  return { figures: { ...total, snapshots }, failures }
}
