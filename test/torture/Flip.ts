/**
 * Files with one flipped bit.
 *
 * In copies of a good file a bit is flipped: anywhere, and often in the tables that hold amounts, usage and checksums. The copy is opened, for
 * writing or for reading only, verified, and read in every way.
 *
 * Either opening fails with an error of the store, or verification finds damage or fails with an error of the store, or accounts, snapshots, usage
 * and answers read exactly as before. Whatever verification finds, each read returns nothing but what was written, or fails with an error of the
 * store.
 */
import { join } from "node:path"
import { Random } from "../fuzz/Random.js"
import * as GoodFile from "./GoodFile.js"
import type { Report } from "./Report.js"
import type * as Told from "./Told.js"
import * as Verdict from "./Verdict.js"

export interface Options {
  readonly seed: number
  readonly flips: number
  /** Snapshots of each account of the file. */
  readonly each: number
  readonly folder: string
  readonly progress?: (text: string) => void
}

/** A page of some table or index, or any byte. */
const targets = [
  [8, undefined],
  [7, "snapshot"],
  [5, "usage_day"],
  [2, "account"],
  [2, "holder"],
  [2, "plan"],
  [1, "sqlite_autoindex_account_1"],
  [1, "sqlite_autoindex_usage_day_1"],
  [1, "lease"],
  [1, "meta"],
  [1, "sqlite_schema"],
] as const

/** Where the header of a page stands: the first one begins with that of the file. */
const headerOf = (page: number): number => (page === 1 ? 100 : 0)

/** Kinds of pages that have a header: interior and leaf pages of tables and of indices. */
const KINDS: ReadonlySet<number | undefined> = new Set([2, 5, 10, 13])

/** Any byte, or one of the content of a table's page, which stands at the page's end. */
const byteOf = ({ bytes, pageSize, tables }: GoodFile.GoodFile, random: Random): number => {
  const table = random.weighted<string | undefined>(targets)
  const pages = [...tables].flatMap(([page, name]) => (name === table ? [page] : []))
  if (pages.length === 0) return random.below(bytes.length)
  const page = random.pick(pages)
  const start = (page - 1) * pageSize
  const header = start + headerOf(page)
  const content = KINDS.has(bytes[header]) ? bytes.readUInt16BE(header + 5) : headerOf(page)
  return start + random.between(content, pageSize - 1)
}

/** A key of fingerprints that changed hides who was answered: they are asked for again, and nobody reads another's answer. */
const isMissed =
  (table: string) =>
  ({ name }: Told.Read): boolean =>
    table === "meta" && name.includes("of holder")

/** Flips bits. */
export const run = async ({ each, flips, folder, progress, seed }: Options): Promise<Report> => {
  const file = await GoodFile.make(seed, each)
  const figures: Record<string, number | string> = { flips: 0, bytes: file.bytes.length, Failed: 0 }
  const failures: Array<string> = []
  const path = join(folder, `flip-${seed}.db`)
  for (let flip = 0; flip < flips; flip++) {
    const random = new Random(seed, flip)
    const [at, bit, mode] = [byteOf(file, random), random.below(8), random.pick(["ReadWrite", "ReadOnly"] as const)]
    const page = Math.floor(at / file.pageSize) + 1
    const table = file.tables.get(page) ?? "no table"
    const bytes = Buffer.from(file.bytes)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
    const verdict = await Verdict.of(path, bytes, mode, file.told, isMissed(table))
    figures["flips"] = flip + 1
    for (const name of [verdict._tag, `${table}: ${verdict._tag}`]) figures[name] = Number(figures[name] ?? 0) + 1
    if (verdict._tag === "Failed") {
      const where = `byte ${at} bit ${bit} (page ${page} of ${table}, offset ${at % file.pageSize})`
      failures.push(`flip ${flip} of seed ${seed}, ${where}, ${mode}: ${verdict.why}`)
    }
    if ((flip + 1) % 20 === 0) progress?.(`${flip + 1} of ${flips} flips`)
  }
  return { figures, failures }
}
