/** Where long work stands, on one line that never wraps: share, counts, rates and the time that is left. */
import * as Format from "./Format.js"

/** Something that is counted: `bytes` are written as B, kB, MB and so on, every other unit is a noun behind the number. */
export interface Count {
  readonly done: number
  readonly unit: string
}

/** Work that goes on. */
export interface Progress extends Count {
  /** What it is about: a file's name, or a few words. */
  readonly label: string
  /** What `done` will be in the end, where that is known: then share and time left are told, else the time so far. */
  readonly total?: number | undefined
  /** Other counts of the same work, such as the lines of a file whose bytes are read. */
  readonly beside?: ReadonlyArray<Count> | undefined
  /** Time since it began. */
  readonly elapsedMillis: number
  /** Columns of the terminal; 80 where they are not known. */
  readonly columns?: number | undefined
}

const DEFAULT_COLUMNS = 80
const BAR = 20
const SHORT_BAR = 10
/** What is left of a label where room is scarce. */
const SHORT_LABEL = 16

const BYTES = "bytes"
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const

const whole = (count: number): string =>
  Math.round(count)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ",")

/** A size with three digits, by powers of 1000: `999 B`, `1.50 kB`, `12.3 MB`. */
export const bytes = (count: number): string => {
  let size = Math.round(count)
  let unit = 0
  // 999.5 and more would be written 1000.
  while (size >= (unit === 0 ? 1000 : 999.5) && unit < BYTE_UNITS.length - 1) {
    size /= 1000
    unit++
  }
  const decimals = unit === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
  return `${size.toFixed(decimals)} ${BYTE_UNITS[unit]}`
}

const amount = ({ done, unit }: Count): string => (unit === BYTES ? bytes(done) : `${whole(done)} ${unit}`)

/** Of what goes slowly, the first decimal as well. */
const slow = (perSecond: number): string =>
  perSecond < 10 && !Number.isInteger(perSecond) ? perSecond.toFixed(1) : whole(perSecond)

const rate = ({ done, unit }: Count, elapsedMillis: number): ReadonlyArray<string> => {
  if (!(elapsedMillis > 0)) return []
  const perSecond = (1000 * done) / elapsedMillis
  return [unit === BYTES ? `${bytes(perSecond)}/s` : `${slow(perSecond)} ${unit}/s`]
}

/** Columns that a text takes, where in doubt too many: letters of Asian scripts and pictures take two. */
const width = (text: string): number => {
  let columns = 0
  for (const letter of text) columns += letter < "\u1100" ? 1 : 2
  return columns
}

const cut = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  let kept = ""
  for (const letter of text) {
    if (width(kept) + width(letter) >= columns) break
    kept += letter
  }
  return columns < 1 ? "" : `${kept}~`
}

const bar = (share: number, columns: number): string => {
  const full = Math.floor(share * columns)
  return `[${"#".repeat(full)}${".".repeat(columns - full)}]`
}

/** The part of a whole that is done, 0 to 1; `undefined` where the whole is not known. */
const shareOf = ({ done, total }: Progress): number | undefined =>
  total === undefined || !(total > 0) ? undefined : Math.min(1, Math.max(0, done / total))

const left = (share: number, elapsedMillis: number): ReadonlyArray<string> =>
  share > 0 && elapsedMillis > 0 ? [`${Format.span((elapsedMillis * (1 - share)) / share)} left`] : []

/**
 * The line, narrower than the terminal: what finds no room is left out, the least telling first.
 *
 * @example
 * import * as ProgressLine from "./ProgressLine.js"
 *
 * ProgressLine.render({ label: "a.jsonl", done: 5e8, total: 1e9, unit: "bytes", elapsedMillis: 4000 })
 * // "a.jsonl [##########..........] 50 %, 125 MB/s, 4 s left"
 */
export const render = (progress: Progress): string => {
  const { beside = [], columns = DEFAULT_COLUMNS, elapsedMillis } = progress
  // A line as wide as the terminal wraps in some.
  const room = columns - 1
  const label = Format.text(progress.label)
  const share = shareOf(progress)
  const counts = [...beside.map(amount), ...(share === undefined ? [amount(progress)] : [])]
  const [rates, ownRate] = [beside.flatMap((count) => rate(count, elapsedMillis)), rate(progress, elapsedMillis)]
  const time = share === undefined ? [Format.span(elapsedMillis)] : left(share, elapsedMillis)
  const line = (name: string, barred: number, told: ReadonlyArray<string>): string => {
    if (share === undefined) return `${name}: ${told.join(", ")}`
    const drawn = barred === 0 ? "" : `${bar(share, barred)} `
    return `${name} ${drawn}${[Format.share(share), ...told].join(", ")}`
  }
  const short = cut(label, SHORT_LABEL)
  const candidates = [
    line(label, BAR, [...counts, ...rates, ...ownRate, ...time]),
    line(short, BAR, [...counts, ...rates, ...ownRate, ...time]),
    line(short, SHORT_BAR, [...counts, ...rates, ...ownRate, ...time]),
    line(short, SHORT_BAR, [...counts, ...rates, ...time]),
    line(short, SHORT_BAR, [...counts, ...time]),
    line(short, 0, [...counts, ...time]),
    line(short, 0, time),
  ]
  return candidates.find((text) => width(text) <= room) ?? cut(candidates.at(-1) ?? "", room)
}
