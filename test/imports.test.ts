/** What importing an entry of the package loads at once, and what it leaves until a layer is built or a command runs. */
import { mkdtemp, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it } from "@effect/vitest"
import type { Metafile } from "esbuild"

const project = fileURLToPath(new URL("..", import.meta.url))
const { build } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild")

const DOMAIN = "src/domain.ts"
const INDEX = "src/index.ts"
const TESTING = "src/testing.ts"
const COMMAND_LINE = "src/cli/main.ts"

let inputs: Metafile["inputs"]

beforeAll(async () => {
  const outdir = await mkdtemp(join(tmpdir(), "zoo-runway-imports-"))
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [DOMAIN, INDEX, TESTING, COMMAND_LINE],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    metafile: true,
    // Node loads every module that is imported, used or not.
    ignoreAnnotations: true,
  }).finally(() => rm(outdir, { recursive: true }))
  inputs = metafile.inputs
})

type Kind = Metafile["inputs"][string]["imports"][number]["kind"]

const STATIC: ReadonlyArray<Kind> = ["import-statement", "require-call"]
const ANY: ReadonlyArray<Kind> = [...STATIC, "dynamic-import"]

/** The modules that an entry leads to by imports of some kinds, each with the way to it. */
const reached = (entry: string, kinds: ReadonlyArray<Kind>): ReadonlyMap<string, string> => {
  const ways = new Map([[entry, entry]])
  for (const [module, way] of ways) {
    for (const { kind, path } of inputs[module]?.imports ?? []) {
      if (kinds.includes(kind) && !ways.has(path)) ways.set(path, `${way} -> ${path}`)
    }
  }
  return ways
}

/** The first ways to modules that a pattern names. */
const waysTo = (pattern: RegExp, entry: string, kinds: ReadonlyArray<Kind>): ReadonlyArray<string> =>
  [...reached(entry, kinds)]
    .filter(([module]) => pattern.test(module))
    .map(([, way]) => way)
    .slice(0, 3)

describe("Importing an entry", () => {
  it.each([
    [INDEX, "the platform", /\/@effect\/platform\//],
    [INDEX, "the SQLite engine", /^src\/infra\/store\/sqlite\/SqliteEngine\.ts$/],
    [INDEX, "threads", /^node:worker_threads$/],
    [TESTING, "the platform", /\/@effect\/platform\//],
    [TESTING, "HTTP servers", /^node:http$/],
    [COMMAND_LINE, "effect", /(?:^|\/)node_modules\/effect\//],
    [COMMAND_LINE, "code of commands", /^src\/cli\/commands\//],
  ])("%s leaves %s for when it is needed", (entry, _, pattern) => {
    expect(waysTo(pattern, entry, STATIC)).toEqual([])
    // It is loaded at some time: the pattern names something.
    expect(waysTo(pattern, entry, ANY)).not.toEqual([])
  })

  it("src/domain.ts never loads the platform or modules of Node", () => {
    expect(waysTo(/\/@effect\/platform\/|^node:/, DOMAIN, ANY)).toEqual([])
  })

  it.each([DOMAIN, INDEX, TESTING, COMMAND_LINE])(
    "%s never loads a barrel, a driver or a platform's package",
    (entry) => {
      expect(waysTo(/\/(?:effect|@effect\/platform)\/dist\/esm\/index\.js$/, entry, ANY)).toEqual([])
      expect(waysTo(/better-sqlite3|@effect\/(?:platform-|sql)/, entry, ANY)).toEqual([])
      // The graph goes into packages.
      expect(waysTo(/\/effect\/dist\/esm\/Schema\.js$/, entry, ANY)).not.toEqual([])
    },
  )
})
