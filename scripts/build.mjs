/**
 * Builds what the package ships, into dist/: the library, file by file, with declarations; and the command line as a bundle,
 * dist/bin/zoo-runway.js with the parts that it loads when they are needed, and the licences of what is bundled into it.
 *
 *     node scripts/build.mjs [--cli-only]
 */
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = join(root, "dist")
const entry = join(root, "src/cli/main.ts")
const bin = join(dist, "bin")
const program = join(bin, "zoo-runway.js")
const parts = join(bin, "parts")

const commandLineOnly = process.argv.includes("--cli-only")

const report = (what, started) => console.log(`${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`)

const buildLibrary = async () => {
  const started = Date.now()
  for (const name of existsSync(dist) ? await readdir(dist) : []) {
    if (name !== "bin") await rm(join(dist, name), { recursive: true })
  }
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")
  execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" })
  report("dist/ has the library", started)
}

/** The folders of the packages that have code in a bundle. */
const packagesOf = ({ outputs }) => {
  const folders = new Set()
  for (const { inputs } of Object.values(outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []
      if (folder !== undefined && bytesInOutput > 0) folders.add(join(root, folder))
    }
  }
  return [...folders].sort()
}

const RULE = "-".repeat(80)

const licenceOf = async (folder) => {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each))
  const text = file === undefined ? "(The package holds no licence text.)" : await readFile(join(folder, file), "utf8")
  return `${RULE}\n${name} ${version} (${license})\n\n${text.trim()}\n`
}

/** Writes a file beside and moves it, so that a process that reads it meanwhile never reads half of it. */
const writeWhole = async (file, contents, mode) => {
  await mkdir(dirname(file), { recursive: true })
  const beside = `${file}.${process.pid}`
  await writeFile(beside, contents, { mode })
  await rename(beside, file)
}

const buildCommandLine = async () => {
  const started = Date.now()
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { "zoo-runway": entry },
    outdir: bin,
    chunkNames: "parts/[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    treeShaking: true,
    legalComments: "none",
    define: { ZOO_RUNWAY_VERSION: JSON.stringify(version) },
    // Bundled CommonJS packages ask for node's modules through `require`, which a module does not have.
    banner: {
      js: [
        'import { createRequire as createRequireOfBundle } from "node:module"',
        "const require = createRequireOfBundle(import.meta.url)",
      ].join("\n"),
    },
    metafile: true,
    write: false,
    logLevel: "warning",
  })
  const licences = await Promise.all(packagesOf(metafile).map(licenceOf))
  await writeWhole(
    join(bin, "THIRD-PARTY-LICENSES.txt"),
    `zoo-runway.js and its parts contain code of these packages, under these licences.\n\n${licences.join("\n")}`,
  )
  // The program comes last: it never names a part that is not there.
  const files = outputFiles.toSorted((a, b) => Number(a.path === program) - Number(b.path === program))
  for (const { contents, path } of files) await writeWhole(path, contents, path === program ? 0o755 : 0o644)
  if (!commandLineOnly) {
    // Otherwise parts of an earlier build stay: a process that was started from it may load them yet.
    const paths = new Set(files.map(({ path }) => path))
    for (const name of await readdir(parts)) if (!paths.has(join(parts, name))) await rm(join(parts, name))
  }
  // As old as the sources that it was made from: a file that changed meanwhile is newer.
  await utimes(program, started / 1000, started / 1000)
  const size = files.reduce((sum, { contents }) => sum + contents.length, 0)
  report(`dist/bin/ has the command line, ${Math.ceil(size / 1024)} kB in ${files.length} files`, started)
}

if (!commandLineOnly) await buildLibrary()
if (existsSync(entry)) {
  // What fails to bundle has been said by the bundler.
  await buildCommandLine().catch((error) => {
    if (error.errors === undefined) throw error
    process.exitCode = 1
  })
} else {
  console.error("src/cli/main.ts does not exist: the command line is not built")
  if (commandLineOnly) process.exitCode = 1
}
