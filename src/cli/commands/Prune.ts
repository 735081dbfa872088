/** `prune` removes old snapshots and leaves every total as it is; without `--yes` it only counts. Needs no token and no network. */

import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import * as Pruning from "../../services/Pruning.js"
import * as UsageSeries from "../../services/UsageSeries.js"
import { invalid, type UsageError } from "../CliError.js"
import type * as Command from "../Command.js"
import * as ExistingFile from "../ExistingFile.js"
import * as PruneView from "../render/PruneView.js"
import * as Table from "../render/Table.js"
import * as Selection from "../Selection.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"

const KEEP_LAST_OF = { hour: "Hour", day: "Day" } as const

/** What to prune, and whether to. */
export interface Options {
  readonly selection: Selection.Selection
  readonly before: Timestamp.Timestamp
  /** The last snapshot of each of these stays. */
  readonly thin: keyof typeof KEEP_LAST_OF
  readonly yes: boolean
}

const DAY_MS = 86_400_000

const isTimestamp = Schema.is(Timestamp.Timestamp)

/** Reads a time that is not in the future, or an age such as `90d`. Dates are midnights in the zone. */
export const before = (text: string, zone: string, now: number): Either.Either<Timestamp.Timestamp, UsageError> => {
  const refuse = (why: string) => Either.left(invalid("--before", text, why))
  const age = Settings.duration("--before", text)
  if (Either.isRight(age)) {
    const millis = now - Duration.toMillis(age.right)
    const at = Number.isNaN(new Date(millis).getTime()) ? undefined : Timestamp.fromMillis(millis)
    return isTimestamp(at) ? Either.right(at) : refuse("longer ago than any history")
  }
  const at = Settings.time("--before", text, zone)
  if (Either.isLeft(at)) return refuse("examples: 90d, 2026-11-22, 2026-11-22T09:00:00Z")
  return at.right.epochMillis <= now ? at : refuse("in the future")
}

/** The later of two ends of a sealed span. */
const later = (
  a: Option.Option<Timestamp.Timestamp>,
  b: Option.Option<Timestamp.Timestamp>,
): Option.Option<Timestamp.Timestamp> =>
  Option.isSome(a) && Option.isSome(b) ? Option.some(DateTime.max(a.value, b.value)) : Option.orElse(a, () => b)

/** Runs the command. */
export const run = ({ before: until, selection, thin, yes }: Options, settings: Settings.Settings) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const meant = yield* Selection.accounts(selection)
    const accounts: Array<PruneView.PrunedAccount> = []
    for (const [index, { account, sealedUntil: sealedBefore, snapshots }] of meant.entries()) {
      yield* terminal.progress(
        `${yes ? "pruning" : "counting"} ${Selection.nameOf(account)} (${index + 1} of ${meant.length})`,
      )
      const request = { account, before: until, keepLastOf: KEEP_LAST_OF[thin] }
      const pruned = yield* yes ? Pruning.run(request) : Pruning.count(request)
      accounts.push({ account, snapshots, ...pruned, sealedUntil: later(sealedBefore, pruned.sealedUntil) })
    }
    yield* terminal.progress("")
    const pruned: PruneView.Pruned = {
      dryRun: !yes,
      before: Timestamp.fromMillis(Math.floor(until.epochMillis / DAY_MS) * DAY_MS),
      thin,
      accounts,
      removed: accounts.reduce((sum, { removed }) => sum + removed, 0),
    }
    yield* terminal.print(
      settings.json
        ? PruneView.json(pruned)
        : Table.fit(PruneView.lines(pruned, settings.zone, terminal.colors), terminal.columns).join("\n"),
    )
  }).pipe(
    Effect.ensuring(Effect.flatMap(Terminal, ({ progress }) => progress(""))),
    Effect.provide(
      Layer.provideMerge(
        UsageSeries.layer,
        yes
          ? ExistingFile.layer(settings.database.path)
          : SnapshotStore.layerReadOnly({ path: settings.database.path }),
      ),
    ),
  )

/** Runs the command as it was written. */
export const command: Command.Run<
  Settings.Written & { readonly before: string; readonly thin?: Options["thin"]; readonly yes?: boolean }
> = ({ environment, written }) =>
  Effect.gen(function* () {
    const { thin = "day", yes = false } = written
    const settings = yield* Settings.ofFile(written, environment)
    const selection = yield* Selection.make(written)
    const until = yield* before(written.before, settings.zone, yield* Clock.currentTimeMillis)
    yield* run({ selection, before: until, thin, yes }, settings)
  })
