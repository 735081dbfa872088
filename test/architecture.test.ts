/**
 * The floors of the project, as its linter sees them: each case is a file that imports one module, laid into a copy of the project's rules.
 * And what importing the package loads.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { bundleChild } from "./support/BundleChild.js"

const project = fileURLToPath(new URL("..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "zoo-runway-floors-"))
const biome = join(project, "node_modules/@biomejs/biome/bin/biome")

interface Finding {
  readonly category: string
  readonly message: string
}

const findings = new Map<string, ReadonlyArray<Finding>>()

/** Lints all files in one run and sorts what was found by file. */
const lint = (files: ReadonlyMap<string, string>): void => {
  for (const name of ["biome.json", "package.json", ".gitignore"]) cpSync(join(project, name), join(folder, name))
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const only = ["style/noRestrictedImports", "suspicious/noImportCycles"].map((rule) => `--only=${rule}`)
  const run = spawnSync(
    process.execPath,
    [biome, "lint", ...only, "--reporter=json", "--max-diagnostics=none", "--vcs-root=.", "src"],
    { cwd: folder, encoding: "utf8" },
  )
  const report = JSON.parse(run.stdout) as {
    readonly summary: { readonly unchanged: number }
    readonly diagnostics: ReadonlyArray<Finding & { readonly severity: string; readonly location: { path: string } }>
  }
  expect(report.summary.unchanged, run.stderr).toBe(files.size)
  for (const path of files.keys()) findings.set(path, [])
  for (const { category, location, message, severity } of report.diagnostics) {
    expect(severity).toBe("error")
    findings.set(location.path, [...(findings.get(location.path) ?? []), { category, message }])
  }
}

/** Every way in which a file can depend on another. */
const statements = (module: string): ReadonlyArray<string> => [
  `import "${module}"`,
  `import { a } from "${module}"`,
  `import type { B } from "${module}"`,
  `export * from "${module}"`,
  `export const c = (b: B) => [a, b, import("${module}")]`,
]

/** One file of the project that depends on one module. */
interface Case {
  readonly name: string
  readonly from: string
  readonly imports: string
}

const cases: Array<Case & { readonly path: string; readonly message: string | undefined }> = []

const define = (message: string | undefined, all: ReadonlyArray<Case>): void => {
  describe(message ?? "What the floors allow passes", () => {
    for (const one of all) {
      const path = `${one.from}/Case${cases.length}.ts`
      cases.push({ ...one, path, message })
      it(one.name, () => {
        const finding = { category: "lint/style/noRestrictedImports", message }
        expect(findings.get(path)).toEqual(message === undefined ? [] : statements("").map(() => finding))
      })
    }
  })
}

const domain = "src/domain/money"
const zoo = "src/infra/zoo"
const store = "src/infra/store/sqlite"
const simulator = "src/testing/simulator"

