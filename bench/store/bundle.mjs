/** TypeScript of a bench as files that Node runs. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { nativeDrivers } from "../../scripts/native-drivers.mjs"

/** Bundles `NAME.ts` of a folder, each into a file of its own, and tells where a name's file is. */
export const bundle = async (folder, names, into) => {
  await build({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(folder, `${name}.ts`)])),
    outdir: into,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [nativeDrivers],
    logLevel: "warning",
  })
  return (name) => join(into, `${name}.mjs`)
}

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Bundles the command line as the package ships it, and returns the file of its program. */
export const bundleCommandLine = async (into) => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
  await build({
    absWorkingDir: root,
    entryPoints: { "zoo-runway": join(root, "src/cli/main.ts") },
    outdir: into,
    outExtension: { ".js": ".mjs" },
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
    banner: {
      js: [
        'import { createRequire as createRequireOfBundle } from "node:module"',
        "const require = createRequireOfBundle(import.meta.url)",
      ].join("\n"),
    },
    plugins: [nativeDrivers],
    logLevel: "warning",
  })
  return join(into, "zoo-runway.mjs")
}
