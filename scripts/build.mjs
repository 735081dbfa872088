/**
 * Builds what the package ships, into dist/: the library, file by file, with declarations; and the command line as one file,
 * dist/bin/zoo-runway.js, with the licences of what is bundled into it.
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
const bundle = join(dist, "bin/zoo-runway.js")

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

/** Written beside and moved, so that whoever runs the bundle meanwhile never meets half of it. */
const writeWhole = async (file, contents, mode) => {
  const beside = `${file}.${process.pid}`
  await writeFile(beside, contents, { mode })
  await rename(beside, file)
}

const buildCommandLine = async () => {
  const started = Date.now()
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
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
        "#!/usr/bin/env node",
        'import { createRequire as createRequireOfBundle } from "node:module"',
        "const require = createRequireOfBundle(import.meta.url)",
      ].join("\n"),
    },
    metafile: true,
    write: false,
    logLevel: "warning",
  })
  const [{ contents }] = outputFiles
  const licences = await Promise.all(packagesOf(metafile).map(licenceOf))
  await mkdir(dirname(bundle), { recursive: true })
  await writeWhole(
    join(dirname(bundle), "THIRD-PARTY-LICENSES.txt"),
    `zoo-runway.js contains code of these packages, under these licences.\n\n${licences.join("\n")}`,
  )
  await writeWhole(bundle, contents, 0o755)
  // As old as the sources that it was made from: a file that changed meanwhile is newer.
  await utimes(bundle, started / 1000, started / 1000)
  report(`dist/bin/zoo-runway.js has the command line, ${Math.ceil(contents.length / 1024)} kB`, started)
}

const commandLineOnly = process.argv.includes("--cli-only")
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
