/**
 * Processes that append to one file at the same time and store usage in between. They open the file before it exists.
 *
 * `Apart`: each its own account. `Together`: all the same account, taking turns in time, each a little out of order. `Same`: all the same snapshots.
 *
 * Afterwards every snapshot is there, once, to the last digit. Of each snapshot exactly one process got `Appended`, `Extended` or `Late`, all others
 * `Duplicate`. Verification finds nothing, and usage, at rest and in sum, is that of the ledger folded again. No append failed because the file
 * was busy before ten seconds had passed.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Bundle } from "./Bundle.js"
import type { Shared, SharerTask } from "./Child.js"
import * as EventLoop from "./EventLoop.js"
import * as Expected from "./Expected.js"
import * as Opened from "./Opened.js"
import type { Report } from "./Report.js"
import * as Snapshots from "./Snapshots.js"
import * as Sound from "./Sound.js"
import * as Told from "./Told.js"

export const ways = ["Apart", "Together", "Same"] as const
export type Way = (typeof ways)[number]

export interface Options {
  readonly seed: number
  readonly way: Way
  readonly processes: number
  /** Snapshots that each process appends. */
  readonly each: number
  readonly synchronous: "FULL" | "NORMAL"
  /** The most snapshots in one append; most appends are of one snapshot. */
  readonly maxTogether: number
  /** Appends of a process between two times that it stores usage. */
  readonly fillEvery: number
  readonly progress?: (text: string) => void
}

/** How long an append waits for others. */
const TIMEOUT_MS = 10_000

const snapshotsOf = ({ each, processes, seed, way }: Options): Snapshots.Options => ({
  seed,
  accounts: way === "Apart" ? processes : 1,
  each: way === "Together" ? each * processes : each,
})

const taskOf = (options: Options, path: string, process: number): SharerTask => ({
  task: "share",
  path,
  synchronous: options.synchronous,
  snapshots: snapshotsOf(options),
  first: options.way === "Same" ? 0 : process,
  every: options.way === "Same" ? 1 : options.processes,
  maxTogether: options.maxTogether,
  fillEvery: options.fillEvery,
  isShuffled: options.way === "Together",
  seed: options.seed + process,
})

interface Sharer {
  readonly child: ChildProcess
  /** What it sent, in order; ends with the process. */
  readonly next: () => Promise<unknown>
  readonly closed: Promise<unknown>
  readonly complaint: () => string
}

const start = (bundle: Bundle, task: SharerTask): Sharer => {
  const child = spawn(process.execPath, [bundle.program, JSON.stringify(task)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  })
  let complaint = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint += text
  })
  const closed = once(child, "close")
  const sent: Array<unknown> = []
  let wake = (): void => {}
  child.on("message", (message) => {
    sent.push(message)
    wake()
  })
  const next = async (): Promise<unknown> => {
    if (sent.length === 0) await Promise.race([closed, new Promise<void>((resolve) => (wake = resolve))])
    return sent.shift()
  }
  return { child, next, closed, complaint: () => complaint.trim() }
}

/** Starts all, lets them go when all are ready, and waits for what each says. */
const share = async (bundle: Bundle, options: Options, path: string) => {
  const sharers = Array.from({ length: options.processes }, (_, number) => start(bundle, taskOf(options, path, number)))
  const failures: Array<string> = []
  const ready = await Promise.all(sharers.map(({ next }) => next()))
  options.progress?.(`${options.way}: ${options.processes} processes append ${options.each} snapshots each`)
  for (const [number, { child }] of sharers.entries()) if (ready[number] === "ready") child.send("go")
  const shared: Array<Shared> = []
  for (const [number, { closed, complaint, next }] of sharers.entries()) {
    const message = ready[number] === "ready" ? ((await next()) as Shared | undefined) : undefined
    await closed
    if (message === undefined) failures.push(`process ${number}: ${complaint()}`)
    else shared.push(message)
  }
  return { failures, shared }
}

/** Whether each snapshot was stored by one process, and only one. */
const outcomesOf = (count: number, shared: ReadonlyArray<Shared>) => {
  const stored = new Array<number>(count).fill(0)
  const tags: Record<string, number> = { Appended: 0, Extended: 0, Late: 0, Duplicate: 0 }
  for (const [index, tag] of shared.flatMap(({ outcomes }) => outcomes)) {
    tags[tag] = (tags[tag] ?? 0) + 1
    if (tag === "Appended" || tag === "Extended" || tag === "Late") stored[index] = (stored[index] ?? 0) + 1
  }
  const failures = stored.flatMap((times, index) =>
    times === 1 ? [] : [`snapshot ${index} was stored ${times} times`],
  )
  return { tags, failures: failures.slice(0, 5) }
}

/** Shares a file. */
export const run = async (bundle: Bundle, options: Options): Promise<Report> => {
  const path = join(bundle.folder, `share-${options.way}-${options.seed}.db`)
  const { failures, shared } = await share(bundle, options, path)
  const snapshots = Snapshots.make(snapshotsOf(options))
  const { failures: miscounted, tags } = outcomesOf(snapshots.count, shared)
  const busy = shared.flatMap(({ busyAfterMillis }) => busyAfterMillis)
  const early = busy.filter((millis) => millis < TIMEOUT_MS)
  if (early.length > 0)
    failures.push(`${early.length} appends failed because the file was busy, the first after ${early[0]} ms`)
  options.progress?.(`${options.way}: checks what is there`)
  const histories = new Expected.Given(snapshots).histories(
    Array.from({ length: snapshots.count }, (_, index) => index),
  )
  let verification = { millis: 0, longestHoldMillis: 0 }
  const wrong = await Effect.gen(function* () {
    const hold = EventLoop.watch()
    const begun = performance.now()
    const damage = yield* Told.damage
    const millis = performance.now() - begun
    verification = { millis, longestHoldMillis: yield* Effect.promise(hold) }
    return [...damage, ...(yield* Sound.contents(histories)), ...(yield* Sound.usage(histories))]
  }).pipe(Effect.provide(Opened.sqlite({ path })), Effect.runPromise)
  const appends = options.processes * options.each
  const seconds = Math.max(...shared.map(({ millis }) => millis)) / 1000
  const most = (of: (each: Shared) => number): number => Math.round(Math.max(...shared.map(of)))
  const figures = {
    ...tags,
    "busy after 10 s": busy.length - early.length,
    "appended a second": Math.round(appends / seconds),
    "longest hold in ms": most(({ longestHoldMillis }) => longestHoldMillis),
    "holds of each in ms": shared.map(({ longestHoldMillis }) => longestHoldMillis.toFixed(0)).join(" "),
    "longest append in ms": most(({ longestAppendMillis }) => longestAppendMillis),
    fills: shared.reduce((sum, { fills }) => sum + fills, 0),
    "fills that gave up": shared.reduce((sum, { busyFills }) => sum + busyFills, 0),
    "longest fill in ms": most(({ longestFillMillis }) => longestFillMillis),
    "verification in ms": Math.round(verification.millis),
    "verification's longest hold in ms": Math.round(verification.longestHoldMillis),
  }
  const where = `${options.way}, seed ${options.seed}`
  return { figures, failures: [...failures, ...miscounted, ...wrong].map((each) => `${where}: ${each}`) }
}