describe("Lint refuses an import that leaves its floor", () => {
  define("src/domain imports itself and effect's modules (not the barrel), nothing else", [
    { name: "The domain does not import the barrel of effect.", from: domain, imports: "effect" },
    { name: "The domain does not import effect's inner files.", from: domain, imports: "effect/internal/core" },
    { name: "The domain does not import node's modules.", from: domain, imports: "node:fs" },
    { name: "The domain does not import the platform.", from: domain, imports: "@effect/platform/HttpClient" },
    { name: "The domain does not import SQLite.", from: domain, imports: "better-sqlite3" },
    { name: "The domain does not import any other package.", from: domain, imports: "zod" },
    { name: "The domain does not import infra.", from: domain, imports: "../../infra/zoo/ZooClient.js" },
    { name: "The domain does not import services.", from: domain, imports: "../../services/Balances.js" },
    { name: "The domain does not import the command line.", from: domain, imports: "../../cli/main.js" },
    { name: "The domain does not import testing.", from: domain, imports: "../../testing/StubZoo.js" },
    { name: "A deep folder of the domain does not either.", from: `${domain}/a/b`, imports: "../../../../infra/A.js" },
    { name: "The domain does not import the package's entry.", from: domain, imports: "../../index.js" },
    { name: "The domain does not import its own entry.", from: domain, imports: "../../domain.js" },
  ])

  define(
    "src/infra imports itself, the domain, node:* and the modules (not the barrels) of effect and @effect/platform, nothing else",
    [
      { name: "Infra does not import the barrel of effect.", from: "src/infra", imports: "effect" },
      { name: "Infra does not import the platform's barrel.", from: "src/infra", imports: "@effect/platform" },
      { name: "Infra does not import services.", from: "src/infra", imports: "../services/Balances.js" },
    ],
  )

  define(
    "src/infra/zoo imports itself, the domain, node:* and the modules (not the barrels) of effect and @effect/platform, and knows nothing of the store",
    [
      { name: "The API's client does not import the store.", from: zoo, imports: "../store/SnapshotStore.js" },
      { name: "The API's client does not import SQLite.", from: zoo, imports: "better-sqlite3" },
      { name: "The API's client does not import services.", from: zoo, imports: "../../services/Balances.js" },
      { name: "The API's client does not import the platform's barrel.", from: zoo, imports: "@effect/platform" },
      { name: "The API's client does not import the stub.", from: zoo, imports: "../../testing/StubZoo.js" },
    ],
  )

  define(
    "src/infra/store imports itself, the domain, node:* and the modules (not the barrels) of effect and @effect/platform, and knows nothing of the API",
    [
      { name: "The store does not import the API's client.", from: store, imports: "../../zoo/ZooClient.js" },
      { name: "The store does not import the command line.", from: store, imports: "../../../cli/main.js" },
      { name: "The store does not import the barrel of effect.", from: store, imports: "effect" },
      { name: "The store does not import SQLite past its loader.", from: store, imports: "better-sqlite3" },
      { name: "The store does not import SQLite by its alias.", from: store, imports: "better-sqlite3-12" },
    ],
  )

  define("src/services imports itself, the domain, infra and effect's modules (not the barrel), nothing else", [
    { name: "Services do not import SQLite.", from: "src/services", imports: "better-sqlite3" },
    { name: "Services do not import node's modules.", from: "src/services", imports: "node:fs" },
    { name: "Services do not import the writer of Parquet.", from: "src/services", imports: "hyparquet-writer" },
    { name: "Services do not import the parser of TOML.", from: "src/services", imports: "smol-toml" },
    { name: "Services do not import the command line.", from: "src/services", imports: "../cli/main.js" },
    { name: "Services do not import testing.", from: "src/services", imports: "../testing/StubZoo.js" },
    { name: "Services do not import the package's entry.", from: "src/services", imports: "../index.js" },
    { name: "Services do not import the barrel of effect.", from: "src/services", imports: "effect" },
    {
      name: "Services do not import an engine of the store.",
      from: "src/services/export",
      imports: "../../infra/store/sqlite/Driver.js",
    },
  ])

  define(
    "src/cli imports what is in src, commander, hyparquet-writer, smol-toml, node:* and the modules (not the barrels) of effect and @effect/platform, nothing else",
    [
      { name: "The command line does not import the barrel of effect.", from: "src/cli", imports: "effect" },
      { name: "The command line does not import the platform's barrel.", from: "src/cli", imports: "@effect/platform" },
      { name: "The command line does not import SQLite past the store.", from: "src/cli", imports: "better-sqlite3" },
      {
        name: "The command line does not import an engine of the store.",
        from: "src/cli/doctor",
        imports: "../../infra/store/sqlite/Driver.js",
      },
    ],
  )

  define(
    "src/testing imports itself, the domain, infra/zoo/ZooApi, node:* and the modules (not the barrels) of effect and @effect/platform, nothing else",
    [
      { name: "Testing does not import the API's client.", from: "src/testing", imports: "../infra/zoo/ZooClient.js" },
      { name: "Testing does not import the store.", from: "src/testing", imports: "../infra/store/SnapshotStore.js" },
      { name: "Testing does not import services.", from: "src/testing", imports: "../services/Balances.js" },
      { name: "Testing does not import SQLite.", from: "src/testing", imports: "better-sqlite3" },
      { name: "Testing does not import the barrel of effect.", from: "src/testing", imports: "effect" },
    ],
  )

  define("The account simulator imports its own parts alone: it is the truth that the rest is tested against", [
    { name: "The simulator does not import money.", from: simulator, imports: "../../domain/money/Usd.js" },
    { name: "The simulator does not import the stub.", from: simulator, imports: "../stub/Fault.js" },
    { name: "The simulator does not import effect.", from: simulator, imports: "effect/Effect" },
    { name: "The simulator does not import node's modules.", from: simulator, imports: "node:crypto" },
  ])
})

