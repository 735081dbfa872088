/**
 * Files that vanish.
 *
 * Processes append to one file and store usage in between, while the file is removed, removed with its log, renamed, replaced by a backup, or, for
 * a while, by a folder or a file that is not a history.
 *
 * Every file that was at the path has a second name elsewhere, by which it is read afterwards, when all processes have closed the history, as a file
 * by itself: each is whole and verification finds nothing. Each acknowledged snapshot is in a file that was at the path when it was acknowledged.
 * Appends fail only while something else than a history is at the path, and with an error of the store.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { FileCare } from "../../src/infra/store/FileCare.js"
import { SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import { Random } from "../fuzz/Random.js"
import type { Bundle } from "./Bundle.js"
import type { Append, Appended, AppenderTask, Progress } from "./Child.js"
import { monotonic } from "./Clock.js"
import * as Expected from "./Expected.js"
import * as Opened from "./Opened.js"
import type { Report } from "./Report.js"
import * as Snapshots from "./Snapshots.js"
import * as Sound from "./Sound.js"
import * as Told from "./Told.js"

export interface Options {
  readonly seed: number
  /** How often the file vanishes. */
  readonly rounds: number
  readonly processes: number
  readonly progress?: (text: string) => void
}

const WAYS = ["Removed", "RemovedWithLog", "Renamed", "Replaced", "Folder", "Text"] as const
type Way = (typeof WAYS)[number]

const ACCOUNTS = 4

/** Snapshots of the backup that takes the place of the file. */
const IN_BACKUP = 40

/** A file that was at the path, or something else, from the earliest time at which it can have been there until the latest. */
interface Generation {
  readonly way: Way | "First" | "Created"
  readonly from: number
  to: number
  /** The second name of the file; undefined where it is not a history. */
  readonly saved: string | undefined
}

/** Waits until something holds, a turn of the event loop at a time. */
const until = async (what: string, holds: () => boolean): Promise<void> => {
  const end = performance.now() + 30_000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`it takes too long until ${what}`)
    await setTimeout(1)
  }
}

const isThere = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0

interface Appender {
  readonly child: ChildProcess
  /** When its last append that was acknowledged began. */
  readonly lastFrom: () => number
  readonly appended: Promise<Appended | undefined>
  readonly complaint: () => string
}

const start = async (bundle: Bundle, task: AppenderTask): Promise<Appender> => {
  const child = spawn(process.execPath, [bundle.program, JSON.stringify(task)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  })
  let complaint = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint += text
  })
  const closed = once(child, "close")
  await Promise.race([once(child, "message"), closed])
  let lastFrom = Number.NEGATIVE_INFINITY
  const appended = new Promise<Appended | undefined>((resolve) => {
    child.on("message", (message: Progress | Appended) => {
      if ("from" in message) lastFrom = message.from
      else resolve(message)
    })
    void closed.then(() => resolve(undefined))
  })
  return { child, lastFrom: () => lastFrom, appended, complaint: () => complaint.trim() }
}

/** Exchanges what is at a path, and gives every history that was there a second name. */
class Scene {
  readonly path: string
  readonly generations: Array<Generation> = []
  private readonly backup: string
  private readonly appenders: ReadonlyArray<Appender>

  constructor(path: string, backup: string, appenders: ReadonlyArray<Appender>) {
    this.path = path
    this.backup = backup
    this.appenders = appenders
  }

  /** Waits until a process has made the file. */
  async begin(): Promise<void> {
    const from = monotonic()
    await this.created("First", from)
  }

