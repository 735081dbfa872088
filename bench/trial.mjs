/**
 * One trial: one candidate on one input in a process of its own. Warms up, times batches, measures what is allocated, and writes one line
 * of JSON.
 *
 *     node --expose-gc bench/trial.mjs CANDIDATE.mjs INPUT-AS-JSON
 */
import { pathToFileURL } from "node:url"
import { median } from "./table.mjs"

const WARM_UP_MS = 500
/** Shorter than the time that a busy machine lets a process run at a stretch, so that most batches are not interrupted. */
const BATCH_MS = 2
const BATCHES = 251
const ALLOCATION_ROUNDS = 31
const ALLOCATION_RUNS = 10

const [, , file, input] = process.argv
const { make } = await import(pathToFileURL(file).href)
const { evidence, run } = await make(JSON.parse(input))

/** The last result is kept where the compiler cannot prove that nobody looks. */
const sink = { last: run() }
const isAsync = typeof sink.last?.then === "function"

const repeatAsync = async (times) => {
  for (let i = 0; i < times; i++) sink.last = await run()
}
const repeat = (times) => {
  for (let i = 0; i < times; i++) sink.last = run()
}

const timed = async (times) => {
  const started = process.hrtime.bigint()
  if (isAsync) await repeatAsync(times)
  else repeat(times)
  return Number(process.hrtime.bigint() - started)
}

const warmUp = async () => {
  let runs = 1
  let spent = 0
  let last = 0
  while (spent < WARM_UP_MS * 1e6) {
    last = await timed(runs)
    spent += last
    if (last < BATCH_MS * 1e6) runs *= 2
  }
  return Math.max(1, Math.round((runs * BATCH_MS * 1e6) / last))
}

/** Bytes of one run: what the heap grew by in a few runs, too few to need a collection. */
const allocation = () => {
  const grown = []
  for (let round = 0; round < ALLOCATION_ROUNDS; round++) {
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    repeat(ALLOCATION_RUNS)
    grown.push((process.memoryUsage().heapUsed - before) / ALLOCATION_RUNS)
  }
  return median(grown)
}

const runs = await warmUp()
const batches = []
for (let batch = 0; batch < BATCHES; batch++) batches.push((await timed(runs)) / runs)
const bytes = isAsync ? null : allocation()
console.log(JSON.stringify({ nanoseconds: median(batches), bytes, evidence: await evidence(await run()) }))
process.exit(0)
