/** The fuzzer of the gate as a program: `scripts/fuzz.mjs` bundles and runs it. */
import { writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as Arguments from "../support/Arguments.js"
import * as Hostile from "./Hostile.js"
import * as Laws from "./Laws.js"
import * as Run from "./Run.js"

/** Runs with the arguments of the process, and sets its exit code. */
export const main = (): void => {
  // Stack traces of rejections, which nobody reads, took a sixth of the time.
  Error.stackTraceLimit = 0

  const values = Arguments.orExit(
    () =>
      parseArgs({
        options: {
          seed: { type: "string", default: String(Date.now()) },
          bodies: { type: "string", default: "1000000" },
          seconds: { type: "string" },
        },
      }).values,
  )
  const seed = Arguments.whole("seed", values.seed, 0)
  const bodies = Arguments.whole("bodies", values.bodies, 1)
  const seconds =
    values.seconds === undefined ? Number.POSITIVE_INFINITY : Arguments.whole("seconds", values.seconds, 1)

  /** By the clock; where that is long, by the processor's time if it was less: a busy machine is no finding. */
  const stopwatch: Laws.Stopwatch = (run) => {
    const before = process.cpuUsage()
    const started = process.hrtime.bigint()
    const value = run()
    const millis = Number(process.hrtime.bigint() - started) / 1e6
    if (millis < Laws.MOST_MILLIS) return { value, millis }
    const { system, user } = process.cpuUsage(before)
    return { value, millis: Math.min(millis, (user + system) / 1000) }
  }

  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
  }

  const save = (name: string, content: Uint8Array | string): string => {
    // Halves of surrogate pairs, which only text in memory can have, survive in UTF-16.
    const file = join(tmpdir(), `zoo-runway-fuzz-${name}.${typeof content === "string" ? "utf16le" : "json"}`)
    writeFileSync(file, typeof content === "string" ? Buffer.from(content, "utf16le") : content)
    return file
  }

  const report = (which: string, name: string, broken: Laws.Broken, content: Uint8Array | string): void => {
    progress("")
    console.log(
      `fuzz: broken law: ${broken.message.slice(0, 1000)}\nseed ${seed}, ${which}\nthe body is in ${save(name, content)}`,
    )
    process.exitCode = 1
  }

  /** The hostile sizes with their times, without a secret. */
  const runHostile = (): void => {
    let [slowest, name] = [0, "none"]
    for (const [index, each] of Hostile.cases().entries()) {
      const secret = { marker: "no secret", planted: [] }
      const content = typeof each.content === "string" ? new TextEncoder().encode(each.content) : each.content
      try {
        const { millis } = Laws.check({ content, secret }, { stopwatch })
        if (millis > slowest) [slowest, name] = [millis, each.name]
      } catch (error) {
        if (!(error instanceof Laws.Broken)) throw error
        report(`hostile size: ${each.name}`, `hostile-${index}`, error, content)
      }
    }
    console.log(`hostile   ${Hostile.cases().length} sizes, slowest ${slowest.toFixed(2)} ms: ${name}`)
  }

  const started = Date.now()
  const elapsed = (): number => (Date.now() - started) / 1000

  console.log(`seed      ${seed}`)
  runHostile()
  const { finding, tally } = Run.run({
    seed,
    bodies,
    stopwatch,
    goesOn: (number) => {
      if (number % 1000 === 0) progress(`${number} of ${bodies} bodies in ${elapsed().toFixed(0)} s`)
      return elapsed() < seconds
    },
  })
  progress("")
  for (const line of tally.lines()) console.log(line)
  console.log(`time      ${elapsed().toFixed(0)} s, ${(process.cpuUsage().user / 1e6).toFixed(0)} s of the processor`)
  if (finding !== undefined)
    report(`body ${finding.number}`, `${seed}-${finding.number}`, finding.broken, finding.content)
  if (process.exitCode !== 1) console.log("fuzz: clean")
}