describe("Lint lets an import pass that stays within its floor", () => {
  define(undefined, [
    { name: "The domain imports effect's modules.", from: domain, imports: "effect/Schema" },
    { name: "The domain imports its neighbours.", from: domain, imports: "../time/Timestamp.js" },
    { name: "A deep folder of the domain imports what is above.", from: `${domain}/a/b`, imports: "../../Usd.js" },
    { name: "The API's client imports the domain.", from: zoo, imports: "../../domain/balance/Subject.js" },
    { name: "The API's client imports the platform's modules.", from: zoo, imports: "@effect/platform/HttpClient" },
    { name: "The store imports the loader of SQLite.", from: store, imports: "./Driver.js" },
    { name: "The store imports its port.", from: store, imports: "../SnapshotStore.js" },
    { name: "The store imports node's modules.", from: store, imports: "node:path" },
    { name: "Services import the store's layers.", from: "src/services", imports: "../infra/SnapshotStore.js" },
    { name: "The command line imports the store's port.", from: "src/cli", imports: "../infra/store/SnapshotStore.js" },
    { name: "Services import infra.", from: "src/services", imports: "../infra/zoo/ZooClient.js" },
    { name: "Services import the domain.", from: "src/services", imports: "../domain/money/Usd.js" },
    { name: "The command line imports services.", from: "src/cli", imports: "../services/Balances.js" },
    { name: "The command line imports the stub for its demo.", from: "src/cli", imports: "../testing/StubZoo.js" },
    { name: "The command line imports its parser.", from: "src/cli", imports: "commander" },
    { name: "The command line imports its writer of Parquet.", from: "src/cli", imports: "hyparquet-writer" },
    { name: "The command line imports its parser of TOML.", from: "src/cli", imports: "smol-toml" },
    { name: "The stub imports the API's description.", from: "src/testing/stub", imports: "../../infra/zoo/ZooApi.js" },
    { name: "The stub imports node's server.", from: "src/testing/stub", imports: "node:http" },
    { name: "The simulator imports its parts.", from: simulator, imports: "./Draw.js" },
  ])
})

const entries = new Map([
  ["src/domain.ts", 'export * as ZooClient from "./infra/zoo/ZooClient.js"\nexport * from "./domain/money/Usd.js"\n'],
  ["src/testing.ts", 'export * as Balances from "./services/Balances.js"\nexport * from "./testing/StubZoo.js"\n'],
  [
    "src/index.ts",
    'export * as main from "./cli/main.js"\nexport * from "./services/Zoo.js"\nexport * from "./domain.js"\n',
  ],
])

describe("Lint keeps the entries to what they stand for", () => {
  it.each([
    ["src/domain.ts", "src/domain.ts re-exports the domain, nothing else"],
    ["src/testing.ts", "src/testing.ts re-exports src/testing, nothing else"],
    ["src/index.ts", "src/index.ts re-exports domain, infra and services, nothing else"],
  ])("%s does not re-export another floor.", (path, message) => {
    expect(findings.get(path)).toEqual([{ category: "lint/style/noRestrictedImports", message }])
  })
})

const CYCLE = { category: "lint/suspicious/noImportCycles", message: "This import is part of a cycle." }

describe("Lint refuses cycles", () => {
  it("Two files that import each other's values are both reported.", () => {
    expect(findings.get("src/domain/cycle/Hen.ts")).toEqual([CYCLE])
    expect(findings.get("src/domain/cycle/Egg.ts")).toEqual([CYCLE])
  })

  it("A cycle that a type-only import closes is reported in both files, too.", () => {
    expect(findings.get("src/domain/cycle/Lock.ts")).toEqual([CYCLE])
    expect(findings.get("src/domain/cycle/Key.ts")).toEqual([CYCLE])
  })
})

const cycles = new Map([
  ["src/domain/cycle/Hen.ts", 'import * as Egg from "./Egg.js"\nexport const hen = () => Egg.egg\n'],
  ["src/domain/cycle/Egg.ts", 'import * as Hen from "./Hen.js"\nexport const egg = () => Hen.hen\n'],
  ["src/domain/cycle/Lock.ts", 'import type * as Key from "./Key.js"\nexport const lock = (key: Key.Key) => key\n'],
  ["src/domain/cycle/Key.ts", 'import * as Lock from "./Lock.js"\nexport type Key = 1\nexport const key = Lock.lock\n'],
])

beforeAll(() => {
  lint(
    new Map([
      ...cases.map(({ imports, path }) => [path, statements(imports).join("\n")] as const),
      ...entries,
      ...cycles,
    ]),
  )
})

describe("The lock file", () => {
  it("says that better-sqlite3 has nothing to build, which npm install leaves out: put gypfile: false back", () => {
    // npm takes its binding.gyp for an install script otherwise, and removes the package where no compiler or header is found.
    const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"))
    expect(packages["node_modules/better-sqlite3"]).toMatchObject({ gypfile: false })
  })
})

describe("The package's entry", () => {
  it("loads no native code when it is imported, only when a database is opened", async () => {
    const program = join(folder, "NativeCode.mjs")
    await bundleChild(join(project, "test/support/NativeCode.ts"), program)
    const { imported, names, opened } = JSON.parse(execFileSync(process.execPath, [program], { encoding: "utf8" }))
    expect(names).toContain("SnapshotStore")
    expect(imported).toEqual([])
    expect(opened).toEqual([expect.stringMatching(/better[-_]sqlite3.*\.node$/)])
  })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
