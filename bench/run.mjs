/**
 * Runs benches and prints what came out: see README.md beside this file.
 *
 *     npm run bench -- [NAME…] [--trials N] [--quick] [--save]
 *
 * `--quick` takes smaller inputs where a bench has them: for development.
 */
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { availableParallelism, loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { isDeepStrictEqual, parseArgs } from "node:util"
import { build } from "esbuild"
import * as Table from "./table.mjs"

const folder = fileURLToPath(new URL(".", import.meta.url))
const trial = join(folder, "trial.mjs")

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    trials: { type: "string", default: "7" },
    quick: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
})
const trials = Number(values.trials)
if (!Number.isInteger(trials) || trials < 1) throw new Error("--trials takes a whole number from 1 on")

const all = async () => (await readdir(folder)).filter((name) => existsSync(join(folder, name, "bench.mjs"))).sort()

/** Every candidate as one file, made with the same flags. */
const bundleAll = async (name, candidates, into) => {
  await build({
    entryPoints: Object.fromEntries(
      candidates.map(({ module }, index) => [`${name}-${index}`, join(folder, name, module)]),
    ),
    outdir: into,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  })
  return candidates.map((candidate, index) => ({ ...candidate, file: join(into, `${name}-${index}.mjs`) }))
}

/** One trial in a process of its own. */
const measure = (candidate, input, expected) => {
  const out = execFileSync(process.execPath, ["--expose-gc", trial, candidate.file, JSON.stringify(input)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  })
  const { evidence, ...measured } = JSON.parse(out)
  if (expected !== undefined && !isDeepStrictEqual(evidence, expected)) {
    throw new Error(`${candidate.name} did other work: ${JSON.stringify(evidence)} is not ${JSON.stringify(expected)}`)
  }
  return measured
}

const progress = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

/** The trials of all candidates of one input, interleaved: each round measures every candidate once, and begins with another one. */
const measureInput = (candidates, input, expected) => {
  const rounds = new Map(candidates.map(({ name }) => [name, []]))
  for (let round = 0; round < trials; round++) {
    for (let turn = 0; turn < candidates.length; turn++) {
      const candidate = candidates[(round + turn) % candidates.length]
      rounds.get(candidate.name).push(measure(candidate, input, expected))
      progress(`${input.name}: ${round * candidates.length + turn + 1} of ${trials * candidates.length}`)
    }
  }
  progress("")
  return candidates.map(({ name }) => ({ name, rounds: rounds.get(name) }))
}

/** Candidates over inputs, as README.md says. */
const compare = async (name, bench, temporary) => {
  const candidates = await bundleAll(name, bench.candidates, temporary)
  const loadBefore = loadavg()[0]
  const inputs = bench.inputs.map((input) => ({
    input: input.name,
    candidates: measureInput(candidates, input, bench.expected),
  }))
  return {
    bench: name,
    title: bench.title,
    baseline: bench.baseline,
    notes: bench.notes ?? [],
    date: new Date().toISOString(),
    node: process.version,
    cores: availableParallelism(),
    load: [loadBefore, loadavg()[0]],
    trials,
    inputs,
  }
}

/** A bench that has files or memory to measure does so by itself, and says what came out. */
const run = async (name, temporary) => {
  const { default: bench } = await import(pathToFileURL(join(folder, name, "bench.mjs")).href)
  if (bench.measure === undefined) {
    const result = await compare(name, bench, temporary)
    return { result, text: Table.markdown(result) }
  }
  const result = await bench.measure({ progress, quick: values.quick, temporary, trials })
  return { result, text: bench.markdown(result) }
}

const save = async ({ result, text }) => {
  const results = join(folder, "results")
  await mkdir(results, { recursive: true })
  const file = join(results, `${result.date.slice(0, 10)}-${result.bench}`)
  await writeFile(`${file}.json`, `${JSON.stringify(result, undefined, 2)}\n`)
  await writeFile(`${file}.md`, text)
  console.log(`saved as bench/results/${result.date.slice(0, 10)}-${result.bench}.md and .json`)
}

const temporary = await mkdtemp(join(tmpdir(), "zoo-runway-bench-"))
try {
  for (const name of positionals.length === 0 ? await all() : positionals) {
    const outcome = await run(name, temporary)
    console.log(outcome.text)
    if (values.save) await save(outcome)
  }
} finally {
  await rm(temporary, { recursive: true })
}
