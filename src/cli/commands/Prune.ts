/** `prune`: removes old looks and keeps the sums of their usage; without `--yes` it tells what would go. Needs no token and no network. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import { UsageError } from "../CliError.js"
import * as ExistingFile from "../ExistingFile.js"
import * as Format from "../render/Format.js"
import * as PruneView from "../render/PruneView.js"
import * as Selection from "../Selection.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"

/** What may be kept of a day. */
export const THIN = ["hour", "day"] as const

/** What to prune, and whether to. */
export interface Options {
  readonly selection: Selection.Selection
  readonly before: Timestamp.Timestamp
  readonly thin: (typeof THIN)[number] | undefined
  readonly yes: boolean
}

const DAY = 86_400_000

const isTimestamp = Schema.is(Timestamp.Timestamp)

/** A moment that is not to come: a time, or an age such as `90d`. */
export const before = (text: string, now: number): Either.Either<Timestamp.Timestamp, UsageError> => {
  const refuse = (why: string) => Either.left(new UsageError({ message: `--before ${JSON.stringify(text)} ${why}` }))
  const age = Settings.duration("--before", text)
  if (Either.isRight(age)) {
    const millis = now - Duration.toMillis(age.right)
    const at = Number.isNaN(new Date(millis).getTime()) ? undefined : Timestamp.fromMillis(millis)
    return isTimestamp(at) ? Either.right(at) : refuse("is longer ago than any history: name a shorter age")
  }
  const at = Timestamp.fromText(text)
  if (at._tag === "None") {
    return refuse(
      "is no time and no age: write RFC 3339 with a zone, such as 2026-11-22T09:00:00Z, or an age such as 90d",
    )
  }
  return at.value.epochMillis <= now ? Either.right(at.value) : refuse("lies in the future: name a moment of the past")
}

const KEPT = { hour: "Hour", day: "Day" } as const

/** Runs the command. */
export const run = ({ before: until, selection, thin, yes }: Options, settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const store = yield* SnapshotStore.SnapshotStore
    const meant = yield* Selection.accounts(selection)
    const accounts: Array<PruneView.PrunedAccount> = []
    for (const [index, { account, snapshots }] of meant.entries()) {
      const what = `${yes ? "pruning" : "counting"} ${Selection.nameOf(account)} (${index + 1} of ${meant.length})`
      yield* terminal.progress((columns) => Format.text(what).slice(0, columns - 1))
      const { days, kept, removed } = yield* store.prune({
        account,
        before: until,
        thin: thin === undefined ? undefined : KEPT[thin],
        dryRun: !yes,
      })
      accounts.push({ account, looks: snapshots, days, removed, kept })
    }
    yield* terminal.progress("")
    const pruned: PruneView.Pruned = {
      dryRun: !yes,
      before: Timestamp.fromMillis(Math.floor(until.epochMillis / DAY) * DAY),
      thin: thin ?? null,
      accounts,
      removed: accounts.reduce((sum, { removed }) => sum + removed, 0),
    }
    yield* terminal.print(
      settings.json ? PruneView.json(pruned) : PruneView.lines(pruned, settings.zone, terminal.colors).join("\n"),
    )
  }).pipe(
    Effect.ensuring(Effect.flatMap(Terminal, ({ progress }) => progress(""))),
    Effect.provide(
      yes ? ExistingFile.layer(settings.database.path) : SnapshotStore.layerReadOnly({ path: settings.database.path }),
    ),
  )

/** {@link before} as seen from the clock. */
export const beforeNow = (text: string): Effect.Effect<Timestamp.Timestamp, UsageError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => before(text, now))
