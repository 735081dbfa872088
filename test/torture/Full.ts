/**
 * Disks that are full.
 *
 * - `appends`: snapshots are appended until there is no room, and further ones are tried. Then there is room again.
 * - `log`: not a byte is left when the log must grow; nor when it is written into the file, when the store is closed, and when it is opened.
 * - `import`: an import runs out of room, and is begun anew when there is some.
 * - `backup`: a copy finds too little room.
 * - `care`: usage is stored, an account is forgotten, a span of another one too, a third one is pruned, where there is no room.
 *
 * What does not find room fails with `StoreFull` and throws nothing else. Whatever was acknowledged is there, each append that failed is there wholly
 * or not at all, verification finds nothing, and usage is that of the ledger folded again, read from memory where it cannot be stored. When there
 * is room again the same store goes on, without being opened anew. A copy that failed leaves no file behind.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Account from "../../src/domain/history/Account.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { FileCare } from "../../src/infra/store/FileCare.js"
import { SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import type { StoreError } from "../../src/infra/store/StoreError.js"
import * as HistoryImport from "../../src/services/HistoryImport.js"
import * as Pruning from "../../src/services/Pruning.js"
import { UsageSeries } from "../../src/services/UsageSeries.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import * as Simulated from "../domain/history/simulated.js"
import { Random } from "../fuzz/Random.js"
import * as Samples from "../infra/store/Samples.js"
import * as Disk from "./Disk.js"
import * as Expected from "./Expected.js"
import * as Opened from "./Opened.js"
import type { Report } from "./Report.js"
import * as Snapshots from "./Snapshots.js"
import * as Sound from "./Sound.js"
import * as Steps from "./Steps.js"
import * as Told from "./Told.js"
import * as Verdict from "./Verdict.js"

export interface Options {
  readonly seed: number
  readonly rounds: number
  /** Snapshots of each account. */
  readonly each: number
  /** How often a disk is filled again after the first time. */
  readonly refills: number
  /** Where files are that have room. */
  readonly folder: string
  readonly progress?: (text: string) => void
}

/** Whether a disk could be mounted; without one only `appends` runs, with a limit of pages. */
export type Room = "Disk" | "Pages"

type Services = Opened.FileServices
type Open = {
  readonly run: <A, E>(effect: Effect.Effect<A, E, Services>) => Promise<A>
  readonly attempt: <A, E extends { readonly _tag: string }>(
    effect: Effect.Effect<A, E, Services>,
  ) => Promise<Verdict.Result<A>>
  readonly close: () => Promise<void>
}

/** A store that stays open until it is closed. */
const open = async (path: string, synchronous: "FULL" | "NORMAL" = "NORMAL"): Promise<Open> => {
  const scope = await Effect.runPromise(Scope.make())
  const layer = Opened.sqlite({ path, synchronous })
  const context = await Effect.runPromise(Layer.buildWithScope(layer, scope))
  return {
    run: (effect) => Effect.runPromise(Effect.provide(effect, context)),
    attempt: async (effect) => Verdict.resultOf(await Effect.runPromiseExit(Effect.provide(effect, context))),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void)),
  }
}

const ACCOUNTS = 3

/** Of a round: what follows from the first ones is not new. */
const MAX_FAILURES = 5

/** The snapshots of a round, which of them were given, and what did not hold. */
class Round {
  readonly snapshots: Snapshots.Snapshots
  readonly steps: ReadonlyArray<Steps.Step>
  readonly random: Random
  readonly failures: Array<string> = []
  readonly counts: Record<string, number> = {}
  readonly refills: number
  private readonly name: string
  private readonly given: Expected.Given
  private readonly there: Array<number> = []
  private next = 0

  constructor(name: string, seed: number, { each, refills }: Options) {
    this.refills = refills
    this.name = `${name}, seed ${seed}`
    this.snapshots = Snapshots.make({ seed, accounts: ACCOUNTS, each })
    this.steps = Steps.mixed(seed, this.snapshots.count)
    this.random = new Random(seed, 4)
    this.given = new Expected.Given(this.snapshots)
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  mustBe(what: string, holds: boolean): void {
    if (!holds && this.failures.length < MAX_FAILURES) this.failures.push(`${this.name}: ${what}`)
  }

  /** Whether some effect found no room, and failed with that. */
  mustBeFull(what: string, result: Verdict.Result<unknown>): void {
    this.mustBe(`${what} comes to ${JSON.stringify(result)}`, result._tag === "Error" && result.tag === "StoreFull")
    this.count("full")
  }

  /** Appends the next step. Whether there was room. */
  async append(store: Open): Promise<boolean> {
    const step = this.steps[this.next]
    if (step === undefined) return true
    const snapshots = step.map(this.snapshots.at)
    const result = await store.attempt(
      Effect.flatMap(SnapshotStore, (each): Effect.Effect<unknown, { readonly _tag: string }> => {
        const [first, ...others] = snapshots
        return first !== undefined && others.length === 0 ? each.append(first) : each.appendAll(snapshots)
      }),
    )
    this.count("appends")
    if (result._tag !== "Value") {
      this.mustBeFull(`append ${this.next}`, result)
      return false
    }
    this.there.push(...step)
    this.next++
    return true
  }

  /** Appends that must find room. */
  async appendMore(store: Open, steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) this.mustBe("there is room, and an append fails", await this.append(store))
  }

