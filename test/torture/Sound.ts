/**
 * Whether a store holds exactly the looks that it was given: each once, to the last digit, in order, nothing else, with the sums of usage that
 * the ledger explains, and nothing for verification to find. Each line that comes out is something that does not hold.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Account from "../../src/domain/history/Account.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import * as Verification from "../../src/services/Verification.js"
import * as Model from "../infra/store/Model.js"
import * as Samples from "../infra/store/Samples.js"
import type { Looks } from "./Looks.js"
import * as Told from "./Told.js"

const order = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): number =>
  a.observedAt.epochMillis - b.observedAt.epochMillis ||
  a.balance.updatedAt.epochMillis - b.balance.updatedAt.epochMillis

/** Looks with their texts, each made once. */
export class Given {
  private readonly looks: Looks
  private readonly known = new Map<number, { readonly snapshot: Snapshot.Snapshot; readonly text: string }>()

  constructor(looks: Looks) {
    this.looks = looks
  }

  private of(index: number) {
    const known = this.known.get(index)
    if (known !== undefined) return known
    const snapshot = this.looks.at(index)
    const made = { snapshot, text: Samples.text(snapshot) }
    this.known.set(index, made)
    return made
  }

  /** The histories of the looks of some indices, by account. */
  histories(indices: Iterable<number>) {
    const byName = new Map<string, { readonly account: Account.Account; readonly all: Array<number> }>()
    for (const index of new Set(indices)) {
      const account = this.looks.accountOf(index)
      const name = Told.nameOf(account)
      const history = byName.get(name) ?? { account, all: [] }
      byName.set(name, history)
      history.all.push(index)
    }
    return new Map(
      [...byName].map(([name, { account, all }]) => {
        const ordered = all.map((index) => this.of(index)).sort((a, b) => order(a.snapshot, b.snapshot))
        const [snapshots, texts] = [ordered.map(({ snapshot }) => snapshot), ordered.map(({ text }) => text)]
        return [name, { account, snapshots, texts }] as const
      }),
    )
  }
}

type Histories = ReturnType<Given["histories"]>

/** Whether each look is there, once, and no other one. */
export const contents = (histories: Histories) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const wrong: Array<string> = []
    const summaries = yield* store.accounts
    for (const { account, snapshots } of summaries) {
      const wanted = histories.get(Told.nameOf(account))?.texts ?? []
      if (snapshots !== wanted.length)
        wrong.push(`${Told.nameOf(account)} has ${snapshots} looks, not ${wanted.length}`)
    }
    if (summaries.length !== histories.size) wrong.push(`${summaries.length} accounts, not ${histories.size}`)
    for (const [name, { account, texts }] of histories) {
      const told = Samples.texts(yield* Stream.runCollect(store.stream(account)))
      const difference = Told.difference(texts, told)
      if (difference !== undefined) wrong.push(`${name} reads ${told.length} looks of ${texts.length}: ${difference}`)
    }
    return wrong
  })

/** Whether usage is what the ledger explains of the looks that are there, over all of the time. */
const usage = (histories: Histories) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const { from, to } = Told.ALWAYS
    const wrong: Array<string> = []
    for (const [name, { account, snapshots }] of histories) {
      const told = yield* store.usage(account, Told.ALWAYS)
      const wanted = { ...Model.usage(snapshots, from.epochMillis, to.epochMillis), assumes: told.assumes }
      const [is, was] = [Told.usageText(told), Told.usageText(wanted)]
      if (is !== was) wrong.push(`${name} used ${is}, the ledger explains ${was}`)
    }
    return wrong
  })

/** Whether the books of what a store tells close. */
export const books = Effect.gen(function* () {
  const found = yield* Stream.runCollect(Verification.all)
  return [...found].flatMap(({ account, open }) =>
    open === 0 ? [] : [`${Told.nameOf(account)}: ${open} books are open`],
  )
})

/** All of it. */
export const all = (histories: Histories) =>
  Effect.gen(function* () {
    const damage = yield* Told.damage
    return [
      ...(yield* contents(histories)),
      ...damage.map((each) => `verification finds ${each}`),
      ...(yield* usage(histories)),
    ]
  })
