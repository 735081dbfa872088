/**
 * Checks the package as a stranger gets it: packs it, lints the tarball, installs it with four package managers and runs its command under
 * three versions of Node, installs it into a new project with its peers, compiles and runs the examples there, and makes sure that nothing
 * but the three entries can be reached.
 *
 *     node scripts/check-package.mjs [--built]
 *
 * With --built, dist/ is taken as it stands.
 */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { checkInstalls, fetchTools } from "./package-managers.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const temporary = realpathSync(mkdtempSync(join(tmpdir(), "zoo-runway-package-")))
const host = join(temporary, "host")
const bare = join(temporary, "bare")

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
const own = manifestOf(root)

/** Variables of the environment in which an install need not compile the driver again. */
let prebuilt = {}

/** Runs a program; what it says is only shown where it fails. */
const run = (cwd, program, ...args) => {
  const env = { ...process.env, ...prebuilt }
  const { error, status, stderr, stdout } = spawnSync(program, args, { cwd, encoding: "utf8", env })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${[program, ...args].join(" ")} exits with ${status}\n${stdout}${stderr}`)
  return stdout
}
const tool = (name, ...args) => run(root, join(root, "node_modules/.bin", name), ...args)
const node = (cwd, ...args) => run(cwd, process.execPath, ...args)
const write = (folder, name, text) => writeFileSync(join(folder, name), text)

const steps = []
const step = (name, check) => steps.push({ name, check })

const packed = { tarball: "", files: [] }

step("builds and packs", () => {
  if (!process.argv.includes("--built")) node(root, join(root, "scripts/build.mjs"))
  const [answer] = JSON.parse(run(root, "npm", "pack", "--ignore-scripts", "--json", "--pack-destination", temporary))
  packed.tarball = join(temporary, answer.filename)
  packed.files = answer.files
})

step("holds the library, its sources, the command line and the licences, and nothing else", () => {
  const paths = packed.files.map(({ path }) => path)
  const strangers = paths.filter(
    (path) => !/^(?:dist\/|src\/|(?:package\.json|README\.md|CHANGELOG\.md|LICENSE)$)/.test(path),
  )
  assert.deepEqual(strangers, [])
  const unwanted = paths.filter((path) => /(?:^|\/)(?:tests?|bench|scripts|examples|fixtures)\/|\.test\./.test(path))
  assert.deepEqual(unwanted, [])
  const entries = ["index", "domain", "testing"].flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`])
  const wanted = [...entries, "dist/bin/zoo-runway.js", "dist/bin/THIRD-PARTY-LICENSES.txt", "LICENSE", "README.md"]
  assert.deepEqual(
    wanted.filter((path) => !paths.includes(path)),
    [],
    "files are missing",
  )
  const command = packed.files.find(({ path }) => path === "dist/bin/zoo-runway.js")
  assert.equal(command.mode & 0o111, 0o111, "the command is not executable")
})

step("passes publint", () => tool("publint", "run", packed.tarball, "--strict"))

step("has types that resolve (attw, ESM only)", () =>
  tool("attw", packed.tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-emoji", "--format", "ascii"),
)

step("installs with every package manager, and runs on every version of Node or says what is missing", async () => {
  const peers = ["effect", "@effect/platform"].map((name) => [name, own.devDependencies[name]])
  const dependencies = { ...Object.fromEntries(peers), [own.name]: `file:${packed.tarball}` }
  const { kept, lines } = await checkInstalls({ checkout: root, dependencies, temporary, tools: fetchTools(temporary) })
  prebuilt = kept
  console.log(lines.join("\n"))
})

step("installs beside its peers", () => {
  mkdirSync(host)
  const development = Object.fromEntries(
    ["effect", "@effect/platform", "typescript", "@types/node"].map((name) => [
      name,
      manifestOf(join(root, "node_modules", name)).version,
    ]),
  )
  const manifest = {
    name: "host",
    private: true,
    type: "module",
    dependencies: { ...development, [own.name]: `file:${packed.tarball}` },
    allowScripts: own.allowScripts,
  }
  write(host, "package.json", JSON.stringify(manifest))
  // The driver needs a script on Node 20 alone.
  const scripts = Number.parseInt(process.versions.node, 10) < 22 ? [] : ["--ignore-scripts"]
  run(host, "npm", "install", "--no-audit", "--no-fund", "--strict-peer-deps", ...scripts)
})

step("compiles under the strictest rules, declarations of third parties included, and runs as embedded", () => {
  cpSync(join(root, "examples/embedding.ts"), join(host, "embedding.ts"))
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2023"],
    module: "NodeNext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
  }
  write(host, "tsconfig.json", JSON.stringify({ compilerOptions, files: ["embedding.ts"] }))
  node(host, join(host, "node_modules/typescript/bin/tsc"), "-p", ".")
  assert.match(node(host, "embedding.js"), /^monthly credits: 41\.26 USD, runway: \w+\n$/)
})