  /** Appends until there is no room, then tries some more. */
  async appendUntilFull(store: Open): Promise<void> {
    while (this.next < this.steps.length && (await this.append(store))) {}
    this.mustBe("all is appended, and there still is room", this.next < this.steps.length)
    for (let again = 0; again < 3; again++) await this.append(store)
  }

  /** Whether everything is there, the step that failed wholly or not at all. */
  async check(store: Open, when: string): Promise<void> {
    const more = [...this.there, ...(this.steps[this.next] ?? [])]
    const [acknowledged, all] = [this.given.histories(this.there), this.given.histories(more)]
    const wrong = await store.attempt(
      Effect.gen(function* () {
        const { snapshots } = yield* (yield* SnapshotStore).statistics
        const count = [...acknowledged.values()].reduce((sum, { texts }) => sum + texts.length, 0)
        return yield* Sound.all(snapshots === count ? acknowledged : all)
      }),
    )
    if (wrong._tag !== "Value") this.mustBe(`${when}, reading comes to ${JSON.stringify(wrong)}`, false)
    else for (const each of wrong.value) this.mustBe(`${when}, ${each}`, false)
  }
}

type Scenario = (round: Round, disk: Disk.Disk, folder: string) => Promise<void>

const appends: Scenario = async (round, disk) => {
  const path = join(disk.folder, "history.db")
  disk.fill(round.random.between(200_000, 700_000))
  const store = await open(path, round.random.pick(["FULL", "NORMAL"] as const))
  await round.appendUntilFull(store)
  await round.check(store, "when it is full")
  for (let again = 0; again < round.refills; again++) {
    disk.empty()
    await round.appendMore(store, round.random.between(1, 30))
    disk.fill(round.random.below(60_000))
    await round.appendUntilFull(store)
    await round.check(store, "when it is full again")
  }
  disk.empty()
  await round.appendMore(store, 20)
  await round.check(store, "when there is room again")
  await store.close()
  const reopened = await open(path)
  await round.check(reopened, "when it is opened again")
  await reopened.close()
}

/** The same where SQLite limits the size of the file. */
const appendsWithin = async (round: Round, folder: string, seed: number): Promise<void> => {
  const path = join(folder, `pages-${seed}.db`)
  const [store, pages] = await Disk.limiting(() => open(path))
  await round.appendMore(store, 20)
  for (let again = 0; again <= round.refills; again++) {
    pages.limit(round.random.below(3))
    await round.appendUntilFull(store)
    await round.check(store, "when it is full")
    pages.lift()
    await round.appendMore(store, round.random.between(1, 30))
    await round.check(store, "when there is room again")
  }
  await store.close()
  Verdict.remove(path)
}

const log: Scenario = async (round, disk) => {
  const path = join(disk.folder, "history.db")
  disk.fill(0)
  const unopened = await Effect.runPromiseExit(Effect.scoped(Layer.build(Opened.sqlite({ path }))))
  const refused = Verdict.resultOf(unopened)
  round.mustBe(`making a history where there is no room comes to ${JSON.stringify(refused)}`, refused._tag === "Error")
  round.count(refused._tag === "Error" ? `made: ${refused.tag}` : "made")
  disk.empty()
  const store = await open(path)
  await round.appendMore(store, 60)
  disk.fill(0)
  await round.appendUntilFull(store)
  await round.check(store, "when the log cannot grow")
  disk.empty()
  await round.appendMore(store, 40)
  await round.check(store, "when the log can grow again")
  disk.fill(0)
  const checkpoint = Effect.flatMap(FileCare, (care) => care.checkpoint)
  round.mustBeFull("writing the log into the file", await store.attempt(checkpoint))
  await round.check(store, "when the log cannot be written into the file")
  await store.close()
  const result = Verdict.resultOf(await Effect.runPromiseExit(Effect.scoped(Layer.build(Opened.sqlite({ path })))))
  round.mustBe(`opening where there is no room comes to ${JSON.stringify(result)}`, result._tag !== "Defect")
  round.count(result._tag === "Error" ? `opened: ${result.tag}` : "opened")
  disk.empty()
  const reopened = await open(path)
  await round.check(reopened, "when it is opened again")
  await reopened.run(checkpoint)
  await round.appendMore(reopened, 10)
  await round.check(reopened, "after the log was written into the file")
  await reopened.close()
}

