/** TypeScript of a bench as files that Node runs. */
import { join } from "node:path"
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
