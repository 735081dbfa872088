/**
 * Files whose end is missing.
 *
 * Copies of a good file are cut at every `step` bytes, and at some lengths within the header. Each is refused with an error of the store, or
 * verification finds damage, or everything reads as it was: see {@link file://./Verdict.ts}. A file of no bytes is left out: it is a new history.
 *
 * Copies of a file and its write-ahead log are taken between two appends, and the log is cut at random lengths, or one bit of it is flipped. What is
 * there then is what was there after one of the appends, no later than the last one, and verification finds nothing; a cut log of full length
 * holds them all.
 */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { FileCare } from "../../src/infra/store/FileCare.js"
import { SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import { Random } from "../fuzz/Random.js"
import * as TempFolder from "../infra/store/TempFolder.js"
import * as Expected from "./Expected.js"
import * as GoodFile from "./GoodFile.js"
import * as Opened from "./Opened.js"
import type { Report } from "./Report.js"
import * as Snapshots from "./Snapshots.js"
import * as Sound from "./Sound.js"
import * as Steps from "./Steps.js"
import * as Verdict from "./Verdict.js"

export interface Options {
  readonly seed: number
  /** Snapshots of each account of the file. */
  readonly each: number
  /** Bytes between two lengths. */
  readonly step: number
  /** How often the log is cut. */
  readonly cuts: number
  readonly folder: string
  readonly progress?: (text: string) => void
}

const HEADER = [1, 15, 16, 60, 99, 100, 104, 105, 511]

/** Cuts a file. */
const files = async ({ each, folder, progress, seed, step }: Options): Promise<Report> => {
  const file = await GoodFile.make(seed, each)
  const figures: Record<string, number> = { lengths: 0, Refused: 0, Found: 0, Harmless: 0, Failed: 0 }
  const failures: Array<string> = []
  const path = join(folder, `cut-${seed}.db`)
  const lengths = [...HEADER]
  for (let length = step; length <= file.bytes.length; length += step) lengths.push(length)
  for (const length of lengths) {
    for (const mode of ["ReadOnly", "ReadWrite"] as const) {
      const verdict = await Verdict.of(path, file.bytes.subarray(0, length), mode, file.told)
      figures[verdict._tag] = (figures[verdict._tag] ?? 0) + 1
      if (verdict._tag === "Failed") {
        failures.push(`seed ${seed}, cut to ${length} of ${file.bytes.length} bytes, ${mode}: ${verdict.why}`)
      }
    }
    figures["lengths"] = (figures["lengths"] ?? 0) + 1
    progress?.(`${figures["lengths"]} of ${lengths.length} lengths`)
  }
  return { figures, failures }
}

/** Appends in the log of a copy. */
const IN_LOG = 80

/** Makes a file whose last appends are in its log alone. The indices that are in the file itself, and those of each append in the log. */
const withLog = (seed: number, each: number, path: string) =>
  Effect.gen(function* () {
    const open = join(yield* TempFolder.make, "open.db")
    const snapshots = Snapshots.make({ seed, accounts: GoodFile.ACCOUNTS, each })
    const steps = Steps.mixed(seed, snapshots.count)
    const [early, late] = [steps.slice(0, -IN_LOG), steps.slice(-IN_LOG)]
    yield* Effect.gen(function* () {
      const store = yield* SnapshotStore
      for (const step of early) yield* store.appendAll(step.map(snapshots.at))
      yield* (yield* FileCare).checkpoint
      for (const step of late) yield* store.appendAll(step.map(snapshots.at))
      copyFileSync(open, path)
      copyFileSync(`${open}-wal`, `${path}-wal`)
    }).pipe(Effect.provide(Opened.sqlite({ path: open, synchronous: "NORMAL" })))
    return { snapshots, early: early.flat(), late }
  }).pipe(Effect.scoped, Effect.runPromise)

/** Cuts logs. */
const logs = async ({ cuts, each, folder, progress, seed }: Options): Promise<Report> => {
  const [good, path] = [join(folder, `log-${seed}.db`), join(folder, `log-${seed}-cut.db`)]
  const { early, late, snapshots: all } = await withLog(seed, each, good)
  const log = readFileSync(`${good}-wal`)
  const given = new Expected.Given(all)
  // Where a step only repeats snapshots, more than one of them has the same count.
  const prefixes = new Map<number, number>()
  for (let steps = late.length; steps >= 0; steps--)
    prefixes.set(new Set([...early, ...late.slice(0, steps).flat()]).size, steps)
  const figures: Record<string, number> = { logs: 0, logFlips: 0 }
  const reached = new Set<number>()
  const failures: Array<string> = []
  for (let cut = 0; cut <= cuts; cut++) {
    const random = new Random(seed, cut)
    const isFlipped = cut > 0 && random.chance(0.4)
    const length = cut === 0 || isFlipped ? log.length : random.below(log.length)
    const bytes = Buffer.from(log.subarray(0, length))
    const at = random.below(log.length)
    if (isFlipped) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    Verdict.remove(path)
    copyFileSync(good, path)
    writeFileSync(`${path}-wal`, bytes)
    const wrong = await Effect.gen(function* () {
      const { snapshots } = yield* (yield* SnapshotStore).statistics
      const steps = prefixes.get(snapshots)
      if (steps === undefined) return [`${snapshots} snapshots are those of no append`]
      if (cut === 0 && steps < late.length && prefixes.get(new Set([...early, ...late.flat()]).size) !== steps) {
        return [`the whole log holds ${steps} of ${late.length} appends`]
      }
      reached.add(steps)
      return yield* Sound.all(given.histories([...early, ...late.slice(0, steps).flat()]))
    }).pipe(Effect.provide(Verdict.layer(path, "ReadWrite")), Effect.runPromise)
    const how = isFlipped ? `a bit of byte ${at} flipped` : `cut to ${length}`
    failures.push(...wrong.map((each) => `seed ${seed}, log of ${log.length} bytes, ${how}: ${each}`))
    figures[isFlipped ? "logFlips" : "logs"] = (figures[isFlipped ? "logFlips" : "logs"] ?? 0) + 1
    progress?.(`${cut} of ${cuts} logs`)
  }
  Verdict.remove(path)
  Verdict.remove(good)
  return { figures: { ...figures, prefixes: reached.size }, failures }
}

/** Cuts files, then logs. */
export const run = async (options: Options): Promise<Report> => {
  const [cut, log] = [await files(options), await logs(options)]
  return { figures: { ...cut.figures, ...log.figures }, failures: [...cut.failures, ...log.failures] }
}