  /** Puts something else at the path. */
  async vanish(way: Way): Promise<void> {
    const { path } = this
    const beside = `${path}-beside`
    const from = monotonic()
    switch (way) {
      case "Removed":
        unlinkSync(path)
        return this.created(way, from)
      case "RemovedWithLog":
        // At once: a process that made the file again in between would lose the log of the new one.
        for (const { child } of this.appenders) child.kill("SIGSTOP")
        for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true })
        for (const { child } of this.appenders) child.kill("SIGCONT")
        return this.created(way, from)
      case "Renamed":
        renameSync(path, `${this.nextName()}-renamed`)
        return this.created(way, from)
      case "Replaced": {
        const saved = this.nextName()
        copyFileSync(this.backup, beside)
        linkSync(beside, saved)
        renameSync(beside, path)
        this.push(way, from, saved)
        return
      }
      case "Folder":
        unlinkSync(path)
        for (;;) {
          try {
            mkdirSync(path)
            break
          } catch {
            // A process was faster and made the file again.
            await this.created("Created", from)
            unlinkSync(path)
          }
        }
        this.push(way, from, undefined)
        return
      case "Text":
        writeFileSync(beside, "this is not a history\n".repeat(500))
        renameSync(beside, path)
        this.push(way, from, undefined)
        return
    }
  }

  /** Waits until every process has appended to the file that is at the path. */
  async settled(): Promise<void> {
    const from = monotonic()
    await until("every process appends", () => this.appenders.every(({ lastFrom }) => lastFrom() >= from))
  }

  /** Removes what is not a history from the path. */
  async clear(): Promise<void> {
    const last = this.generations.at(-1)
    if (last === undefined || last.saved !== undefined) return
    const from = monotonic()
    if (last.way === "Folder") rmdirSync(this.path)
    else unlinkSync(this.path)
    await this.created("Created", from)
  }

  private async created(way: Generation["way"], from: number): Promise<void> {
    await until("the file is made", () => isThere(this.path))
    const saved = this.nextName()
    linkSync(this.path, saved)
    this.push(way, from, saved)
  }

  private nextName(): string {
    return `${this.path}-saved-${this.generations.length}`
  }

  private push(way: Generation["way"], from: number, saved: string | undefined): void {
    const before = this.generations.at(-1)
    if (before !== undefined) before.to = monotonic()
    this.generations.push({ way, from, to: Number.POSITIVE_INFINITY, saved })
  }
}

/** The snapshots of a file that has its log in it, once it verified. */
const read = (path: string, copy: string) =>
  Effect.gen(function* () {
    // By itself: a log beside it would be another file's.
    copyFileSync(path, copy)
    return yield* Effect.provide(
      Effect.gen(function* () {
        const damage = yield* Told.damage
        const stored = yield* Sound.stored
        return { damage, texts: new Set([...stored.values()].flat()) }
      }),
      Opened.sqlite({ path: copy, synchronous: "NORMAL" }),
    )
  })

/** A backup to put in place of the file, made by a store. */
const makeBackup = (path: string, snapshots: Snapshots.Snapshots) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    yield* store.appendAll(Array.from({ length: IN_BACKUP }, (_, index) => snapshots.at(index)))
    yield* (yield* FileCare).backup(path)
  }).pipe(Effect.provide(Opened.sqlite({ path: `${path}-source`, synchronous: "NORMAL" })), Effect.runPromise)

const overlaps = (generation: Generation, append: Append): boolean =>
  append.to >= generation.from && append.from <= generation.to

/** Errors of what cannot be opened because it is not a history. */
const REFUSALS: ReadonlySet<string> = new Set(["StoreCannotOpen", "StoreNotADatabase"])

/** What does not hold of some appends. */
const wrongWith = (
  appends: ReadonlyArray<Append>,
  generations: ReadonlyArray<Generation>,
  texts: ReadonlyMap<Generation, ReadonlySet<string>>,
  given: Expected.Given,
): ReadonlyArray<string> =>
  appends.flatMap((append) => {
    const candidates = generations.filter((generation) => overlaps(generation, append))
    const ways = candidates.map(({ way }) => way).join()
    if (!append.isStored) {
      const isExpected = REFUSALS.has(append.tag) && candidates.some(({ saved }) => saved === undefined)
      return isExpected ? [] : [`snapshot ${append.index} fails (${ways}): ${append.tag}, ${append.detail}`]
    }
    const { text } = given.of(append.index)
    if (candidates.some((generation) => texts.get(generation)?.has(text))) return []
    const elsewhere = generations.flatMap((generation, nth) => (texts.get(generation)?.has(text) ? [nth] : []))
    return [
      `snapshot ${append.index} was acknowledged as ${append.tag} and is in no file that was at the path (${ways}), but in ${elsewhere.join() || "none"}`,
    ]
  })