const LINES = 2000

const imports: Scenario = async (round, disk) => {
  const path = join(disk.folder, "history.db")
  const [from, to] = [Snapshots.START, Snapshots.START + LINES * Snapshots.EVERY]
  const simulated = AccountSimulator.simulate({ seed: round.random.below(1e9), from, to })
  const times = Array.from({ length: LINES }, (_, nth) => from + nth * Snapshots.EVERY)
  const body = { includeTotalDue: true }
  const lines = times.map((at, nth) => ({
    number: nth + 1,
    bytes: Buffer.from(
      `{"subject":"${Account.formatOwner(Simulated.account.owner)}","observed_at":"${new Date(at).toISOString()}","body":${simulated.bodyAt(at, body)}}`,
    ),
  }))
  const run = Effect.gen(function* () {
    const progress = yield* HistoryImport.make({
      baseUrl: Account.DEFAULT_BASE_URL,
      mostBytes: 1_000_000,
      onRejected: ({ number }, why) => Effect.sync(() => round.mustBe(`line ${number} is rejected: ${why}`, false)),
    })
    const result = yield* Effect.exit(
      Effect.zipRight(Effect.forEach(lines, progress.add, { discard: true }), progress.finish),
    )
    return { counts: progress.counts(), result: Verdict.resultOf(result) }
  })
  const wanted = times.map((at) => Samples.text(Simulated.snapshotAt(simulated, at, body)))
  const check = async (least: number, when: string): Promise<void> => {
    const [told = [], damage] = await store.run(
      Effect.all([
        Effect.map(Sound.stored, (texts) => [...texts.values()].flat()),
        Effect.map(Told.damage, (found) => found.join()),
      ]),
    )
    round.mustBe(`${when}, ${told.length} of at least ${least} lines are there`, told.length >= least)
    const difference = Told.difference(wanted.slice(0, told.length), told)
    round.mustBe(`${when}, ${difference ?? ""}`, difference === undefined)
    round.mustBe(`${when}, verification finds ${damage}`, damage === "")
  }
  disk.fill(round.random.between(180_000, 280_000))
  const store = await open(path)
  const { counts, result } = await store.run(run)
  round.mustBeFull("the import", result)
  await check(counts.kept, "when the import is full")
  disk.empty()
  const again = await store.run(run)
  round.mustBe(`the import again comes to ${JSON.stringify(again.result)}`, again.result._tag === "Value")
  round.mustBe(
    `${JSON.stringify(again.counts)} of ${LINES} lines`,
    again.counts.kept + again.counts.duplicates === LINES,
  )
  await check(LINES, "when the import is done")
  await store.close()
}

const backup: Scenario = async (round, disk, folder) => {
  const target = join(disk.folder, "copy.db")
  const source = join(folder, "source.db")
  const store = await open(source)
  await round.appendMore(store, 300)
  const copy = Effect.flatMap(FileCare, (care) => care.backup(target))
  const { fileBytes } = await store.run(Effect.flatMap(FileCare, (each) => each.sizes))
  for (const leave of [0, 4096, round.random.below(fileBytes), fileBytes - 4096]) {
    disk.fill(leave)
    round.mustBeFull(`a copy where ${leave} bytes are left`, await store.attempt(copy))
    round.mustBe(`a copy that failed leaves ${disk.files().join()}`, disk.files().length === 0)
    disk.empty()
    await round.appendMore(store, 2)
  }
  await store.run(copy)
  round.mustBe(`a copy leaves ${disk.files().join()}`, disk.files().join() === "copy.db")
  const copied = await open(target)
  await round.check(copied, "in the copy")
  await copied.close()
  await round.check(store, "after it was copied")
  await store.close()
  Verdict.remove(source)
}

const DAY = 86_400_000

