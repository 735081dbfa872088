/** What was measured of the store, as tables: ratios are of medians, their spread is that of the rounds. */
import * as Table from "../table.mjs"

const { median } = Table

const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))
export const time = (nanos) =>
  nanos < 1e3
    ? `${digits(nanos)} ns`
    : nanos < 1e6
      ? `${digits(nanos / 1e3)} us`
      : nanos < 1e9
        ? `${digits(nanos / 1e6)} ms`
        : `${digits(nanos / 1e9)} s`
export const rate = (perSecond) => `${(perSecond / 1e3).toFixed(perSecond < 1e4 ? 1 : 0)} k/s`
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
export const factor = (value) => value.toFixed(value < 0.01 ? 5 : value < 0.1 ? 3 : 2)

const least = (values) => Math.min(...values)
const most = (values) => Math.max(...values)

export const spread = (values, show) => (values.length < 2 ? "" : `${show(least(values))} to ${show(most(values))}`)

/** Whether a figure is within its target. */
const verdict = (value, { atLeast, atMost }, show) => {
  if (atMost !== undefined) return `at most ${show(atMost)}: ${value <= atMost ? "met" : "missed"}`
  if (atLeast !== undefined) return `at least ${show(atLeast)}: ${value >= atLeast ? "met" : "missed"}`
  return ""
}

/**
 * Rows of candidates beside a baseline. `of` gives a candidate's value of each round; candidates without one are left out.
 */
export const compare = ({ baseline, candidates, of, show, targets = {} }) => {
  const head = ["", "median", "spread", `to ${baseline}`, "spread", "target"]
  const base = of(baseline)
  const rows = candidates.flatMap((name) => {
    const values = of(name)
    if (values.some((value) => value === undefined)) return []
    const ratio = median(values) / median(base)
    const ratios = values.map((value, round) => value / base[round])
    const target = targets[name] === undefined ? "" : verdict(ratio, targets[name], factor)
    return [[name, show(median(values)), spread(values, show), factor(ratio), spread(ratios, factor), target]]
  })
  return Table.table([head, ...rows])
}

/** Rows of figures by themselves: `[name, values, show, target]`. */
export const figures = (rows) =>
  Table.table([
    ["", "median", "spread", "target"],
    ...rows.map(([name, values, show, target = {}]) => [
      name,
      show(median(values)),
      spread(values, show),
      verdict(median(values), target, show),
    ]),
  ])