/** Of many like failures the first are enough. */
const MAX_FAILURES = 10

/** Makes a file vanish, again and again. */
export const run = async (bundle: Bundle, { processes, progress, rounds, seed }: Options): Promise<Report> => {
  const folder = join(bundle.folder, `vanish-${seed}`)
  mkdirSync(folder)
  const path = join(folder, "history.db")
  const options: Snapshots.Options = { seed, accounts: ACCOUNTS, each: 2000 + 800 * rounds }
  const snapshots = Snapshots.make(options)
  const backup = join(folder, "backup.db")
  await makeBackup(backup, snapshots)
  const random = new Random(seed, 6)
  const appenders = await Promise.all(
    Array.from({ length: processes }, (_, number) =>
      start(bundle, {
        task: "append",
        path,
        synchronous: number % 2 === 0 ? "NORMAL" : "FULL",
        snapshots: options,
        first: IN_BACKUP + number,
        every: processes,
        fillEvery: 40,
      }),
    ),
  )
  const scene = new Scene(path, backup, appenders)
  const failures: Array<string> = []
  try {
    await scene.begin()
    for (const { child } of appenders) child.send("go")
    for (let round = 0; round < rounds; round++) {
      const way = random.pick(WAYS)
      // A backup must not come beside the log of a file that a process has not left yet: nothing tells whose log it is.
      if (way === "Replaced" || random.below(2) === 0) await scene.settled()
      await setTimeout(random.between(0, 60))
      await scene.vanish(way)
      await setTimeout(random.between(0, 40))
      await scene.clear()
      progress?.(`${round + 1} of ${rounds} rounds`)
    }
    await scene.settled()
  } catch (cause) {
    failures.push(`the scene fails: ${String(cause)}`)
  }
  for (const { child } of appenders) if (child.connected) child.send("stop")
  const found = await Promise.all(appenders.map(({ appended }) => appended))
  for (const [number, each] of found.entries()) {
    if (each === undefined) failures.push(`process ${number}: ${appenders[number]?.complaint()}`)
  }
  const given = new Expected.Given(snapshots)
  const texts = new Map<Generation, ReadonlySet<string>>()
  for (const [nth, generation] of scene.generations.entries()) {
    if (generation.saved === undefined) continue
    progress?.(`reads file ${nth + 1} of ${scene.generations.length}`)
    const file = await Effect.runPromise(read(generation.saved, join(folder, `copy-${nth}.db`)))
    failures.push(...file.damage.map((each) => `file ${nth} (${generation.way}): ${each}`))
    texts.set(generation, file.texts)
  }
  const appends = found.flatMap((each) => each?.appends ?? [])
  failures.push(...wrongWith(appends, scene.generations, texts, given))
  const files = [...texts.values()]
  return {
    figures: {
      rounds,
      files: files.length,
      acknowledged: appends.filter(({ isStored }) => isStored).length,
      refused: appends.filter(({ isStored }) => !isStored).length,
      "stored in files": files.reduce((sum, { size }) => sum + size, 0),
      fills: found.reduce((sum, each) => sum + (each?.fills ?? 0), 0),
      "fills that failed": found.reduce((sum, each) => sum + (each?.failedFills.length ?? 0), 0),
      "their errors": [...new Set(found.flatMap((each) => each?.failedFills ?? []))].join(" "),
    },
    failures: failures.slice(0, MAX_FAILURES).map((each) => `seed ${seed}: ${each}`),
  }
}
