/**
 * Writers that are killed.
 *
 * A process appends looks one by one, in batches, late and twice, at synchronous FULL or NORMAL, and acknowledges each append after it returned.
 * It is killed (SIGKILL) while it opens the file, after some acknowledgements, or some milliseconds later; the next one goes on with the same file.
 *
 * After every kill: the file holds exactly the looks of the acknowledged appends, and of the one after them all or none. Each reads back to the
 * last digit, in order, once. Every so often, and at the end of each file: verification finds nothing, and usage is what the ledger explains.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import { Random } from "../fuzz/Random.js"
import type { Bundle } from "./Bundle.js"
import type { WriterTask } from "./Child.js"
import * as Looks from "./Looks.js"
import type { Report } from "./Report.js"
import * as Sound from "./Sound.js"
import * as Steps from "./Steps.js"

export interface Options {
  readonly seed: number
  readonly kills: number
  /** Kills of writers of one file. */
  readonly perFile: number
  /** Kills after which verification is asked. */
  readonly verifyEvery: number
  readonly progress?: (text: string) => void
}

const ACCOUNTS = 3
const LOOKS_EACH = 8000

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
  /** The last step that was acknowledged. */
  readonly acknowledged: number | undefined
  /** It had appended all before it could be killed. */
  readonly isDone: boolean
  /** What it complained of. */
  readonly complaint: string
}

const killIn = (child: ChildProcess, millis: number): void => {
  if (millis === 0) child.kill("SIGKILL")
  else setTimeout(() => child.kill("SIGKILL"), millis)
}

/** Runs a writer until it is killed. */
const writeUntilKilled = async (bundle: Bundle, task: WriterTask, kill: Kill): Promise<Killed> => {
  const child = spawn(process.execPath, [bundle.program, JSON.stringify(task)], { stdio: ["ignore", "pipe", "pipe"] })
  const closed = once(child, "close") as Promise<[number | null, string | null]>
  let [acknowledged, acknowledgements, complaint] = [undefined as number | undefined, 0, ""]
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
    acknowledged = Number(line)
    acknowledgements++
    if (kill.after === "Acknowledgements" && acknowledgements === kill.count) killIn(child, kill.millis)
  })
  const read = once(lines, "close")
  const [[code, signal]] = await Promise.all([closed, read])
  const isKilled = signal === "SIGKILL"
  if (!isKilled && code !== 0) complaint = `it ended with ${code ?? signal}: ${complaint}`
  return { acknowledged, isDone: !isKilled, complaint: complaint.trim() }
}

/** Kills writers of one file, again and again. */
const tortureFile = async (bundle: Bundle, { kills, seed, verifyEvery, progress }: Options, path: string) => {
  const options = { seed, accounts: ACCOUNTS, each: LOOKS_EACH }
  const looks = Looks.make(options)
  const steps = Steps.mixed(seed, looks.count)
  const given = new Sound.Given(looks)
  const random = new Random(seed, 3)
  const failures: Array<string> = []
  const there: Array<number> = []
  const counts = { kills: 0, appends: 0, unacknowledged: 0, verified: 0 }
  let from = 0
  while (counts.kills < kills && failures.length === 0 && from < steps.length) {
    const kill = killOf(random)
    const synchronous = random.pick(["FULL", "NORMAL"] as const)
    const isReadOnly = random.chance(0.5)
    const { acknowledged, complaint, isDone } = await writeUntilKilled(
      bundle,
      { task: "write", path, synchronous, looks: options, from },
      kill,
    )
    const where = `seed ${seed}, kill ${counts.kills} (${JSON.stringify(kill)}, ${synchronous}), step ${acknowledged ?? from - 1}`
    if (complaint !== "") failures.push(`${where}: ${complaint}`)
    if (!isDone) counts.kills++
    const next = acknowledged === undefined ? from : acknowledged + 1
    for (const step of steps.slice(from, next)) there.push(...step)
    counts.appends += next - from
    from = next
    const isVerified = isDone || counts.kills % verifyEvery === 0 || counts.kills === kills
    const check = Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      const kept = given.histories(there)
      const more = given.histories([...there, ...(steps[from] ?? [])])
      const { snapshots } = yield* store.statistics
      const count = [...kept.values()].reduce((sum, { texts }) => sum + texts.length, 0)
      const isMore = snapshots !== count
      return { isMore, wrong: yield* (isVerified ? Sound.all : Sound.contents)(isMore ? more : kept) }
    })
    // A file that was never opened is none yet; and opening for writing may mend what reading alone would see.
    const isMade = there.length > 0
    const layer =
      isMade && isReadOnly && !isVerified
        ? SnapshotStore.layerReadOnly({ path })
        : SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" })
    const { isMore, wrong } = await Effect.runPromise(Effect.provide(check, layer))
    failures.push(...wrong.map((each) => `${where}: ${each}`))
    if (isMore) counts.unacknowledged++
    if (isVerified) counts.verified++
    progress?.(`${counts.kills} of ${kills} kills of seed ${seed}, ${there.length} looks`)
  }
  return { failures, ...counts, looks: new Set(there).size }
}

/** Kills writers. */
export const run = async (bundle: Bundle, options: Options): Promise<Report> => {
  const figures = { kills: 0, appends: 0, looks: 0, unacknowledged: 0, verified: 0 }
  const failures: Array<string> = []
  for (let file = 0; figures.kills < options.kills && failures.length === 0; file++) {
    const kills = Math.min(options.perFile, options.kills - figures.kills)
    const path = join(bundle.folder, `crash-${options.seed}-${file}.db`)
    const { failures: found, ...counts } = await tortureFile(
      bundle,
      { ...options, kills, seed: options.seed + file },
      path,
    )
    for (const name of Object.keys(figures) as ReadonlyArray<keyof typeof figures>) figures[name] += counts[name]
    failures.push(...found)
  }
  return { figures, failures }
}
