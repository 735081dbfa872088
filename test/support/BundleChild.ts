/** Programs of tests that run in processes of their own: children need a file that Node runs. */
import { createRequire } from "node:module"
import type { Plugin } from "esbuild"

const require = createRequire(import.meta.url)

const drivers = new URL("../../scripts/native-drivers.mjs", import.meta.url).href

/** Bundles a program into a file. */
export const bundleChild = async (entry: string, outfile: string): Promise<void> => {
  const { build } = require("esbuild") as typeof import("esbuild")
  const { nativeDrivers } = (await import(drivers)) as { readonly nativeDrivers: Plugin }
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    plugins: [nativeDrivers],
  })
}