step("compiles the other examples, and serves and stops as they do", () => {
  const files = readdirSync(join(root, "examples")).filter((name) => !/^embedding|\.test\.ts$/.test(name))
  for (const name of files) cpSync(join(root, "examples", name), join(host, name))
  const compilerOptions = { skipLibCheck: true }
  write(host, "tsconfig.examples.json", JSON.stringify({ extends: "./tsconfig.json", compilerOptions, files }))
  node(host, join(host, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.examples.json")
  write(
    host,
    "serve.mjs",
    `import { spawn } from "node:child_process"
     import { once } from "node:events"
     import { FetchHttpClient } from "@effect/platform"
     import { Effect, Layer } from "effect"
     import { Zoo } from "${own.name}"
     import { StubZoo } from "${own.name}/testing"
     import { serve as serveApi } from "./http-api.js"
     import { serve as serveMetrics } from "./prometheus.js"

     const headers = { authorization: "Bearer example-token", connection: "close" }
     const ask = (port, path) => Effect.promise(async () => (await fetch("http://127.0.0.1:" + port + path, { headers })).text())
     const start = (baseUrl, name, database) =>
       spawn(process.execPath, [name], {
         env: { ...process.env, ZOO_HOST: baseUrl, ZOO_API_TOKEN: "example-token", ZOO_RUNWAY_DATABASE: database, PORT: "0" },
         stdio: ["ignore", "pipe", "inherit"],
       })
     const program = Effect.gen(function* () {
       const { baseUrl } = yield* StubZoo.make()
       const zoo = Zoo.layerTest({ baseUrl }).pipe(Layer.provide(FetchHttpClient.layer))
       const api = yield* ask((yield* serveApi(zoo, 0)).address().port, "/balance")
       const exporter = yield* Effect.promise(() => serveMetrics(0))
       const metrics = yield* ask(exporter.address().port, "/metrics")
       exporter.close()
       const job = start(baseUrl, "scheduled-job.js", "job.db")
       const [jobEnded] = yield* Effect.promise(() => once(job, "exit"))
       const server = start(baseUrl, "node-server.js", "server.db")
       const [line] = yield* Effect.promise(() => once(server.stdout, "data"))
       const plain = yield* ask(/port: (\\d+)/.exec(line)[1], "/")
       server.kill("SIGTERM")
       const [serverEnded] = yield* Effect.promise(() => once(server, "exit"))
       return { api: JSON.parse(api).freshness, metrics: /^zoo_runway_fetches_total\\{.*$/m.exec(metrics)?.[0], jobEnded, plain: JSON.parse(plain).monthly, serverEnded }
     })
     console.log(JSON.stringify(await Effect.runPromise(Effect.scoped(program))))`,
  )
  assert.deepEqual(JSON.parse(node(host, "serve.mjs")), {
    api: "Fresh",
    metrics: 'zoo_runway_fetches_total{outcome="answered"} 1',
    jobEnded: 1,
    plain: "41.26",
    serverEnded: 0,
  })
})

step("closes every path but its entries", () => {
  const inner = packed.files.map(({ path }) => path).filter((path) => /\.(?:js|ts)$/.test(path))
  assert.ok(inner.some((path) => path.startsWith("dist/infra/")))
  write(
    host,
    "resolve.mjs",
    `const open = process.argv.slice(2).filter((path) => {
       try { return import.meta.resolve("${own.name}/" + path) !== "" }
       catch (error) { if (error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return false; throw error }
     })
     console.log(JSON.stringify(open))`,
  )
  const reachable = (...paths) => JSON.parse(node(host, "resolve.mjs", ...paths))
  assert.deepEqual(reachable("domain", "testing", "package.json"), ["domain", "testing", "package.json"])
  const bareNames = inner.map((path) => path.replace(/^(?:dist|src)\//, "").replace(/(?:\.d)?\.[jt]s$/, ""))
  const closed = bareNames.filter((path) => path !== "domain" && path !== "testing")
  assert.deepEqual(reachable(...inner, ...closed), [])
})

step("has a command that runs", () => {
  const command = join(host, "node_modules/.bin", own.name)
  assert.match(run(host, command, "--help"), /^Usage: zoo-runway /)
  assert.equal(run(host, command, "--version"), `${own.version}\n`)
})

step("has a domain that needs neither the platform nor SQLite", () => {
  const modules = join(bare, "node_modules")
  mkdirSync(modules, { recursive: true })
  cpSync(join(host, "node_modules", own.name), join(modules, own.name), { recursive: true })
  symlinkSync(join(host, "node_modules/effect"), join(modules, "effect"))
  assert.ok(!existsSync(join(modules, own.name, "node_modules")), "the package brought modules of its own")
  const importing = (entry) =>
    `await import("${entry}").then(({ Usd }) => console.log(typeof Usd.add), ({ code }) => console.log(code))`
  const attempt = (entry) => node(bare, "--input-type=module", "--eval", importing(entry)).trim()
  assert.equal(attempt(`${own.name}/domain`), "function")
  // The platform cannot be found from there: so the check above can fail.
  assert.equal(attempt("@effect/platform"), "ERR_MODULE_NOT_FOUND")
})

for (const { check, name } of steps) {
  const started = Date.now()
  try {
    await check()
  } catch (error) {
    console.error(`not ok: the package ${name}\n${error.message}\n(${temporary} is kept)`)
    process.exit(1)
  }
  console.log(`ok: the package ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
}
rmSync(temporary, { recursive: true })
