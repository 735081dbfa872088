/** The store and the directory in memory, for tests and for hosts that keep nothing. It takes and gives exactly what a file does. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as CustomerBalance from "../../../domain/balance/CustomerBalance.js"
import * as Subject from "../../../domain/balance/Subject.js"
import * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import type * as Timestamp from "../../../domain/time/Timestamp.js"
import type * as AccountDirectory from "../AccountDirectory.js"
import * as Canonical from "../Canonical.js"
import * as Fingerprint from "../Fingerprint.js"
import * as Limits from "../Limits.js"
import type * as SnapshotStore from "../SnapshotStore.js"
import { StoreOutOfRange } from "../StoreError.js"

const isBalance = Schema.is(CustomerBalance.CustomerBalance)

const accountKey = ({ baseUrl, owner }: Account.Account): string =>
  JSON.stringify([baseUrl, Account.formatOwner(owner)])

/** The index of the first snapshot that `isPast` holds for, in snapshots that are in order. */
const firstIndex = (
  snapshots: ReadonlyArray<Snapshot.Snapshot>,
  isPast: (snapshot: Snapshot.Snapshot) => boolean,
): number => {
  let [low, high] = [0, snapshots.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const snapshot = snapshots[middle]
    if (snapshot !== undefined && isPast(snapshot)) high = middle
    else low = middle + 1
  }
  return low
}

const makeStore = (): SnapshotStore.Service => {
  /** Each account's snapshots in order. */
  const histories = new Map<string, Array<Snapshot.Snapshot>>()
  const historyOf = (account: Account.Account) => histories.get(accountKey(account)) ?? []

  const checked = (
    operation: string,
    snapshot: Snapshot.Snapshot,
  ): Either.Either<Snapshot.Snapshot, StoreOutOfRange> => {
    const field = Limits.flaw(snapshot) ?? (isBalance(snapshot.balance) ? undefined : "plan")
    return field === undefined ? Either.right(snapshot) : Either.left(new StoreOutOfRange({ operation, field }))
  }
  const insert = (snapshot: Snapshot.Snapshot): SnapshotStore.Appended => {
    const history = historyOf(snapshot.account)
    const index = firstIndex(history, (other) => Canonical.Order(other, snapshot) >= 0)
    const next = history[index]
    if (next !== undefined && Canonical.Order(next, snapshot) === 0) return "Duplicate"
    history.splice(index, 0, snapshot)
    histories.set(accountKey(snapshot.account), history)
    return "Appended"
  }
  const until = (account: Account.Account, isPast: (snapshot: Snapshot.Snapshot) => boolean) => {
    const history = historyOf(account)
    return Option.fromNullable(history[firstIndex(history, isPast) - 1])
  }

  return {
    append: (snapshot) => Effect.suspend(() => Either.map(checked("SnapshotStore.append", snapshot), insert)),
    appendAll: (snapshots) =>
      Effect.suspend(() =>
        Either.map(
          Either.all(Array.from(snapshots, (snapshot) => checked("SnapshotStore.appendAll", snapshot))),
          (all) => all.map(insert),
        ),
      ),
    latest: (account) => Effect.sync(() => until(account, () => false)),
    asOf: (account, at) =>
      Effect.sync(() => until(account, ({ observedAt }) => observedAt.epochMillis > at.epochMillis)),
    stream: (account, { from, to } = {}) =>
      Stream.suspend(() => {
        const history = historyOf(account)
        const indexOf = (bound: { readonly epochMillis: number }) =>
          firstIndex(history, ({ observedAt }) => observedAt.epochMillis >= bound.epochMillis)
        return Stream.fromIterable(
          history.slice(from === undefined ? 0 : indexOf(from), to === undefined ? history.length : indexOf(to)),
        )
      }),
    accounts: Effect.sync(() =>
      [...histories.values()]
        .flatMap((history): ReadonlyArray<SnapshotStore.AccountSummary> => {
          const [first, last] = [history.at(0), history.at(-1)]
          return first === undefined || last === undefined
            ? []
            : [{ account: first.account, snapshots: history.length, first: first.observedAt, last: last.observedAt }]
        })
        .sort((a, b) => Account.Order(a.account, b.account)),
    ),
  }
}

const makeDirectory = (): AccountDirectory.Service => {
  const secret = Fingerprint.newSecret()
  const accounts = new Map<string, Account.Account>()
  const labels = new Map<string, string>()
  const answers = new Map<string, Timestamp.Timestamp>()
  const keyOf = ({ credential, baseUrl, subject }: AccountDirectory.Holder): string =>
    JSON.stringify([Fingerprint.of(secret, credential).toString("hex"), baseUrl, Subject.format(subject)])
  const labelOf = (key: string): string => {
    const known = labels.get(key)
    if (known !== undefined) return known
    const taken = new Set(labels.values())
    const label = Fingerprint.newLabel((label) => taken.has(label))
    labels.set(key, label)
    return label
  }
  return {
    find: (holder) =>
      Effect.sync(() =>
        Option.filter(Option.fromNullable(accounts.get(keyOf(holder))), ({ owner }) => owner._tag !== "Labelled"),
      ),
    lastAnswered: (holder) => Effect.sync(() => Option.fromNullable(answers.get(keyOf(holder)))),
    noteAnswer: (holder, at) =>
      Effect.sync(() => {
        const key = keyOf(holder)
        answers.set(key, DateTime.max(at, answers.get(key) ?? at))
      }),
    remember: (holder, account) =>
      Effect.sync(() => {
        accounts.set(keyOf(holder), account)
      }),
    label: (holder) => Effect.sync(() => Account.labelled(holder.baseUrl, labelOf(keyOf(holder)))),
  }
}

/** A store and a directory that begin empty. */
export const make: Effect.Effect<{
  readonly store: SnapshotStore.Service
  readonly directory: AccountDirectory.Service
}> = Effect.sync(() => ({ store: makeStore(), directory: makeDirectory() }))
