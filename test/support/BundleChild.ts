/** Programs of tests that run in processes of their own: children need a file that Node runs. */
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

const require = createRequire(import.meta.url)

/** Bundles a program into a file. */
export const bundleChild = async (entry: string, outfile: string): Promise<void> => {
  // Its own binary stands beside its file, so a bundle cannot hold it.
  const { build } = require("esbuild") as typeof import("esbuild")
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    plugins: [
      {
        name: "native-drivers",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^better-sqlite3$/ }, ({ path }) => ({
            path: pathToFileURL(require.resolve(path)).href,
            external: true,
          })),
      },
    ],
  })
}
