/** TypeScript of a bench as files that Node runs. */
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"

/** A driver with a native part finds that part beside its own file, so it stays out of the bundle. */
const nativeDrivers = {
  name: "native-drivers",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^better-sqlite3$/ }, ({ path }) => ({
      path: pathToFileURL(createRequire(import.meta.url).resolve(path)).href,
      external: true,
    })),
}

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
