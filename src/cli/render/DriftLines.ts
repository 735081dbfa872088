/** Drift for people. */
import * as Arr from "effect/Array"
import * as Drift from "../../domain/balance/wire/Drift.js"

const line = (drift: Drift.Drift, others = ""): string =>
  `${drift.kind} at ${drift.path}${others}: expected ${Drift.expected(drift)}, found ${drift.found}`

const isCut = (drift: ReadonlyArray<Drift.Drift>): boolean => drift.length >= Drift.MOST

/** One line for each finding, in their order. */
export const all = (drift: ReadonlyArray<Drift.Drift>): ReadonlyArray<string> => {
  const lines = drift.map((finding) => line(finding))
  return isCut(drift) ? [...lines, `there may be more: the first ${Drift.MOST} findings of a body are told`] : lines
}

/** One line for each kind, in the order of their first findings, which stand for the others. */
export const byKind = (drift: ReadonlyArray<Drift.Drift>): ReadonlyArray<string> =>
  Object.values(Arr.groupBy(drift, ({ kind }) => kind)).map(([first, ...others]) =>
    line(first, others.length === 0 ? "" : ` and ${isCut(drift) ? "at least " : ""}${others.length} more`),
  )