const care: Scenario = async (round, disk) => {
  const path = join(disk.folder, "history.db")
  const store = await open(path)
  await round.appendMore(store, 300)
  const [forgotten, cut, pruned] = [0, 1, 2].map((index) => round.snapshots.accountOf(index)) as [
    Account.Account,
    Account.Account,
    Account.Account,
  ]
  const [from, to] = [1, 2].map((day) => Timestamp.fromMillis(Snapshots.START + day * DAY)) as [
    Timestamp.Timestamp,
    Timestamp.Timestamp,
  ]
  const cares = {
    "storing usage": Effect.flatMap(UsageSeries, (usage) => usage.fill(pruned)),
    pruning: Pruning.run({ account: pruned, before: Timestamp.fromMillis(Snapshots.START + 10 * DAY) }),
    "forgetting a span": Effect.flatMap(SnapshotStore, (each) => each.forget(cut, { from, to })),
    forgetting: Effect.flatMap(SnapshotStore, (each) => each.forget(forgotten)),
  }
  const state = Effect.gen(function* () {
    const store = yield* SnapshotStore
    const counts = yield* Effect.forEach([forgotten, cut, pruned], (account) => store.count(account))
    return { ledger: yield* Told.ledger(pruned), counts: counts.join() }
  })
  const damage = async (when: string): Promise<void> => {
    const found = await store.attempt(Told.damage)
    round.mustBe(
      `${when}, verification comes to ${JSON.stringify(found)}`,
      found._tag === "Value" && found.value.length === 0,
    )
  }
  disk.fill(0)
  const full = await store.run(state)
  for (const [what, effect] of Object.entries(cares)) {
    round.mustBeFull(what, await store.attempt(effect as Effect.Effect<unknown, StoreError, Services>))
    await damage(`when ${what} found no room`)
    const { counts, ledger } = await store.run(state)
    round.mustBe(`${what} found no room and leaves ${counts} snapshots, not ${full.counts}`, counts === full.counts)
    const difference = Told.difference(full.ledger, ledger)
    round.mustBe(`when ${what} found no room, ${difference ?? ""}`, difference === undefined)
  }
  disk.empty()
  for (const effect of Object.values(cares)) await store.run(effect as Effect.Effect<unknown, StoreError, Services>)
  await damage("when there was room")
  const left = await store.run(
    Effect.gen(function* () {
      const store = yield* SnapshotStore
      const span = yield* store.count(cut, { from, to })
      return { accounts: (yield* store.listAccounts).map(Told.nameOf), span }
    }),
  )
  round.mustBe("an account that was forgotten is there", !left.accounts.includes(Told.nameOf(forgotten)))
  round.mustBe(`${left.span} snapshots of a span that was forgotten are there`, left.span === 0)
  const after = await store.run(state)
  const [before, now] = [full.counts, after.counts].map((counts) => counts.split(","))
  round.mustBe(
    `${full.counts} snapshots are ${after.counts}`,
    before?.every((count, nth) => count !== now?.[nth]) === true,
  )
  const difference = Told.difference(full.ledger, after.ledger)
  round.mustBe(`after pruning, ${difference ?? ""}`, difference === undefined)
  await store.close()
}

const MIB = 1024 * 1024

/** The scenarios, and how large their disks are. */
const scenarios: ReadonlyArray<readonly [name: string, scenario: Scenario, bytes: number]> = [
  ["appends", appends, 8 * MIB],
  ["log", log, 2 * MIB],
  ["import", imports, 2 * MIB],
  ["backup", backup, 2 * MIB],
  ["care", care, 16 * MIB],
]

/** Runs every scenario, each on a disk of its own. */
export const run = async (options: Options): Promise<Report & { room: Room }> => {
  const { folder, progress, rounds, seed } = options
  const figures: Record<string, number> = {}
  const failures: Array<string> = []
  let room: Room = "Disk"
  const settle = (name: string, round: Round): void => {
    failures.push(...round.failures)
    for (const [what, count] of Object.entries(round.counts)) {
      figures[`${name}: ${what}`] = (figures[`${name}: ${what}`] ?? 0) + count
    }
  }
  for (let number = 0; number < rounds; number++) {
    const pages = new Round("pages", seed + number, options)
    await appendsWithin(pages, folder, seed + number)
    settle("pages", pages)
    for (const [name, scenario, bytes] of scenarios) {
      const disk = Disk.inMemory(bytes)
      if (disk === undefined) {
        room = "Pages"
        break
      }
      const round = new Round(name, seed + number, options)
      try {
        await scenario(round, disk, folder)
      } catch (cause) {
        round.mustBe(`it throws ${String(cause)}`, false)
      } finally {
        disk.remove()
      }
      settle(name, round)
      progress?.(`${number + 1} of ${rounds} rounds: ${name}`)
    }
  }
  return { figures, failures, room }
}
