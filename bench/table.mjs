/** What was measured, as a table. */

const sorted = (values) => [...values].sort((a, b) => a - b)

/** The middle value; of an even number the mean of the two in the middle. */
export const median = (values) => {
  const ordered = sorted(values)
  const middle = ordered.length >> 1
  return ordered.length % 2 === 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
}

const spread = (values, show) => {
  const ordered = sorted(values)
  return `${show(ordered[0])} to ${show(ordered[ordered.length - 1])}`
}

const nanoseconds = (value) => (value < 10_000 ? `${value.toFixed(0)} ns` : `${(value / 1000).toFixed(1)} us`)
const ratio = (value) => value.toFixed(2)
const bytes = (value) => (value === null ? "" : `${(value / 1024).toFixed(1)} kB`)

/** Ratios are of medians; their spread is that of the rounds, in each of which all candidates ran. */
const row = ({ name, rounds }, base) => {
  const times = rounds.map(({ nanoseconds }) => nanoseconds)
  const baseTimes = base.rounds.map(({ nanoseconds }) => nanoseconds)
  const ratios = times.map((time, round) => time / baseTimes[round])
  const allocated = rounds.map(({ bytes }) => bytes)
  return [
    name,
    nanoseconds(median(times)),
    spread(times, nanoseconds),
    ratio(median(times) / median(baseTimes)),
    spread(ratios, ratio),
    bytes(allocated.includes(null) ? null : median(allocated)),
  ]
}

/** Rows of cells, the first the heads, as a table of markdown that reads as well on a terminal. */
export const table = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)))
  const line = (cells) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join(" | ")} |`
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))
  return [line(rows[0]), line(rule), ...rows.slice(1).map(line)].join("\n")
}

/** A result as markdown, which reads as well on a terminal. */
export const markdown = ({ baseline, cores, date, inputs, load, node, notes, title, trials }) => {
  const head = ["", "median", "spread", `to ${baseline}`, "spread", "allocated"]
  const sections = inputs.map(({ candidates, input }) => {
    const base = candidates.find(({ name }) => name === baseline)
    return `## ${input}\n\n${table([head, ...candidates.map((candidate) => row(candidate, base))])}`
  })
  const circumstances = `${date}, Node ${node}, ${cores} cores, load ${load.map((one) => one.toFixed(1)).join(" to ")}, ${trials} trials.`
  return `${[`# ${title}`, circumstances, ...sections, ...notes].join("\n\n")}\n`
}
