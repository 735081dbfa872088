/**
 * Keeps watch over drift, what bodies say beyond the published contract: every finding counts in the metric {@link total}, and the first of
 * each kind is logged.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import type { Drift, Kind } from "../domain/balance/wire/Drift.js"
import * as Logs from "./Logs.js"

const TOTAL = "zoo_runway_drift_total"

/** Findings in the bodies that were fetched, by `kind`: the counter `zoo_runway_drift_total`. */
export const total: Metric.Metric.Counter<number> = Metric.counter(TOTAL, {
  description: "What fetched bodies said beyond the published contract, by kind",
  incremental: true,
})

/** {@link total} of one kind alone. */
export const totalOf = (kind: Kind): Metric.Metric.Counter<number> => Metric.tagged(total, "kind", kind)

/** A watch over the bodies of one layer. */
export interface DriftWatch {
  /** Counts the findings of a body, and logs a warning for those whose kind it sees for the first time. */
  readonly note: (drift: ReadonlyArray<Drift>) => Effect.Effect<void>
}

/** What was found stays with the reading: it may be an amount. */
const warningOf = ({ kind, path }: Drift): string =>
  `the API says what its published contract does not: ${kind} at ${path}: the library may be older than the contract (told once; ${TOTAL} counts on)`

/** The first finding of each kind that is not among the `known`, and all kinds that are known then. */
const firstsOf = (
  drift: ReadonlyArray<Drift>,
  known: ReadonlySet<Kind>,
): readonly [ReadonlyArray<Drift>, ReadonlySet<Kind>] => {
  const firsts = new Map<Kind, Drift>()
  for (const finding of drift) {
    if (!known.has(finding.kind) && !firsts.has(finding.kind)) firsts.set(finding.kind, finding)
  }
  return [[...firsts.values()], firsts.size === 0 ? known : new Set([...known, ...firsts.keys()])]
}

/** A watch that has seen nothing yet. It speaks through the logger and the metrics of whoever runs it. */
export const make: Effect.Effect<DriftWatch> = Effect.map(Ref.make<ReadonlySet<Kind>>(new Set()), (seen) => ({
  note: (drift) =>
    drift.length === 0
      ? Effect.void
      : Effect.forEach(drift, ({ kind }) => Metric.increment(totalOf(kind)), { discard: true }).pipe(
          Effect.zipRight(Ref.modify(seen, (known) => firstsOf(drift, known))),
          Effect.flatMap((firsts) => Effect.forEach(firsts, (first) => Effect.logWarning(warningOf(first)))),
          Effect.asVoid,
          Effect.annotateLogs(Logs.of("DriftWatch")),
          // A kind that was marked as told must be told.
          Effect.uninterruptible,
        ),
}))
